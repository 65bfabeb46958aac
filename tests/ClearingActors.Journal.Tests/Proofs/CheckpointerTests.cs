using System.Security.Cryptography;
using ClearingActors.Journal.Proofs;
using static ClearingActors.Journal.Tests.TestRows;

namespace ClearingActors.Journal.Tests;

/// <summary>Checkpoints over every store: part of what each promises.</summary>
public abstract partial class JournalContract
{
    private readonly DirectoryInfo _proofs = Directory.CreateTempSubdirectory("clearing-proofs-");

    private string KeyPath => Path.Combine(_proofs.FullName, "key");

    private string OutsidePath => Path.Combine(_proofs.FullName, "checkpoints");

    [Fact]
    public async Task A_checkpoint_states_the_trees_of_all_shards_and_the_next_one_continues_it()
    {
        var store = (ICheckpointStore)Open();
        using var keys = CheckpointKeyFile.ReadOrMake(KeyPath);
        var checkpointer = Checkpointer(store, keys);
        (await MakeAsync(checkpointer, store)).ShouldBeFalse("there is nothing yet");

        store.TakeOver(1, "a");
        store.TakeOver(4, "a");
        store.Append([.. Rows(1, 1, 3), .. Rows(4, 1, 300)]).ShouldBe(AppendResult.Success);
        (await MakeAsync(checkpointer, store)).ShouldBeTrue();
        (await MakeAsync(checkpointer, store)).ShouldBeFalse("nothing is new");
        store.Append(Rows(4, 301, 700)).ShouldBe(AppendResult.Success);
        (await MakeAsync(checkpointer, store)).ShouldBeTrue();

        var stored = store.ReadCheckpoints(1).Select(c => Checkpoint.Parse(c.Text)).ToList();
        stored.Select(c => c.Checkpoint.Number).ShouldBe([1, 2]);
        store.LastCheckpoint().ShouldBe(2);
        using var trusted = PublicKeys.FromPem(File.ReadAllText(CheckpointKeyFile.PublicPathOf(KeyPath)));
        var chain = new CheckpointChain(trusted);
        stored.Select(chain.Add).ShouldAllBe(wrong => wrong == null);
        stored[1].Checkpoint.Shards.Select(s => s.Size).ShouldBe([0, 3, 0, 0, 700, 0, 0, 0]);
        stored[1].Checkpoint.Shards[4].Root.ToArray().ShouldBe(RootOf(Rows(4, 1, 700)));
        stored[0].Checkpoint.Shards[4].Root.ToArray().ShouldBe(RootOf(Rows(4, 1, 300)));
        stored[1].Checkpoint.Receipts.ShouldBe(400, "the test's reader makes one of each row");
        store.ReadSubtree(4, 8, 1).ShouldBe(RootOf(Rows(4, 257, 512)));
        store.ReadSubtree(4, 8, 2).ShouldBeNull("it is not complete");
        CheckpointFile.Read(OutsidePath).Select(c => c.Text.ToArray()).ShouldBe(stored.Select(c => c.Text.ToArray()));
    }

    [Fact]
    public async Task After_a_restart_checkpoints_go_on_and_the_file_outside_gets_what_it_lacks()
    {
        var store = (ICheckpointStore)Open();
        using var keys = CheckpointKeyFile.ReadOrMake(KeyPath);
        store.TakeOver(2, "a");
        store.Append(Rows(2, 1, 40)).ShouldBe(AppendResult.Success);
        (await MakeAsync(Checkpointer(store, keys), store)).ShouldBeTrue();

        // A crash between the database and the file.
        store.Append(Rows(2, 41, 50)).ShouldBe(AppendResult.Success);
        var blind = new Checkpointer(store, new RowReceipts(), keys, null, TimeProvider.System);
        blind.Resume();
        (await MakeAsync(blind, store)).ShouldBeTrue();
        CheckpointFile.Read(OutsidePath).Count().ShouldBe(1);

        store.Append(Rows(2, 51, 77)).ShouldBe(AppendResult.Success);
        (await MakeAsync(Checkpointer(store, keys), store)).ShouldBeTrue();
        var outside = CheckpointFile.Read(OutsidePath).ToList();
        outside.Select(c => c.Checkpoint.Number).ShouldBe([1, 2, 3]);
        outside[2].Checkpoint.Shards[2].Root.ToArray().ShouldBe(RootOf(Rows(2, 1, 77)));
    }

