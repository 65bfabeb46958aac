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
}
