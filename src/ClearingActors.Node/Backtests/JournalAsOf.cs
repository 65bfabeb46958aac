using ClearingActors.Journal;

namespace ClearingActors.Node.Backtests;

/// <summary>A journal that is being written, as it was when this was made: all who read it find the same heads.</summary>
internal sealed class JournalAsOf(IJournalStore journal) : IJournalStore
{
    private readonly IReadOnlyList<ShardHead> _heads = journal.ReadHeads();

    /// <inheritdoc/>
    public JournalIdentity Identity => journal.Identity;

    /// <inheritdoc/>
    public IReadOnlyList<ShardHead> ReadHeads() => _heads;

    /// <inheritdoc/>
    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) => journal.ReadShard(shard, afterPosition, upToPosition);

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => journal.ReadSnapshots(shard);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => journal.ReadSnapshotPart(shard, hash);

    /// <inheritdoc/>
    public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw Refused();

    /// <inheritdoc/>
    public ShardHead TakeOver(int shard, string owner) => throw Refused();

    /// <inheritdoc/>
    public void RaiseFeatureLevel(int level) => throw Refused();

    /// <inheritdoc/>
    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw Refused();

    /// <summary>The journal stays open: it is the node's.</summary>
    public void Dispose()
    {
    }

    private static InvalidOperationException Refused() => new("the journal as it was is read only; write through the engine");
}
