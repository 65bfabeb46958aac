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

    internal static readonly GrpcMethod<GetCheckpointsRequest, GetCheckpointsResponse> GetCheckpoints =
        GrpcMethod.Of<GetCheckpointsRequest, GetCheckpointsResponse>(AuditReflection.Descriptor.Services[0], "GetCheckpoints");

    internal static readonly GrpcMethod<WatchCheckpointsRequest, CheckpointText> WatchCheckpointsMethod =
        GrpcMethod.Of<WatchCheckpointsRequest, CheckpointText>(AuditReflection.Descriptor.Services[0], "WatchCheckpoints");

    internal static readonly GrpcMethod<GetKeysRequest, GetKeysResponse> GetKeys = GrpcMethod.Of<GetKeysRequest, GetKeysResponse>(AuditReflection.Descriptor.Services[0], "GetKeys");

    internal static readonly GrpcMethod<ProveTradeRequest, Proof> ProveTrade = GrpcMethod.Of<ProveTradeRequest, Proof>(AuditReflection.Descriptor.Services[0], "ProveTrade");

    internal static readonly GrpcMethod<ProveRowRequest, Proof> ProveRow = GrpcMethod.Of<ProveRowRequest, Proof>(AuditReflection.Descriptor.Services[0], "ProveRow");

    internal static readonly GrpcMethod<ProveConsistencyRequest, ProveConsistencyResponse> ProveConsistency =
        GrpcMethod.Of<ProveConsistencyRequest, ProveConsistencyResponse>(AuditReflection.Descriptor.Services[0], "ProveConsistency");

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

    /// <summary>Signed checkpoints, oldest first. For everybody.</summary>
    /// <param name="from">The first number; 0 for the newest alone.</param>
    /// <param name="limit">1 to 64; 0 for 64.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GetCheckpointsResponse> GetCheckpointsAsync(long from, int limit = 0, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(GetCheckpoints, new GetCheckpointsRequest { From = from, Limit = limit }, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Every checkpoint after a number, and each new one when it is made, until the connection breaks: go on after the last one seen. For everybody.</summary>
    public async IAsyncEnumerable<CheckpointText> WatchCheckpoints(long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var call = _channel.ServerStreaming(WatchCheckpointsMethod, new WatchCheckpointsRequest { After = after }, new GrpcCallOptions { CancellationToken = cancellationToken });
        while (await call.Responses.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return call.Responses.Current;
        }
    }

    /// <summary>The public keys that signed, PEM. Whether to trust them is to be settled by another way than this call.</summary>
    public async Task<string> GetKeysAsync(CancellationToken cancellationToken = default) =>
        (await _channel.UnaryAsync(GetKeys, new GetKeysRequest(), new GrpcCallOptions { CancellationToken = cancellationToken }).ConfigureAwait(false)).Pem;

    /// <summary>A file that proves one side of a trade. For the account's member, and auditors.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: it is not signed yet, ask again in some seconds; NOT_FOUND: it is not near the time given.</exception>
    public Task<Proof> ProveTradeAsync(ProveTradeRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ProveTrade, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>A file that proves a whole row. For auditors.</summary>
    /// <param name="shard">From 0.</param>
    /// <param name="position">From 1.</param>
    /// <param name="checkpoint">By this one; 0: by the first that covers it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<Proof> ProveRowAsync(int shard, long position, long checkpoint = 0, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ProveRow, new ProveRowRequest { Shard = shard, Position = position, Checkpoint = checkpoint }, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>The hashes that prove a shard's tree at one checkpoint the beginning of that at a later one (RFC 9162, 2.1.4). For auditors.</summary>
    public async Task<IReadOnlyList<byte[]>> ProveConsistencyAsync(int shard, long earlier, long later, CancellationToken cancellationToken = default)
    {
        var request = new ProveConsistencyRequest { Shard = shard, Earlier = earlier, Later = later };
        var response = await _channel.UnaryAsync(ProveConsistency, request, new GrpcCallOptions { CancellationToken = cancellationToken }).ConfigureAwait(false);
        return [.. response.Hashes.Select(hash => hash.ToByteArray())];
    }
}
