namespace ClearingActors.Domain.Novation;

/// <summary>How many trade ids one lane of a source may hold; beyond, new reports are turned away as overload and leave no trace.</summary>
/// <param name="PerDate">1 to <see cref="TradeIdDay.HardLimit"/>.</param>
/// <param name="Total">Over all dates held.</param>
public readonly record struct TradeIdLimits(int PerDate, long Total)
{
    /// <summary>Four million a date, twelve million in all: about 700 MB with ids of 16 characters.</summary>
    public static TradeIdLimits Default => new(4_000_000, 12_000_000);
}

/// <summary>Everything in a <see cref="TradeSourceState"/>; days in ascending order.</summary>
public sealed record TradeSourceSnapshot(SourceId Source, int Lane, DateOnly LastExpiredDate, IReadOnlyList<TradeIdDaySnapshot> Days);

/// <summary>
/// One lane of a trade source (rulebook 4): the book of its trade ids, which makes an id unique whatever accounts a report names. One thread at a time; changes only
/// in Apply. The decisions are in <see cref="TradeSourceDecisions"/>.
/// </summary>
public sealed class TradeSourceState
{
    // Ascending by date; a few at most, so a list beats a tree.
    private readonly List<TradeIdDay> _days = [];

    /// <param name="source">The source.</param>
    /// <param name="lane">0 to lanes - 1.</param>
    public TradeSourceState(SourceId source, int lane)
    {
        Source = source;
        Lane = lane;
    }

    public SourceId Source { get; }

    public int Lane { get; }

    /// <summary>The last date whose ids were dropped; reports of it and of earlier dates are stale.</summary>
    public DateOnly LastExpiredDate { get; private set; }

    /// <summary>Ids held, over all dates.</summary>
    public long Count { get; private set; }

    /// <summary>Trades and cancels without an answer.</summary>
    public int PendingCount
    {
        get
        {
            var pending = 0;
            foreach (var day in _days)
            {
                pending += day.PendingCount;
            }

            return pending;
        }
    }

    /// <summary>The dates held, ascending.</summary>
    public IReadOnlyList<TradeIdDay> Days => _days;

    public static TradeSourceState Restore(TradeSourceSnapshot snapshot)
    {
        var state = new TradeSourceState(snapshot.Source, snapshot.Lane) { LastExpiredDate = snapshot.LastExpiredDate };
        foreach (var day in snapshot.Days)
        {
            state._days.Add(TradeIdDay.Restore(day));
            state.Count += day.Count;
        }

        return state;
    }

    /// <summary>
    /// The content, for a snapshot, without copying it: every id segment but a date's last is sealed and never changes, so a snapshot names it by its hash and writes
    /// it once; the rest is live, to be written out before the next Apply.
    /// </summary>
    public TradeSourceSnapshot ToSnapshot() => new(Source, Lane, LastExpiredDate, [.. _days.Select(d => d.ToSnapshot())]);

    public void Apply(in TradeReceived e)
    {
        Expect(e.Key);
        if (e.ExecutionDate <= LastExpiredDate || TryFind(e.Key.Trade, out _, out _))
        {
            throw new InvalidOperationException(
                $"trade {e.Key.Trade} of {e.ExecutionDate:O} is already recorded, or its date is at or before {LastExpiredDate:O}, whose ids are dropped");
        }

        DayFor(e.ExecutionDate).Add(e.Key.Trade, e.Fingerprint);
        Count++;
    }

    public void Apply(in TradeAnswered e)
    {
        var (day, record) = Expect(e.Key, e.ExecutionDate, TradeIdStatus.Pending);
        switch (e.Outcome.Kind)
        {
            case TradeOutcomeKind.Novated:
                day.SetStamp(record, new NovationStamp(e.Outcome.Cycle, e.Outcome.ClearingDate));
                day.Set(record, TradeIdStatus.Novated, RejectReason.None);
                break;
            case TradeOutcomeKind.Rejected:
                day.Set(record, TradeIdStatus.Rejected, e.Outcome.Reason);
                break;
            default:
                throw new InvalidOperationException($"trade {e.Key.Trade} cannot be answered with {e.Outcome.Kind}");
        }
    }

    public void Apply(in CancelReceived e)
    {
        var (day, record) = Expect(e.Key, e.ExecutionDate, TradeIdStatus.Novated);
        day.Set(record, TradeIdStatus.CancelPending, RejectReason.None);
    }

    public void Apply(in CancelAnswered e)
    {
        var (day, record) = Expect(e.Key, e.ExecutionDate, TradeIdStatus.CancelPending);
        day.Set(record, e.Reason == RejectReason.None ? TradeIdStatus.Cancelled : TradeIdStatus.Novated, RejectReason.None);
    }

    public void Apply(in TradeIdsExpired e)
    {
        if (e.Source != Source || _days.Count == 0 || _days[0].ExecutionDate != e.ExecutionDate || _days[0].PendingCount != 0)
        {
            throw new InvalidOperationException(
                $"the ids of source {e.Source}, {e.ExecutionDate:O}, cannot be dropped from {Source}: it is not the oldest date, or {PendingCount} trades have no answer");
        }

        LastExpiredDate = e.ExecutionDate;
        Count -= _days[0].Count;
        _days.RemoveAt(0);
    }

    internal bool TryFind(TradeId id, out TradeIdDay day, out int record)
    {
        // An id is unique per source whatever the date says, so all dates are asked, the newest first.
        for (var i = _days.Count - 1; i >= 0; i--)
        {
            day = _days[i];
            record = day.Find(id);
            if (record >= 0)
            {
                return true;
            }
        }

        day = null!;
        record = -1;
        return false;
    }

    internal int CountOf(DateOnly executionDate)
    {
        foreach (var day in _days)
        {
            if (day.ExecutionDate == executionDate)
            {
                return day.Count;
            }
        }

        return 0;
    }

    private TradeIdDay DayFor(DateOnly executionDate)
    {
        var i = _days.Count;
        while (i > 0 && _days[i - 1].ExecutionDate >= executionDate)
        {
            i--;
            if (_days[i].ExecutionDate == executionDate)
            {
                return _days[i];
            }
        }

        var day = new TradeIdDay(executionDate);
        _days.Insert(i, day);
        return day;
    }

    private void Expect(TradeKey key)
    {
        if (key.Source != Source)
        {
            throw new InvalidOperationException($"trade {key.Trade} of source {key.Source} came to source {Source}");
        }
    }

    private (TradeIdDay Day, int Record) Expect(TradeKey key, DateOnly executionDate, TradeIdStatus status)
    {
        Expect(key);
        if (!TryFind(key.Trade, out var day, out var record) || day.ExecutionDate != executionDate || day.StatusOf(record) != status)
        {
            throw new InvalidOperationException(
                $"trade {key.Trade} of {executionDate:O} is not {status} here but {(record < 0 ? "unknown" : day.StatusOf(record).ToString())}");
        }

        return (day, record);
    }
}
