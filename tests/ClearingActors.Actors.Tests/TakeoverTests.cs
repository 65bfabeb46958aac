using ClearingActors.Actors.Channels;
using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors.Tests;

public sealed class TakeoverTests
{
    [Fact]
    public void Turns_of_the_epoch_before_are_refused_when_a_takeover_passes_them_by()
    {
        var node = new ToyNode();
        ToyActor.Mended.Value = false;
        node.Do(Deed.Add, 5, token: 1);
        node.Step();
        node.Do(Deed.ThrowDirty, 1, token: 2);
        node.Step();
        node.Told.ShouldContain("lost 0 StepFailed");
        node.Writer.RunJobs().ShouldBeTrue();
        node.Step();
        node.Do(Deed.Add, 7, token: 3);
        node.Step();
        node.Settle();
        node.Answers.ShouldContain((3, 7L));
        node.Answers.ShouldContain(answer => answer.Token == 1 && answer.Answer is CommandFailure);
        node.DigestOf(node.Reload(0, useSnapshots: false)).ShouldBe(node.DigestOf(node.Shard(0)));
    }

    [Fact]
    public void A_message_that_threw_at_an_owner_of_old_is_run_again_when_that_node_owns_the_shard_once_more()
    {
        var node = new ToyNode();
        ToyActor.Mended.Value = false;

        // Another owner in between: what the message met here may have been void.
        node.WhenLost = shard =>
        {
            node.Store.TakeOver(shard, "another");
            ToyActor.Mended.Value = true;
        };
        node.Do(Deed.ThrowDirty, 2, passTo: ToyNode.At(1));
        node.Settle();
        node.Told.ShouldContain("lost 1 StepFailed");
        node.Told.ShouldNotContain("quarantined a");
        ToyNode.SumOf(node.Shard(1)).ShouldBe(2);
    }

    [Fact]
    public void A_shard_that_is_dropped_tells_the_callers_of_all_that_it_has_sent_and_not_had_acknowledged()
    {
        var node = new ToyNode();
        node.Do(Deed.Add, 5, token: 1, passTo: ToyNode.At(1));
        node.Step();
        node.Write();
        node.Step();
        node.Answers.ShouldBeEmpty("the message has left and nobody has it");
        node.Worker.Drop(node.Shard(1), "its store's connection broke");
        node.Worker.Drop(node.Shard(0), "its store's connection broke");
        node.Answers.ShouldHaveSingleItem().Answer.ShouldBeOfType<CommandFailure>().Kind.ShouldBe(CommandFailureKind.Unavailable);
        node.Claim(0);
        node.Claim(1);
        node.Settle();
        ToyNode.SumOf(node.Shard(1)).ShouldBe(5);
    }

    [Fact]
    public void A_shard_whose_log_cannot_be_read_is_not_given_up()
    {
        var node = new ToyNode();
        node.Do(Deed.Add, 5, token: 1);
        node.Settle();
        node.Worker.Drop(node.Shard(0), "test");
        var refused = 0;
        using var store = new UnreadableStore(node.Store);
        var writer = new JournalWriter(store, new RuntimeOptions { Workers = 1 }, node) { Wake = static () => { } };
        var means = new ShardClaim.Means(node.Program, node.Book, new RuntimeOptions { Workers = 1 }, node);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            store.Unreadable = attempt < 2;
            ShardClaim.Submit(writer, node.Worker, 0, "toy", means, _ => refused++);
            writer.RunJobs();
            node.Step();
        }

