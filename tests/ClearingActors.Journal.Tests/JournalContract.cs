using static ClearingActors.Journal.Tests.TestRows;

namespace ClearingActors.Journal.Tests;

/// <summary>What every store promises. Each subclass runs all of it over one store.</summary>
public abstract partial class JournalContract : IDisposable
{
    private const int Shards = 8;
    private readonly List<IJournalStore> _opened = [];

    /// <summary>Opens this test's journal, creating it the first time.</summary>
    protected abstract IJournalStore OpenStore(JournalOpenOptions options);

    protected IJournalStore Open(JournalOpenOptions? options = null)
    {
        var store = OpenStore(options ?? new JournalOpenOptions(Shards, 2));
        Closing(store);
        return store;
    }

    /// <summary>Closes the store at the end of the test, if the test has not.</summary>
    protected void Closing(IJournalStore store) => _opened.Add(store);

    public void Dispose()
    {
        _opened.ForEach(store => store.Dispose());
        _outside?.Dispose();
        _proofs.Delete(recursive: true);
        CleanUp();
        GC.SuppressFinalize(this);
    }

    protected virtual void CleanUp()
    {
    }

    [Fact]
    public void A_new_journal_has_an_identity_and_empty_heads()
    {
        var store = Open();

        store.Identity.Id.ShouldNotBe(Guid.Empty);
        store.Identity.ShouldBe(new JournalIdentity(store.Identity.Id, 1, Shards, 2));
        store.ReadHeads().ShouldBe(Enumerable.Range(0, Shards).Select(shard => new ShardHead(shard, 0, 0, "")));
    }

    [Fact]
    public void An_append_moves_the_heads_and_its_rows_read_back_as_they_were()
    {
        var store = Open();
        store.TakeOver(3, "a");
        store.TakeOver(5, "b");

        store.Append([Row(3, 1), Row(5, 1, size: 20_000), Row(3, 2, size: 0)]).ShouldBe(AppendResult.Success);

        store.ReadHeads()[3].ShouldBe(new ShardHead(3, 1, 2, "a"));
        store.ReadHeads()[5].ShouldBe(new ShardHead(5, 1, 1, "b"));
        store.ReadShard(3, 0, 2).ShouldBe([Row(3, 1), Row(3, 2, size: 0)]);
        store.ReadShard(5, 0, 1).ShouldBe([Row(5, 1, size: 20_000)]);
    }

    [Fact]
    public void Several_rows_of_one_shard_go_in_one_append_and_either_all_or_none()
    {
        var store = Open();
        store.TakeOver(0, "a");

        store.Append(Rows(0, 1, 5)).AllAppended.ShouldBeTrue();
        Statuses(store.Append(Rows(0, 5, 7))).ShouldBe("0 Fenced");

        store.ReadHeads()[0].Position.ShouldBe(5);
        store.ReadShard(0, 0, 5).ShouldBe(Rows(0, 1, 5));
    }

