using System.Diagnostics;
using ClearingActors.Actors;
using ClearingActors.Cli.Demo;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;
using AnswerStatus = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Cli.Bench;

/// <summary>
/// Sends trades over one call and measures. It does not reconnect: a connection that breaks has no rate. A latency counts from the instant at which the trade was to be
/// sent, so that a server which stalls is not forgiven the trades that had to wait meanwhile.
/// </summary>
public sealed class BenchClient : IDisposable
{
    private static readonly TimeSpan EndWait = TimeSpan.FromSeconds(5);

    private readonly BenchOptions _options;
    private readonly int _total;
    private readonly long[] _due;
    private readonly LatencyHistogram _latencies = new();
    private readonly LatencyHistogram[] _seconds;
    private readonly SemaphoreSlim _room = new(0, 1);
    private readonly Lock _lock = new();
    private readonly List<int> _again = [];
    private long _sent;
    private long _answered;
    private long _novated;
    private long _rejected;
    private long _sentAgain;
    private long _now;
    private bool _senderWaits;
    private bool _measuring;

    /// <exception cref="CommandException">An option is out of range.</exception>
    public BenchClient(BenchOptions options)
    {
        options.Validate();
        _options = options;
        _total = options.Total;
        _due = new long[_total];
        _seconds = [.. Enumerable.Range(0, options.Rate > 0 ? options.Seconds : 0).Select(_ => new LatencyHistogram())];
    }

    /// <summary>Runs to the last answer.</summary>
    /// <param name="onMeasuring">Called when the warm-up is over.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RpcException">The call ended before that.</exception>
    public async Task<BenchResult> RunAsync(Action onMeasuring, CancellationToken cancellationToken)
    {
        var report = new TradeReport
        {
            Source = _options.Source,
            Instrument = _options.Instrument,
            Quantity = 1,
            Price = ExactDecimal.ToWire(_options.Price),
            ExecutionTime = _options.ExecutionTime,
        };
        var method = GrpcMethod.Of(
            MembersReflection.Descriptor.Services[0],
            "SubmitTrades",
            new BenchTrades(report, _options.Accounts, _options.FirstId),
            new BenchAnswers(_options.FirstId, Take));
        var transport = new GrpcChannelOptions { StreamWindowSize = 16 * 1024 * 1024 };
        if (_options.Token is { } token)
        {
            transport.Metadata.Add("authorization", $"Bearer {token}");
        }

        using var channel = new GrpcChannel(_options.Address, transport);
        using var call = channel.Duplex(method, new GrpcCallOptions { CancellationToken = cancellationToken });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var start = Stopwatch.GetTimestamp();
        var reading = ReadAsync(call.Responses);
        var sending = SendAsync(call.Requests, start, onMeasuring, ended.Token);
        await ((Task)Task.WhenAny(reading, sending)).ConfigureAwait(ConfigureAwaitOptions.None);
        if (!reading.IsCompletedSuccessfully && (reading.IsCompleted || sending.IsFaulted))
        {
            // Why the call ended is the reader's to tell.
            await ended.CancelAsync();
            await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await reading;
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await sending;

        // Ends the call in order: one that is cut off would be an error to the server. Its end is no part of the measurement, and nothing depends on it.
        await call.CompleteRequestsAsync();
        await Task.WhenAny(call.Responses.MoveNextAsync(ended.Token).AsTask(), Task.Delay(EndWait, ended.Token));
        await ended.CancelAsync();
        return new BenchResult(_answered, _novated, _rejected, _sentAgain, seconds, _latencies, MedianSecondP99());
    }

    /// <summary>The 99th percentile of the median second; 0 without a rate.</summary>
    private long MedianSecondP99()
    {
        long[] sorted = [.. _seconds.Select(second => second.PercentileNs(0.99)).Order()];
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }

    /// <summary>After the run.</summary>
    public void Dispose() => _room.Dispose();

    private async Task ReadAsync(GrpcStreamReader<int> answers)
    {
        while (Interlocked.Read(ref _answered) < _total)
        {
            _now = 0;
            if (!await answers.MoveNextAsync())
            {
                throw new RpcException(StatusCode.Unavailable, $"The server ended the stream after {_answered} of {_total} answers");
            }

            WakeSender();
        }
    }

    /// <summary>Runs on the reader, while a message is parsed.</summary>
    private void Take(int number, AnswerStatus status)
    {
        if ((uint)number >= (uint)_total)
        {
            throw new InvalidDataException($"The answer of trade {number} came, of {_total}");
        }

        switch (status)
        {
            case AnswerStatus.Novated:
                _novated++;
                break;
            case AnswerStatus.Rejected:
                _rejected++;
                break;
            case AnswerStatus.Unavailable or AnswerStatus.ResourceExhausted:
                lock (_lock)
                {
                    _sentAgain++;
                    _again.Add(number);
                }

                return;
            default:
                throw new InvalidDataException($"Trade {number} was answered with {status}");
        }

        // One look at the clock per message: its answers arrived together.
        if (_now == 0)
        {
            _now = Stopwatch.GetTimestamp();
        }

        if (number >= _options.WarmUpTrades)
        {
            var latency = Stopwatch.GetElapsedTime(_due[number], _now).Ticks * 100;
            _latencies.Record(latency);
            if (_options.Rate > 0)
            {
                _seconds[(number - _options.WarmUpTrades) / _options.Rate].Record(latency);
            }
        }

        Interlocked.Increment(ref _answered);
    }

    private async Task SendAsync(GrpcStreamWriter<BenchBatch> requests, long start, Action onMeasuring, CancellationToken ended)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (Interlocked.Read(ref _answered) < _total)
        {
            var waited = await SendAgainAsync(requests, tick, ended);
            var room = (int)Math.Min(_options.Window - (_sent - Interlocked.Read(ref _answered)), _total - _sent);
            var now = Stopwatch.GetTimestamp();
            var count = _options.Rate == 0 ? room : (int)Math.Min(room, DueBy(start, now) - _sent);
            if (!_measuring && _sent + count > _options.WarmUpTrades)
            {
                _measuring = true;
                onMeasuring();
            }

            while (count > 0)
            {
                var batch = Math.Min(count, _options.Batch);
                Mark((int)_sent, batch, start, now);
                await requests.BufferAsync(new BenchBatch((int)_sent, batch), ended);
                _sent += batch;
                count -= batch;
            }

            await requests.FlushAsync(ended);
            if (_options.Rate > 0)
            {
                // A timer of a millisecond ticks every 1.8: what is due would wait here, and be counted against the server. A sleep of one is one.
                Thread.Sleep(1);
                ended.ThrowIfCancellationRequested();
            }
            else if (!waited)
            {
                await WaitForRoomAsync(ended);
            }
        }
    }

