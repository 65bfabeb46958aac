using static ClearingActors.Journal.Tests.TestRows;

namespace ClearingActors.Journal.Tests;

public sealed class ModelJournalTests : JournalContract
{
    private ModelJournal? _journal;

    protected override IJournalStore OpenStore(JournalOpenOptions options)
    {
        _journal ??= new ModelJournal(new JournalIdentity(new Guid("00000000-0000-0000-0000-000000000001"), 1, options.ShardCount, options.FeatureLevel));
        return _journal.Open(options);
    }

    [Fact]
    public void A_fault_before_the_append_leaves_nothing_and_says_so()
    {
        var store = WithFaults(ModelFault.FailBefore, ModelFault.Full);

        Statuses(store.Append([Row(0, 1), Row(1, 1)])).ShouldBe("0 Failed, 1 Failed");
        Statuses(store.Append([Row(0, 1), Row(1, 1)])).ShouldBe("0 Full, 1 Full");
        store.Append([Row(0, 1), Row(1, 1)]).AllAppended.ShouldBeTrue();
    }

    [Fact]
    public void An_unknown_outcome_is_the_same_to_the_node_whether_or_not_the_rows_are_durable()
    {
        var store = WithFaults(ModelFault.UnknownApplied, ModelFault.UnknownNotApplied);

        Statuses(store.Append([Row(0, 1)])).ShouldBe("0 Unknown");
        Statuses(store.Append([Row(1, 1)])).ShouldBe("1 Unknown");

        store.ReadHeads().Take(2).Select(h => h.Position).ShouldBe([1, 0]);
    }

    [Fact]
    public void A_partial_append_leaves_some_shards_durable_and_the_rest_unknown()
    {
        var store = WithFaults(ModelFault.Partial(new HashSet<int> { 1 }));

        Statuses(store.Append([Row(0, 1), Row(1, 1)])).ShouldBe("0 Unknown");

        store.ReadHeads().Take(2).Select(h => h.Position).ShouldBe([0, 1]);
    }

    [Fact]
    public void An_append_under_way_during_a_takeover_is_judged_when_it_arrives()
    {
        var old = (ModelJournalStore)Open();
        var successor = Open();
        old.TakeOver(0, "old");
        old.TakeOver(1, "old");
        var delayed = old.BeginAppend([Row(0, 1), Row(1, 1)]);

        successor.TakeOver(0, "new").Position.ShouldBe(0);
        old.Dispose();

        Statuses(old.Complete(delayed)).ShouldBe("0 Fenced");
        successor.ReadHeads().Take(2).Select(h => h.Position).ShouldBe([0, 1]);
        Should.Throw<InvalidOperationException>(() => old.Complete(delayed));
    }

    [Fact]
    public void An_append_holds_its_own_copy_of_the_payload()
    {
        var store = (ModelJournalStore)Open();
        store.TakeOver(0, "a");
        var payload = Row(0, 1).Payload.ToArray();
        var attempt = store.BeginAppend([Row(0, 1) with { Payload = payload }]);

        Array.Clear(payload);

        store.Complete(attempt).AllAppended.ShouldBeTrue();
        store.ReadShard(0, 0, 1).ShouldBe([Row(0, 1)]);
    }

    private ModelJournalStore WithFaults(params ModelFault[] faults)
    {
        Open();
        var queue = new Queue<ModelFault>(faults);
        var store = _journal!.Open(new JournalOpenOptions(8, 2), _ => queue.TryDequeue(out var fault) ? fault : ModelFault.None);
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        return store;
    }
}
