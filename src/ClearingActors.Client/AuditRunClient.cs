using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>What the node does with its own journal for auditors: verifies it, and shows the house as it was. Thread-safe.</summary>
public sealed class AuditRunClient
{
    private readonly GrpcChannel _channel;

    internal AuditRunClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Starts a verification of the journal in the background. For auditors.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: one is under way.</exception>
    public Task<StartVerificationResponse> StartVerificationAsync(StartVerificationRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<StartVerificationRequest, StartVerificationResponse>("StartVerification", request, cancellationToken);

    /// <summary>Stops a verification; one that has ended stays as it is. For auditors.</summary>
    public Task<StopVerificationResponse> StopVerificationAsync(StopVerificationRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<StopVerificationRequest, StopVerificationResponse>("StopVerification", request, cancellationToken);

    /// <summary>The verification that is under way, and the last that ended.</summary>
    public Task<GetVerificationResponse> GetVerificationAsync(GetVerificationRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetVerificationRequest, GetVerificationResponse>("GetVerification", request, cancellationToken);

    /// <summary>What there is to look back over.</summary>
    public Task<GetTimelineResponse> GetTimelineAsync(GetTimelineRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetTimelineRequest, GetTimelineResponse>("GetTimeline", request, cancellationToken);

    /// <summary>The house as it was. For auditors. Takes as long as a replay does; a call for another moment ends it.</summary>
    /// <exception cref="RpcException">OUT_OF_RANGE: there is no such moment. ABORTED: another was asked for. RESOURCE_EXHAUSTED: others look back already.</exception>
    public Task<GetHouseAtResponse> GetHouseAtAsync(GetHouseAtRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetHouseAtRequest, GetHouseAtResponse>("GetHouseAt", request, cancellationToken);

    /// <summary>How far the caller's replay is, and what it has passed. For auditors.</summary>
    public Task<GetTravelResponse> GetTravelAsync(GetTravelRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetTravelRequest, GetTravelResponse>("GetTravel", request, cancellationToken);

    /// <summary>Forgets the caller's replay. For auditors.</summary>
    public Task<EndTravelResponse> EndTravelAsync(EndTravelRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<EndTravelRequest, EndTravelResponse>("EndTravel", request, cancellationToken);

    private Task<TResponse> CallAsync<TRequest, TResponse>(string name, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        _channel.UnaryAsync(
            GrpcMethod.Of<TRequest, TResponse>(AuditRunsReflection.Descriptor.Services.Single(service => service.FindMethodByName(name) is not null), name),
            request,
            new GrpcCallOptions { CancellationToken = cancellationToken });
}
