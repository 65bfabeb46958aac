using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>
/// Margin: what accounts need and have, and the runs behind it. Thread-safe. Every method throws <see cref="RpcException"/> unless the call ends with OK; queries, the model
/// and prices may be sent again without harm.
/// </summary>
public sealed class MarginClient
{
    private readonly GrpcChannel _channel;

    internal MarginClient(GrpcChannel channel) => _channel = channel;

    /// <summary>What an account needs and has, and its calls.</summary>
    public Task<GetMarginResponse> GetMarginAsync(GetMarginRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetMarginRequest, GetMarginResponse>("GetMargin", request, cancellationToken);

    /// <summary>What an account needs and has, now and whenever it changes, over breaks of the connection. Nothing is called before it is read.</summary>
    /// <param name="account">The account's id.</param>
    /// <param name="options">How to reconnect; null for the defaults.</param>
    public MarginWatch WatchMargin(string account, MarginWatchOptions? options = null) => new(_channel, account, options ?? new MarginWatchOptions());

    /// <summary>What it would need with trades that are not there.</summary>
    public Task<SimulateMarginResponse> SimulateMarginAsync(SimulateMarginRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SimulateMarginRequest, SimulateMarginResponse>("SimulateMargin", request, cancellationToken);

    /// <summary>Operators: the model's parameters.</summary>
    public Task<SetRiskModelResponse> SetRiskModelAsync(SetRiskModelRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SetRiskModelRequest, SetRiskModelResponse>("SetRiskModel", request, cancellationToken);

    /// <summary>Operators: releases the 25 % buffer, or restores it.</summary>
    public Task<DecideBufferResponse> DecideBufferAsync(DecideBufferRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DecideBufferRequest, DecideBufferResponse>("DecideBuffer", request, cancellationToken);

    /// <summary>Operators: prices of a risk factor.</summary>
    public Task<SetFactorPricesResponse> SetFactorPricesAsync(SetFactorPricesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SetFactorPricesRequest, SetFactorPricesResponse>("SetFactorPrices", request, cancellationToken);

    /// <summary>Operators: margin over the whole house.</summary>
    public Task<RunMarginResponse> RunMarginAsync(RunMarginRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<RunMarginRequest, RunMarginResponse>("RunMargin", request, cancellationToken);

    /// <summary>Operators and auditors: the last run and the missed calls.</summary>
    public Task<GetMarginRunsResponse> GetMarginRunsAsync(GetMarginRunsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetMarginRunsRequest, GetMarginRunsResponse>("GetMarginRuns", request, cancellationToken);

    /// <summary>Operators: takes a call back.</summary>
    public Task<WithdrawMarginCallResponse> WithdrawMarginCallAsync(WithdrawMarginCallRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<WithdrawMarginCallRequest, WithdrawMarginCallResponse>("WithdrawMarginCall", request, cancellationToken);

    private Task<TResponse> CallAsync<TRequest, TResponse>(string method, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        _channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(MarginReflection.Descriptor.Services[0], method), request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
