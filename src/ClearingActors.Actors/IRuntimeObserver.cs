using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>Is told what the people who run the node must know. Called on the runtime's threads: must not block.</summary>
public interface IRuntimeObserver
{
    /// <summary>An actor was durably set aside because a message made it throw; its messages are kept.</summary>
    void ActorQuarantined(ActorAddress actor, Exception? error, string reason);

    /// <summary>A command was refused because it made its actor throw; nothing was changed.</summary>
    void CommandFailed(ActorAddress actor, string command, Exception error);

    /// <summary>A shard was dropped from memory.</summary>
    void ShardLost(int shard, long epoch, ShardLoss reason, Exception? error);

    /// <summary>A shard is loaded and works.</summary>
    void ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot);

    /// <summary>A snapshot could not be used or written; the log stays the truth.</summary>
    void SnapshotRefused(int shard, long position, string reason);

    /// <summary>An append did not go through.</summary>
    void AppendFailed(AppendStatus status, int rows, Exception? error);

    /// <summary>The disk is full, or has room again.</summary>
    void DiskFull(bool full);

    /// <summary>Turns became durable; called by workers, in order per shard. The payload may not be kept.</summary>
    void TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events);
}
