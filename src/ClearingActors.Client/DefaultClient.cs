using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>
/// Default management, for operators; auditors read. Thread-safe. Every method throws <see cref="RpcException"/> unless the call ends with OK. After a break read the default
/// before a decision is sent again: what was done once is refused or, for costs, hedges and recoveries, done twice.
/// </summary>
public sealed class DefaultClient
{
    private readonly GrpcChannel _channel;

    internal DefaultClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Operators: the terms of default management, JSON.</summary>
    public Task<SetDefaultTermsResponse> SetDefaultTermsAsync(SetDefaultTermsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SetDefaultTermsRequest, SetDefaultTermsResponse>("SetDefaultTerms", request, cancellationToken);

    /// <summary>Operators: suspends a member and proposes its default; two operators then declare it.</summary>
    public Task<DefaultResponse> TriggerDefaultAsync(TriggerDefaultRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<TriggerDefaultRequest, DefaultResponse>("TriggerDefault", request, cancellationToken);

    /// <summary>Operators: proposes a decision, or as the second operator approves and carries it out.</summary>
    public Task<DefaultResponse> DecideDefaultAsync(DecideDefaultRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DecideDefaultRequest, DefaultResponse>("DecideDefault", request, cancellationToken);

    /// <summary>Operators: takes a trigger back before it is declared: the member may trade again.</summary>
    public Task<DefaultResponse> LiftTriggerAsync(LiftTriggerRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<LiftTriggerRequest, DefaultResponse>("LiftTrigger", request, cancellationToken);

    /// <summary>Operators: hands a client account to a member that has offered to take it.</summary>
    public Task<DefaultResponse> PortAccountAsync(PortAccountRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<PortAccountRequest, DefaultResponse>("PortAccount", request, cancellationToken);

    /// <summary>Operators: ends an account's porting window before its time.</summary>
    public Task<DefaultResponse> CloseOutAccountAsync(CloseOutAccountRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<CloseOutAccountRequest, DefaultResponse>("CloseOutAccount", request, cancellationToken);

    /// <summary>Operators: a trade of the clearing house's against the risk of what it holds of an account.</summary>
    public Task<DefaultResponse> HedgeAsync(HedgeRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<HedgeRequest, DefaultResponse>("Hedge", request, cancellationToken);

    /// <summary>Operators: a security or coin of the defaulter was sold.</summary>
    public Task<DefaultResponse> SellAssetAsync(SellAssetRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SellAssetRequest, DefaultResponse>("SellAsset", request, cancellationToken);

    /// <summary>Operators: offers what no auction has sold once more.</summary>
    public Task<DefaultResponse> ReofferAsync(ReofferRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<ReofferRequest, DefaultResponse>("Reoffer", request, cancellationToken);

    /// <summary>Operators: charges a cost of managing the default to the loss of an account.</summary>
    public Task<DefaultResponse> ChargeCostAsync(ChargeCostRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<ChargeCostRequest, DefaultResponse>("ChargeCost", request, cancellationToken);

    /// <summary>Operators: closes a default whose loss is borne in full.</summary>
    public Task<DefaultResponse> CloseDefaultAsync(CloseDefaultRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<CloseDefaultRequest, DefaultResponse>("CloseDefault", request, cancellationToken);

    /// <summary>Operators: what was recovered repays the layers in reverse order.</summary>
    public Task<DefaultResponse> RecordRecoveryAsync(RecordRecoveryRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<RecordRecoveryRequest, DefaultResponse>("RecordRecovery", request, cancellationToken);

    /// <summary>Operators and auditors: defaults with all that became of them, and the terms.</summary>
    public Task<GetDefaultsResponse> GetDefaultsAsync(GetDefaultsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetDefaultsRequest, GetDefaultsResponse>("GetDefaults", request, cancellationToken);

    private Task<TResponse> CallAsync<TRequest, TResponse>(string method, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        _channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(DefaultsReflection.Descriptor.Services[0], method), request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
