namespace ClearingActors.Actors;

/// <summary>What somebody read of a shard's actors between two turns.</summary>
/// <param name="Value">What was read; it may tell of what is not durable yet.</param>
/// <param name="Durable">
/// Completes when all that the value may tell of is durable, and fails with <see cref="CommandFailedException"/> when it is not to be: the shard was lost first. Nothing of the
/// value leaves the node before.
/// </param>
public readonly record struct ShardReading<T>(T Value, Task Durable);
