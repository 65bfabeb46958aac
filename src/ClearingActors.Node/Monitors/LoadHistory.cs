using ClearingActors.Domain;
using ClearingActors.Engine;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Monitors;

/// <summary>Counts trades and times commits once a second, and keeps the last five minutes. Thread-safe.</summary>
internal sealed class LoadHistory : IAsyncDisposable
{
    /// <summary>Seconds that are kept.</summary>
    internal const int Kept = 300;

    private const double NanosecondsPerMillisecond = 1e6;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ClearingEngine _engine;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Queue<LoadSecond> _seconds = new(Kept);
    private readonly Periodic _periodic;
    private (long Novated, long Rejected, long Appends, long Bytes) _before;
    private long _began;

    internal LoadHistory(ClearingEngine engine, TimeProvider time, ILogger logger)
    {
        _engine = engine;
        _time = time;
        _before = Count();
        _began = time.GetTimestamp();
        _periodic = new Periodic(Period, time, SampleAsync, "The count of trades and commits", logger);
    }

    /// <summary>Oldest first.</summary>
    internal LoadSecond[] Seconds()
    {
        lock (_lock)
        {
            return [.. _seconds];
        }
    }

    /// <summary>The last second; the default before the first.</summary>
    internal LoadSecond Last()
    {
        lock (_lock)
        {
            return _seconds.LastOrDefault();
        }
    }

    public ValueTask DisposeAsync() => _periodic.DisposeAsync();

    private Task SampleAsync(CancellationToken stop)
    {
        var now = Count();
        var ended = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_began, ended).TotalSeconds;
        if (seconds < Period.TotalSeconds / 2)
        {
            // The beginning, which has nothing behind it yet.
            return Task.CompletedTask;
        }

        var commits = _engine.Runtime.TakeCommitSample();
        var second = new LoadSecond(
            UtcTime.Of(_time.GetUtcNow()),
            (now.Novated - _before.Novated) / seconds,
            (now.Rejected - _before.Rejected) / seconds,
            commits.Count == 0 ? 0 : commits.PercentileNs(0.5) / NanosecondsPerMillisecond,
            commits.Count == 0 ? 0 : commits.PercentileNs(0.99) / NanosecondsPerMillisecond,
            (now.Appends - _before.Appends) / seconds,
            (now.Bytes - _before.Bytes) / seconds);
        (_before, _began) = (now, ended);
        lock (_lock)
        {
            if (_seconds.Count == Kept)
            {
                _seconds.Dequeue();
            }

            _seconds.Enqueue(second);
        }

        return Task.CompletedTask;
    }

    private (long Novated, long Rejected, long Appends, long Bytes) Count()
    {
        var counters = _engine.Counters;
        var (appends, _, bytes, _) = _engine.Runtime.Written;
        return (counters.Novated, counters.Rejected.Sum(r => r.Value) + counters.Refused.Sum(r => r.Value), appends, bytes);
    }

}

/// <summary>A second of the node's life.</summary>
/// <param name="At">Its end, UTC nanoseconds.</param>
/// <param name="Novated">Trades a second.</param>
/// <param name="Rejected">Trades a second, refused ones included.</param>
/// <param name="CommitMedian">Of the appends, milliseconds; 0 if there was none.</param>
/// <param name="CommitP99">Of the appends, milliseconds.</param>
/// <param name="Appends">A second.</param>
/// <param name="Bytes">A second.</param>
internal readonly record struct LoadSecond(long At, double Novated, double Rejected, double CommitMedian, double CommitP99, double Appends, double Bytes);
