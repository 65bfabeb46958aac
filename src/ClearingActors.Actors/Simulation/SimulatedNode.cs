using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors.Simulation;

/// <summary>A node: the workers and the writer of production, over a connection and a clock of its own. A crash makes all of it anew.</summary>
internal sealed class SimulatedNode : IClusterFabric, IRuntimeObserver
{
    private readonly SimulatedCluster _cluster;
    private readonly HashSet<int> _claiming = [];
    private TimeProvider _time;

    internal SimulatedNode(SimulatedCluster cluster, int number)
    {
        _cluster = cluster;
        Number = number;
        _time = _cluster.NewNodeClock();
        Start();
    }

    internal int Number { get; }

    internal bool Paused { get; private set; }

    internal long PausedUntilMs { get; private set; }

    internal SimulatedStore Store { get; private set; } = null!;

    internal JournalWriter Writer { get; private set; } = null!;

    internal Worker[] Workers { get; private set; } = null!;

    internal IShardProgram Program { get; private set; } = null!;

    /// <summary>The append under way, and its result once the store has judged it; the node learns of it later.</summary>
    internal (AppendGroup Group, AppendAttempt Attempt, AppendResult? Result)? UnderWay { get; set; }

    internal void Crash()
    {
        Store.Dispose();
        Paused = false;
        UnderWay = null;
        _claiming.Clear();
        _time = _cluster.NewNodeClock();
        Start();
    }

    internal void Pause(long untilMs)
    {
        Paused = true;
        PausedUntilMs = untilMs;
    }

    internal void Resume() => Paused = false;

    internal Worker WorkerOf(int shard) => Workers[shard % Workers.Length];

    internal bool Claims(int shard) => _claiming.Contains(shard);

    internal void Claim(int shard)
    {
        _claiming.Add(shard);
        ShardClaim.Submit(
            Writer,
            WorkerOf(shard),
            shard,
            $"node-{Number}",
            new ShardClaim.Means(Program, _cluster.Book, _cluster.Options.Runtime, this),
            _ => _claiming.Remove(shard));
    }

    internal void Release(int shard)
    {
        var worker = WorkerOf(shard);
        worker.Post(() =>
        {
            if (worker.Find(shard) is { } found)
            {
                worker.Drop(found, $"shard {shard} moves to another node; send the same id again");
            }
        });
    }

    void IClusterFabric.Post(ReadOnlySpan<Packet> packets)
    {
        foreach (ref readonly var packet in packets)
        {
            _cluster.Network.Send(Number, packet);
        }
    }

    void IClusterFabric.ShardLost(int shard, long epoch, ShardLoss reason)
    {
        _cluster.Trace.Note("lost", Number, shard, (long)reason);
        _cluster.Trace.Count(reason == ShardLoss.Fenced ? "shard fenced" : reason == ShardLoss.AppendFailed ? "shard lost to an append" : "shard lost to a step of an old owner");
    }

    void IRuntimeObserver.ActorQuarantined(ActorAddress actor, Exception? error, string reason) =>
        throw new InvariantBrokenException("no actor throws", $"{actor} was set aside: {reason}");

    void IRuntimeObserver.CommandFailed(ActorAddress actor, string command, Exception error)
    {
        // An owner of old decides upon old state; what it finds odd changes nothing, since it cannot append.
        if (_cluster.IsOwnerAtWork(actor.Shard))
        {
            throw new InvariantBrokenException("no actor throws", $"{command} to {actor}: {error.GetType().Name}: {error.Message}");
        }
    }

    void IRuntimeObserver.ShardLost(int shard, long epoch, ShardLoss reason, Exception? error)
    {
        if (error is not null && (error is not StepFailedException || _cluster.IsNewest(shard, epoch)))
        {
            throw new InvariantBrokenException("every log replays, no step fails", $"shard {shard}, epoch {epoch}: {reason}: {error.Message}");
        }
    }

    void IRuntimeObserver.ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
    {
        _claiming.Remove(shard);
        _cluster.Trace.Note("loaded", Number, shard, position);
        _cluster.Trace.Count(fromSnapshot ? "shard loaded from a snapshot" : "shard loaded from the log alone");
    }

    void IRuntimeObserver.SnapshotRefused(int shard, long position, string reason) => _cluster.Trace.Count("snapshot refused");

    void IRuntimeObserver.AppendFailed(AppendStatus status, int rows, Exception? error) => _cluster.Trace.Count($"append {status}".ToLowerInvariant());

    void IRuntimeObserver.DiskFull(bool full) => _cluster.Trace.Count(full ? "node met a full disk" : "node found room again");

    void IRuntimeObserver.TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events)
    {
        if (position > _cluster.Audit.Position(shard))
        {
            throw new InvariantBrokenException("observed after durable", $"turn {position} of shard {shard} was told of while {_cluster.Audit.Position(shard)} is durable");
        }
    }

    private void Start()
    {
        Program = _cluster.Workload.CreateProgram();
        Store = new SimulatedStore(_cluster.OpenStore(), _cluster, Number);
        Writer = new JournalWriter(Store, _cluster.Options.Runtime, this);
        Workers = [.. Enumerable.Range(0, _cluster.Options.Runtime.Workers).Select(i => new Worker(i, _cluster.Options.Runtime, _time, this, Writer, this))];
    }
}
