using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.Tests;

public sealed class VariationMarginTests
{
    private readonly TestHouse _house = new();

    [Fact]
    public void A_cycle_settles_trades_stamped_with_it_and_leaves_those_of_the_next_alone()
    {
        _house.Trade(_house.Report(quantity: 10, price: 4000m)).ShouldBe(RejectReason.None);
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday.AddDays(1)));
        _house.Trade(_house.Report(quantity: 3, price: 4001m)).ShouldBe(RejectReason.None);

        Settle(_house.Buyer, 1, 4010m).ShouldHaveSingleItem().AmountMinor.ShouldBe(10 * 10 * 50 * 100);
        var position = _house.PositionOf(_house.Buyer);
        position.SettledQuantity.ShouldBe(10);
        position.ReferenceUnits.ShouldBe(401_000);
        position.Older.ShouldBe(new CycleLots(2, 3, 3 * 400_100));
        Book(_house.Buyer, 1);

        Settle(_house.Buyer, 2, 4000m).ShouldHaveSingleItem().AmountMinor.ShouldBe(((10 * -10) + (3 * -1)) * 50 * 100);
        _house.PositionOf(_house.Buyer).SettledQuantity.ShouldBe(13);
    }

    [Fact]
    public void Nobody_is_settled_twice_out_of_order_or_before_the_last_cycle_is_booked()
    {
        _house.Trade(_house.Report()).ShouldBe(RejectReason.None);
        Settle(_house.Buyer, 1, 4010m);
        VariationMargin.Decide(_house.Buyer, Prices(1, 4020m)).Kind.ShouldBe(VariationMarginDecisionKind.AlreadySettled);
        Should.Throw<InvalidOperationException>(() => VariationMargin.Decide(_house.Buyer, Prices(2, 4010m))).Message.ShouldContain("1 amounts are unbooked");
        Book(_house.Buyer, 1);
        Should.Throw<InvalidOperationException>(() => VariationMargin.Decide(_house.Buyer, Prices(3, 4010m))).Message.ShouldContain("the last was 1");
        VariationMargin.Decide(_house.Buyer, Prices(2, 4010m)).Kind.ShouldBe(VariationMarginDecisionKind.Settled);
    }

    [Fact]
    public void An_account_with_a_trade_of_the_cycle_in_flight_is_not_settled()
    {
        _house.Seller.Apply(SellerSide.DecideReserve(_house.Seller, _house.Report(), _house.Directory, _house.Marks).Event);
        Should.Throw<InvalidOperationException>(() => VariationMargin.Decide(_house.Seller, Prices(1, 4010m))).Message.ShouldContain("1 reservations are open");
    }

    [Fact]
    public void A_sale_of_the_next_cycle_in_flight_does_not_stand_in_the_way()
    {
        _house.Trade(_house.Report()).ShouldBe(RejectReason.None);
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday));
        _house.Seller.Apply(SellerSide.DecideReserve(_house.Seller, _house.Report(), _house.Directory, _house.Marks).Event);
        Settle(_house.Seller, 1, 4010m).Count.ShouldBe(1);
        _house.Seller.Apply(SellerSide.DecideConfirm(_house.Seller, 2, _house.Directory));
        _house.PositionOf(_house.Seller).Quantity.ShouldBe(-20);
    }

    [Fact]
    public void A_missing_price_is_told_before_anything_changes_and_only_where_something_is_to_settle()
    {
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(TestHouse.Definition() with { Id = "AAA" })));
        _house.Trade(_house.Report()).ShouldBe(RejectReason.None);
        _house.Trade(_house.Report(instrument: "AAA")).ShouldBe(RejectReason.None);
        var before = _house.Buyer.ToSnapshot();
        var decision = VariationMargin.Decide(_house.Buyer, Prices(1, 4010m));
        decision.Kind.ShouldBe(VariationMarginDecisionKind.MissingPrice);
        decision.MissingPriceOf.Value.ShouldBe("AAA");
        Same.State(_house.Buyer.ToSnapshot(), before);

        var other = new TestHouse();
        other.Trade(other.Report()).ShouldBe(RejectReason.None);
        other.Directory.Apply(new CycleOpened(2, TestHouse.Monday));
        other.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(TestHouse.Definition() with { Id = "AAA" })));
        other.Trade(other.Report(instrument: "AAA")).ShouldBe(RejectReason.None);
        VariationMargin.Decide(other.Buyer, Prices(1, 4010m)).Kind.ShouldBe(VariationMarginDecisionKind.Settled);
    }

    [Fact]
    public void Amounts_are_summed_exactly_per_currency_and_rounded_once()
    {
        var usd = TestHouse.Definition() with { Multiplier = 0.01m, PriceScale = 2, Tick = 0.01m };
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(usd with { Id = "U1" })));
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(usd with { Id = "U2" })));
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(usd with { Id = "J1", Currency = new Currency("JPY", 0), HeadroomPerLot = 0m })));
        foreach (var instrument in new[] { "U1", "U2", "J1" })
        {
            _house.Trade(_house.Report(quantity: 1, price: 100m, instrument: instrument)).ShouldBe(RejectReason.None);
        }

        var prices = new SettlementPrices(1, TestHouse.Monday, [Price("U1", 100.50m), Price("U2", 100.50m), Price("J1", 250m)]);
        var amounts = VariationMargin.Decide(_house.Buyer, prices).Event.Amounts;

        // 0.005 + 0.005 is one cent; rounded apart each would be nothing.
        amounts.Select(a => (a.Currency.Code, a.Exact.ToString(), a.AmountMinor)).ShouldBe([("JPY", "1.5000", 2L), ("USD", "0.0100", 1L)]);
    }

    [Fact]
    public void What_is_booked_is_what_was_computed_once_against_the_settlement_account()
    {
        _house.Trade(_house.Report()).ShouldBe(RejectReason.None);
        Settle(_house.Seller, 1, 4010m);
        _house.Seller.BalanceOf(TestHouse.Usd).Cash.ShouldBe(100_000_000, "settling moves no cash");
        var booked = VariationMargin.DecideBooking(_house.Seller, 1, TestHouse.Monday).ShouldHaveSingleItem();
        booked.Entry.ShouldBe(new CashEntry(
            CashEntryType.VariationMargin, TestHouse.Monday, _house.Seller.Id, CcpAccounts.Settlement, new Money(-500_000, TestHouse.Usd), CashCause.OfCycle(1)));
        Should.Throw<InvalidOperationException>(() =>
            _house.Seller.Apply(new CashBooked(booked.Entry with { Amount = new Money(-499_999, TestHouse.Usd) })));
        _house.Seller.Apply(booked);
        _house.Seller.BalanceOf(TestHouse.Usd).Cash.ShouldBe(99_500_000);
        VariationMargin.DecideBooking(_house.Seller, 1, TestHouse.Monday).ShouldBeEmpty();
        Should.Throw<InvalidOperationException>(() => _house.Seller.Apply(booked));
        Should.Throw<InvalidOperationException>(() => VariationMargin.DecideBooking(_house.Seller, 2, TestHouse.Monday));
    }

    [Fact]
    public void A_position_that_is_flat_after_settlement_is_gone()
    {
        _house.Trade(_house.Report(price: 4000m)).ShouldBe(RejectReason.None);
        _house.Trade(_house.Report(price: 4002m, buyer: _house.Seller, seller: _house.Buyer), buyer: _house.Seller, seller: _house.Buyer)
            .ShouldBe(RejectReason.None);
        Settle(_house.Buyer, 1, 1m).ShouldHaveSingleItem().AmountMinor.ShouldBe(10 * 2 * 50 * 100);
        _house.Buyer.PositionCount.ShouldBe(0);
    }

    [Fact]
    public void A_closed_or_unknown_account_has_nothing_to_settle() =>
        VariationMargin.Decide(new AccountState(AccountId.Parse("NOBODY")), Prices(1, 4000m)).Kind.ShouldBe(VariationMarginDecisionKind.NoAccount);

    private SettlementPrice Price(string instrument, decimal price)
    {
        _house.Directory.TryGetInstrument(InstrumentId.Parse(instrument), out var listed).ShouldBeTrue();
        listed.Instrument.TryToMarkUnits(price, out var units).ShouldBeTrue();
        return new SettlementPrice(listed.Instrument, units);
    }

    private SettlementPrices Prices(long cycle, decimal price) => new(cycle, TestHouse.Monday, [Price("ESH6", price)]);

    private IReadOnlyList<VariationMarginAmount> Settle(AccountState account, long cycle, decimal price)
    {
        var decision = VariationMargin.Decide(account, Prices(cycle, price));
        decision.Kind.ShouldBe(VariationMarginDecisionKind.Settled);
        account.Apply(decision.Event);
        return decision.Event.Amounts;
    }

    private static void Book(AccountState account, long cycle)
    {
        foreach (var booked in VariationMargin.DecideBooking(account, cycle, TestHouse.Monday))
        {
            account.Apply(booked);
        }
    }
}
