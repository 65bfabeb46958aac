using ClearingActors.Domain;
using ClearingActors.Engine.Backtests;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node.Audit;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Backtests;

/// <summary>
/// Back-tests the house's margin from the node's own journal, as <c>clearing model backtest --journal</c> does: one at a time, at low priority, within the auditors' budget. The last
/// result is kept. Thread-safe.
/// </summary>
internal sealed class BacktestRuns : IAsyncDisposable
{
    /// <summary>One that nobody has asked for in so long is given up.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>For so long a failure stands before another is begun: who follows asks every second.</summary>
    internal static readonly TimeSpan FailureStands = TimeSpan.FromMinutes(1);

    private readonly ICheckpointStore _journal;
    private readonly ReadBudget _budget;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private Running? _running;
    private FinishedBacktest? _last;
    private (string Reason, long At)? _failure;
    private long _askedAt;
    private bool _disposed;

    internal BacktestRuns(ICheckpointStore journal, ReadBudget budget, TimeProvider time, ILogger logger)
    {
        _journal = journal;
        _budget = budget;
        _time = time;
        _logger = logger;
    }

    /// <summary>What there is, and that somebody waits for it.</summary>
    /// <param name="date">The house's business date.</param>
    /// <param name="start">Begins one unless there is one of this date, or one under way.</param>
    /// <param name="by">Who asks.</param>
    internal BacktestStanding Ask(DateOnly date, bool start, string by)
    {
        lock (_gate)
        {
            _askedAt = _time.GetTimestamp();
            var fails = _failure is { } failure && _time.GetElapsedTime(failure.At) < FailureStands;
            if (start && _running is null && _last?.Date != date && !fails && !_disposed)
            {
                _failure = null;
                var running = new Running(date, UtcTime.Of(_time.GetUtcNow()), CancellationTokenSource.CreateLinkedTokenSource(_ending.Token));
                _running = running;
                running.Done = RunAsync(running);
                _logger.LogInformation("{Principal} started a back-test of the house's margin", by);
            }

            return new BacktestStanding(_running?.StartedAt, _running?.Progress ?? 0.0, _failure?.Reason ?? "", _last, _last?.Date != date);
        }
    }

    /// <summary>Ends what is under way; nothing reads the journal any more. Again, it changes nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? done;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            done = _running?.Done;
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        await (done ?? Task.CompletedTask).ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task RunAsync(Running running)
    {
        LiveBacktestResult? result = null;
        string? failure = null;
        try
        {
            result = await LowPriority.RunAsync("backtest", () => Run(running)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (running.Stop.IsCancellationRequested)
        {
            _logger.LogInformation("The back-test was given up: {Reason}", _ending.IsCancellationRequested ? "the node is stopping" : "nobody waits for it");
        }
        catch (ArgumentException e)
        {
            // Its message names the parameter, which means nothing to people.
            failure = e.ParamName is null ? e.Message : e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);
        }
#pragma warning disable CA1031 // Whatever it is, it is told to who waits, and logged.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e.Message;
            _logger.LogError(e, "The back-test could not be computed");
        }

        lock (_gate)
        {
            _running = null;
            _last = result is null ? _last : new FinishedBacktest(running.Date, UtcTime.Of(_time.GetUtcNow()), result);
            _failure = failure is null ? null : (failure, _time.GetTimestamp());
        }

        running.Stop.Dispose();
    }

    private LiveBacktestResult Run(Running running)
    {
        var counted = new CountedJournal(_journal, bytes => Pay(running, bytes));
        using var journal = new JournalAsOf(counted);
        return LiveBacktest.Run(journal, null, running, running.Stop.Token);
    }

    /// <summary>Waits until what was read is paid for, so that clearing has the machine; ends the run if nobody waits for it.</summary>
    private void Pay(Running running, long bytes)
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_askedAt) > Patience)
            {
                running.Stop.Cancel();
            }
        }

        running.Stop.Token.ThrowIfCancellationRequested();
        _budget.TakeAsync(bytes, running.Stop.Token).GetAwaiter().GetResult();
    }

    private sealed class Running(DateOnly date, long startedAt, CancellationTokenSource stop) : IProgress<double>
    {
        private double _progress;

        internal DateOnly Date { get; } = date;

        internal long StartedAt { get; } = startedAt;

        internal CancellationTokenSource Stop { get; } = stop;

        internal double Progress => Volatile.Read(ref _progress);

        internal Task? Done { get; set; }

        public void Report(double value) => Volatile.Write(ref _progress, value);
    }
}

/// <summary>A back-test that was finished.</summary>
/// <param name="Date">The house's business date when it began.</param>
/// <param name="EndedAt">UTC ns of the node's clock.</param>
/// <param name="Result">What it came to.</param>
internal sealed record FinishedBacktest(DateOnly Date, long EndedAt, LiveBacktestResult Result);

/// <summary>Where back-tests stand.</summary>
/// <param name="StartedAt">Of the one under way, UTC ns of the node's clock; null if there is none.</param>
/// <param name="Progress">Of the one under way, 0 to 1.</param>
/// <param name="Failure">Why the last could not be computed; empty if it could.</param>
/// <param name="Last">The last that was finished.</param>
/// <param name="Outdated">The last is of another business date, or there is none.</param>
internal sealed record BacktestStanding(long? StartedAt, double Progress, string Failure, FinishedBacktest? Last, bool Outdated);
