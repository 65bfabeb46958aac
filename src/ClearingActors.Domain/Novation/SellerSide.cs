using ClearingActors.Domain.House;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Novation;

/// <summary>What the seller's account decides about a report.</summary>
/// <param name="Reason">None: journal and apply <paramref name="Event"/>, then send <see cref="NovationRequest"/> to the buyer.</param>
/// <param name="Event">Meaningful if the reason is none.</param>
public readonly record struct ReserveDecision(RejectReason Reason, TradeReserved Event)
{
    public bool IsAccepted => Reason == RejectReason.None;
}

/// <summary>What the seller's account decides about a cancel.</summary>
/// <param name="Reason">None, or not cancellable.</param>
/// <param name="Event">Meaningful if the reason is none.</param>
public readonly record struct ReverseDecision(RejectReason Reason, ReversalReserved Event)
{
    public bool IsAccepted => Reason == RejectReason.None;
}

/// <summary>
/// The seller's decisions on the path of a trade (rulebook 4): reserve and stamp, then confirm or release; and the same for a cancel. Pure: they read and return.
/// Past the first decision nothing is refused; what cannot be throws <see cref="InvalidOperationException"/>.
/// </summary>
public static class SellerSide
{
    /// <summary>
    /// Checks the report, stamps the shard's open cycle and business date on it, and reserves headroom. Checked in this order: account, member, client,
    /// instrument, price, position limit, headroom.
    /// </summary>
    /// <param name="account">The seller's account, defined or not.</param>
    /// <param name="report">A well-formed report.</param>
    /// <param name="directory">The seller's shard's.</param>
    /// <param name="marks">The seller's shard's.</param>
    /// <param name="rule">Where a model decides headroom, an accepted trade is still to be held against it.</param>
    public static ReserveDecision DecideReserve(
        AccountState account, TradeReport report, HouseDirectory directory, MarkTable marks, HeadroomRule rule = HeadroomRule.AmountPerLot)
    {
        var reason = TradeChecks.OfAccount(account, report, report.Seller.Client, directory);
        if (reason != RejectReason.None)
        {
            return new ReserveDecision(reason, default);
        }

        reason = TradeChecks.OfInstrument(report, directory, out var listed, out var priceUnits);
        if (reason != RejectReason.None)
        {
            return new ReserveDecision(reason, default);
        }

        reason = TradeChecks.OfPrice(report, listed, priceUnits, directory.BusinessTime, marks, out var markNumber);
        if (reason != RejectReason.None)
        {
            return new ReserveDecision(reason, default);
        }

        var instrument = listed.Instrument;
        var leg = new TradeLeg(
            report.Key,
            report.Kind,
            account.Id,
            Side.Sell,
            report.Buyer.Account,
            report.Seller.Client,
            report.Seller.Effect,
            report.Instrument,
            instrument.Currency,
            instrument.Valuation,
            report.Quantity,
            priceUnits,
            directory.CurrentCycle,
            directory.BusinessDate);
        if (leg.Cycle <= account.LastSettledCycle)
        {
            // Only an account defined before the house opened its first cycle, or a shard without one, comes here.
            return new ReserveDecision(RejectReason.AccountNotActive, default);
        }

        var position = account.PositionOf(account.KeyOf(leg));
        var worst = position?.WorstLots(0, leg.Quantity, 0) ?? leg.Quantity;
        reason = TradeChecks.OfHeadroom(account, position, instrument, worst, report.Guaranteed, rule, out var requirement);
        return reason != RejectReason.None
            ? new ReserveDecision(reason, default)
            : new ReserveDecision(RejectReason.None, new TradeReserved(leg, checked(account.LastReservation + 1), markNumber, requirement));
    }

    /// <summary>The buyer has novated.</summary>
    /// <exception cref="InvalidOperationException">There is no such sale in flight, or its instrument is gone.</exception>
    public static TradeConfirmed DecideConfirm(AccountState account, long reservation, HouseDirectory directory)
    {
        var leg = Expect(account, reservation, ReservationKind.Sale);
        var position = account.PositionOf(account.KeyOf(leg));
        var instrument = InstrumentOf(leg, directory);
        return new TradeConfirmed(leg, reservation, TradeChecks.RequirementOf(position, instrument, -leg.Quantity, -leg.Quantity, 0));
    }