    [Fact]
    public async Task Of_two_that_make_checkpoints_each_number_is_made_by_one_and_the_other_goes_on_from_it()
    {
        var store = (ICheckpointStore)Open();
        using var keys = CheckpointKeyFile.ReadOrMake(KeyPath);
        store.TakeOver(0, "a");
        var one = new Checkpointer(store, new RowReceipts(), keys, null, TimeProvider.System);
        var two = new Checkpointer(store, new RowReceipts(), keys, null, TimeProvider.System);
        one.Resume();
        two.Resume();
        for (var i = 0; i < 6; i++)
        {
            store.Append(Rows(0, (i * 10) + 1, (i + 1) * 10)).ShouldBe(AppendResult.Success);
            await MakeAsync(i % 2 == 0 ? one : two, store);
            await MakeAsync(i % 2 == 0 ? two : one, store);
        }

        var chain = new CheckpointChain(null);
        var all = store.ReadCheckpoints(1).Select(c => Checkpoint.Parse(c.Text)).ToList();
        all.Select(chain.Add).ShouldAllBe(wrong => wrong == null);
        all.Count.ShouldBe(6);
        all[^1].Checkpoint.Shards[0].Root.ToArray().ShouldBe(RootOf(Rows(0, 1, 60)));
    }

    [Fact]
    public async Task A_file_outside_that_is_ahead_of_the_journal_is_a_loss_and_refused()
    {
        var store = (ICheckpointStore)Open();
        using var keys = CheckpointKeyFile.ReadOrMake(KeyPath);
        store.TakeOver(2, "a");
        store.Append(Rows(2, 1, 4)).ShouldBe(AppendResult.Success);
        (await MakeAsync(Checkpointer(store, keys), store)).ShouldBeTrue();
        var last = CheckpointFile.Read(OutsidePath).Single();
        var ahead = last.Checkpoint with { Number = 2, Previous = last.Hash(), Time = last.Checkpoint.Time + 1 };
        using (var file = CheckpointFile.Open(OutsidePath))
        {
            var signed = ahead.ToSignedBytes();
            file.Append(Checkpoint.Parse(Checkpoint.WithSignature(signed, keys.Sign(signed))));
        }

        Should.Throw<CheckpointException>(() => Checkpointer(store, keys)).Message.ShouldContain("ends with checkpoint 2 and the journal with 1");
    }

    [Fact]
    public async Task Another_key_takes_over_by_a_checkpoint_that_the_old_one_signs_even_if_the_process_ends_in_between()
    {
        var store = (ICheckpointStore)Open();
        store.TakeOver(2, "a");
        store.Append(Rows(2, 1, 4)).ShouldBe(AppendResult.Success);
        using (var keys = CheckpointKeyFile.ReadOrMake(KeyPath))
        {
            (await MakeAsync(Checkpointer(store, keys), store)).ShouldBeTrue();
            CheckpointKeyFile.MakeNext(KeyPath);
            Should.Throw<CheckpointException>(() => CheckpointKeyFile.MakeNext(KeyPath)).Message.ShouldContain("waits already");

            // Stored, and then the process ends before it has changed the files.
            var checkpointer = Checkpointer(store, new Stuck(keys));
            await Should.ThrowAsync<InvalidOperationException>(() => MakeAsync(checkpointer, store));
        }

        using (var keys = CheckpointKeyFile.ReadOrMake(KeyPath))
        {
            var before = keys.Id.ToArray();
            var checkpointer = Checkpointer(store, keys);
            keys.Id.ToArray().ShouldNotBe(before);
            store.Append(Rows(2, 5, 6)).ShouldBe(AppendResult.Success);
            (await MakeAsync(checkpointer, store)).ShouldBeTrue();
        }

        // Who trusts the first key only follows the chain to the second.
        var all = store.ReadCheckpoints(1).Select(c => Checkpoint.Parse(c.Text)).ToList();
        var first = File.ReadAllText(CheckpointKeyFile.PublicPathOf(KeyPath)).Split("\n-----BEGIN")[0];
        using var trusted = PublicKeys.FromPem(first);
        var chain = new CheckpointChain(trusted);
        all.Select(chain.Add).ShouldAllBe(wrong => wrong == null);
        all.Count.ShouldBe(3);

        File.Delete(KeyPath);
        using var other = CheckpointKeyFile.ReadOrMake(KeyPath);
        Should.Throw<CheckpointException>(() => Checkpointer(store, other)).Message.ShouldContain("Restore the journal's key");
    }