    [Fact]
    public void An_append_under_another_epoch_is_fenced_while_the_other_shards_of_its_group_stand()
    {
        var store = Open();
        store.TakeOver(1, "a");
        store.TakeOver(2, "a");
        store.TakeOver(2, "a");

        var result = store.Append([Row(1, 1), Row(2, 1, epoch: 1)]);

        Statuses(result).ShouldBe("2 Fenced");
        result.Error.ShouldNotBeNull();
        store.ReadHeads().Select(h => h.Position).ShouldBe([0, 1, 0, 0, 0, 0, 0, 0]);
        store.ReadShard(1, 0, 1).ShouldBe([Row(1, 1)]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void An_append_at_another_position_than_the_next_is_fenced_while_the_others_stand(long position)
    {
        var store = Open();
        store.TakeOver(1, "a");
        store.TakeOver(2, "a");
        store.Append(Rows(1, 1, 2)).AllAppended.ShouldBeTrue();

        Statuses(store.Append([Row(1, position), Row(2, 1)])).ShouldBe("1 Fenced");

        store.ReadHeads()[1].Position.ShouldBe(2);
        store.ReadHeads()[2].Position.ShouldBe(1);
        store.Append([Row(1, 3)]).AllAppended.ShouldBeTrue();
    }

    [Fact]
    public void A_shard_without_an_owner_takes_no_rows()
    {
        Statuses(Open().Append([Row(0, 1)])).ShouldBe("0 Fenced");
    }

    [Fact]
    public void A_takeover_raises_the_epoch_and_appends_under_the_old_one_fail()
    {
        var store = Open();
        store.TakeOver(0, "old").ShouldBe(new ShardHead(0, 1, 0, "old"));
        store.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();

        store.TakeOver(0, "new").ShouldBe(new ShardHead(0, 2, 1, "new"));

        Statuses(store.Append([Row(0, 2)])).ShouldBe("0 Fenced");
        store.Append([Row(0, 2, epoch: 2)]).AllAppended.ShouldBeTrue();
        store.ReadShard(0, 0, 2).Select(row => row.Epoch).ShouldBe([1, 2]);
    }

    [Fact]
    public void An_append_of_nothing_succeeds()
    {
        Open().Append([]).ShouldBe(AppendResult.Success);
    }

    [Fact]
    public void Rows_that_no_store_could_keep_are_refused_before_anything_is_written()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        var shortLeaf = Row(0, 1) with { Leaf = new byte[31] };

        Should.Throw<ArgumentException>(() => store.Append([Row(1, 1), Row(0, 1), Row(0, 3)])).Message.ShouldContain("it must have 2 and 1");
        Should.Throw<ArgumentException>(() => store.Append([Row(1, 1), Row(0, 1), Row(0, 2, epoch: 2)])).Message.ShouldContain("epoch 2");
        Should.Throw<ArgumentException>(() => store.Append([Row(1, 1), Row(Shards, 1)])).Message.ShouldContain($"shards 0 to {Shards - 1}");
        Should.Throw<ArgumentException>(() => store.Append([Row(1, 1), shortLeaf])).Message.ShouldContain("leaf of 31 bytes");
        Should.Throw<ArgumentException>(() => store.Append([Row(1, 0)])).Message.ShouldContain("position 0");

        store.ReadHeads().ShouldAllBe(head => head.Position == 0);
        store.Append([Row(1, 1), Row(0, 1)]).AllAppended.ShouldBeTrue();
    }

    [Fact]
    public void Reopening_keeps_identity_heads_rows_and_snapshots()
    {
        var first = Open();
        var identity = first.Identity;
        first.TakeOver(2, "a");
        first.TakeOver(6, "b");
        first.Append([.. Rows(2, 1, 3), Row(6, 1)]).AllAppended.ShouldBeTrue();
        first.WriteSnapshot(Snapshot(2, 3, 1, Part("x")), [Part("x")]);
        var heads = first.ReadHeads();
        first.Dispose();

        var second = Open(new JournalOpenOptions(Shards, 2, identity.Id, CreateIfMissing: false));

        second.Identity.ShouldBe(identity);
        second.ReadHeads().ShouldBe(heads);
        second.ReadShard(2, 0, 3).ShouldBe(Rows(2, 1, 3));
        second.ReadSnapshots(2).Single().Position.ShouldBe(3);
        second.Append([Row(2, 4)]).AllAppended.ShouldBeTrue();
        Statuses(second.Append([Row(6, 1)])).ShouldBe("6 Fenced");
    }

    [Fact]
    public void Reads_give_the_range_after_one_position_up_to_another()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.Append(Rows(0, 1, 10)).AllAppended.ShouldBeTrue();

        store.ReadShard(0, 3, 7).ShouldBe(Rows(0, 4, 7));
        store.ReadShard(0, 9, 10).ShouldBe(Rows(0, 10, 10));
        store.ReadShard(0, 10, 10).ShouldBeEmpty();
        store.ReadShard(0, 7, 3).ShouldBeEmpty();
    }

