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
    /// <param name="instrument">An expired future, or an option whose cut-off has passed.</param>
    /// <param name="givenUnits">The operator's price in price units of the future, or of what the option is on; null to have it computed.</param>
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
        if (contract.Kind is not (InstrumentKind.Future or InstrumentKind.Option))
        {
            return Refused($"instrument {instrument} is of kind {contract.Kind}; futures and options have a final price");
        }

        // An option's final price is that of what it is on.
        var priced = PricedBy(contract, directory);
        if (market.TryGetFinalPrice(instrument, out var before))
        {
            return givenUnits is null || givenUnits == before.PriceUnits
                ? new FinalPriceDecision(FinalPriceDecisionKind.AlreadyFixed, before, "")
                : Refused($"the final price of {instrument} is {priced.ToPrice(before.PriceUnits)} and never changes");
        }

        if (contract.Definition.Expiry is null || !contract.IsExpiredAt(directory.BusinessTime))
        {
            return Refused($"instrument {instrument} expires at {contract.Definition.Expiry?.ToString() ?? "no time"}; the business time is {directory.BusinessTime}");
        }

        if (contract.Option is { } option && directory.BusinessTime < option.ExerciseCutOff)
        {
            return Refused($"notices on {instrument} are taken until {option.ExerciseCutOff}, and the business time is {directory.BusinessTime}; fix its final price then");
        }

        if (contract.Kind == InstrumentKind.Future && FirstUnpricedOption(market, contract, directory) is { } waiting)
        {
            return Refused($"option {waiting} on {instrument} expired before it and has no final price yet; fix that first, so that the option can still yield the future");
        }

        if (priced.Kind == InstrumentKind.Future && contract.Option is not null && priced.Expiry == contract.Expiry)
        {
            return !market.TryGetFinalPrice(priced.Id, out var ofFuture) ? Refused($"option {instrument} expires with future {priced.Id}, whose final price it takes; fix that first")
                : givenUnits is not null && givenUnits != ofFuture.PriceUnits ? Refused($"option {instrument} takes the final price of future {priced.Id}, {priced.ToPrice(ofFuture.PriceUnits)}")
                : new FinalPriceDecision(FinalPriceDecisionKind.Fixed, ofFuture with { Instrument = instrument }, "");
        }

        var from = contract.Expiry - contract.Definition.ExpiryWindowNs;
        var (computed, marks) = Compute(market.HistoryOf(priced.Id), contract, priced, from);
        if (givenUnits is null)
        {
            return computed is { } price
                ? new FinalPriceDecision(FinalPriceDecisionKind.Fixed, new FinalPriceFixed(instrument, price, marks, "", ""), "")
                : Refused($"{priced.Id} has {marks} marks in the window from {from} to the expiry of {instrument}, or not all of them are there; {contract.Definition.ExpiryMarks} are needed: give its final price and a reason");
        }

        return computed is { } fromMarks ? Refused($"the marks make the final price of {instrument} {priced.ToPrice(fromMarks)}; an operator decides only where they are too few")
            : givenUnits < priced.PriceLowUnits || givenUnits > priced.PriceHighUnits || givenUnits % priced.TickUnits != 0
                ? Refused($"the final price {priced.ToPrice(givenUnits.Value)} of {instrument} must be a multiple of {priced.ToPrice(priced.TickUnits)} between {priced.ToPrice(priced.PriceLowUnits)} and {priced.ToPrice(priced.PriceHighUnits)}")
            : reason.Length is 0 or > MaxReason ? Refused($"a final price of {instrument} needs a reason of 1 to {MaxReason} characters; it has {reason.Length}")
            : new FinalPriceDecision(FinalPriceDecisionKind.Fixed, new FinalPriceFixed(instrument, givenUnits.Value, marks, givenBy, reason), "");
    }

    /// <summary>The instrument in whose price units a final price is: the future itself, or what the option is on.</summary>
    public static Instrument PricedBy(Instrument contract, HouseDirectory directory) =>
        contract.Option is null ? contract
        : directory.TryGetInstrument(InstrumentId.Parse(contract.Option.Reference), out var reference) ? reference.Instrument
        : throw new InvalidOperationException($"option {contract.Id} is on {contract.Option.Reference}, which is not known here");

    private static InstrumentId? FirstUnpricedOption(MarketState market, Instrument future, HouseDirectory directory)
    {
        foreach (var listed in directory.SortedInstruments())
        {
            if (listed.Instrument.Option?.Reference == future.Id.Value && listed.Instrument.Expiry < future.Expiry && !market.TryGetFinalPrice(listed.Instrument.Id, out _))
            {
                return listed.Instrument.Id;
            }
        }

        return null;
    }

    private static (long? Units, int Marks) Compute(MarkHistory? history, Instrument contract, Instrument priced, long from)
    {
        if (history is null)
        {
            return (null, 0);
        }

        var decision = ExpiryPrice.Decide(
            [.. history.Points.Select(p => new ExpiryMark(p.Time, priced.ToPrice(p.PriceUnits)))], from, contract.Expiry, priced.Definition.Tick, contract.Definition.ExpiryMarks);
        return history.Covers(from) && decision.Price is { } price && priced.TryToPriceUnits(price, out var units)
            && units >= priced.PriceLowUnits && units <= priced.PriceHighUnits
            ? (units, decision.MarksInWindow)
            : (null, decision.MarksInWindow);
    }

    private static FinalPriceDecision Refused(string reason) => new(FinalPriceDecisionKind.Refused, default, reason);
}
