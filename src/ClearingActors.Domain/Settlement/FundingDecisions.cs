using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;

namespace ClearingActors.Domain.Settlement;

/// <summary>What becomes of a wish to fund a perpetual.</summary>
public enum FundingDecisionKind
{
    None = 0,

    /// <summary>Journal and apply the event, and hand it to the settlement.</summary>
    Fixed = 1,

    /// <summary>This interval was fixed before: the event is the one of then, and nothing is journaled.</summary>
    AlreadyFixed = 2,

    /// <summary>Nothing changes.</summary>
    Refused = 3,
}

/// <summary>What becomes of a wish to fund a perpetual.</summary>
/// <param name="Kind">See <see cref="FundingDecisionKind"/>.</param>
/// <param name="Event">Meaningful unless refused.</param>
/// <param name="Reason">For people; empty unless refused.</param>
public readonly record struct FundingDecision(FundingDecisionKind Kind, FundingRateFixed Event, string Reason);

/// <summary>Fixes funding rates from the accepted marks of a perpetual and its index (rulebook 6.4). Pure.</summary>
public static class FundingDecisions
{
    /// <summary>The rate of the interval that ends at an instant.</summary>
    /// <param name="market">The perpetual's market, which is the index's too.</param>
    /// <param name="perpetual">The perpetual's id.</param>
    /// <param name="to">UTC ns: the end of the interval, a multiple of its length since 1970.</param>
    /// <param name="directory">The market's shard's.</param>
    public static FundingDecision Decide(MarketState market, InstrumentId perpetual, long to, HouseDirectory directory)
    {
        if (!directory.TryGetInstrument(perpetual, out var listed) || listed.Instrument.Perpetual is not { } terms)
        {
            return Refused($"instrument {perpetual} is not a perpetual that the house knows");
        }

        if (to <= 0 || to % terms.IntervalNs != 0 || to > directory.BusinessTime)
        {
            return Refused($"funding of {perpetual} to {to}: the end must be a multiple of {terms.IntervalNs} ns and not after the business time {directory.BusinessTime}");
        }

        var from = to - terms.IntervalNs;
        if (market.TryGetFunding(perpetual, out var last) && from < last.To)
        {
            return to == last.To
                ? new FundingDecision(FundingDecisionKind.AlreadyFixed, last, "")
                : Refused($"funding of {perpetual} from {from} to {to} overlaps what is funded up to {last.To}");
        }

        if (!directory.TryGetInstrument(InstrumentId.Parse(terms.Index), out var index)
            || market.HistoryOf(perpetual) is not { } marks || market.HistoryOf(index.Instrument.Id) is not { } indexMarks)
        {
            return Refused($"{perpetual} or its index {terms.Index} has no accepted mark");
        }

        if (!marks.Covers(from) || !indexMarks.Covers(from))
        {
            return Refused($"the marks of {perpetual} or {terms.Index} from {from} on are no longer all there: run funding within an interval after its end");
        }

        var premium = FundingPremium.Of(marks.Points, listed.Instrument.PriceScale, indexMarks.Points, index.Instrument.PriceScale, from, to);
        if (premium is null)
        {
            return Refused($"{perpetual} and {terms.Index} had no marks at the same time between {from} and {to}");
        }

        var rate = PerpetualFunding.Rate(premium.Value, terms.Interest, terms.Cap, terms.FundingIntervalHours);
        var mark = marks.Points.Last(m => m.Time < to);
        return new FundingDecision(FundingDecisionKind.Fixed, new FundingRateFixed(perpetual, from, to, premium.Value, rate, mark.PriceUnits), "");
    }

    private static FundingDecision Refused(string reason) => new(FundingDecisionKind.Refused, default, reason);
}
