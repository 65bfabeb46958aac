using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Market;

/// <summary>What becomes of a mark. </summary>
public enum MarkDecisionKind
{
    None = 0,
    Accepted = 1,
    Held = 2,
    Rejected = 3,
}

/// <summary>What becomes of a reported mark, or of a held one.</summary>
/// <param name="Kind">Says which of the others is meaningful.</param>
/// <param name="Reason">Set if rejected.</param>
/// <param name="Accepted">The event if accepted.</param>
/// <param name="Held">The event if held.</param>
public readonly record struct MarkDecision(MarkDecisionKind Kind, MarkRejectReason Reason, MarkAccepted Accepted, MarkHeld Held);

/// <summary>What becomes of an operator's wish to drop a held mark.</summary>
/// <param name="Reason">None: journal and apply the event.</param>
/// <param name="Event">Meaningful if the reason is none.</param>
public readonly record struct DropHeldDecision(MarkRejectReason Reason, HeldMarkDropped Event);

/// <summary>
/// Which marks are accepted (rulebook 5): newer than the last, not stale, inside the bands. One that moves more than the configured jump is held until another source
/// comes close to it or an operator confirms it. Pure; nothing here allocates.
/// </summary>
public static class MarkDecisions
{
    public static MarkDecision DecideMark(MarketState market, in MarkReport report, HouseDirectory directory)
    {
        if (!directory.TryGetInstrument(report.Instrument, out var listed) || listed.Instrument.Underlying != market.Underlying)
        {
            return Rejected(MarkRejectReason.UnknownInstrument);
        }

        var instrument = listed.Instrument;

        // A mark from the future would keep out every true one until its time came.
        if (report.Source.IsNone || (report.Price <= 0 && !instrument.AllowsNegativePrices && (report.Price < 0 || instrument.PriceLowUnits > 0)) || report.Time <= 0
            || report.Time - instrument.MarkStalenessNs > directory.BusinessTime)
        {
            return Rejected(MarkRejectReason.Malformed);
        }

        if (!instrument.TryToMarkUnits(report.Price, out var price))
        {
            return Rejected(MarkRejectReason.OffTick);
        }

        if (price < instrument.PriceLowUnits || price > instrument.PriceHighUnits)
        {
            return Rejected(MarkRejectReason.OutsideBands);
        }

        if (report.Time < directory.BusinessTime - instrument.MarkStalenessNs)
        {
            return Rejected(MarkRejectReason.Stale);
        }

        var marks = market.MarksOf(report.Instrument);
        if (marks.Last.Number == 0)
        {
            return Accept(market, report, price, default, directory);
        }

        if (report.Time <= marks.Last.Time)
        {
            return Rejected(MarkRejectReason.NotNewer);
        }

        if (!PriceMove.Exceeds(marks.Last.PriceUnits, price, instrument.MarkJumpBps, instrument.TickUnits))
        {
            return Accept(market, report, price, default, directory);
        }

        if (marks.IsHeld)
        {
            if (marks.Held.Source != report.Source && !PriceMove.Exceeds(marks.Held.PriceUnits, price, instrument.MarkJumpBps, instrument.TickUnits))
            {
                return Accept(market, report, price, marks.Held.Source, directory);
            }

            if (report.Time <= marks.Held.Time)
            {
                return Rejected(MarkRejectReason.NotNewer);
            }
        }

        return new MarkDecision(
            MarkDecisionKind.Held,
            MarkRejectReason.None,
            default,
            new MarkHeld(market.Underlying, report.Instrument, new HeldMark(price, report.Time, report.Source)));
    }

    /// <summary>An operator confirms the mark that is held.</summary>
    /// <param name="market">The market.</param>
    /// <param name="instrument">The instrument.</param>
    /// <param name="seen">The held mark that the operator saw: another one may have replaced it since, and is not confirmed by this.</param>
    /// <param name="confirmedBy">The operator.</param>
    /// <param name="directory">The market's shard's.</param>
    public static MarkDecision DecideConfirmHeld(
        MarketState market, InstrumentId instrument, in HeldMark seen, MarkSourceId confirmedBy, HouseDirectory directory)
    {
        var marks = market.MarksOf(instrument);
        return !marks.IsHeld || marks.Held != seen || confirmedBy.IsNone
            ? Rejected(MarkRejectReason.NothingHeld)
            : new MarkDecision(
                MarkDecisionKind.Accepted,
                MarkRejectReason.None,
                new MarkAccepted(
                    market.Underlying,
                    instrument,
                    new Mark(seen.PriceUnits, checked(market.LastNumber + 1), seen.Time),
                    seen.Source,
                    confirmedBy,
                    directory.MarksNeededFrom(instrument, seen.Time)),
                default);
    }

    /// <summary>An operator drops the mark that is held.</summary>
    /// <param name="market">The market.</param>
    /// <param name="instrument">The instrument.</param>
    /// <param name="seen">The held mark that the operator saw.</param>
    /// <param name="droppedBy">The operator.</param>
    public static DropHeldDecision DecideDropHeld(MarketState market, InstrumentId instrument, in HeldMark seen, MarkSourceId droppedBy)
    {
        var marks = market.MarksOf(instrument);
        return !marks.IsHeld || marks.Held != seen || droppedBy.IsNone
            ? new DropHeldDecision(MarkRejectReason.NothingHeld, default)
            : new DropHeldDecision(MarkRejectReason.None, new HeldMarkDropped(market.Underlying, instrument, droppedBy));
    }

    private static MarkDecision Accept(MarketState market, in MarkReport report, long price, MarkSourceId confirmedBy, HouseDirectory directory) => new(
        MarkDecisionKind.Accepted,
        MarkRejectReason.None,
        new MarkAccepted(
            market.Underlying,
            report.Instrument,
            new Mark(price, checked(market.LastNumber + 1), report.Time),
            report.Source,
            confirmedBy,
            directory.MarksNeededFrom(report.Instrument, report.Time)),
        default);

    private static MarkDecision Rejected(MarkRejectReason reason) => new(MarkDecisionKind.Rejected, reason, default, default);
}