        refused.ShouldBe(2);
        node.Told.ShouldNotContain("lost 0 StepFailed");
        ToyNode.SumOf(node.Shard(0)).ShouldBe(5);
        node.Shard(0).Epoch.ShouldBe(4);
    }

    [Fact]
    public void A_node_that_was_not_told_is_fenced_when_it_appends()
    {
        var old = new ToyNode { TakesLostShards = false };
        old.Do(Deed.Add, 1, token: 1);
        old.Settle();
        var next = new ToyNode(journal: old.Journal);
        old.Do(Deed.Add, 2, token: 2);
        old.Settle();
        old.Told.ShouldContain("lost 0 Fenced");
        old.Answers[^1].Answer.ShouldBeOfType<CommandFailure>().Kind.ShouldBe(CommandFailureKind.Unavailable);
        next.Do(Deed.Add, 3, token: 3);
        next.Settle();
        next.Answers.ShouldBe([(3, 4L)]);
        old.TakesLostShards.ShouldBeFalse();
        old.Claim(1);
        old.Settle();
        old.Worker.Shards.Count.ShouldBe(1, "a shard taken again replaces the one still held");
    }

    [Fact]
    public void An_acknowledgement_of_what_was_never_sent_here_is_a_fence()
    {
        var node = new ToyNode { TakesLostShards = false };
        node.Worker.Post([new Packet(PacketKind.Watermark, 1, 0, 3, null, 0)]);
        node.Step();
        node.Told.ShouldContain("lost 0 Fenced");
        node.Worker.Find(0).ShouldBeNull();
    }

    [Fact]
    public void A_snapshot_beyond_the_log_or_of_another_leaf_or_encoding_is_not_used()
    {
        var node = new ToyNode();
        for (var i = 0; i < 3; i++)
        {
            node.Do(Deed.Add, 1);
            node.Settle();
        }

        var store = node.Store;
        var (record, parts) = node.Shard(0).Snapshot();
        var head = store.ReadHeads()[0];
        store.WriteSnapshot(record with { Position = head.Position + 5 }, parts);
        store.WriteSnapshot(record with { Leaf = new byte[RowLeaf.Size] }, []);
        var loaded = node.Reload(0, useSnapshots: true);
        node.Told.Count(told => told.StartsWith("snapshot refused", StringComparison.Ordinal)).ShouldBe(2);
        node.DigestOf(loaded).ShouldBe(node.DigestOf(node.Shard(0)));

        store.WriteSnapshot(record, []);
        node.Reload(0, useSnapshots: true);
        node.Told[^1].ShouldBe("loaded 0 3 True");
        node.DigestOf(node.Reload(0, useSnapshots: true, new ToyProgram { SchemaVersion = 2 })).ShouldBe(node.DigestOf(node.Shard(0)));
        node.Told[^1].ShouldBe("loaded 0 3 False");
    }

    [Fact]
    public void A_snapshot_ahead_of_the_journal_cannot_be_taken()
    {
        var node = new ToyNode();
        node.Do(Deed.Add, 1);
        node.Step();
        Should.Throw<InvalidOperationException>(() => node.Shard(0).Snapshot());
    }

    [Fact]
    public void An_outbox_holds_what_is_not_acknowledged_and_sends_it_again_from_there()
    {
        var outbox = new Outbox(window: 3);
        for (var i = 1; i <= 20; i++)
        {
            outbox.Next().ShouldBe(i);
            outbox.Add(new Order(ToyNode.At(1), Deed.Add, i), i, 1000 + i);
        }

        outbox.TryRelease(out _, out _, out _).ShouldBeFalse("nothing is durable yet");
        outbox.Durable = 18;
        Released(outbox).ShouldBe([1, 2, 3]);
        outbox.Acknowledge(2);
        Released(outbox).ShouldBe([4, 5]);
        outbox.Acknowledge(1);
        outbox.Acknowledged.ShouldBe(2, "an older watermark changes nothing");
        outbox.Rewind();
        Released(outbox).ShouldBe([3, 4, 5]);
        outbox.Acknowledge(17);
        Released(outbox).ShouldBe([18]);
        outbox.Held().Select(held => (held.Sequence, ((Order)held.Message).Number, held.RecordedTime)).ShouldBe([(18, 18, 1018), (19, 19, 1019), (20, 20, 1020)]);
        Should.Throw<InvalidOperationException>(() => outbox.Acknowledge(21));
        Should.Throw<InvalidOperationException>(() => outbox.Add(new Order(ToyNode.At(1), Deed.Add, 1), 22, 1));
    }

    private static List<long> Released(Outbox outbox)
    {
        var released = new List<long>();
        while (outbox.TryRelease(out var sequence, out var message, out var recordedTime))
        {
            ((Order)message).Number.ShouldBe(sequence);
            recordedTime.ShouldBe(1000 + sequence);
            released.Add(sequence);
        }

        return released;
    }

    private sealed class UnreadableStore(IJournalStore inner) : IJournalStore
    {
        internal bool Unreadable { get; set; }

        public JournalIdentity Identity => inner.Identity;

        public AppendResult Append(IReadOnlyList<JournalRow> rows) => inner.Append(rows);

        public ShardHead TakeOver(int shard, string owner) => inner.TakeOver(shard, owner);

        public void RaiseFeatureLevel(int level) => inner.RaiseFeatureLevel(level);

        public IReadOnlyList<ShardHead> ReadHeads() => inner.ReadHeads();

        public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) =>
            Unreadable ? throw new JournalException("the connection broke") { IsTransient = true } : inner.ReadShard(shard, afterPosition, upToPosition);

        public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => inner.WriteSnapshot(snapshot, newParts);

        public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => inner.ReadSnapshots(shard);

        public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => inner.ReadSnapshotPart(shard, hash);

        public void Dispose()
        {
            // The inner store is the test node's.
        }
    }
}
