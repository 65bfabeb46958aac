using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>A journal that ends at a moment of another; read only.</summary>
internal sealed class JournalPrefix(IJournalStore journal, JournalCut cut) : IJournalStore
{
    public JournalIdentity Identity => journal.Identity;

    public IReadOnlyList<ShardHead> ReadHeads() => [.. journal.ReadHeads().Select(h => h with { Position = cut.Positions[h.Shard] })];

    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) => journal.ReadShard(shard, afterPosition, Math.Min(upToPosition, cut.Positions[shard]));

    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => [];

    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => journal.ReadSnapshotPart(shard, hash);

    public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw new NotSupportedException("read only");

    public ShardHead TakeOver(int shard, string owner) => throw new NotSupportedException("read only");

    public void RaiseFeatureLevel(int level) => throw new NotSupportedException("read only");

    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw new NotSupportedException("read only");

    public void Dispose()
    {
    }
}
