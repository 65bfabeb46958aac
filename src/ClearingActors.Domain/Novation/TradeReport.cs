using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Novation;

/// <summary>
/// A report of a trade as its source sent it (rulebook 4). Nothing is checked here: a report may be malformed, and is refused by the trade source's decision.
/// </summary>
public sealed class TradeReport
{
    public required SourceId Source { get; init; }

    public required TradeId TradeId { get; init; }

    public TradeKind Kind { get; init; } = TradeKind.Trade;

    public required InstrumentId Instrument { get; init; }

    public required TradeSide Buyer { get; init; }

    public required TradeSide Seller { get; init; }

    /// <summary>Lots, above 0.</summary>
    public required long Quantity { get; init; }

    /// <summary>Exactly as reported; converted to price units once per decision, without rounding.</summary>
    public required decimal Price { get; init; }

    /// <summary>UTC ns at which the trade was matched.</summary>
    public required long ExecutionTime { get; init; }

    /// <summary>Matched on an exchange under open offer: skips the headroom check, and only that.</summary>
    public bool Guaranteed { get; init; }

    /// <summary>True for the clearing house's own trades, by which it moves a defaulter's positions (rulebook 11.3).</summary>
    public bool IsOfHouse => Source == Parties.CcpAccounts.DefaultSource;

    public TradeKey Key => new(Source, TradeId);

    /// <summary>The UTC date of <see cref="ExecutionTime"/>, under which the id is kept.</summary>
    public DateOnly ExecutionDate => UtcTime.DateOf(ExecutionTime);

    /// <summary>
    /// True if the report can be judged at all: all ids there, a known kind and effects, a quantity above 0, a time after 1970. It depends on nothing else, so the
    /// answer for one report never changes.
    /// </summary>
    public bool IsWellFormed =>
        !Source.IsNone && !TradeId.IsNone && !Instrument.IsNone && !Buyer.Account.IsNone && !Seller.Account.IsNone
        && Kind is >= TradeKind.Trade and <= TradeKind.Adjustment
        && Buyer.Effect is >= PositionEffect.Unspecified and <= PositionEffect.Close
        && Seller.Effect is >= PositionEffect.Unspecified and <= PositionEffect.Close
        && Quantity > 0 && ExecutionTime > 0;
}
