using ClearingActors.Journal;

namespace ClearingActors.Actors.Simulation;

/// <summary>A node's connection to the shared journal, where takeovers, snapshots and reads may fail too.</summary>
internal sealed class SimulatedStore(ModelJournalStore inner, SimulatedCluster cluster, int node) : IJournalStore
{
    public JournalIdentity Identity => inner.Identity;

    internal ModelJournalStore Inner => inner;

    public AppendResult Append(IReadOnlyList<JournalRow> rows)
    {
        var result = inner.Append(rows);
        cluster.ReadDurable();
        return result;
    }

    public ShardHead TakeOver(int shard, string owner)
    {
        var fails = cluster.Chance(cluster.Options.TakeOverFails);
        if (fails && cluster.Chance(0.5))
        {
            cluster.Trace.Count("takeover failed before");
            throw new JournalException($"injected: shard {shard} was not taken over");
        }

        var head = inner.TakeOver(shard, owner);
        cluster.TakenOver(shard, head.Epoch, node);
        if (fails)
        {
            cluster.Trace.Count("takeover failed after");
            throw new JournalException($"injected: the answer of the takeover of shard {shard} was lost");
        }

        return head;
    }

    public void RaiseFeatureLevel(int level) => inner.RaiseFeatureLevel(level);

    public IReadOnlyList<ShardHead> ReadHeads() => inner.ReadHeads();

    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition)
    {
        if (cluster.Chance(cluster.Options.LogReadFails))
        {
            cluster.Trace.Count("log unreadable");
            throw new JournalException($"injected: the log of shard {shard} cannot be read just now") { IsTransient = true };
        }

        return inner.ReadShard(shard, afterPosition, upToPosition);
    }

    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
    {
        if (cluster.Chance(cluster.Options.SnapshotWriteFails))
        {
            cluster.Trace.Count("snapshot write failed");
            throw new JournalException($"injected: the snapshot of shard {snapshot.Shard} was not written");
        }

        inner.WriteSnapshot(snapshot, newParts);
        cluster.CheckSnapshot(snapshot);
    }

    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => inner.ReadSnapshots(shard);

    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash)
    {
        if (cluster.Chance(cluster.Options.SnapshotReadFails))
        {
            cluster.Trace.Count("snapshot part unreadable");
            throw new JournalException($"injected: a snapshot part of shard {shard} cannot be read");
        }

        return inner.ReadSnapshotPart(shard, hash);
    }

    public void Dispose() => inner.Dispose();
}
