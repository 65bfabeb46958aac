using System.Runtime.CompilerServices;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>
/// The durable events of an account, each once and in order, over breaks of the connection: after a break it goes on behind the last response that the reader took.
/// Not thread-safe: one reader at a time.
/// </summary>
public sealed class AccountWatch
{
    private readonly GrpcChannel _channel;
    private readonly string _account;
    private readonly AccountWatchOptions _options;
    private RpcException? _lastBreak;

    internal AccountWatch(GrpcChannel channel, string account, AccountWatchOptions options)
    {
        options.Backoff.Validate();
        if (options.MaxAttempts is < 1)
        {
            throw new ArgumentException($"MaxAttempts is {options.MaxAttempts}; 1 or more, or null for no bound", nameof(options));
        }

        _channel = channel;
        _account = account;
        _options = options;
        Position = options.After;
    }

    /// <summary>Behind the last response that the reader took; null before the first. Keep it with what was made of the events, to go on from there another day.</summary>
    public ResumeToken? Position { get; private set; }

    /// <summary>
    /// Reads on from <see cref="Position"/>, without end. Throws <see cref="OperationCanceledException"/> when the token ends it, and <see cref="RpcException"/> when the
    /// server refuses what another attempt would not change, or after the options' number of attempts.
    /// </summary>
    public async IAsyncEnumerable<WatchAccountResponse> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var failures = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var request = new WatchAccountRequest { Account = _account, After = Position };
            using (var call = _channel.ServerStreaming(ClearingMethods.WatchAccount, request, new GrpcCallOptions { CancellationToken = cancellationToken }))
            {
                while (await NextAsync(call, cancellationToken))
                {
                    failures = 0;
                    var response = call.Responses.Current;
                    if (response.Position is not null)
                    {
                        Position = response.Position;
                    }

                    yield return response;
                }
            }

            failures++;
            if (failures >= _options.MaxAttempts)
            {
                throw new RpcException(
                    StatusCode.Unavailable, $"The watch of account {_account} ended {failures} times in a row without an event: {_lastBreak?.Message ?? "the server ended the stream"}", _lastBreak);
            }

            await Task.Delay(_options.Backoff.DelayAfter(failures), _options.Time, cancellationToken);
        }
    }

    /// <summary>False when the call has ended in a way that another attempt may change.</summary>
    private async ValueTask<bool> NextAsync(GrpcServerStreamingCall<WatchAccountResponse> call, CancellationToken cancellationToken)
    {
        _lastBreak = null;
        try
        {
            return await call.Responses.MoveNextAsync(cancellationToken);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (CallFailure.IsFinal(e.StatusCode))
            {
                throw;
            }

            _lastBreak = e;
            return false;
        }
    }
}
