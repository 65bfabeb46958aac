using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>A journal whose appends can be made to wait.</summary>
internal sealed class HeldJournal(IJournalStore inner) : IJournalStore
{
    private readonly Lock _append = new();

    public JournalIdentity Identity => inner.Identity;

    internal IDisposable Hold()
    {
        var held = new ManualResetEventSlim();
        var release = new ManualResetEventSlim();

        // Not on the caller's thread: who awaits may go on on another, and a lock is its thread's.
        var holder = new Thread(() =>
        {
            lock (_append)
            {
                held.Set();
                release.Wait();
            }
        });
        holder.Start();
        held.Wait();
        return new Released(() =>
        {
            release.Set();
            holder.Join();
            held.Dispose();
            release.Dispose();
        });
    }

    public AppendResult Append(IReadOnlyList<JournalRow> rows)
    {
        lock (_append)
        {
            return inner.Append(rows);
        }
    }

    public ShardHead TakeOver(int shard, string owner) => inner.TakeOver(shard, owner);

    public void RaiseFeatureLevel(int level) => inner.RaiseFeatureLevel(level);

    public IReadOnlyList<ShardHead> ReadHeads() => inner.ReadHeads();

    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) => inner.ReadShard(shard, afterPosition, upToPosition);

    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => inner.WriteSnapshot(snapshot, newParts);

    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => inner.ReadSnapshots(shard);

    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => inner.ReadSnapshotPart(shard, hash);

    public void Dispose() => inner.Dispose();

    private sealed class Released(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
