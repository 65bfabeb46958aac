using ClearingActors.Actors;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// Runs that begin by themselves (rulebook 8.8): at times of day, at an interval, and when a price has moved, each by a durable timer of business time. A run under way
/// is not begun again. One that fails is tried again a minute later, so that a change of the risk book on its way to the shards does not cost a run.
/// </summary>
internal sealed partial class MarginActor
{
    /// <summary>Runs kept in the list; older ones stay in the journal.</summary>
    private const int RunsKept = 100;

    /// <summary>Attempts behind a failure, until a run succeeds or the schedule begins the next.</summary>
    private const int MaxRetries = 5;

    private const long RetryNs = 60_000_000_000;
    private const string TimeTimer = "time";
    private const string IntervalTimer = "interval";
    private const string MovesTimer = "moves";
    private const string RetryTimer = "retry";

    private readonly List<RunSummary> _recent = [];
    private RunSchedule _schedule = RunSchedule.None;
    private int _retries;

    public override void TimerFired(string timer, Turn turn)
    {
        var now = turn.BusinessTime;
        switch (timer)
        {
            case TimeTimer:
                SetTimer(turn, TimeTimer, _schedule.NextAfter(now));
                Begin(turn, RunCause.Scheduled, $"time of day, {RunSchedule.TimeOf(now)}");
                break;
            case IntervalTimer:
                turn.SetTimer(IntervalTimer, now + _schedule.IntervalNs);
                Begin(turn, RunCause.Intraday, $"every {_schedule.EveryMinutes} minutes");
                break;
            case MovesTimer:
                turn.SetTimer(MovesTimer, now + _schedule.CheckNs);
                if (_missing.Count == 0 && FindMove() is { } move)
                {
                    Begin(turn, RunCause.Intraday, move);
                }

                break;
            case RetryTimer when _recent.Count > 0 && _recent[^1].Cause != RunCause.Operator:
                Begin(turn, _recent[^1].Cause, _recent[^1].By);
                break;
            default:
                // An operator's run has come between.
                break;
        }
    }

    private void Schedule(RunSchedule schedule, Turn turn)
    {
        var now = turn.BusinessTime;
        schedule.Write(turn.BeginEvent(EventTypes.RunsScheduled));
        turn.EndEvent();
        _schedule = schedule;
        SetTimer(turn, TimeTimer, schedule.NextAfter(now));
        SetTimer(turn, IntervalTimer, schedule.EveryMinutes > 0 ? now + schedule.IntervalNs : null);
        SetTimer(turn, MovesTimer, schedule.MoveBps > 0 ? now + schedule.CheckNs : null);
        turn.CancelTimer(RetryTimer);
    }

    private static void SetTimer(Turn turn, string name, long? due)
    {
        if (due is { } instant)
        {
            turn.SetTimer(name, instant);
        }
        else
        {
            turn.CancelTimer(name);
        }
    }

    private void Begin(Turn turn, RunCause cause, string by)
    {
        if (_missing.Count > 0)
        {
            // What is under way has older marks; a time of day gets a run of its own behind it.
            if (cause == RunCause.Scheduled)
            {
                turn.SetTimer(TimeTimer, turn.BusinessTime + RetryNs);
            }

            return;
        }

        if (Start(turn, cause, by) is not { } refused)
        {
            return;
        }

        var summary = new RunSummary(0, turn.BusinessTime, cause, by, refused);
        if (cause == RunCause.Intraday && _recent.Count > 0 && _recent[^1] is { Run: 0 } last && last.Failure == refused)
        {
            // Said once; prices are looked at every few seconds.
            return;
        }

        summary.Write(turn.BeginEvent(EventTypes.MarginRunNotBegun));
        turn.EndEvent();
        ApplyNotBegun(summary);
        RetryLater(turn);
    }

    private void RetryLater(Turn turn)
    {
        if (_retries <= MaxRetries && _recent[^1].Cause != RunCause.Operator)
        {
            turn.SetTimer(RetryTimer, turn.BusinessTime + RetryNs);
        }
    }

    /// <summary>The first price, by instrument, that has moved too far since the last run. An option's own price moves with its underlying's, which is what counts.</summary>
    private string? FindMove()
    {
        if (_last is not { } last)
        {
            return null;
        }

        foreach (var before in last.Marks)
        {
            if (_scope.Marks.TryGet(before.Instrument, out var mark) && _schedule.IsMove(before.Units, mark.PriceUnits)
                && _scope.Directory.TryGetInstrument(before.Instrument, out var listed) && listed.Instrument.Kind != InstrumentKind.Option && listed.Expiry == ExpiryStage.None)
            {
                return $"{before.Instrument} moved from {listed.Instrument.ToPrice(before.Units)} to {listed.Instrument.ToPrice(mark.PriceUnits)}";
            }
        }

        return null;
    }

    private void ApplyNotBegun(RunSummary summary)
    {
        Remember(summary);
        _retries++;
    }

    private void Remember(RunSummary summary)
    {
        _recent.Add(summary);
        if (_recent.Count > RunsKept)
        {
            _recent.RemoveAt(0);
        }
    }

    /// <summary>The last shard has reported: the list tells how the run ended.</summary>
    private void ApplyEnded()
    {
        _recent[^1] = _recent[^1] with { Failure = _failure };
        _retries = _failure.Length == 0 ? 0 : _retries + (_recent[^1].Cause == RunCause.Operator ? 0 : 1);
    }
}
