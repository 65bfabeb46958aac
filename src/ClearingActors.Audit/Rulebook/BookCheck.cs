using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// The sums over all accounts (rulebook 3, 5): positions, cash and assets, as the replayed accounts have them, with what is under way between two accounts, are zero.
/// </summary>
internal sealed class BookCheck(StepAt at, Ledger ledger, CycleCheck cycles, TradeCheck trades)
{
    /// <summary>Times that everything was summed up.</summary>
    internal long Sums { get; private set; }

    internal void Check(HouseReplay house)
    {
        Sums++;
        var books = house.Books();
        var instruments = books.Positions.Keys.Concat(trades.InFlight.Keys.Select(InstrumentId.Parse)).Concat(cycles.Moved.Keys).Distinct();
        foreach (var instrument in instruments.Where(i => !cycles.IsExpiring(i)))
        {
            var held = books.Positions.GetValueOrDefault(instrument).Sum;
            var inFlight = trades.InFlight.GetValueOrDefault(instrument.Value);
            var moved = cycles.Moved.GetValueOrDefault(instrument);
            if (held + inFlight - moved != 0)
            {
                at.Find("matched-book", $"positions in {instrument} sum to {held}; trades in flight explain {-inFlight}, exercise {moved}");
            }
        }

        foreach (var currency in books.Cash.Keys.Concat(ledger.CashUnderWay.Keys).Concat(cycles.UnbookedSum.Keys).Distinct())
        {
            var held = books.Cash.GetValueOrDefault(currency);
            var underWay = ledger.CashUnderWay.GetValueOrDefault(currency);
            var unbooked = cycles.UnbookedSum.GetValueOrDefault(currency);
            if (held + underWay + unbooked != 0)
            {
                at.Find("cash-conserved", $"cash in {currency} sums to {held} minor units; {underWay} are under way, {unbooked} are settled and not booked");
            }
        }

        foreach (var asset in books.Assets.Keys.Concat(ledger.AssetsUnderWay.Keys).Distinct())
        {
            var held = books.Assets.GetValueOrDefault(asset);
            var underWay = ledger.AssetsUnderWay.GetValueOrDefault(asset);
            if (held + underWay != 0)
            {
                at.Find("assets-conserved", $"holdings of {asset} sum to {held} units; {underWay} are under way");
            }
        }

        ledger.CheckAll(house);
    }

    /// <summary>With a cycle closed, and what is on its way to it, the settlement account has passed everything on.</summary>
    internal void CheckSettlementAccount(HouseReplay house)
    {
        if (house.Account(CcpAccounts.Settlement.Value) is not { } settlement)
        {
            return;
        }

        foreach (ref readonly var balance in settlement.State.Balances)
        {
            if (balance.Cash + ledger.ToSettlement.GetValueOrDefault(balance.Currency) != 0)
            {
                at.Find("settlement-account", $"the settlement account has {balance.Cash} minor units of {balance.Currency} with the cycle closed; {ledger.ToSettlement.GetValueOrDefault(balance.Currency)} are under way to it");
            }
        }
    }
}
