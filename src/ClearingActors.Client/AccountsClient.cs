using ClearingActors.Contracts.Accounts.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>
/// The whole house and its accounts, for operators, risk managers, auditors and viewers. Nothing is changed. Thread-safe. Every method throws <see cref="RpcException"/> unless the call
/// ends with OK.
/// </summary>
public sealed class AccountsClient
{
    private readonly GrpcChannel _channel;

    internal AccountsClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Sums by currency and member, and the open margin calls; read at most once a second, whoever asks.</summary>
    public Task<GetHouseResponse> GetHouseAsync(GetHouseRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetHouseRequest, GetHouseResponse>("GetHouse", request, cancellationToken);

    /// <summary>Every account in a line, as columns; nothing while the version in hand is the newest.</summary>
    public Task<ListAccountsResponse> ListAccountsAsync(ListAccountsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<ListAccountsRequest, ListAccountsResponse>("ListAccounts", request, cancellationToken);

    /// <summary>One account in full, as of its last durable event.</summary>
    public Task<GetAccountPageResponse> GetAccountPageAsync(GetAccountPageRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetAccountPageRequest, GetAccountPageResponse>("GetAccountPage", request, cancellationToken);

    /// <summary>What an account's positions gain and lose in the scenarios behind its requirement; computed for this call.</summary>
    public Task<GetScenariosResponse> GetScenariosAsync(GetScenariosRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetScenariosRequest, GetScenariosResponse>("GetScenarios", request, cancellationToken);

    /// <summary>What happened to an account, newest first.</summary>
    public Task<GetTimelineResponse> GetTimelineAsync(GetTimelineRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetTimelineRequest, GetTimelineResponse>("GetTimeline", request, cancellationToken);

    private Task<TResponse> CallAsync<TRequest, TResponse>(string method, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        _channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(AccountsReflection.Descriptor.Services[0], method), request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
