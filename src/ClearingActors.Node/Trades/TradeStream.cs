using ClearingActors.Actors;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Trades;

/// <summary>
/// One call of SubmitTrades. A reader hands what has arrived to the engine, all at once; answers come on the engine's threads into a queue; a writer sends what stands
/// in it, many answers in one message and one flush. At most so many trades are open at a time: then the reader stops, and flow control holds the client back.
/// </summary>
internal sealed class TradeStream : IReplySink
{
    /// <summary>Commands that are handed in together at most, so that the first of a long run need not wait for the last.</summary>
    private const int MaxCommands = 2048;

    private readonly ClearingEngine _engine;
    private readonly Principal _principal;
    private readonly LimitSettings _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly OpenTrades _open = new();
    private readonly WakeSignal _work = new();
    private readonly WakeSignal _room = new();
    private readonly Lock _queueGate = new();
    private readonly AnswerBatch _outgoing = new();
    private readonly Command[] _commands;
    private List<(long Token, object Answer)> _arrived = [];
    private List<(long Token, object Answer)> _taken = [];
    private int _commandCount;
    private int _inFlight;
    private volatile bool _readerEnded;
    private volatile bool _ended;
    private volatile bool _looksForExpired;

    internal TradeStream(ClearingEngine engine, Principal principal, LimitSettings limits, TimeProvider time, ILogger logger)
    {
        _engine = engine;
        _principal = principal;
        _limits = limits;
        _time = time;
        _logger = logger;
        _commands = new Command[Math.Min(MaxCommands, limits.TradesInFlight)];
    }

    private bool Debug => _logger.IsEnabled(LogLevel.Debug);

    /// <summary>Takes an answer; on a worker's thread.</summary>
    public void Reply(long token, object answer)
    {
        if (_ended)
        {
            return;
        }

        lock (_queueGate)
        {
            _arrived.Add((token, answer));
        }

        _work.Set();
    }

    /// <summary>Runs the call to its end.</summary>
    /// <param name="requests">The client's.</param>
    /// <param name="responses">To the client.</param>
    /// <param name="call">Ends when the call has ended.</param>
    /// <param name="stopping">Ends when the node takes nothing new.</param>
    /// <exception cref="RpcException">The client broke a rule, or the node is stopping; what was taken before has been answered.</exception>
    internal async Task RunAsync(GrpcStreamReader<TradeBatch> requests, GrpcStreamWriter<AnswerBatch> responses, CancellationToken call, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(either.Token, stopping);
        var period = TimeSpan.FromSeconds(Math.Max(0.25, _limits.AnswerSeconds / 8.0));
        await using var timer = _time.CreateTimer(
            static stream =>
            {
                ((TradeStream)stream!)._looksForExpired = true;
                ((TradeStream)stream)._work.Set();
            },
            this,
            period,
            period);
        try
        {
            var end = ReadAsync(requests, either.Token, reading.Token);
            var sent = WriteAsync(responses, either);
            await Task.WhenAll(sent, end).ConfigureAwait(false);
            if (await end.ConfigureAwait(false) is { } reason)
            {
                throw reason;
            }
        }
        finally
        {
            _ended = true;
        }
    }

    /// <summary>Reads to the end of the requests; why they ended early, if they did.</summary>
    private async Task<RpcException?> ReadAsync(GrpcStreamReader<TradeBatch> requests, CancellationToken call, CancellationToken reading)
    {
        try
        {
            while (await requests.MoveNextAsync(reading).ConfigureAwait(false))
            {
                var batch = requests.Current;
                do
                {
                    await TakeAsync(batch, call).ConfigureAwait(false);
                }
                while (!reading.IsCancellationRequested && requests.TryReadBuffered(out batch));

                Submit();
            }

            return null;
        }
        catch (RpcException reason)
        {
            return reason;
        }
        catch (OperationCanceledException) when (!call.IsCancellationRequested)
        {
            return new RpcException(StatusCode.Unavailable, "the node is stopping; send what has no answer to its successor");
        }
        finally
        {
            Submit();
            _readerEnded = true;
            _work.Set();
        }
    }

    private async ValueTask TakeAsync(TradeBatch batch, CancellationToken call)
    {
        CheckSources(batch);
        var now = _time.GetTimestamp();
        var debug = Debug;
        for (var i = 0; i < batch.Count; i++)
        {
            if (Volatile.Read(ref _inFlight) >= _limits.TradesInFlight)
            {
                Submit();
                await WaitForRoomAsync(call).ConfigureAwait(false);
                now = _time.GetTimestamp();
            }

            Take(batch.Trades[i], now, debug);
        }
    }

    private void Take(in ReceivedTrade trade, long now, bool debug)
    {
        Interlocked.Increment(ref _inFlight);
        if (debug)
        {
            _logger.LogDebug("Trade {Source}/{TradeId} received from {Principal}, cancel: {Cancel}", trade.Source, trade.TradeId, _principal.Name, trade.Cancel);
        }

        var token = _open.Add(new OpenTrade(trade.Cancel, trade.Source, trade.TradeId), now);
        if (trade.Report is null)
        {
            _engine.Counters.CountRefused(RejectReason.Malformed);
            Reply(token, new MalformedTrade(trade.Problem));
            return;
        }

        _commands[_commandCount++] = _engine.Trade(_principal.Name, trade.Report, trade.Cancel, new ReplyTo(this, token));
        if (_commandCount == _commands.Length)
        {
            Submit();
        }
    }

