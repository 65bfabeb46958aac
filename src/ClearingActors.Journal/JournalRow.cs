namespace ClearingActors.Journal;

/// <summary>
/// One turn of one shard as it is stored: the atomic unit of the journal, never split, updated or deleted.
/// </summary>
/// <param name="Shard">0 to the journal's shard count - 1.</param>
/// <param name="Position">The turn's number in its shard: 1, 2, 3, ... without gaps.</param>
/// <param name="Epoch">The owner's epoch under which the turn was made, from 1.</param>
/// <param name="RecordedTime">Hybrid time in UTC nanoseconds: greater than the shard's previous and than that of every cause.</param>
/// <param name="Payload">The turn, encoded by the runtime. The store treats it as opaque bytes.</param>
/// <param name="Leaf">32 bytes: <see cref="RowLeaf.Compute"/> over all other columns.</param>
public readonly record struct JournalRow(int Shard, long Position, long Epoch, long RecordedTime, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Leaf);
