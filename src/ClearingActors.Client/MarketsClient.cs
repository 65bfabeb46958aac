using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>What a source of prices calls. Thread-safe.</summary>
public sealed class MarketsClient
{
    private readonly GrpcChannel _channel;

    internal MarketsClient(GrpcChannel channel) => _channel = channel;

    /// <summary>A stream of marks; what became of them is told at its end.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public MarkStream PublishMarks(CancellationToken cancellationToken = default) =>
        new(_channel.ClientStreaming(ClearingMethods.PublishMarks, new GrpcCallOptions { CancellationToken = cancellationToken }));
}