    /// <summary>Before anything of a message is taken, so that a message is refused as a whole.</summary>
    private void CheckSources(TradeBatch batch)
    {
        var last = default(SourceId);
        foreach (ref readonly var trade in batch.Trades)
        {
            // Most messages name one source.
            if (trade.Report is { } report && report.Source != last)
            {
                last = report.Source;
                if (!_principal.MayReport(last))
                {
                    throw new RpcException(StatusCode.PermissionDenied, $"{_principal.Name} may not report trades of source {last}; nothing of the message was taken");
                }
            }
        }
    }

    private async ValueTask WaitForRoomAsync(CancellationToken call)
    {
        while (Volatile.Read(ref _inFlight) >= _limits.TradesInFlight)
        {
            await _room.WaitAsync(call).ConfigureAwait(false);
        }
    }

    private void Submit()
    {
        if (_commandCount > 0)
        {
            var count = _commandCount;
            _commandCount = 0;
            _engine.Submit(_commands.AsSpan(0, count));
            Array.Clear(_commands, 0, count);
        }
    }

    private async Task WriteAsync(GrpcStreamWriter<AnswerBatch> responses, CancellationTokenSource either)
    {
        try
        {
            while (!_readerEnded || Volatile.Read(ref _inFlight) > 0)
            {
                await _work.WaitAsync(either.Token).ConfigureAwait(false);
                lock (_queueGate)
                {
                    (_arrived, _taken) = (_taken, _arrived);
                }

                foreach (var (token, answer) in _taken)
                {
                    if (_open.TryTake(token, out var trade))
                    {
                        await AddAsync(responses, AnswerOf(trade, answer), either.Token).ConfigureAwait(false);
                    }
                }

                _taken.Clear();
                if (_looksForExpired)
                {
                    _looksForExpired = false;
                    await AnswerExpiredAsync(responses, either.Token).ConfigureAwait(false);
                }

                await SendAsync(responses, either.Token).ConfigureAwait(false);
            }
        }
        catch
        {
            // The reader must not wait for room that nobody makes any more.
            await either.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask AnswerExpiredAsync(GrpcStreamWriter<AnswerBatch> responses, CancellationToken call)
    {
        var latest = _time.GetTimestamp() - (_limits.AnswerSeconds * _time.TimestampFrequency);
        foreach (var (cancel, source, tradeId) in _open.TakeSince(latest))
        {
            _logger.LogWarning("Trade {Source}/{TradeId} of {Principal} has no answer after {Seconds} s; its outcome is unknown here", source, tradeId, _principal.Name, _limits.AnswerSeconds);
            var answer = new OutgoingAnswer(
                cancel, source, tradeId, TradeAnswer.Types.Status.Unavailable, RejectReason.None, 0, 0, $"no answer within {_limits.AnswerSeconds} s: outcome unknown; send the same report again");
            await AddAsync(responses, answer, call).ConfigureAwait(false);
        }
    }

    private ValueTask AddAsync(GrpcStreamWriter<AnswerBatch> responses, in OutgoingAnswer answer, CancellationToken call)
    {
        _outgoing.Add(answer);
        if (Debug)
        {
            _logger.LogDebug("Trade {Source}/{TradeId} answered {Status} {Reason}", answer.Source, answer.TradeId, answer.Status, answer.Reason);
        }

        return _outgoing.IsFull ? SendAsync(responses, call) : ValueTask.CompletedTask;
    }

    private async ValueTask SendAsync(GrpcStreamWriter<AnswerBatch> responses, CancellationToken call)
    {
        if (_outgoing.Count == 0)
        {
            return;
        }

        await responses.WriteAsync(_outgoing, call).ConfigureAwait(false);
        Interlocked.Add(ref _inFlight, -_outgoing.Count);
        _outgoing.Clear();
        _room.Set();
    }

    private static OutgoingAnswer AnswerOf(in OpenTrade trade, object answer) => answer switch
    {
        TradeReply reply => OutgoingAnswer.Of(trade.Cancel, trade.Source, trade.TradeId, reply.Outcome),
        MalformedTrade malformed => new OutgoingAnswer(trade.Cancel, trade.Source, trade.TradeId, TradeAnswer.Types.Status.Rejected, RejectReason.Malformed, 0, 0, malformed.Problem),
        CommandFailure { Kind: CommandFailureKind.ResourceExhausted } failure =>
            new OutgoingAnswer(trade.Cancel, trade.Source, trade.TradeId, TradeAnswer.Types.Status.ResourceExhausted, RejectReason.None, 0, 0, failure.Message),
        CommandFailure failure => new OutgoingAnswer(trade.Cancel, trade.Source, trade.TradeId, TradeAnswer.Types.Status.Unavailable, RejectReason.None, 0, 0, failure.Message),
        _ => throw new InvalidOperationException($"a trade was answered by {answer.GetType().Name}"),
    };

    private sealed record MalformedTrade(string Problem);
}
