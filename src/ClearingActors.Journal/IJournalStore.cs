namespace ClearingActors.Journal;

/// <summary>
/// A journal as one process sees it: fenced appends, ordered reads, snapshots. SQLite, PostgreSQL and the simulator's model stand behind it
/// and pass the same tests.
/// </summary>
/// <remarks>
/// <see cref="Append"/>, <see cref="TakeOver"/> and <see cref="WriteSnapshot"/> are called by one writer thread, one call at a time.
/// Reads may run beside them on any thread.
/// </remarks>
public interface IJournalStore : IDisposable
{
    /// <summary>The journal that was opened.</summary>
    JournalIdentity Identity { get; }

    /// <summary>
    /// Makes the rows durable, atomically per shard. The rows of one shard stand in ascending position without gaps and bear one epoch; a shard's rows are
    /// appended only if its head still has that epoch and the position before its first row.
    /// </summary>
    /// <returns>One status per shard that occurs in <paramref name="rows"/>; never throws for a refused or failed append.</returns>
    AppendResult Append(IReadOnlyList<JournalRow> rows);

    /// <summary>
    /// Makes <paramref name="owner"/> the owner of the shard under a new, higher epoch. When this returns, no append under an older epoch can succeed any more;
    /// only then may the shard's log be read for loading.
    /// </summary>
    /// <exception cref="JournalException">The store could not do it; the epoch may or may not have been raised.</exception>
    ShardHead TakeOver(int shard, string owner);

    /// <summary>
    /// Lets events up to this feature level stand in the journal; nothing changes if it has that level or a higher one. Called when every node on the journal can read
    /// the level, and before the first of its events is written: from then on older programs refuse the journal. Called on the writer's thread.
    /// </summary>
    /// <exception cref="JournalException">The store could not do it; the level may or may not have been raised.</exception>
    void RaiseFeatureLevel(int level);

    /// <summary>The heads of all shards, in shard order, read in one statement.</summary>
    IReadOnlyList<ShardHead> ReadHeads();

    /// <summary>
    /// The rows of a shard after <paramref name="afterPosition"/> up to and including <paramref name="upToPosition"/>, in order. Read lazily in bounded
    /// chunks, each in a transaction of its own. A gap or a row cut short throws <see cref="JournalException"/>.
    /// </summary>
    IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition);

    /// <summary>
    /// Stores a snapshot and its new parts in one transaction, and drops all but the last two snapshots of the shard and the parts that none of its snapshots names.
    /// </summary>
    void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts);

    /// <summary>The stored snapshots of a shard, newest first; at most two.</summary>
    IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard);

    /// <summary>The content of a part that a stored snapshot names.</summary>
    /// <exception cref="JournalException">There is no such part, or its content does not have that hash.</exception>
    ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash);
}
