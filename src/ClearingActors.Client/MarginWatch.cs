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
        options.Backoff.Validate();
        if (options.MaxAttempts is < 1)
        {
            throw new ArgumentException($"MaxAttempts is {options.MaxAttempts}; 1 or more, or null for no bound", nameof(options));
        }

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
        var failures = 0;
        while (true)
        {
            RpcException? broken = null;
            using (var call = _channel.ServerStreaming(Method, new WatchMarginRequest { Account = _account }, new GrpcCallOptions { CancellationToken = cancellationToken }))
            {
                while (true)
                {
                    try
                    {
                        if (!await call.Responses.MoveNextAsync(cancellationToken))
                        {
                            break;
                        }
                    }
                    catch (RpcException e) when (!cancellationToken.IsCancellationRequested && !CallFailure.IsFinal(e.StatusCode))
                    {
                        broken = e;
                        break;
                    }

                    failures = 0;
                    yield return call.Responses.Current.Margin;
                }
            }

            failures++;
            if (failures >= _options.MaxAttempts)
            {
                throw new RpcException(
                    StatusCode.Unavailable, $"The watch of the margin of {_account} ended {failures} times in a row without a figure: {broken?.Message ?? "the server ended the stream"}", broken);
            }

            await Task.Delay(_options.Backoff.DelayAfter(failures), _options.Time, cancellationToken);
        }
    }
}
