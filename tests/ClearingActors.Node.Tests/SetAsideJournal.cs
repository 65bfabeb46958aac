using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine;
using ClearingActors.Journal;
using Google.Protobuf;

namespace ClearingActors.Node.Tests;

/// <summary>Writes into the journal of a node that has ended that an actor was set aside, as its shard would have.</summary>
internal static class SetAsideJournal
{
    internal static void Write(string folder, int kind, string id, string reason)
    {
        var shard = LostShard.Of(kind, id);
        using var journal = SqliteJournal.Open(Path.Combine(folder, "clearing.journal"), new JournalOpenOptions(RunningNode.SettingsIn(folder).Journal.Shards, ClearingEngine.FeatureLevel));
        var head = journal.TakeOver(shard, "test");
        var last = journal.ReadShard(shard, head.Position - 1, head.Position).Single();
        var payload = new Turn { BusinessTime = House.Noon, Steps = { new Step { ActorKind = (uint)kind, ActorKey = id, QuarantinedBecause = reason } } }.ToByteArray();
        var leaf = new byte[RowLeaf.Size];
        using var hash = RowLeaf.NewHasher();
        RowLeaf.Compute(shard, head.Position + 1, head.Epoch, last.RecordedTime + 1, payload, hash, leaf);
        journal.Append([new JournalRow(shard, head.Position + 1, head.Epoch, last.RecordedTime + 1, payload, leaf)]).AllAppended.ShouldBeTrue();
    }
}
