using System.Runtime.InteropServices;

namespace ClearingActors.Actors.Fabric;

/// <summary>The fabric of one process: every shard is here, and packets pass from worker to worker in memory.</summary>
internal sealed class LocalFabric : IClusterFabric
{
    [ThreadStatic]
    private static List<Packet>[]? _perWorker;

    private readonly Func<int, Worker> _workerOf;
    private readonly Func<IReadOnlyList<Worker>> _workers;
    private readonly Action<int, long, ShardLoss> _lost;

    internal LocalFabric(Func<int, Worker> workerOf, Func<IReadOnlyList<Worker>> workers, Action<int, long, ShardLoss> lost)
    {
        _workerOf = workerOf;
        _workers = workers;
        _lost = lost;
    }

    public void Post(ReadOnlySpan<Packet> packets)
    {
        var workers = _workers();
        if (_perWorker is null || _perWorker.Length < workers.Count)
        {
            _perWorker = [.. Enumerable.Range(0, workers.Count).Select(_ => new List<Packet>())];
        }

        foreach (ref readonly var packet in packets)
        {
            _perWorker[_workerOf(packet.To).Number].Add(packet);
        }

        for (var i = 0; i < workers.Count; i++)
        {
            if (_perWorker[i].Count > 0)
            {
                workers[i].Post(CollectionsMarshal.AsSpan(_perWorker[i]));
                _perWorker[i].Clear();
            }
        }
    }

    public void ShardLost(int shard, long epoch, ShardLoss reason) => _lost(shard, epoch, reason);
}
