using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>What a source of prices calls, and what people see of the markets. Thread-safe. A read throws <see cref="RpcException"/> unless it ends with OK, and may be sent again.</summary>
public sealed class MarketsClient
{
    private readonly GrpcChannel _channel;

    internal MarketsClient(GrpcChannel channel) => _channel = channel;

    /// <summary>A stream of marks; what became of them is told at its end.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public MarkStream PublishMarks(CancellationToken cancellationToken = default) =>
        new(_channel.ClientStreaming(ClearingMethods.PublishMarks, new GrpcCallOptions { CancellationToken = cancellationToken }));

    /// <summary>Operators, risk managers, auditors and viewers: every instrument with its newest and held mark.</summary>
    public Task<GetMarketsResponse> GetMarketsAsync(CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.GetMarkets, new GetMarketsRequest(), new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>The same callers: an instrument's accepted marks that the node has seen, and the daily prices before them.</summary>
    public Task<GetMarkHistoryResponse> GetMarkHistoryAsync(GetMarkHistoryRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.GetMarkHistory, request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
