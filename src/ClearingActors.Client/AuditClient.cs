using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>The journal itself: rows as they are stored, and what actors did. For auditors. Thread-safe; what it hands out is for one reader each.</summary>
public sealed class AuditClient
{
    internal static readonly GrpcMethod<GetJournalRequest, GetJournalResponse> GetJournal =
        GrpcMethod.Of<GetJournalRequest, GetJournalResponse>(AuditReflection.Descriptor.Services[0], "GetJournal");

    internal static readonly GrpcMethod<ReadShardRequest, ReadShardResponse> ReadShardMethod =
        GrpcMethod.Of<ReadShardRequest, ReadShardResponse>(AuditReflection.Descriptor.Services[0], "ReadShard");

    internal static readonly GrpcMethod<ReadActorRequest, ReadActorResponse> ReadActorMethod =
        GrpcMethod.Of<ReadActorRequest, ReadActorResponse>(AuditReflection.Descriptor.Services[0], "ReadActor");

    private readonly GrpcChannel _channel;

    internal AuditClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Which journal it is, and where its shards stand.</summary>
    public Task<GetJournalResponse> GetJournalAsync(CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(GetJournal, new GetJournalRequest(), new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>The rows of a shard, each once and in order, over breaks of the connection. Nothing is called before it is read.</summary>
    /// <param name="shard">From 0.</param>
    /// <param name="options">Where it begins and ends; null for all that is there.</param>
    public ShardRead ReadShard(int shard, AuditReadOptions? options = null) => new(_channel, shard, options ?? new AuditReadOptions());

    /// <summary>What an actor did, each turn once and in order, over breaks of the connection. Nothing is called before it is read.</summary>
    /// <param name="actor">kind/id, as in <c>account/A-HOUSE</c>.</param>
    /// <param name="options">Where it begins and ends; null for all that is there.</param>
    public ActorRead ReadActor(string actor, AuditReadOptions? options = null) => new(_channel, actor, options ?? new AuditReadOptions());
}