    private long DueBy(long start, long now) => (long)((Int128)(now - start) * _options.Rate / Stopwatch.Frequency);

    /// <summary>Notes when the trades are to leave: now, or at the instants that the rate fixed beforehand.</summary>
    private void Mark(int first, int count, long start, long now)
    {
        for (var i = first; i < first + count; i++)
        {
            _due[i] = _options.Rate == 0 ? now : start + (long)((Int128)i * Stopwatch.Frequency / _options.Rate);
        }
    }

    /// <summary>Sends once more what had no room, after a moment; their latencies go on counting. True if there was any.</summary>
    private async ValueTask<bool> SendAgainAsync(GrpcStreamWriter<BenchBatch> requests, PeriodicTimer tick, CancellationToken ended)
    {
        int[] again;
        lock (_lock)
        {
            again = [.. _again];
            _again.Clear();
        }

        if (again.Length == 0)
        {
            return false;
        }

        await tick.WaitForNextTickAsync(ended);
        foreach (var chunk in again.Chunk(_options.Batch))
        {
            await requests.BufferAsync(new BenchBatch(0, 0, chunk), ended);
        }

        await requests.FlushAsync(ended);
        return true;
    }

    /// <summary>Waits until a good part of the window is free: few large writes cost less than many small ones.</summary>
    private async ValueTask WaitForRoomAsync(CancellationToken ended)
    {
        lock (_lock)
        {
            if (IsWorthSending())
            {
                return;
            }

            _senderWaits = true;
        }

        await _room.WaitAsync(ended);
    }

    private void WakeSender()
    {
        lock (_lock)
        {
            if (_senderWaits && IsWorthSending())
            {
                _senderWaits = false;
                _room.Release();
            }
        }
    }

    private bool IsWorthSending()
    {
        var answered = Interlocked.Read(ref _answered);
        var open = Interlocked.Read(ref _sent) - answered;
        return _again.Count > 0 || answered == _total || (_sent < _total && (_options.Window - open) * 4 >= _options.Window);
    }
}
