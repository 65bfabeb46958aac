using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>
/// Reports trades over one long call and gets each one's answer. When the connection breaks it connects again and sends everything unanswered once more, in order; the
/// clearing house gives the same report its first answer, so nothing is doubled. Reports that it has no room or no outcome for are sent again later.
/// </summary>
/// <remarks>
/// <para>Thread-safe: submissions may come from any number of threads. Reports leave in the order in which their submissions found room, many in one write.
/// Answers come in any order.</para>
/// <para>Of one trade id one report and one cancel are on their way at a time, because an answer names source, trade id and action but not content: a repeat or a
/// conflicting report waits here for the answer of the one before it. A cancel that overtakes the report it was submitted after, because the clearing house had no room
/// for that one, is sent again until the report has its answer.</para>
/// <para>A report must not be changed before its answer.</para>
/// </remarks>
public sealed class TradeStream : IAsyncDisposable
{
    private static readonly TimeSpan StatusWait = TimeSpan.FromSeconds(5);

    private readonly GrpcChannel _channel;
    private readonly TradeStreamOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _room;
    private readonly SemaphoreSlim _work = new(0, 1);
    private readonly ITimer _retryTimer;
    private readonly Task _run;
    private readonly SubmitTradesRequest _message = new();
    private readonly List<TradeAnswer> _callbacks = [];

    private readonly Lock _lock = new();
    private readonly Dictionary<ReportKey, PendingReport> _pending = [];
    private readonly LinkedList<PendingReport> _oldestFirst = new();
    private readonly Queue<PendingReport> _toSend = new();
    private readonly PriorityQueue<PendingReport, long> _retries = new();
    private bool _workSignalled;
    private bool _completing;
    private bool _callBroughtAnswers;
    private int _inFlight;
    private Exception? _failure;

    internal TradeStream(GrpcChannel channel, TradeStreamOptions options)
    {
        options.Validate();
        _channel = channel;
        _options = options;
        _room = new SemaphoreSlim(options.MaxInFlight, options.MaxInFlight);
        _retryTimer = options.Time.CreateTimer(static stream => ((TradeStream)stream!).SignalWork(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _run = Task.Run(RunAsync);
    }

    /// <summary>Reports without an answer, those that wait to be sent included.</summary>
    public int InFlight
    {
        get
        {
            lock (_lock)
            {
                return _inFlight;
            }
        }
    }

    /// <summary>How often the connection broke and another attempt was made.</summary>
    public int Reconnects { get; private set; }

    /// <summary>Answers to nothing that was asked, such as a second answer; they are counted and passed over.</summary>
    public long UnmatchedAnswers { get; private set; }

    /// <summary>Reports a trade and waits for its answer, which is never UNAVAILABLE or RESOURCE_EXHAUSTED: those are dealt with here.</summary>
    /// <param name="report">Not to be changed before the answer.</param>
    /// <param name="cancellationToken">
    /// Ends the wait. A report that has found room stays: the trade may be novated all the same, and the same report sent again tells.
    /// </param>
    /// <exception cref="RpcException">
    /// The server refuses what another attempt would not change, the options' attempts are used up, or the stream was disposed (CANCELLED); the outcome is unknown.
    /// </exception>
    /// <exception cref="InvalidOperationException">The stream is completing, or a callback has failed.</exception>
    /// <exception cref="OperationCanceledException">The token ended the wait; the outcome is unknown.</exception>
    public async Task<TradeAnswer> SubmitAsync(TradeReport report, CancellationToken cancellationToken = default)
    {
        var completion = new TaskCompletionSource<TradeAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await EnqueueAsync(new PendingReport(report, completion), cancellationToken);
        return await completion.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Reports trades and waits for all answers, which it returns in the order of the reports. Throws as <see cref="SubmitAsync"/> does.</summary>
    public async Task<IReadOnlyList<TradeAnswer>> SubmitBatchAsync(IReadOnlyList<TradeReport> reports, CancellationToken cancellationToken = default)
    {
        var answers = new Task<TradeAnswer>[reports.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            var completion = new TaskCompletionSource<TradeAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            await EnqueueAsync(new PendingReport(reports[i], completion), cancellationToken);
            answers[i] = completion.Task;
        }

        return await Task.WhenAll(answers).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Reports a trade whose answer goes to <see cref="TradeStreamOptions.OnAnswer"/>: the way for high rates, without an object per trade to wait on. It ends when the
    /// report has found room. Throws as <see cref="SubmitAsync"/> does, and <see cref="InvalidOperationException"/> without a callback.
    /// </summary>
    public ValueTask PostAsync(TradeReport report, CancellationToken cancellationToken = default) =>
        _options.OnAnswer is null
            ? throw new InvalidOperationException($"PostAsync needs {nameof(TradeStreamOptions)}.{nameof(TradeStreamOptions.OnAnswer)}")
            : EnqueueAsync(new PendingReport(report, null), cancellationToken);

    /// <summary>Takes no more reports, waits until all have their answer and ends the call. Throws what ended the stream, if anything did.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            _completing = true;
        }

        SignalWork();
        await _run.WaitAsync(cancellationToken);
        lock (_lock)
        {
            if (_failure is not null)
            {
                throw Again(_failure);
            }
        }
    }

    /// <summary>Ends the stream at once. Submissions that wait end with <see cref="RpcException"/> (CANCELLED); the outcome of their reports is unknown.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        await _run;
        await _retryTimer.DisposeAsync();
        await _ended.CancelAsync();
    }

    private ValueTask EnqueueAsync(PendingReport pending, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_room.Wait(0, CancellationToken.None))
        {
            return new ValueTask(EnqueueWhenRoomAsync(pending, cancellationToken));
        }

        Enqueue(pending);
        return default;
    }