    [Fact]
    public void A_read_beyond_the_end_of_the_log_is_an_error_that_names_the_position()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.Append(Rows(0, 1, 2)).AllAppended.ShouldBeTrue();

        Should.Throw<JournalException>(() => store.ReadShard(0, 0, 3).ToList()).Message.ShouldContain("no row at position 3");
        Should.Throw<JournalException>(() => store.ReadShard(1, 0, 1).ToList()).Message.ShouldContain("no row at position 1");
        Should.Throw<ArgumentOutOfRangeException>(() => store.ReadShard(Shards, 0, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => store.ReadShard(0, -1, 1));
    }

    [Fact]
    public void Reads_cross_the_bounds_of_chunks_and_blocks()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        // Shard 1 has rows in the first and last of three blocks of 4,096 rows, none in the middle one; shard 0's rows fill the rest.
        store.Append([.. Rows(0, 1, 2_000, size: 8), .. Rows(1, 1, 2, size: 8)]).AllAppended.ShouldBeTrue();
        store.Append(Rows(0, 2_001, 9_000, size: 8)).AllAppended.ShouldBeTrue();
        store.Append([Row(1, 3, size: 8), Row(0, 9_001, size: 8)]).AllAppended.ShouldBeTrue();

        store.ReadShard(1, 0, 3).ShouldBe(Rows(1, 1, 3, size: 8));
        store.ReadShard(1, 2, 3).ShouldBe(Rows(1, 3, 3, size: 8));
        store.ReadShard(0, 0, 9_001).Select(r => r.Position).ShouldBe(Enumerable.Range(1, 9_001).Select(p => (long)p));
        foreach (var bound in new[] { 256, 1_024, 4_094, 4_095, 4_096, 8_190, 8_192 })
        {
            store.ReadShard(0, bound - 2, bound + 2).ShouldBe(Rows(0, bound - 1, bound + 2, size: 8));
        }
    }

    [Fact]
    public void Large_rows_are_read_in_bounded_chunks()
    {
        var store = Open();
        store.TakeOver(0, "a");
        for (var position = 1; position <= 12; position++)
        {
            store.Append([Row(0, position, size: 1_000_000)]).AllAppended.ShouldBeTrue();
        }

        store.ReadShard(0, 0, 12).Select(r => (r.Position, r.Payload.Length)).ShouldBe(Enumerable.Range(1, 12).Select(p => ((long)p, 1_000_000)));
    }

    [Fact]
    public void A_shard_keeps_its_last_two_snapshots_and_the_parts_that_they_name()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        store.Append([.. Rows(0, 1, 3), Row(1, 1)]).AllAppended.ShouldBeTrue();
        store.WriteSnapshot(Snapshot(1, 1, 1, Part("one")), [Part("one")]);

        store.WriteSnapshot(Snapshot(0, 1, 1, Part("one"), Part("two")), [Part("one"), Part("two")]);
        store.WriteSnapshot(Snapshot(0, 2, 1, Part("two"), Part("three")), [Part("three")]);
        store.ReadSnapshotPart(0, Part("one").Hash).ToArray().ShouldBe(Part("one").Content.ToArray());
        store.WriteSnapshot(Snapshot(0, 3, 1, Part("three")), []);

        var snapshots = store.ReadSnapshots(0);
        snapshots.Select(s => s.Position).ShouldBe([3, 2]);
        snapshots[0].Payload.ToArray().ShouldBe([1, 2, 3]);
        snapshots[0].Leaf.ToArray().ShouldBe(Row(0, 3).Leaf.ToArray());
        snapshots[1].Parts.Select(p => Convert.ToHexString(p.Span)).ShouldBe([Convert.ToHexString(Part("two").Hash.Span), Convert.ToHexString(Part("three").Hash.Span)]);
        store.ReadSnapshotPart(0, Part("two").Hash).ToArray().ShouldBe(Part("two").Content.ToArray());
        store.ReadSnapshotPart(0, Part("three").Hash).ToArray().ShouldBe(Part("three").Content.ToArray());
        Should.Throw<JournalException>(() => store.ReadSnapshotPart(0, Part("one").Hash)).Message.ShouldContain("no snapshot part");
        store.ReadSnapshotPart(1, Part("one").Hash).ToArray().ShouldBe(Part("one").Content.ToArray());
    }

    [Fact]
    public void A_snapshot_that_names_an_unknown_part_or_a_wrong_hash_is_not_stored()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();
        var forged = new SnapshotPart(Part("real").Hash, Part("other").Content);

        Should.Throw<JournalException>(() => store.WriteSnapshot(Snapshot(0, 1, 1, Part("real"), Part("more")), [Part("more")])).Message.ShouldContain("no snapshot part");
        Should.Throw<ArgumentException>(() => store.WriteSnapshot(Snapshot(0, 1, 1, forged), [forged])).Message.ShouldContain("not the SHA-256");

        store.ReadSnapshots(0).ShouldBeEmpty();
        Should.Throw<JournalException>(() => store.ReadSnapshotPart(0, Part("more").Hash));
        store.Append([Row(0, 2)]).AllAppended.ShouldBeTrue();
    }

    [Fact]
    public void A_snapshot_of_an_owner_that_has_lost_the_shard_is_not_stored()
    {
        var store = Open();
        store.TakeOver(0, "old");
        store.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();
        store.TakeOver(0, "new");

        Should.Throw<JournalException>(() => store.WriteSnapshot(Snapshot(0, 1, 1), [])).Message.ShouldContain("epoch 1, but the shard's epoch is 2");

        store.ReadSnapshots(0).ShouldBeEmpty();
    }

    [Fact]
    public void A_journal_with_another_shard_count_is_refused()
    {
        Open().Dispose();

        Should.Throw<JournalException>(() => Open(new JournalOpenOptions(Shards + 1, 2))).Message.ShouldContain($"has {Shards} shards, but {Shards + 1} are configured");
    }

    [Fact]
    public void A_journal_with_another_id_is_refused()
    {
        var found = Open();
        var id = found.Identity.Id;
        found.Dispose();
        var expected = new Guid("11111111-2222-3333-4444-555555555555");

        var message = Should.Throw<JournalException>(() => Open(new JournalOpenOptions(Shards, 2, expected))).Message;

        message.ShouldContain(id.ToString("D"));
        message.ShouldContain(expected.ToString("D"));
    }

    [Fact]
    public void A_journal_of_a_newer_feature_level_is_refused_and_one_of_an_older_level_keeps_it()
    {
        Open().Dispose();

        Should.Throw<JournalException>(() => Open(new JournalOpenOptions(Shards, 1))).Message.ShouldContain("feature level 2; this program reads up to 1");
        Open(new JournalOpenOptions(Shards, 3)).Identity.FeatureLevel.ShouldBe(2);
    }

    [Fact]
    public void The_feature_level_is_raised_for_good_and_never_lowered()
    {
        using (var store = Open())
        {
            store.RaiseFeatureLevel(1);
            store.Identity.FeatureLevel.ShouldBe(2);
            store.RaiseFeatureLevel(3);
            store.Identity.FeatureLevel.ShouldBe(3);
            store.TakeOver(1, "n").Epoch.ShouldBe(1);
        }

        Should.Throw<JournalException>(() => Open(new JournalOpenOptions(Shards, 2))).Message.ShouldContain("feature level 3; this program reads up to 2");
        Open(new JournalOpenOptions(Shards, 3)).Identity.FeatureLevel.ShouldBe(3);
    }

    protected static string Statuses(AppendResult result)
    {
        result.AllAppended.ShouldBe(result.Exceptions.Count == 0);
        return string.Join(", ", result.Exceptions.OrderBy(e => e.Shard).Select(e => $"{e.Shard} {e.Status}"));
    }
}
