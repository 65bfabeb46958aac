namespace ClearingActors.Journal;

/// <summary>A shard at one durable position.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Position">The last turn that the state contains.</param>
/// <param name="Epoch">The epoch under which it was taken.</param>
/// <param name="Leaf">The leaf of the row at <paramref name="Position"/>; a snapshot whose leaf differs from the log's is ignored.</param>
/// <param name="SchemaVersion">The version of <paramref name="Payload"/>'s encoding; an unknown one is ignored and the log replayed.</param>
/// <param name="Payload">The state, but for its parts.</param>
/// <param name="Parts">SHA-256 of each part the payload refers to, in order. Parts are immutable, so that what does not change is written once.</param>
public sealed record SnapshotRecord(int Shard, long Position, long Epoch, ReadOnlyMemory<byte> Leaf, int SchemaVersion, ReadOnlyMemory<byte> Payload, IReadOnlyList<ReadOnlyMemory<byte>> Parts);

/// <summary>An immutable piece of a snapshot, named by the SHA-256 of its content.</summary>
public sealed record SnapshotPart(ReadOnlyMemory<byte> Hash, ReadOnlyMemory<byte> Content);
