using System.Runtime.CompilerServices;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>
/// A read of the journal over breaks of the connection: after a break it goes on behind the last item that the reader took, in the same journal or not at all. Not thread-safe: one
/// reader at a time.
/// </summary>
/// <typeparam name="TResponse">What the server sends.</typeparam>
/// <typeparam name="TItem">What the reader gets.</typeparam>
public abstract class AuditRead<TResponse, TItem>
{
    private readonly GrpcChannel _channel;
    private readonly AuditReadOptions _options;
    private JournalName _journal;
    private long _upTo;
    private RpcException? _lastBreak;

    private protected AuditRead(GrpcChannel channel, AuditReadOptions options)
    {
        options.Validate();
        _channel = channel;
        _options = options;
        _journal = JournalName.Of(options);
        _upTo = options.UpTo ?? 0;
        Position = options.After;
    }

    /// <summary>Everything up to here has been read. Keep it with what was made of it, to go on from there another day.</summary>
    public long Position { get; private set; }

    /// <summary>
    /// Reads on from <see cref="Position"/> to the end that the options name. Throws <see cref="OperationCanceledException"/> when the token ends it, and <see cref="RpcException"/> when
    /// the server refuses what another attempt would not change, after the options' number of attempts, or (DATA_LOSS) when the server leaves something out or tells it twice.
    /// </summary>
    public async IAsyncEnumerable<TItem> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var failures = 0;
        while (_upTo == 0 || Position < _upTo)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Forget();
            if (await BeginAsync(cancellationToken) is { } call)
            {
                using (call)
                {
                    while (await NextAsync(call, cancellationToken) is { } more)
                    {
                        if (!more)
                        {
                            yield break;
                        }

                        failures = 0;
                        var response = call.Responses.Current;
                        _upTo = _upTo == 0 && !_options.Follow ? HeadOf(response) : _upTo;
                        foreach (var (item, position) in ItemsOf(response))
                        {
                            Position = position;
                            if (item is not null)
                            {
                                yield return item;
                            }
                        }
                    }
                }
            }

            failures++;
            if (failures >= _options.MaxAttempts)
            {
                throw new RpcException(StatusCode.Unavailable, $"The read of the journal broke off {failures} times in a row without bringing anything: {_lastBreak?.Message}", _lastBreak);
            }

            await Task.Delay(_options.Backoff.DelayAfter(failures), _options.Time, cancellationToken);
        }
    }

    private protected abstract GrpcServerStreamingCall<TResponse> Call(GrpcChannel channel, JournalName journal, long upTo, bool follow, GrpcCallOptions options);

    /// <summary>The items of a response, each with the position that is read when it is taken; null for a position alone.</summary>
    private protected abstract IEnumerable<(TItem? Item, long Position)> ItemsOf(TResponse response);

    private protected abstract long HeadOf(TResponse response);

    /// <summary>A call begins: what another had begun comes again.</summary>
    private protected abstract void Forget();

    private async ValueTask<GrpcServerStreamingCall<TResponse>?> BeginAsync(CancellationToken cancellationToken)
    {
        try
        {
            _journal = await _journal.OrFoundAsync(_channel, cancellationToken);
            return Call(_channel, _journal, _upTo, _options.Follow, new GrpcCallOptions { CancellationToken = cancellationToken });
        }
        catch (RpcException e)
        {
            Break(e, cancellationToken);
            return null;
        }
    }

    /// <summary>False when the server has sent everything; null when the call has ended in a way that another attempt may change.</summary>
    private async ValueTask<bool?> NextAsync(GrpcServerStreamingCall<TResponse> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call.Responses.MoveNextAsync(cancellationToken);
        }
        catch (RpcException e)
        {
            Break(e, cancellationToken);
            return null;
        }
    }

    private void Break(RpcException e, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (CallFailure.IsFinal(e.StatusCode))
        {
            throw new RpcException(e.StatusCode, e.Status.Detail, e);
        }

        _lastBreak = e;
    }
}
