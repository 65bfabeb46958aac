namespace ClearingActors.Journal;

/// <summary>Where a shard's log ends and who may extend it.</summary>
/// <param name="Shard">0 to the shard count - 1.</param>
/// <param name="Epoch">0 before the first owner; raised by one at each takeover.</param>
/// <param name="Position">The last durable turn; 0 when the log is empty.</param>
/// <param name="Owner">The node that took the epoch; empty before the first.</param>
public readonly record struct ShardHead(int Shard, long Epoch, long Position, string Owner);
