namespace ClearingActors.Domain.Novation;

/// <summary>How a trade ended. The numbers are journaled and never change.</summary>
public enum TradeOutcomeKind
{
    None = 0,
    Novated = 1,
    Rejected = 2,
    Cancelled = 3,
}

/// <summary>The answer to a report (rulebook 4).</summary>
/// <param name="Kind">Novated, rejected, or novated and cancelled since.</param>
/// <param name="Reason">Set when rejected, else none.</param>
/// <param name="Cycle">The settlement cycle of a novated or cancelled trade, from 1; else 0.</param>
/// <param name="ClearingDate">The business date of that cycle; else the default date.</param>
/// <param name="PriceUnits">The trade price in price units of the instrument; 0 when rejected.</param>
public readonly record struct TradeOutcome(TradeOutcomeKind Kind, RejectReason Reason, long Cycle, DateOnly ClearingDate, long PriceUnits)
{
    public static TradeOutcome Novated(long cycle, DateOnly clearingDate, long priceUnits) =>
        new(TradeOutcomeKind.Novated, RejectReason.None, cycle, clearingDate, priceUnits);

    public static TradeOutcome Rejected(RejectReason reason) => new(TradeOutcomeKind.Rejected, reason, 0, default, 0);

    public static TradeOutcome Cancelled(long cycle, DateOnly clearingDate, long priceUnits) =>
        new(TradeOutcomeKind.Cancelled, RejectReason.None, cycle, clearingDate, priceUnits);
}
