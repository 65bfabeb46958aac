namespace ClearingActors.Client;

/// <summary>A row of the journal as it is stored.</summary>
/// <param name="Shard">From 0.</param>
/// <param name="Position">1, 2, 3, ... in the shard.</param>
/// <param name="Epoch">The owner's, from 1.</param>
/// <param name="RecordedTime">UTC nanoseconds.</param>
/// <param name="Payload">The turn, encoded; <c>clearing.journal.v1.Turn</c> reads it.</param>
/// <param name="Leaf">SHA-256 over 0x00 and all columns, 32 bytes; not checked here.</param>
public sealed record AuditRow(int Shard, long Position, long Epoch, long RecordedTime, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Leaf);
