using ClearingActors.Domain.House;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Novation;

/// <summary>What the seller asks the buyer, for a trade or for its reversal.</summary>
/// <param name="Report">The report.</param>
/// <param name="SellerReservation">The seller's reservation, to be named in the answer.</param>
/// <param name="Cycle">The seller's stamp; the buyer never stamps.</param>
/// <param name="ClearingDate">The seller's stamp.</param>
public readonly record struct NovationRequest(TradeReport Report, long SellerReservation, long Cycle, DateOnly ClearingDate);

/// <summary>What the buyer's account decides about a trade that the seller has reserved.</summary>
/// <param name="Reason">None: journal and apply <paramref name="Event"/>; the trade is novated. Otherwise the seller releases.</param>
/// <param name="Event">Meaningful if the reason is none.</param>
public readonly record struct NovateDecision(RejectReason Reason, TradeNovated Event)
{
    public bool IsAccepted => Reason == RejectReason.None;
}

/// <summary>The buyer's decisions on the path of a trade (rulebook 4): novate, the commit point, or refuse; and the reversal of a cancelled trade. Pure.</summary>
public static class BuyerSide
{
    /// <summary>
    /// Checks the trade against the buyer's account, shard and marks, in the order of <see cref="SellerSide.DecideReserve"/>. The cycle is the seller's, even if
    /// the buyer's shard has opened the next one, or not yet opened that one. For the rule see there.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The buyer has already settled the trade's cycle although it took part in it: the seller's reservation should have kept that cycle from being settled.
    /// </exception>
    public static NovateDecision DecideNovate(
        AccountState account, in NovationRequest request, HouseDirectory directory, MarkTable marks, HeadroomRule rule = HeadroomRule.AmountPerLot)
    {
        var report = request.Report;
        var reason = TradeChecks.OfAccount(account, report, report.Buyer.Client, directory);
        if (reason != RejectReason.None)
        {
            return new NovateDecision(reason, default);
        }

        if (request.Cycle <= account.LastSettledCycle)
        {
            // An account that was defined while the trade was on its way has no part in that cycle.
            return request.Cycle < account.FirstCycle
                ? new NovateDecision(RejectReason.AccountNotActive, default)
                : throw new InvalidOperationException(
                    $"account {account.Id} has settled cycle {account.LastSettledCycle}, but trade {report.Source}/{report.TradeId} is of cycle {request.Cycle}");
        }

        reason = TradeChecks.OfInstrument(report, directory, out var listed, out var priceUnits);
        if (reason != RejectReason.None)
        {
            return new NovateDecision(reason, default);
        }

        reason = TradeChecks.OfPrice(report, listed, priceUnits, directory.BusinessTime, marks, out var markNumber);
        if (reason != RejectReason.None)
        {
            return new NovateDecision(reason, default);
        }

        var instrument = listed.Instrument;
        var leg = LegOf(account, request, instrument, priceUnits);
        var position = account.PositionOf(account.KeyOf(leg));
        var worst = position?.WorstLots(leg.Quantity, 0, 0) ?? leg.Quantity;
        reason = TradeChecks.OfHeadroom(account, position, instrument, worst, report.Guaranteed, rule, out var requirement);
        return reason != RejectReason.None
            ? new NovateDecision(reason, default)
            : new NovateDecision(RejectReason.None, new TradeNovated(leg, request.SellerReservation, markNumber, requirement));
    }

    /// <summary>Gives a novated trade back; past the seller's reservation a cancel is never refused.</summary>
    /// <exception cref="InvalidOperationException">The instrument is not known here, or the cycle is settled: both are broken promises of the protocol.</exception>
    public static TradeReversed DecideReverse(AccountState account, in NovationRequest request, HouseDirectory directory)
    {
        var report = request.Report;
        if (account.Status != AccountStatus.Active || request.Cycle <= account.LastSettledCycle)
        {
            throw new InvalidOperationException(
                $"account {account.Id} ({account.Status}, settled to cycle {account.LastSettledCycle}) cannot reverse trade {report.Source}/{report.TradeId} of cycle {request.Cycle}");
        }

        var instrument = SellerSide.InstrumentOf(report, directory, out var priceUnits);
        var leg = LegOf(account, request, instrument, priceUnits);
        var position = account.PositionOf(account.KeyOf(leg));
        return new TradeReversed(leg, request.SellerReservation, TradeChecks.RequirementOf(position, instrument, -leg.Quantity, 0, 0));
    }

    private static TradeLeg LegOf(AccountState account, in NovationRequest request, Instruments.Instrument instrument, long priceUnits)
    {
        var report = request.Report;
        return new TradeLeg(
            report.Key,
            report.Kind,
            account.Id,
            Side.Buy,
            report.Seller.Account,
            report.Buyer.Client,
            report.Buyer.Effect,
            report.Instrument,
            instrument.Currency,
            instrument.Valuation,
            report.Quantity,
            priceUnits,
            request.Cycle,
            request.ClearingDate);
    }
}