    [Fact]
    public async Task A_row_without_its_hash_is_not_signed()
    {
        var store = (ICheckpointStore)Open();
        using var keys = CheckpointKeyFile.ReadOrMake(KeyPath);
        store.TakeOver(2, "a");
        store.Append([Row(2, 1), Row(2, 2) with { Payload = Row(2, 7).Payload }]).ShouldBe(AppendResult.Success);

        (await Should.ThrowAsync<CheckpointException>(() => MakeAsync(Checkpointer(store, keys), store))).Message.ShouldStartWith("The row of shard 2 at position 2 does not have the hash");
        store.LastCheckpoint().ShouldBe(0);
    }

    [Fact]
    public void A_scan_shows_every_row_of_every_shard_in_order_and_goes_on_from_cut_to_cut()
    {
        var store = (ICheckpointStore)Open();
        var heads = new long[Shards];
        var random = new Random(7);
        for (var shard = 0; shard < Shards; shard++)
        {
            store.TakeOver(shard, "a");
        }

        // More than two blocks of SQLite.
        var cuts = new List<JournalCut>();
        for (var i = 0; i < 30; i++)
        {
            var rows = Enumerable.Range(0, Shards).SelectMany(shard =>
            {
                var count = random.Next(0, 80);
                var first = heads[shard] + 1;
                heads[shard] += count;
                return Rows(shard, first, first + count - 1);
            }).ToList();
            store.Append(rows).ShouldBe(AppendResult.Success);
            cuts.Add(new JournalCut([.. heads]));
        }

        var seen = new List<JournalRow>[Shards];
        using var scan = store.Scan(new JournalCut(new long[Shards]));
        foreach (var cut in cuts.Where((_, i) => i % 7 == 6).Append(cuts[^1]))
        {
            scan.ReadTo(cut, (in StoredRow row) =>
            {
                (seen[row.Shard] ??= []).Add(new JournalRow((int)row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload.ToArray(), row.Leaf.ToArray()));
                return true;
            });
            seen.Select(s => (long)s.Count).ShouldBe(cut.Positions);
        }

        for (var shard = 0; shard < Shards; shard++)
        {
            seen[shard].ShouldBe(Rows(shard, 1, heads[shard]));
        }
    }

    private static byte[] RootOf(JournalRow[] rows)
    {
        var tree = new MerkleFrontier();
        foreach (var row in rows)
        {
            tree.Append(row.Leaf.Span);
        }

        return tree.Root();
    }

    private Checkpointer Checkpointer(ICheckpointStore store, ICheckpointKeys keys)
    {
        _outside?.Dispose();
        _outside = CheckpointFile.Open(OutsidePath);
        var checkpointer = new Checkpointer(store, new RowReceipts(), keys, _outside, TimeProvider.System);
        checkpointer.Resume();
        return checkpointer;
    }

    private CheckpointFile? _outside;

    private static Task<bool> MakeAsync(Checkpointer checkpointer, ICheckpointStore store) =>
        checkpointer.MakeAsync(record => Task.FromResult(store.WriteCheckpoint(record)), CancellationToken.None);

    /// <summary>A receipt of each row: the journal does not know what turns say.</summary>
    private sealed class RowReceipts : IReceiptReader
    {
        public void Read(in StoredRow row, ReceiptVisitor visitor) => visitor(0, SHA256.HashData(row.Payload));
    }

    private sealed class Stuck(ICheckpointKeys inner) : ICheckpointKeys
    {
        public ReadOnlyMemory<byte> Id => inner.Id;

        public void Resume(Checkpoint? last) => inner.Resume(last);

        public byte[] Sign(ReadOnlySpan<byte> data) => inner.Sign(data);

        public ReadOnlyMemory<byte> NextPublicKey() => inner.NextPublicKey();

        public void HandOver() => throw new InvalidOperationException("the process ended");
    }
}
