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
    private volatile Owners? _owners;

    private static ServiceDescriptor Descriptor => ClusterReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc.Unary(GrpcMethod.Of<GetClusterRequest, GetClusterResponse>(Descriptor, "GetCluster"), GetClusterAsync);

    private async ValueTask<GetClusterResponse> GetClusterAsync(GetClusterRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);
        var settlement = await Refusals.RunAsync(() => engine.GetSettlementAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false);
        var owners = await OwnersAsync(context.CancellationToken).ConfigureAwait(false);
        var second = load.Last();
        var response = new GetClusterResponse
        {
            Now = UtcTime.Of(time.GetUtcNow()),
            JournalId = engine.Identity.Id.ToString("D"),
            Store = settings.Journal.Store == JournalStoreKind.Postgres ? "PostgreSQL" : "SQLite",
            Generation = engine.Identity.Generation,
            FeatureLevel = engine.Identity.FeatureLevel,
        };
        var shards = await engine.Runtime.StatusAsync().ConfigureAwait(false);
        response.Nodes.Add(new NodeState
        {
            Name = settings.Name,
            StartedAt = _startedAt,
            BusinessClock = settings.BusinessClock == BusinessClockMode.Wall ? "wall" : "manual",
            BusinessTime = settlement.BusinessTime,
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
        response.Shards.Add(shards.Select(s => new ShardState
        {
            Shard = s.Shard,
            Owner = owners[s.Shard],
            Epoch = s.Epoch,
            Worker = s.Worker,
            Position = s.Position,
            DurablePosition = s.DurablePosition,
            QueuedCommands = s.QueuedCommands,
            QueuedMessages = s.QueuedPackets,
            Outbox = s.Outbox,
            SetAside = s.Quarantined,
            SnapshotPosition = s.SnapshotPosition,
            SnapshotTime = s.SnapshotTime,
        }));
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

    private async Task<Owners> OwnersAsync(CancellationToken cancellation)
    {
        if (_owners is { } known && time.GetElapsedTime(known.At) < OwnersAge)
        {
            return known;
        }

        try
        {
            // Reading blocks; that is not the caller's thread to lend.
            var heads = await Task.Run(journal.ReadHeads, cancellation).ConfigureAwait(false);
            return _owners = new Owners(time.GetTimestamp(), [.. heads.Select(h => h.Owner)]);
        }
        catch (JournalException e)
        {
            throw new RpcException(StatusCode.Unavailable, $"the journal cannot be read just now: {e.Message}", e);
        }
    }

    private sealed record Owners(long At, IReadOnlyList<string> ByShard)
    {
        internal string this[int shard] => ByShard[shard];
    }
}
