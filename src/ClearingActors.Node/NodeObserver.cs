using System.Collections.Concurrent;
using ClearingActors.Actors;
using ClearingActors.Actors.Fabric;
using ClearingActors.Engine;
using ClearingActors.Journal;
using ClearingActors.Node.Checkpoints;
using ClearingActors.Node.Monitors;
using ClearingActors.Node.Watch;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node;

/// <summary>Logs what operators must know of the runtime, and tells watches what is durable.</summary>
internal sealed class NodeObserver(ILogger logger, DurableHeads heads, int shards) : IRuntimeObserver
{
    private readonly int _settlementShard = new AddressBook(shards, ActorKinds.NameOf).Of(ActorKinds.Settlement, ActorKinds.House).Shard;

    private readonly ConcurrentDictionary<string, int> _quarantined = new(StringComparer.Ordinal);

    /// <summary>Actors set aside since the node started, as <c>kind/id</c>, with their shards.</summary>
    internal IEnumerable<KeyValuePair<string, int>> Quarantined => _quarantined;

    public void ActorQuarantined(ActorAddress actor, Exception? error, string reason)
    {
        var name = NameOf(actor.Kind, actor.Key);
        _quarantined[name] = actor.Shard;
        logger.LogError(error, "Actor {Actor} in shard {Shard} is quarantined: {Reason}. Its messages are kept; release it when the cause is mended", name, actor.Shard, reason);
    }

    public void CommandFailed(ActorAddress actor, string command, Exception error) =>
        logger.LogError(error, "{Command} to actor {Actor} failed and changed nothing", command, NameOf(actor.Kind, actor.Key));

    public void ShardLost(int shard, long epoch, ShardLoss reason, Exception? error)
    {
        Moves?.Dropped(shard, epoch, reason, error);
        logger.LogError(error, "Shard {Shard}, epoch {Epoch}, was dropped from memory: {Reason}", shard, epoch, reason);
    }

    public void ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
    {
        heads.Advance(shard, position);
        Moves?.Loaded(shard, epoch, position, replayedEvents, fromSnapshot);
        logger.LogDebug("Shard {Shard} is loaded at {Position}, epoch {Epoch}: {Events} events replayed, snapshot used: {FromSnapshot}", shard, position, epoch, replayedEvents, fromSnapshot);
    }

    public void SnapshotRefused(int shard, long position, string reason) =>
        logger.LogWarning("The snapshot of shard {Shard} at {Position} was not used or not written: {Reason}", shard, position, reason);

    public void AppendFailed(AppendStatus status, int rows, Exception? error) => logger.LogError(error, "An append of {Rows} rows ended with {Status}", rows, status);

    public void DiskFull(bool full)
    {
        if (full)
        {
            logger.LogError("The journal's disk is full: commands are refused, nothing is lost. Make room");
        }
        else
        {
            logger.LogInformation("The journal's disk has room again");
        }
    }

    /// <summary>Keeps which shards came and went; null where nobody asks.</summary>
    internal ShardMoves? Moves { get; init; }

    /// <summary>Called when a settlement has closed; null where nobody asks.</summary>
    internal Action? Settled { get; init; }

    public void TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events)
    {
        heads.Advance(shard, position);
        if (shard == _settlementShard && Settled is { } settled && SettlementClosed.IsIn(payload.Span))
        {
            settled();
        }
    }

    internal void Released(int kind, string key) => _quarantined.TryRemove(NameOf(kind, key), out _);

    private static string NameOf(int kind, string key) => $"{ActorKinds.NameOf(kind)}/{key}";
}
