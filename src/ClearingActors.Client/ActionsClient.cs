using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>
/// Actions on the record, for operators and risk managers; auditors and viewers read. Thread-safe. Every method throws <see cref="RpcException"/> unless the call ends with OK. After a
/// break hand the same action in again, under the same request id: it is carried out once, and the answer tells what came of it.
/// </summary>
public sealed class ActionsClient
{
    private readonly GrpcChannel _channel;

    internal ActionsClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Hands an action in: it comes back as it ended, or as it waits for a second person.</summary>
    public Task<ActionResponse> SubmitActionAsync(SubmitActionRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SubmitActionRequest, ActionResponse>("SubmitAction", request, cancellationToken);

    /// <summary>Approves what somebody else has handed in: it comes back as it ended.</summary>
    public Task<ActionResponse> ApproveActionAsync(DecideActionRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DecideActionRequest, ActionResponse>("ApproveAction", request, cancellationToken);

    /// <summary>Declines what waits, also one's own.</summary>
    public Task<ActionResponse> DeclineActionAsync(DecideActionRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DecideActionRequest, ActionResponse>("DeclineAction", request, cancellationToken);

    /// <summary>What waits or runs, what was decided, and what can be handed in.</summary>
    public Task<GetActionsResponse> GetActionsAsync(GetActionsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetActionsRequest, GetActionsResponse>("GetActions", request, cancellationToken);

    private Task<TResponse> CallAsync<TRequest, TResponse>(string name, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        _channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(ActionsReflection.Descriptor.Services[0], name), request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
