using ClearingActors.Actors;
using ClearingActors.Contracts.House.V1;
using ClearingActors.Domain;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Node.Monitors;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Services;

/// <summary>The machinery behind the house, for those who keep it running.</summary>
internal sealed class ClusterService(ClearingEngine engine, IJournalStore journal, LoadHistory load, ShardMoves moves, int workers, NodeSettings settings, TimeProvider time)
{
    /// <summary>Owners change seldom, and reading them is a read of the journal.</summary>
    private static readonly TimeSpan OwnersAge = TimeSpan.FromSeconds(2);

    private readonly long _startedAt = UtcTime.Of(time.GetUtcNow());
    private readonly Lock _gate = new();
    private volatile Owners? _owners;
    private Task<Owners>? _reading;

    private static ServiceDescriptor Descriptor => ClusterReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc.Unary(GrpcMethod.Of<GetClusterRequest, GetClusterResponse>(Descriptor, "GetCluster"), GetClusterAsync);

    private async ValueTask<GetClusterResponse> GetClusterAsync(GetClusterRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);

        // The page on which what is set aside is released must not need what is set aside.
        var reading = OptionalRead.TryAsync(() => engine.GetSettlementAsync(principal.Name, context.CancellationToken), time);
        var (owners, ownersError) = await OptionalRead.TryAsync(OwnersAsync, time).ConfigureAwait(false);
        var (settlement, settlementError) = await reading.ConfigureAwait(false);
        var second = load.Last();
        var response = new GetClusterResponse
        {
            Now = UtcTime.Of(time.GetUtcNow()),
            JournalId = engine.Identity.Id.ToString("D"),
            Store = settings.Journal.Store == JournalStoreKind.Postgres ? "PostgreSQL" : "SQLite",
            Generation = engine.Identity.Generation,
            FeatureLevel = engine.Identity.FeatureLevel,
            OwnersError = ownersError ?? "",
        };
        var shards = await engine.Runtime.StatusAsync().ConfigureAwait(false);
        response.Nodes.Add(new NodeState
        {
            Name = settings.Name,
            StartedAt = _startedAt,
            BusinessClock = settings.BusinessClock == BusinessClockMode.Wall ? "wall" : "manual",
            BusinessTime = settlement?.BusinessTime ?? 0,
            BusinessTimeError = settlementError ?? "",
            DiskFull = engine.Runtime.DiskFull,
            Shards = shards.Count,
            Workers = workers,
            CommitMedian = Math.Round(second.CommitMedian, 3),
            CommitP99 = Math.Round(second.CommitP99, 3),
            AppendsPerSecond = Math.Round(second.Appends, 1),
            BytesPerSecond = Math.Round(second.Bytes),

            // In whole MiB, so that the answer does not change with every breath.
            Memory = Environment.WorkingSet >> 20 << 20,
        });
        var status = shards.ToDictionary(s => s.Shard);
        response.Shards.Add(Enumerable.Range(0, engine.Identity.ShardCount).Select(shard => StateOf(shard, status.GetValueOrDefault(shard), owners?.Heads[shard])));
        response.Moves.Add(moves.Newest);
        if (shards.Any(s => s.Quarantined > 0))
        {
            foreach (var (actor, reason, messages) in await engine.Runtime.QuarantinesAsync().ConfigureAwait(false))
            {
                response.SetAside.Add(new SetAsideActor { ActorKind = ActorKinds.NameOf(actor.Kind), ActorId = actor.Key, Shard = actor.Shard, Reason = reason, Messages = messages });
            }
        }

        return response;
    }

    private static ShardState StateOf(int shard, ShardStatus? status, ShardHead? head) => status is null
        ? new ShardState { Shard = shard, NotOwned = true, Owner = head?.Owner ?? "", Epoch = head?.Epoch ?? 0, Position = head?.Position ?? 0, DurablePosition = head?.Position ?? 0 }
        : new ShardState
        {
            Shard = shard,
            Owner = head?.Owner ?? "",
            Epoch = status.Epoch,
            Worker = status.Worker,
            Position = status.Position,
            DurablePosition = status.DurablePosition,
            QueuedCommands = status.QueuedCommands,
            QueuedMessages = status.QueuedPackets,
            Outbox = status.Outbox,
            SetAside = status.Quarantined,
            SnapshotPosition = status.SnapshotPosition,
            SnapshotTime = status.SnapshotTime,
        };

    private Task<Owners> OwnersAsync()
    {
        if (_owners is { } known && time.GetElapsedTime(known.At) < OwnersAge)
        {
            return Task.FromResult(known);
        }

        lock (_gate)
        {
            // One at a time: while the journal does not answer, those who ask again wait for the same reading.
            if (_reading is null || _reading.IsCompleted)
            {
                // Reading blocks; that is not the caller's thread to lend.
                _reading = Task.Run(() => _owners = new Owners(time.GetTimestamp(), journal.ReadHeads()));
            }

            return _reading;
        }
    }

    private sealed record Owners(long At, IReadOnlyList<ShardHead> Heads);
}
