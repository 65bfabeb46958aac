using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Testing;

/// <summary>A journal whose server cannot be reached any more after some answers, as PostgreSQL's store tells it when its attempts have failed. What is stored is in order.</summary>
/// <param name="journal">What is stored.</param>
/// <param name="answers">Rows, checkpoints, parts and lists that are still read.</param>
internal sealed class OutageJournal(ICheckpointStore journal, long answers) : ICheckpointStore
{
    private long _answered;

    public JournalIdentity Identity => journal.Identity;

    /// <summary>What was read so far.</summary>
    internal long Answered => Interlocked.Read(ref _answered);

    public IReadOnlyList<ShardHead> ReadHeads() => Answer(journal.ReadHeads());

    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) => journal.ReadShard(shard, afterPosition, upToPosition).Select(Answer);

    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => Answer(journal.ReadSnapshots(shard));

    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => Answer(journal.ReadSnapshotPart(shard, hash));

    public IRowScan Scan(JournalCut after) => new OutageScan(this, journal.Scan(after));

    public IEnumerable<(long Number, ReadOnlyMemory<byte> Text)> ReadCheckpoints(long from) => journal.ReadCheckpoints(from).Select(Answer);

    public long LastCheckpoint() => Answer(journal.LastCheckpoint());

    public IReadOnlyList<StoredFrontier> ReadFrontiers() => Answer(journal.ReadFrontiers());

    public byte[]? ReadSubtree(int shard, int height, long index) => Answer(journal.ReadSubtree(shard, height, index));

    public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw new NotSupportedException();

    public ShardHead TakeOver(int shard, string owner) => throw new NotSupportedException();

    public void RaiseFeatureLevel(int level) => throw new NotSupportedException();

    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw new NotSupportedException();

    public bool LeaseCheckpoints() => throw new NotSupportedException();

    public bool WriteCheckpoint(CheckpointRecord record) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private T Answer<T>(T answer) => Interlocked.Increment(ref _answered) <= answers ? answer : throw new JournalException("the server closed the connection") { IsTransient = true };

    private sealed class OutageScan(OutageJournal journal, IRowScan scan) : IRowScan
    {
        public void ReadTo(JournalCut upTo, StoredRowVisitor visitor) => scan.ReadTo(upTo, (in StoredRow row) =>
        {
            journal.Answer(true);
            return visitor(row);
        });

        public void Dispose() => scan.Dispose();
    }
}
