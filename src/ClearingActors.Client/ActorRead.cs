using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>What an actor did, turn by turn, each once and in order. The position moves on over turns of others, too.</summary>
public sealed class ActorRead : AuditRead<ReadActorResponse, ReadActorResponse>
{
    private readonly string _actor;

    internal ActorRead(GrpcChannel channel, string actor, AuditReadOptions options)
        : base(channel, options) => _actor = actor;

    private protected override GrpcServerStreamingCall<ReadActorResponse> Call(GrpcChannel channel, JournalName journal, long upTo, bool follow, GrpcCallOptions options) => channel.ServerStreaming(
        AuditClient.ReadActorMethod,
        new ReadActorRequest { Actor = _actor, After = Position, UpTo = upTo, Follow = follow, JournalId = journal.Id, Generation = journal.Generation },
        options);

    private protected override long HeadOf(ReadActorResponse response) => response.Head;

    private protected override void Forget()
    {
        // Nothing comes in parts.
    }

    private protected override IEnumerable<(ReadActorResponse? Item, long Position)> ItemsOf(ReadActorResponse response) => response.Position > Position
        ? [(response.Steps.Count > 0 ? response : null, response.Position)]
        : throw new RpcException(StatusCode.DataLoss, $"turn {response.Shard}:{response.Position} came behind turn {Position}");
}
