using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Novation;

/// <summary>
/// The checks that the trade source, the seller and the buyer share (rulebook 4). Each of the three asks its own shard's directory, because a halt or a suspension
/// reaches shards one after the other and holds when every shard has it. Nothing here allocates.
/// </summary>
internal static class TradeChecks
{
    /// <summary>The instrument is known, takes trades, and the report fits it. An index is no contract, so to a trade it is unknown.</summary>
    public static RejectReason OfInstrument(TradeReport report, HouseDirectory directory, out ListedInstrument listed, out long priceUnits)
    {
        priceUnits = 0;
        if (!directory.TryGetInstrument(report.Instrument, out listed) || !listed.Instrument.IsContract)
        {
            return RejectReason.UnknownInstrument;
        }

        var instrument = listed.Instrument;
        if (listed.Expiry != ExpiryStage.None || instrument.IsExpiredAt(directory.BusinessTime) || instrument.IsExpiredAt(report.ExecutionTime))
        {
            return RejectReason.InstrumentExpired;
        }

        // A halt keeps the market out, not the clearing house that winds a defaulter's book up.
        if (directory.IsHalted(listed) && !report.IsOfHouse)
        {
            return RejectReason.InstrumentHalted;
        }

        if (!instrument.TryToMarkUnits(report.Price, out priceUnits))
        {
            return RejectReason.OffTick;
        }

        // A settlement price may stand between two ticks, and a transfer is at that price.
        if (report.Kind != TradeKind.Transfer && priceUnits % instrument.TickUnits != 0)
        {
            return RejectReason.OffTick;
        }

        return report.Quantity > instrument.MaxTradeQuantity && !report.IsOfHouse ? RejectReason.QuantityLimit : RejectReason.None;
    }

    /// <summary>
    /// The price is allowed for the kind of report. The absolute bands hold for every kind, because they bound the arithmetic; the band around the mark is for
    /// trades only; a transfer is at the last settlement price.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <param name="listed">Its instrument.</param>
    /// <param name="priceUnits">Its price.</param>
    /// <param name="businessTime">UTC ns.</param>
    /// <param name="marks">The shard's marks.</param>
    /// <param name="markNumber">The mark that the price was held against; 0 if none was: no band, no mark, or a stale one.</param>
    public static RejectReason OfPrice(
        TradeReport report, in ListedInstrument listed, long priceUnits, long businessTime, MarkTable marks, out long markNumber)
    {
        markNumber = 0;
        var instrument = listed.Instrument;
        if (priceUnits < instrument.PriceLowUnits || priceUnits > instrument.PriceHighUnits)
        {
            return RejectReason.PriceOutsideBands;
        }

        switch (report.Kind)
        {
            case TradeKind.Transfer:
                return listed.LastSettlementCycle == 0 || priceUnits != listed.LastSettlementUnits ? RejectReason.PriceOutsideBands : RejectReason.None;
            case TradeKind.Trade when instrument.TradeBandBps != 0
                && marks.TryGet(instrument.Id, out var mark) && mark.Time >= businessTime - instrument.MarkStalenessNs:
                markNumber = mark.Number;
                return PriceMove.Exceeds(mark.PriceUnits, priceUnits, instrument.TradeBandBps, instrument.TickUnits)
                    ? RejectReason.PriceOutsideBands
                    : RejectReason.None;
            default:
                return RejectReason.None;
        }
    }

    /// <summary>The account may take the trade as far as itself and its member go.</summary>
    public static RejectReason OfAccount(AccountState account, TradeReport report, ClientId client, HouseDirectory directory)
    {
        switch (account.Status)
        {
            case AccountStatus.Undefined:
                return RejectReason.UnknownAccount;
            case AccountStatus.Active when account.IsCcp:
                return report.IsOfHouse ? RejectReason.None : RejectReason.AccountNotActive;
            case AccountStatus.Active when account.Segregation != Segregation.DefaultFund:
                break;
            default:
                return RejectReason.AccountNotActive;
        }

        var member = directory.MemberStatusOf(account.Member);
        switch (member.Standing)
        {
            case MemberStanding.Active:
                break;
            case MemberStanding.Suspended when report.Guaranteed && (report.IsOfHouse || report.ExecutionTime < member.SuspendedAt):
                // What the clearing house awards or tears up of a defaulter's book reaches who is suspended too, else it would wait for them.
                break;
            case MemberStanding.Defaulted when report.IsOfHouse:
                break;
            case MemberStanding.Suspended:
                return RejectReason.MemberSuspended;
            default:
                return RejectReason.AccountNotActive;
        }

        return account.Segregation == Segregation.ClientOmnibusGross && client.IsNone ? RejectReason.ClientMissing : RejectReason.None;
    }

    /// <summary>
    /// The position may grow to <paramref name="worstLots"/>, and the account can carry what it then requires (rulebook 4, headroom). Something that does not raise
    /// the requirement passes even when headroom is negative; a guaranteed trade skips headroom and the gearing limit (rulebook 8.6), and only those. Where a model
    /// decides headroom, it is the caller's to ask <see cref="ModelHeadroom"/>.
    /// </summary>
    public static RejectReason OfHeadroom(
        AccountState account, Position? position, Instrument instrument, long worstLots, bool guaranteed, HeadroomRule rule, out long requirement)
    {
        requirement = 0;
        var lotsBefore = position?.WorstLots(0, 0, 0) ?? 0;
        if (worstLots > instrument.PositionLimit && worstLots > lotsBefore)
        {
            return RejectReason.QuantityLimit;
        }

        if (worstLots > lotsBefore && !guaranteed && account.Margin is { Last.GearingExceeded: true })
        {
            return RejectReason.GearingLimit;
        }

        requirement = checked(instrument.HeadroomPerLot.MinorUnits * worstLots);
        var before = position?.Requirement ?? 0;
        if (requirement <= before || guaranteed || rule == HeadroomRule.Model)
        {
            return RejectReason.None;
        }

        return account.HeadroomOf(instrument.Currency) - requirement + before < 0 ? RejectReason.InsufficientHeadroom : RejectReason.None;
    }

    /// <summary>What the position requires once the event is applied, where nothing is left to refuse.</summary>
    public static long RequirementOf(Position? position, Instrument instrument, long addQuantity, long addPendingSell, long addPendingBuyBack)
    {
        var lots = position is null
            ? Math.Max(Math.Abs(checked(addQuantity - addPendingSell)), Math.Abs(checked(addQuantity + addPendingBuyBack)))
            : position.WorstLots(addQuantity, addPendingSell, addPendingBuyBack);
        return checked(instrument.HeadroomPerLot.MinorUnits * lots);
    }
}