    private async Task EnqueueWhenRoomAsync(PendingReport pending, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        try
        {
            await _room.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_lock)
            {
                throw Again(_failure ?? Disposed);
            }
        }

        Enqueue(pending);
    }

    /// <summary>Takes a report that has room, or gives the room back and throws.</summary>
    private void Enqueue(PendingReport pending)
    {
        lock (_lock)
        {
            if (_failure is not null || _completing)
            {
                _room.Release();
                throw _failure is not null ? Again(_failure) : new InvalidOperationException("The stream is completing and takes no more reports");
            }

            _inFlight++;
            if (_pending.TryGetValue(pending.Key, out var first))
            {
                (first.Last ?? first).Next = pending;
                first.Last = pending;
                return;
            }

            Send(pending);
        }

        SignalWork();
    }

    /// <summary>Puts the one report of its key on its way. Under the lock.</summary>
    private void Send(PendingReport pending)
    {
        _pending.Add(pending.Key, pending);
        pending.Cancels = pending.Key.Cancel ? _pending.GetValueOrDefault(pending.Key.Other) : null;
        pending.Place = _oldestFirst.AddLast(pending);
        _toSend.Enqueue(pending);
    }

    private async Task RunAsync()
    {
        try
        {
            var failures = 0;
            while (await RunCallAsync() is { } broken)
            {
                failures = _callBroughtAnswers ? 1 : failures + 1;
                if (broken is RpcException { StatusCode: var code } && CallFailure.IsFinal(code))
                {
                    Fail(broken);
                    return;
                }

                if (failures >= _options.MaxAttempts && InFlight > 0)
                {
                    Fail(new RpcException(
                        StatusCode.Unavailable, $"{failures} attempts in a row brought no answer while {InFlight} reports wait; the last ended with: {broken.Message}", broken));
                    return;
                }

                var delay = _options.Reconnect.DelayAfter(failures);
                Reconnects++;
                _options.OnReconnect?.Invoke(broken, delay);
                await Task.Delay(delay, _options.Time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            Fail(Disposed);
        }
        catch (Exception e)
        {
            // A callback's failure, or one of this class: everyone who waits is told, here and in every later submission.
            Fail(e);
        }
    }

    /// <summary>One call from its start to its end: null when all is answered and the stream was to complete, otherwise why it ended.</summary>
    private async Task<Exception?> RunCallAsync()
    {
        using var call = _channel.Duplex(ClearingMethods.SubmitTrades, new GrpcCallOptions { CancellationToken = _stop.Token });
        using var callEnded = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        _callBroughtAnswers = false;
        SendAllAgain();
        var reading = ReadAnswersAsync(call);
        var writing = WriteReportsAsync(call, callEnded.Token);
        await ((Task)Task.WhenAny(reading, writing)).ConfigureAwait(ConfigureAwaitOptions.None);
        if (reading.IsCompleted)
        {
            await callEnded.CancelAsync();
        }
        else if (!writing.IsCompletedSuccessfully)
        {
            // A write fails when the call has ended, and only the answers' end tells why. It has arrived or never will.
            await ((Task)Task.WhenAny(reading, Task.Delay(StatusWait, _options.Time, _stop.Token))).ConfigureAwait(ConfigureAwaitOptions.None);
            call.Dispose();
        }

        await ((Task)Task.WhenAll(reading, writing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Token.ThrowIfCancellationRequested();
        var readFailure = reading.Exception?.InnerException;
        if ((readFailure ?? writing.Exception?.InnerException) is { } failure and not RpcException)
        {
            throw new InvalidOperationException($"The stream cannot go on: {failure.Message}", failure);
        }

        lock (_lock)
        {
            // With everything answered it does not matter how the call ended.
            return _completing && _inFlight == 0 ? null : readFailure ?? new RpcException(StatusCode.Unavailable, "The server ended the stream");
        }
    }

    private async Task ReadAnswersAsync(GrpcDuplexCall<SubmitTradesRequest, SubmitTradesResponse> call)
    {
        while (await call.Responses.MoveNextAsync())
        {
            Take(call.Responses.Current);
        }
    }

    private async Task WriteReportsAsync(GrpcDuplexCall<SubmitTradesRequest, SubmitTradesResponse> call, CancellationToken callEnded)
    {
        while (true)
        {
            await _work.WaitAsync(callEnded);
            lock (_lock)
            {
                _workSignalled = false;
            }

            // What is submitted while a full buffer leaves goes along with the next; so the busier the stream, the fewer its writes.
            while (FillMessage())
            {
                await call.Requests.BufferAsync(_message, callEnded);
            }

            await call.Requests.FlushAsync(callEnded);
            bool done;
            lock (_lock)
            {
                done = _completing && _inFlight == 0;
            }

            if (done)
            {
                await call.CompleteRequestsAsync();
                return;
            }
        }
    }

    private bool FillMessage()
    {
        _message.Trades.Clear();
        lock (_lock)
        {
            TakeDueRetries();
            while (_message.Trades.Count < _options.MaxReportsPerMessage && _toSend.TryDequeue(out var pending))
            {
                if (!pending.IsAnswered)
                {
                    _message.Trades.Add(pending.Report);
                }
            }
        }

        return _message.Trades.Count > 0;
    }

    private void TakeDueRetries()
    {
        var now = _options.Time.GetTimestamp();
        while (_retries.TryPeek(out var pending, out var due))
        {
            if (due > now && !pending.IsAnswered)
            {
                _retryTimer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(_options.Time.GetElapsedTime(now, due).TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                return;
            }

            _retries.Dequeue();
            pending.WaitsForRetry = false;
            _toSend.Enqueue(pending);
        }
    }

    /// <summary>A new call knows nothing of the last one's reports.</summary>
    private void SendAllAgain()
    {
        lock (_lock)
        {
            _toSend.Clear();
            foreach (var pending in _oldestFirst)
            {
                if (!pending.WaitsForRetry)
                {
                    _toSend.Enqueue(pending);
                }
            }
        }

        SignalWork();
    }

    private void Take(SubmitTradesResponse response)
    {
        var answered = 0;
        var workLeft = false;
        lock (_lock)
        {
            _callBroughtAnswers = true;
            foreach (var answer in response.Answers)
            {
                if (FindPending(answer) is not { } pending)
                {
                    UnmatchedAnswers++;
                }
                else if (IsForLater(pending, answer))
                {
                    workLeft |= RetryLater(pending);
                }
                else
                {
                    workLeft |= Answer(pending, answer);
                    answered++;
                }
            }

            workLeft |= _completing && _inFlight == 0;
        }

        if (answered > 0)
        {
            _room.Release(answered);
        }

        if (workLeft)
        {
            SignalWork();
        }

        foreach (var answer in _callbacks)
        {
            _options.OnAnswer!(answer);
        }

        _callbacks.Clear();
    }

    private PendingReport? FindPending(TradeAnswer answer)
    {
        var key = new ReportKey(answer.Source, answer.TradeId, answer.Action == TradeAnswer.Types.Action.Cancel);
        var found = _pending.GetValueOrDefault(key);
        if (answer.Action != TradeAnswer.Types.Action.Unspecified)
        {
            return found;
        }

        // A clearing house of before the field: clear as long as only one of the two is on its way.
        var cancel = _pending.GetValueOrDefault(key.Other);
        return found is null || cancel is null
            ? found ?? cancel
            : throw new InvalidOperationException(
                $"the answer to {answer.Source}/{answer.TradeId} does not say whether it is to the report or to the cancel, and both are on their way: this clearing house is older than "
                + "TradeAnswer.action; wait for a report's answer before its cancel");
    }

    /// <summary>True where the same report may still get another answer.</summary>
    private static bool IsForLater(PendingReport pending, TradeAnswer answer) =>
        answer.Status is TradeAnswer.Types.Status.Unavailable or TradeAnswer.Types.Status.ResourceExhausted

        // The clearing house had no room for the report and judged its cancel without it.
        || (answer.Reason == RejectReason.NotCancellable && pending.Cancels is { IsAnswered: false });

    private bool RetryLater(PendingReport pending)
    {
        if (pending.WaitsForRetry)
        {
            // Answered twice with "later": once is enough.
            UnmatchedAnswers++;
            return false;
        }

        pending.WaitsForRetry = true;
        pending.Retries++;
        var wait = _options.Retry.DelayAfter(pending.Retries);
        _retries.Enqueue(pending, _options.Time.GetTimestamp() + (long)(wait.TotalSeconds * _options.Time.TimestampFrequency));
        return true;
    }

    /// <summary>True when the next report of the same key can leave.</summary>
    private bool Answer(PendingReport pending, TradeAnswer answer)
    {
        pending.IsAnswered = true;
        _pending.Remove(pending.Key);
        _oldestFirst.Remove(pending.Place!);
        _inFlight--;
        if (pending.Completion is { } completion)
        {
            completion.TrySetResult(answer);
        }
        else
        {
            _callbacks.Add(answer);
        }

        if (pending.Next is not { } next)
        {
            return false;
        }

        next.Last = ReferenceEquals(pending.Last, next) ? null : pending.Last;
        Send(next);
        return true;
    }

    private void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure = failure;
            foreach (var pending in _oldestFirst)
            {
                for (var each = pending; each is not null; each = each.Next)
                {
                    each.Completion?.TrySetException(Again(failure));
                }
            }
        }

        _ended.Cancel();
    }

    private void SignalWork()
    {
        lock (_lock)
        {
            if (!_workSignalled)
            {
                _workSignalled = true;
                _work.Release();
            }
        }
    }

    private static RpcException Disposed => new(StatusCode.Cancelled, "The stream was disposed before the answer; the outcome is unknown, and the same report sent again tells");

    /// <summary>One failure is thrown in several places; each gets an exception of its own, with the first one inside.</summary>
    private static Exception Again(Exception failure) => failure switch
    {
        RpcException rpc => new RpcException(rpc.Status, rpc.Trailers, rpc),
        _ => new InvalidOperationException($"The stream has ended: {failure.Message}", failure),
    };
}
