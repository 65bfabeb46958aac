using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Node.Audit;

/// <summary>The journal as those read it who pay for what they read: rows and bytes are counted, nothing can be written. One reader, one thread.</summary>
/// <param name="journal">The node's.</param>
/// <param name="pay">Is told of the bytes read, about every <see cref="PayEvery"/> of them, between two rows; null for who asks <see cref="Bytes"/> and pays when it suits.</param>
internal sealed class CountedJournal(ICheckpointStore journal, Action<long>? pay) : ICheckpointStore
{
    /// <summary>Bytes that are paid for together: at 16 MiB a second, a wait of some milliseconds.</summary>
    internal const int PayEvery = 128 * 1024;

    private long _paid;

    /// <summary>Rows read so far.</summary>
    internal long Rows { get; private set; }

    /// <summary>Bytes read so far.</summary>
    internal long Bytes { get; private set; }

    /// <inheritdoc/>
    public JournalIdentity Identity => journal.Identity;

    /// <inheritdoc/>
    public IReadOnlyList<ShardHead> ReadHeads() => journal.ReadHeads();

    /// <inheritdoc/>
    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition)
    {
        foreach (var row in journal.ReadShard(shard, afterPosition, upToPosition))
        {
            Rows++;
            Add(row.Payload.Length);
            yield return row;
        }
    }

    /// <inheritdoc/>
    public IRowScan Scan(JournalCut after) => new CountedScan(this, journal.Scan(after));

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard)
    {
        var snapshots = journal.ReadSnapshots(shard);
        Add(snapshots.Sum(s => (long)s.Payload.Length));
        return snapshots;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash)
    {
        var part = journal.ReadSnapshotPart(shard, hash);
        Add(part.Length);
        return part;
    }

    /// <inheritdoc/>
    public IEnumerable<(long Number, ReadOnlyMemory<byte> Text)> ReadCheckpoints(long from)
    {
        foreach (var stored in journal.ReadCheckpoints(from))
        {
            Add(stored.Text.Length);
            yield return stored;
        }
    }

    /// <inheritdoc/>
    public long LastCheckpoint() => journal.LastCheckpoint();

    /// <inheritdoc/>
    public IReadOnlyList<StoredFrontier> ReadFrontiers() => journal.ReadFrontiers();

    /// <inheritdoc/>
    public byte[]? ReadSubtree(int shard, int height, long index) => journal.ReadSubtree(shard, height, index);

    /// <inheritdoc/>
    public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw Refused();

    /// <inheritdoc/>
    public ShardHead TakeOver(int shard, string owner) => throw Refused();

    /// <inheritdoc/>
    public void RaiseFeatureLevel(int level) => throw Refused();

    /// <inheritdoc/>
    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw Refused();

    /// <inheritdoc/>
    public bool LeaseCheckpoints() => throw Refused();

    /// <inheritdoc/>
    public bool WriteCheckpoint(CheckpointRecord record) => throw Refused();

    /// <summary>The journal stays open: it is the node's.</summary>
    public void Dispose()
    {
    }

    private static InvalidOperationException Refused() => new("an auditor's view of the journal is read only; write through the engine");

    private void Add(long bytes)
    {
        Bytes += bytes;
        if (pay is not null && Bytes - _paid >= PayEvery)
        {
            (var owed, _paid) = (Bytes - _paid, Bytes);
            pay(owed);
        }
    }

    private sealed class CountedScan(CountedJournal journal, IRowScan scan) : IRowScan
    {
        public void ReadTo(JournalCut upTo, StoredRowVisitor visitor) => scan.ReadTo(upTo, (in StoredRow row) =>
        {
            journal.Rows++;
            journal.Add(row.Payload.Length);
            return visitor(row);
        });

        public void Dispose() => scan.Dispose();
    }
}
