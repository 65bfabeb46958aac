using ClearingActors.Contracts.Journal.V1;

namespace ClearingActors.Node.Watch;

/// <summary>What one durable turn did to one account.</summary>
/// <param name="Position">Of the turn in its shard.</param>
/// <param name="RecordedTime">UTC nanoseconds.</param>
/// <param name="Events">In order, at least one.</param>
internal sealed record AccountTurn(long Position, long RecordedTime, IReadOnlyList<Event> Events);
