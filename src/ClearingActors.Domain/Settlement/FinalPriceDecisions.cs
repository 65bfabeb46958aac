using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;

namespace ClearingActors.Domain.Settlement;

/// <summary>What becomes of a wish to fix a final price.</summary>
public enum FinalPriceDecisionKind
{
    None = 0,

    /// <summary>Journal and apply the event, and tell the house.</summary>
    Fixed = 1,

    /// <summary>It was fixed before: the event is the one of then, and nothing is journaled.</summary>
    AlreadyFixed = 2,

    /// <summary>Nothing changes.</summary>
    Refused = 3,
}

/// <summary>What becomes of a wish to fix a final price.</summary>
/// <param name="Kind">See <see cref="FinalPriceDecisionKind"/>.</param>
/// <param name="Event">Meaningful unless refused.</param>
/// <param name="Refusal">For people; empty unless refused.</param>
public readonly record struct FinalPriceDecision(FinalPriceDecisionKind Kind, FinalPriceFixed Event, string Refusal);

/// <summary>
/// Fixes final prices (rulebook 6.3): from the accepted marks of the window before expiry, or by an operator with a reason where these are too few, no longer all
/// there, or average to a price outside the bands. Pure.
/// </summary>
public static class FinalPriceDecisions
{
    /// <summary>The longest reason of an operator.</summary>
    public const int MaxReason = 500;

    /// <summary>The final price of an instrument.</summary>
    /// <param name="market">The instrument's market.</param>
    /// <param name="instrument">An expired future.</param>
    /// <param name="givenUnits">The operator's price in price units; null to have it computed.</param>
    /// <param name="givenBy">The operator.</param>
    /// <param name="reason">Required with a price.</param>
    /// <param name="directory">The market's shard's.</param>
    public static FinalPriceDecision Decide(
        MarketState market, InstrumentId instrument, long? givenUnits, string givenBy, string reason, HouseDirectory directory)
    {
        if (!directory.TryGetInstrument(instrument, out var listed) || listed.Instrument.Underlying != market.Underlying)
        {
            return Refused($"instrument {instrument} is not defined");
        }

        var contract = listed.Instrument;
        if (contract.Kind != InstrumentKind.Future)
        {
            return Refused($"instrument {instrument} is of kind {contract.Kind}; futures have a final price");
        }

        if (market.TryGetFinalPrice(instrument, out var before))
        {
            return givenUnits is null || givenUnits == before.PriceUnits
                ? new FinalPriceDecision(FinalPriceDecisionKind.AlreadyFixed, before, "")
                : Refused($"the final price of {instrument} is {contract.ToPrice(before.PriceUnits)} and never changes");
        }

        if (contract.Definition.Expiry is null || !contract.IsExpiredAt(directory.BusinessTime))
        {
            return Refused($"instrument {instrument} expires at {contract.Definition.Expiry?.ToString() ?? "no time"}; the business time is {directory.BusinessTime}");
        }

        var from = contract.Expiry - contract.Definition.ExpiryWindowNs;
        var (computed, marks) = Compute(market.HistoryOf(instrument), contract, from);
        if (givenUnits is null)
        {
            return computed is { } price
                ? new FinalPriceDecision(FinalPriceDecisionKind.Fixed, new FinalPriceFixed(instrument, price, marks, "", ""), "")
                : Refused($"{instrument} has {marks} marks in the window from {from} to its expiry, or not all of them are there; {contract.Definition.ExpiryMarks} are needed: give its final price and a reason");
        }

        return computed is { } fromMarks ? Refused($"the marks make the final price of {instrument} {contract.ToPrice(fromMarks)}; an operator decides only where they are too few")
            : givenUnits < contract.PriceLowUnits || givenUnits > contract.PriceHighUnits || givenUnits % contract.TickUnits != 0
                ? Refused($"the final price {contract.ToPrice(givenUnits.Value)} of {instrument} must be a multiple of {contract.ToPrice(contract.TickUnits)} between {contract.ToPrice(contract.PriceLowUnits)} and {contract.ToPrice(contract.PriceHighUnits)}")
            : reason.Length is 0 or > MaxReason ? Refused($"a final price of {instrument} needs a reason of 1 to {MaxReason} characters; it has {reason.Length}")
            : new FinalPriceDecision(FinalPriceDecisionKind.Fixed, new FinalPriceFixed(instrument, givenUnits.Value, marks, givenBy, reason), "");
    }

    private static (long? Units, int Marks) Compute(MarkHistory? history, Instrument contract, long from)
    {
        if (history is null)
        {
            return (null, 0);
        }

        var decision = ExpiryPrice.Decide(
            [.. history.Points.Select(p => new ExpiryMark(p.Time, contract.ToPrice(p.PriceUnits)))], from, contract.Expiry, contract.Definition.Tick, contract.Definition.ExpiryMarks);
        return history.Covers(from) && decision.Price is { } price && contract.TryToPriceUnits(price, out var units)
            && units >= contract.PriceLowUnits && units <= contract.PriceHighUnits
            ? (units, decision.MarksInWindow)
            : (null, decision.MarksInWindow);
    }

    private static FinalPriceDecision Refused(string reason) => new(FinalPriceDecisionKind.Refused, default, reason);
}