    /// <summary>The buyer has refused.</summary>
    /// <exception cref="InvalidOperationException">There is no such sale in flight, or its instrument is gone.</exception>
    public static ReservationReleased DecideRelease(AccountState account, long reservation, HouseDirectory directory)
    {
        var leg = Expect(account, reservation, ReservationKind.Sale);
        var position = account.PositionOf(account.KeyOf(leg));
        var instrument = InstrumentOf(leg, directory);
        return new ReservationReleased(leg, reservation, TradeChecks.RequirementOf(position, instrument, 0, -leg.Quantity, 0));
    }

    /// <summary>
    /// A source cancels a novated trade: only while its cycle is the open one. Halts, suspensions and headroom do not stand against a cancel, because it takes back
    /// what was there before.
    /// </summary>
    /// <param name="account">The seller's account.</param>
    /// <param name="report">The report as it was novated.</param>
    /// <param name="cycle">The cycle of the novation, from the trade's outcome.</param>
    /// <param name="clearingDate">The clearing date of the novation.</param>
    /// <param name="directory">The seller's shard's.</param>
    /// <exception cref="InvalidOperationException">The account or the instrument of a novated trade is not there.</exception>
    public static ReverseDecision DecideReverseReserve(
        AccountState account, TradeReport report, long cycle, DateOnly clearingDate, HouseDirectory directory)
    {
        if (cycle != directory.CurrentCycle || cycle <= account.LastSettledCycle || account.Status != AccountStatus.Active
            || directory.MemberStatusOf(account.Member).Standing == MemberStanding.Defaulted)
        {
            return new ReverseDecision(RejectReason.NotCancellable, default);
        }

        var instrument = InstrumentOf(report, directory, out var priceUnits);
        var leg = new TradeLeg(
            report.Key,
            report.Kind,
            account.Id,
            Side.Sell,
            report.Buyer.Account,
            report.Seller.Client,
            report.Seller.Effect,
            report.Instrument,
            instrument.Currency,
            instrument.Valuation,
            report.Quantity,
            priceUnits,
            cycle,
            clearingDate);
        var position = account.PositionOf(account.KeyOf(leg));
        var requirement = TradeChecks.RequirementOf(position, instrument, 0, 0, leg.Quantity);
        return new ReverseDecision(RejectReason.None, new ReversalReserved(leg, checked(account.LastReservation + 1), requirement));
    }

    /// <summary>The buyer has reversed; so does the seller.</summary>
    /// <exception cref="InvalidOperationException">There is no such reversal in flight, or its instrument is gone.</exception>
    public static TradeReversed DecideReverse(AccountState account, long reservation, HouseDirectory directory)
    {
        var leg = Expect(account, reservation, ReservationKind.Reversal);
        var position = account.PositionOf(account.KeyOf(leg));
        var instrument = InstrumentOf(leg, directory);
        return new TradeReversed(leg, reservation, TradeChecks.RequirementOf(position, instrument, leg.Quantity, 0, -leg.Quantity));
    }

    internal static Instruments.Instrument InstrumentOf(TradeReport report, HouseDirectory directory, out long priceUnits)
    {
        if (!directory.TryGetInstrument(report.Instrument, out var listed) || !listed.Instrument.TryToMarkUnits(report.Price, out priceUnits))
        {
            throw new InvalidOperationException(
                $"trade {report.Source}/{report.TradeId} was novated, but {report.Instrument} at {report.Price} is not known here");
        }

        return listed.Instrument;
    }

    private static Instruments.Instrument InstrumentOf(in TradeLeg leg, HouseDirectory directory) =>
        directory.TryGetInstrument(leg.Instrument, out var listed)
            ? listed.Instrument
            : throw new InvalidOperationException($"trade {leg.Key.Source}/{leg.Key.Trade} is in flight, but {leg.Instrument} is not known here");

    private static TradeLeg Expect(AccountState account, long number, ReservationKind kind) =>
        account.TryGetReservation(number, out var reservation) && reservation.Kind == kind
            ? reservation.Leg
            : throw new InvalidOperationException($"account {account.Id} has no open reservation {number} ({kind})");
}
