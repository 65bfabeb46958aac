using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>A replay that goes well has nothing to tell; one that does not throws.</summary>
internal sealed class ReplayObserver : IRuntimeObserver
{
    public void ActorQuarantined(ActorAddress actor, Exception? error, string reason)
    {
    }

    public void CommandFailed(ActorAddress actor, string command, Exception error)
    {
    }

    public void ShardLost(int shard, long epoch, ShardLoss reason, Exception? error)
    {
    }

    public void ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
    {
    }

    public void SnapshotRefused(int shard, long position, string reason)
    {
    }

    public void AppendFailed(AppendStatus status, int rows, Exception? error)
    {
    }

    public void DiskFull(bool full)
    {
    }

    public void TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events)
    {
    }
}
