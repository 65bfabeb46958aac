using ClearingActors.Contracts.Stress.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>
/// Stress tests over the live house, and the default fund. Thread-safe. Every method throws <see cref="RpcException"/> unless the call ends with OK. Queries, scenarios and
/// terms may be sent again without harm; a run or a sizing that is sent again is another one.
/// </summary>
public sealed class StressClient
{
    private readonly GrpcChannel _channel;

    internal StressClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Operators: the house's scenarios.</summary>
    public Task<SetScenariosResponse> SetScenariosAsync(SetScenariosRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SetScenariosRequest, SetScenariosResponse>("SetScenarios", request, cancellationToken);

    /// <summary>Operators: every scenario over the house as the last cycle left it.</summary>
    public Task<RunStressResponse> RunStressAsync(RunStressRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<RunStressRequest, RunStressResponse>("RunStress", request, cancellationToken);

    /// <summary>Operators and auditors: the smallest shock that exhausts the resources.</summary>
    public Task<RunReverseStressResponse> RunReverseStressAsync(RunReverseStressRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<RunReverseStressRequest, RunReverseStressResponse>("RunReverseStress", request, cancellationToken);

    /// <summary>Operators and auditors: the last runs.</summary>
    public Task<GetStressRunsResponse> GetStressRunsAsync(GetStressRunsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetStressRunsRequest, GetStressRunsResponse>("GetStressRuns", request, cancellationToken);

    /// <summary>Operators: the fund's terms.</summary>
    public Task<SetFundTermsResponse> SetFundTermsAsync(SetFundTermsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SetFundTermsRequest, SetFundTermsResponse>("SetFundTerms", request, cancellationToken);

    /// <summary>Operators: sizes the fund and calls the contributions.</summary>
    public Task<SizeDefaultFundResponse> SizeDefaultFundAsync(SizeDefaultFundRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SizeDefaultFundRequest, SizeDefaultFundResponse>("SizeDefaultFund", request, cancellationToken);

    /// <summary>Operators and auditors: the fund as it stands.</summary>
    public Task<GetDefaultFundResponse> GetDefaultFundAsync(GetDefaultFundRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetDefaultFundRequest, GetDefaultFundResponse>("GetDefaultFund", request, cancellationToken);

    /// <summary>Operators and auditors: what failures set off.</summary>
    public Task<PropagateFailureResponse> PropagateFailureAsync(PropagateFailureRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<PropagateFailureRequest, PropagateFailureResponse>("PropagateFailure", request, cancellationToken);

    /// <summary>Operators and auditors: the highest gearing in a scenario.</summary>
    public Task<GearingStressResponse> GearingStressAsync(GearingStressRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GearingStressRequest, GearingStressResponse>("GearingStress", request, cancellationToken);

    /// <summary>Operators, risk managers and auditors start it, viewers only read: the house's margin against what came.</summary>
    public Task<GetBacktestResponse> GetBacktestAsync(GetBacktestRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetBacktestRequest, GetBacktestResponse>("GetBacktest", request, cancellationToken);

    /// <summary>Members: their own contribution.</summary>
    public Task<GetContributionResponse> GetContributionAsync(GetContributionRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetContributionRequest, GetContributionResponse>("GetContribution", request, cancellationToken);

    private Task<TResponse> CallAsync<TRequest, TResponse>(string method, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        _channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(StressReflection.Descriptor.Services[0], method), request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
