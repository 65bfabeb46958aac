using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.Tests;

public sealed class PremiumTests
{
    private readonly TestHouse _house = new();

    public PremiumTests()
    {
        foreach (var definition in new[]
        {
            Contracts.Index(), Contracts.Call(), Contracts.FutureOption(OptionType.Call, PremiumStyle.Futures), Contracts.Linear(), Contracts.Inverse(),
        })
        {
            _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(definition)));
        }
    }

    [Fact]
    public void The_buyer_of_an_equity_style_option_pays_the_premium_once_and_is_never_marked()
    {
        Trade("BTC.C40", 3, 2500.50m);
        Settle(1, ("BTC.C40", 9000m)).ShouldBe([new(TestHouse.Usd, new ExactAmount(-75015, 2), -750_15, CashEntryType.Premium)]);
        Settle(2, ("BTC.C40", 1m)).ShouldBeEmpty();
        Trade("BTC.C40", 1, 10m, cycle: 3);
        Settle(3, ("BTC.C40", 500m)).ShouldBe([new(TestHouse.Usd, new ExactAmount(-1, 0), -1_00, CashEntryType.Premium)]);
        _house.Buyer.PositionOf(Key("BTC.C40")).ShouldNotBeNull().SettledQuantity.ShouldBe(4);
    }

    [Fact]
    public void A_cancel_takes_the_premium_back()
    {
        var report = _house.Report(quantity: 3, price: 2500m, instrument: "BTC.C40");
        _house.Trade(report).ShouldBe(RejectReason.None);
        _house.Cancel(report, 1).ShouldBe(RejectReason.None);
        Settle(1).ShouldBeEmpty();
        _house.Buyer.PositionCount.ShouldBe(0);
    }

    [Fact]
    public void A_futures_style_option_is_marked_as_a_future()
    {
        Trade("ES.Call.Futures", 2, 100m);
        Settle(1, ("ES.Call.Futures", 110m)).ShouldBe([new(TestHouse.Usd, new ExactAmount(1000, 0), 1_000_00)]);
        Settle(2, ("ES.Call.Futures", 105m)).ShouldBe([new(TestHouse.Usd, new ExactAmount(-500, 0), -500_00)]);
    }

    [Fact]
    public void A_linear_perpetual_is_marked_as_a_future()
    {
        Trade("BTC.PERP", 10, 40_000m);
        Settle(1, ("BTC.PERP", 41_000m)).ShouldBe([new(TestHouse.Usd, new ExactAmount(10, 0), 10_00)]);
    }

    [Fact]
    public void An_inverse_perpetual_settles_in_the_base_currency_by_the_difference_of_reciprocals()
    {
        Trade("BTC.INV", 250, 40_000m);
        Settle(1, ("BTC.INV", 20_000m)).ShouldBe([new(Contracts.Btc, new ExactAmount(-625, 3), -62_500_000)]);
        Settle(2, ("BTC.INV", 40_000m)).ShouldBe([new(Contracts.Btc, new ExactAmount(625, 3), 62_500_000)]);
    }

    [Fact]
    public void Premium_and_variation_margin_of_one_currency_are_two_amounts_and_two_entries()
    {
        Trade("BTC.C40", 1, 100m);
        Trade("ESH6", 1, 4000m);
        var amounts = Settle(1, ("BTC.C40", 100m), ("ESH6", 4001m), book: false);
        amounts.Select(a => (a.Type, a.AmountMinor)).ShouldBe([(CashEntryType.VariationMargin, 50_00), (CashEntryType.Premium, -10_00)]);
        var entries = VariationMargin.DecideBooking(_house.Buyer, 1, TestHouse.Monday);
        entries.Select(e => e.Entry.Type).ShouldBe([CashEntryType.VariationMargin, CashEntryType.Premium]);
        var wrongType = entries[1].Entry with { Type = CashEntryType.Funding };
        Should.Throw<InvalidOperationException>(() => _house.Buyer.Apply(new CashBooked(wrongType)));
    }

    [Fact]
    public void The_house_rounds_each_type_by_itself_and_every_currency_still_sums_to_zero()
    {
        var balanced = new CycleBalanced(7, [new(TestHouse.Usd, ExactAmount.Zero, 1), new(TestHouse.Usd, ExactAmount.Zero, -2, CashEntryType.Premium)]);
        var entries = SettlementCycleDecisions.HouseEntries(balanced, TestHouse.Monday);
        entries.Select(e => (e.Type, e.Account, e.Amount.MinorUnits)).ShouldBe(
        [
            (CashEntryType.VariationMargin, CcpAccounts.Settlement, -1),
            (CashEntryType.Rounding, CcpAccounts.Rounding, -1),
            (CashEntryType.Rounding, CcpAccounts.Settlement, 1),
            (CashEntryType.Premium, CcpAccounts.Settlement, 2),
            (CashEntryType.Rounding, CcpAccounts.Rounding, 2),
            (CashEntryType.Rounding, CcpAccounts.Settlement, -2),
        ]);
    }

    [Fact]
    public void Premiums_that_do_not_cancel_out_stop_the_cycle_even_if_variation_margin_makes_up_for_them()
    {
        var state = new SettlementCycleState(1);
        state.Apply(new CycleFrozen(1, TestHouse.Monday, TestHouse.Monday));
        state.Apply(new ShardCut(1, 0));
        state.Apply(new SettlementPricesFixed(new SettlementPrices(1, TestHouse.Monday, [])));
        state.Apply(new ShardComputed(1, 0, [new(TestHouse.Usd, new ExactAmount(1, 0), 100), new(TestHouse.Usd, new ExactAmount(-1, 0), -100, CashEntryType.Premium)]));
        SettlementCycleDecisions.DecideBalance(state).Kind.ShouldBe(BalanceDecisionKind.Unbalanced);
    }

    private static PositionKey Key(string instrument) => new(InstrumentId.Parse(instrument), ClientId.None);

    private void Trade(string instrument, long quantity, decimal price, long cycle = 1)
    {
        while (_house.Directory.CurrentCycle < cycle)
        {
            _house.Directory.Apply(new CycleOpened(_house.Directory.CurrentCycle + 1, TestHouse.Monday));
        }

        _house.Trade(_house.Report(quantity: quantity, price: price, instrument: instrument, guaranteed: true)).ShouldBe(RejectReason.None);
    }

    /// <summary>Settles the buyer and returns its amounts; the seller's are the same with the other sign.</summary>
    private IReadOnlyList<VariationMarginAmount> Settle(long cycle, params (string Instrument, decimal Price)[] prices) => Settle(cycle, prices, book: true);

    private IReadOnlyList<VariationMarginAmount> Settle(long cycle, (string Instrument, decimal Price) first, (string Instrument, decimal Price) second, bool book) =>
        Settle(cycle, [first, second], book);

    private IReadOnlyList<VariationMarginAmount> Settle(long cycle, (string Instrument, decimal Price)[] prices, bool book)
    {
        List<SettlementPrice> points = [];
        foreach (var (instrument, price) in prices)
        {
            _house.Directory.TryGetInstrument(InstrumentId.Parse(instrument), out var listed).ShouldBeTrue();
            listed.Instrument.TryToMarkUnits(price, out var units).ShouldBeTrue();
            points.Add(new SettlementPrice(listed.Instrument, units));
        }

        var fixedPrices = new SettlementPrices(cycle, TestHouse.Monday, points);
        var bought = VariationMargin.Decide(_house.Buyer, fixedPrices);
        var sold = VariationMargin.Decide(_house.Seller, fixedPrices);
        bought.Kind.ShouldBe(VariationMarginDecisionKind.Settled);
        sold.Event.Amounts.Select(a => (a.Type, a.Currency, -a.Exact)).ShouldBe(bought.Event.Amounts.Select(a => (a.Type, a.Currency, a.Exact)));
        foreach (var (account, decision) in new[] { (_house.Buyer, bought), (_house.Seller, sold) })
        {
            account.Apply(decision.Event);
            foreach (var entry in book ? VariationMargin.DecideBooking(account, cycle, TestHouse.Monday) : [])
            {
                account.Apply(entry);
            }
        }

        return bought.Event.Amounts;
    }
}
