namespace ClearingActors.Journal.Proofs;

/// <summary>What checkpoints need of a journal's store.</summary>
public interface ICheckpointStore : IJournalStore
{
    /// <summary>Begins to read all rows after a cut as they are stored, unchecked.</summary>
    IRowScan Scan(JournalCut after);

    /// <summary>True while this process is the one that makes the journal's checkpoints. Another may become it when the connection ends.</summary>
    bool LeaseCheckpoints();

    /// <summary>Stores the next checkpoint and what continues from it, in one transaction, on the writer's thread.</summary>
    /// <returns>False if there is one with that number: another process was first, and nothing is stored.</returns>
    /// <exception cref="JournalException">The store could not do it; it may or may not be stored.</exception>
    bool WriteCheckpoint(CheckpointRecord record);

    /// <summary>The stored texts from a number on, in order, read lazily in bounded chunks.</summary>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    IEnumerable<(long Number, ReadOnlyMemory<byte> Text)> ReadCheckpoints(long from);

    /// <summary>The number of the newest stored checkpoint; 0 if there is none.</summary>
    long LastCheckpoint();

    /// <summary>What the newest checkpoint's trees go on from; of shards without turns there is none.</summary>
    IReadOnlyList<StoredFrontier> ReadFrontiers();

    /// <summary>The root of a complete subtree that a checkpoint covers; null if it is not stored.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="height">A multiple of <see cref="MerkleFrontier.LevelsPerTile"/>.</param>
    /// <param name="index">Among the subtrees of that height, from 0.</param>
    byte[]? ReadSubtree(int shard, int height, long index);
}

/// <summary>A read of all rows that goes on from cut to cut. One thread.</summary>
public interface IRowScan : IDisposable
{
    /// <summary>
    /// Shows the rows up to a cut, each shard's in order, in bounded reads. In SQLite they come in the order in which they were appended, in PostgreSQL shard by shard. What is
    /// missing is not shown; that is the visitor's question.
    /// </summary>
    /// <exception cref="JournalException">The store cannot be read, or what it keeps beside the rows to find them is wrong.</exception>
    void ReadTo(JournalCut upTo, StoredRowVisitor visitor);
}

/// <summary>A checkpoint to be stored.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Text">Its text.</param>
/// <param name="Frontiers">Of the shards that have new turns.</param>
/// <param name="Subtrees">Those that became complete since the one before.</param>
public sealed record CheckpointRecord(long Number, ReadOnlyMemory<byte> Text, IReadOnlyList<StoredFrontier> Frontiers, IReadOnlyList<StoredSubtree> Subtrees);

/// <summary>A shard's tree to go on from; <see cref="MerkleFrontier.ToArray"/>. A short cut, never evidence.</summary>
public sealed record StoredFrontier(int Shard, long Size, ReadOnlyMemory<byte> Roots);

/// <summary>The root of a complete subtree of a shard. A short cut, never evidence.</summary>
public sealed record StoredSubtree(int Shard, int Height, long Index, ReadOnlyMemory<byte> Root);
