using System.Runtime.CompilerServices;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>
/// The newest margin figures of an account as they change, over breaks of the connection: after a break the first figure is the current one. Figures between two reads are
/// left out. Not thread-safe: one reader at a time.
/// </summary>
public sealed class MarginWatch
{
    private static readonly GrpcMethod<WatchMarginRequest, WatchMarginResponse> Method =
        GrpcMethod.Of<WatchMarginRequest, WatchMarginResponse>(MarginReflection.Descriptor.Services[0], "WatchMargin");

    private readonly GrpcChannel _channel;
    private readonly string _account;
    private readonly MarginWatchOptions _options;

    internal MarginWatch(GrpcChannel channel, string account, MarginWatchOptions options)
    {
        NewestStream.Validate(options.Backoff, options.MaxAttempts);
        _channel = channel;
        _account = account;
        _options = options;
    }

    /// <summary>
    /// Reads without end. Throws <see cref="OperationCanceledException"/> when the token ends it, and <see cref="RpcException"/> when the server refuses what another attempt
    /// would not change, or after the options' number of attempts.
    /// </summary>
    public async IAsyncEnumerable<GetMarginResponse> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new WatchMarginRequest { Account = _account };
        await foreach (var figure in NewestStream.ReadAllAsync(_channel, Method, request, $"the margin of {_account}", _options.Backoff, _options.MaxAttempts, _options.Time, cancellationToken))
        {
            yield return figure.Margin;
        }
    }
}
