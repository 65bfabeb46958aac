using ClearingActors.Actors;
using ClearingActors.Domain;
using ClearingActors.Engine;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Monitors;

/// <summary>
/// Checks the house's invariants on the live state (rulebook 1) whenever it is quiet for a moment: matched book per instrument, cash sum per currency, units of assets. While trades are in
/// flight sums need not be zero, so nothing is read then; where they never pause, new ones wait for some milliseconds every quarter of a minute. What is broken is logged as critical and shown
/// to operators. Thread-safe.
/// </summary>
internal sealed class InvariantMonitor : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>How long it waits for quiet.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>How old the last check may be before trades must wait for the next.</summary>
    private static readonly TimeSpan Oldest = TimeSpan.FromSeconds(15);

    /// <summary>How old the last check may be before somebody must know.</summary>
    internal static readonly TimeSpan Overdue = TimeSpan.FromSeconds(60);

    /// <summary>How long they wait at the most.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(100);

    private readonly ClearingEngine _engine;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Periodic _periodic;
    private readonly long _startedAt;
    private InvariantVerdict _last = new(0, false, 0, TimeSpan.Zero, null, "");
    private long _restedAt;

    internal InvariantMonitor(ClearingEngine engine, TimeProvider time, ILogger logger)
    {
        _engine = engine;
        _time = time;
        _logger = logger;
        _restedAt = time.GetTimestamp();
        _startedAt = UtcTime.Of(time.GetUtcNow());
        _periodic = new Periodic(Period, time, TryAsync, "The check of the invariants", logger);
    }

    /// <summary>The last attempt, and the last check.</summary>
    internal InvariantVerdict Last => Volatile.Read(ref _last);

    /// <summary>Since when they have not been checked, UTC nanoseconds, if that is longer than <see cref="Overdue"/>; null if it is not.</summary>
    internal long? UncheckedSince(InvariantVerdict verdict)
    {
        var since = verdict.CheckedAt == 0 ? _startedAt : verdict.CheckedAt;
        return UtcTime.Of(_time.GetUtcNow()) - since > Overdue.Ticks * TimeSpan.NanosecondsPerTick ? since : null;
    }

    public ValueTask DisposeAsync() => _periodic.DisposeAsync();

    private async Task TryAsync(CancellationToken stop)
    {
        var now = UtcTime.Of(_time.GetUtcNow());
        HouseBooks? books = null;
        var waited = TimeSpan.Zero;
        var because = Last.NotCheckedBecause;
        try
        {
            books = await ReadAsync(stop).ConfigureAwait(false);
            if (books is { } first && !Holds(first))
            {
                // Trades that came and were done while the books were read look the same: only what stands twice is broken.
                books = await ReadAsync(stop).ConfigureAwait(false);
            }

            if (books is not null)
            {
                _restedAt = _time.GetTimestamp();
            }
            else if (_time.GetElapsedTime(_restedAt) >= Oldest)
            {
                _restedAt = _time.GetTimestamp();
                books = await _engine.ReadBooksAtRestAsync(Hold, stop).ConfigureAwait(false);
                if (books is { } read && !Holds(read))
                {
                    books = await _engine.ReadBooksAtRestAsync(Hold, stop).ConfigureAwait(false);
                }

                waited = _time.GetElapsedTime(_restedAt);
                because = books is null ? await WhyNotAsync().ConfigureAwait(false) : "";
            }
        }
        catch (CommandFailedException e)
        {
            // A shard is being loaded: the house is not quiet.
            because = e.Message;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Volatile.Write(ref _last, Last with { TriedAt = now, Quiet = false, NotCheckedBecause = e.Message });
            throw;
        }

        Volatile.Write(
            ref _last, books is null ? Last with { TriedAt = now, Quiet = false, NotCheckedBecause = because } : new InvariantVerdict(now, waited == TimeSpan.Zero, now, waited, books, ""));
        if (books is { } broken && !Holds(broken))
        {
            _logger.LogCritical(
                "The house's sums are not zero: matched book {Matched}, cash {Cash}, assets {Assets}. Halt the house and run \"clearing audit verify\"",
                broken.MatchedBook, broken.CashConserved, broken.AssetsConserved);
        }
    }

    private static bool Holds(HouseBooks books) => books.MatchedBook && books.CashConserved && books.AssetsConserved;

    /// <summary>The books of a house that was quiet before and after they were read, and has nothing in flight in them; null if it was not.</summary>
    private async Task<HouseBooks?> ReadAsync(CancellationToken stop)
    {
        if (!await IsQuietAsync(stop).ConfigureAwait(false))
        {
            return null;
        }

        var books = await _engine.ReadBooksAsync().ConfigureAwait(false);
        return books.OpenReservations == 0 && books.Unbooked == 0 && await IsQuietAsync(stop).ConfigureAwait(false) ? books : null;
    }

    /// <summary>Why the books could not be read, as far as the house shows it afterwards.</summary>
    private async Task<string> WhyNotAsync()
    {
        if (_engine.Runtime.DiskFull)
        {
            return "the journal's disk is full";
        }

        var owned = (await _engine.Runtime.StatusAsync().ConfigureAwait(false)).Select(s => s.Shard).ToHashSet();
        if (owned.Count < _engine.Runtime.Book.ShardCount)
        {
            return $"shard {Enumerable.Range(0, _engine.Runtime.Book.ShardCount).First(shard => !owned.Contains(shard))} is not owned here just now";
        }

        var books = await _engine.ReadBooksAsync().ConfigureAwait(false);
        return books is { OpenReservations: 0, Unbooked: 0 }
            ? $"something was always under way, also while new trades waited {Hold.TotalMilliseconds} ms"
            : $"{books.OpenReservations} reservations are open, and the variation margin of {books.Unbooked} settlements is not booked";
    }

    private async Task<bool> IsQuietAsync(CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(Patience);
        try
        {
            await _engine.QuiesceAsync(deadline.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>What the monitor found.</summary>
/// <param name="TriedAt">When it last tried, UTC nanoseconds; 0 if never.</param>
/// <param name="Quiet">Whether the house was quiet then.</param>
/// <param name="CheckedAt">When the books were last read, UTC nanoseconds; 0 if never.</param>
/// <param name="Waited">How long new trades waited for that; zero if the house was quiet.</param>
/// <param name="Books">As they were then.</param>
/// <param name="NotCheckedBecause">Why the last attempt came to nothing; empty if it did not.</param>
internal sealed record InvariantVerdict(long TriedAt, bool Quiet, long CheckedAt, TimeSpan Waited, HouseBooks? Books, string NotCheckedBecause);
