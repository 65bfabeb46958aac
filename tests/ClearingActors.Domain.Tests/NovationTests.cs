using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests;

public sealed class NovationTests
{
    private readonly TestHouse _house = new();

    [Fact]
    public void A_trade_is_reserved_novated_and_confirmed_and_stands_on_both_sides_with_one_stamp()
    {
        var report = _house.Report(quantity: 10, price: 4000.25m);
        var reserve = SellerSide.DecideReserve(_house.Seller, report, _house.Directory, _house.Marks);
        reserve.Event.Leg.Cycle.ShouldBe(1);
        reserve.Event.Leg.ClearingDate.ShouldBe(TestHouse.Monday);
        reserve.Event.Leg.PriceUnits.ShouldBe(400_025);
        reserve.Event.Reservation.ShouldBe(1);
        _house.Seller.Apply(reserve.Event);
        _house.PositionOf(_house.Seller).PendingSell.ShouldBe(10);
        _house.PositionOf(_house.Seller).Quantity.ShouldBe(0);

        // The buyer's shard has gone on to the next cycle: the seller's stamp counts.
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday.AddDays(1)));
        var novate = BuyerSide.DecideNovate(_house.Buyer, new NovationRequest(report, 1, 1, TestHouse.Monday), _house.Directory, _house.Marks);
        novate.Event.Leg.Cycle.ShouldBe(1);
        novate.Event.Leg.ClearingDate.ShouldBe(TestHouse.Monday);
        _house.Buyer.Apply(novate.Event);
        _house.Seller.Apply(SellerSide.DecideConfirm(_house.Seller, 1, _house.Directory));

        _house.PositionOf(_house.Buyer).Older.ShouldBe(new CycleLots(1, 10, 4_000_250));
        _house.PositionOf(_house.Seller).Older.ShouldBe(new CycleLots(1, -10, -4_000_250));
        _house.PositionOf(_house.Seller).PendingSell.ShouldBe(0);
        _house.Seller.OpenReservationCount.ShouldBe(0);
    }

    [Fact]
    public void A_buyers_refusal_leaves_the_seller_as_if_the_trade_had_never_been()
    {
        var before = _house.Seller.ToSnapshot();
        var poor = _house.Account("ALPHA.POOR", TestHouse.Alpha, cash: 0);
        _house.Trade(_house.Report(buyer: poor), buyer: poor).ShouldBe(RejectReason.InsufficientHeadroom);
        Same.State(_house.Seller.ToSnapshot() with { LastReservation = 0, LastTradeCycle = 0, Balances = before.Balances }, before);
        _house.Seller.BalanceOf(TestHouse.Usd).Requirement.ShouldBe(0);
        poor.PositionCount.ShouldBe(0);
    }

    [Fact]
    public void Each_side_refuses_an_account_nobody_defined_and_one_that_is_closed()
    {
        var unknown = new AccountState(AccountId.Parse("NOBODY"));
        _house.Trade(_house.Report(), seller: unknown).ShouldBe(RejectReason.UnknownAccount);
        _house.Trade(_house.Report(), buyer: unknown).ShouldBe(RejectReason.UnknownAccount);
        var closed = _house.Account("ALPHA.CLOSED", TestHouse.Alpha, cash: 0);
        AccountOperations.Refuse(closed, new AccountClosed(closed.Id)).ShouldBeNull();
        closed.Apply(new AccountClosed(closed.Id));
        _house.Trade(_house.Report(), seller: closed).ShouldBe(RejectReason.AccountNotActive);
        _house.Trade(_house.Report(), buyer: closed).ShouldBe(RejectReason.AccountNotActive);
    }

    [Fact]
    public void No_report_may_name_an_account_of_the_CCP()
    {
        var ccp = new AccountState(CcpAccounts.Settlement);
        ccp.Apply(new AccountDefined(ccp.Id, CcpAccounts.Member, Segregation.House, TestHouse.Usd, 1));
        _house.Trade(_house.Report(), buyer: ccp).ShouldBe(RejectReason.AccountNotActive);
    }

    [Theory]
    [InlineData(false, -1, RejectReason.MemberSuspended)]
    [InlineData(true, -1, RejectReason.None)]
    [InlineData(true, 0, RejectReason.MemberSuspended)]
    public void A_suspended_member_takes_only_guaranteed_trades_executed_before_the_instant(bool guaranteed, long executedAfter, RejectReason expected)
    {
        _house.Directory.Apply(new MemberSuspended(TestHouse.Alpha, TestHouse.Noon - 100));
        var report = _house.Report(guaranteed: guaranteed, executionTime: TestHouse.Noon - 100 + executedAfter);
        _house.Trade(report).ShouldBe(expected);
        var asSeller = _house.Report(guaranteed: guaranteed, executionTime: TestHouse.Noon - 100 + executedAfter, buyer: _house.Seller, seller: _house.Buyer);
        _house.Trade(asSeller, buyer: _house.Seller, seller: _house.Buyer).ShouldBe(expected);
    }

    [Fact]
    public void Gross_omnibus_needs_a_client_and_keeps_a_position_per_client()
    {
        var gross = _house.Account("ALPHA.GROSS", TestHouse.Alpha, Segregation.ClientOmnibusGross);
        _house.Trade(_house.Report(), buyer: gross).ShouldBe(RejectReason.ClientMissing);
        _house.Trade(_house.Report(), seller: gross).ShouldBe(RejectReason.ClientMissing);
        _house.Trade(_house.Report(buyerClient: "C1"), buyer: gross).ShouldBe(RejectReason.None);
        _house.Trade(_house.Report(sellerClient: "C2"), seller: gross).ShouldBe(RejectReason.None);
        gross.SortedPositions().Select(p => (p.Key.Client.Value, p.Quantity)).ShouldBe([("C1", 10L), ("C2", -10L)]);
        gross.BalanceOf(TestHouse.Usd).Requirement.ShouldBe(2 * 10 * 10_000, "clients are never netted");
    }

    [Fact]
    public void Net_omnibus_nets_its_clients_and_keeps_them_in_the_event()
    {
        var net = _house.Account("ALPHA.NET", TestHouse.Alpha, Segregation.ClientOmnibusNet);
        _house.Trade(_house.Report(buyerClient: "C1"), buyer: net).ShouldBe(RejectReason.None);
        var sale = SellerSide.DecideReserve(net, _house.Report(sellerClient: "C2"), _house.Directory, _house.Marks);
        sale.Event.Leg.Client.ShouldBe(ClientId.Parse("C2"));
        net.SortedPositions().ShouldHaveSingleItem().Key.Client.ShouldBe(ClientId.None);
    }

    [Fact]
    public void A_halt_or_an_expiry_known_only_to_one_sides_shard_refuses_the_trade()
    {
        var report = _house.Report();
        var reserve = SellerSide.DecideReserve(_house.Seller, report, _house.Directory, _house.Marks);
        _house.Seller.Apply(reserve.Event);
        _house.Directory.Apply(new InstrumentHalted(TestHouse.Future));
        var request = new NovationRequest(report, 1, 1, TestHouse.Monday);
        BuyerSide.DecideNovate(_house.Buyer, request, _house.Directory, _house.Marks).Reason.ShouldBe(RejectReason.InstrumentHalted);
        _house.Directory.Apply(new InstrumentResumed(TestHouse.Future));
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(TestHouse.Definition() with { Expiry = TestHouse.Noon })));
        BuyerSide.DecideNovate(_house.Buyer, request, _house.Directory, _house.Marks).Reason.ShouldBe(RejectReason.InstrumentExpired);
        _house.Seller.Apply(SellerSide.DecideRelease(_house.Seller, 1, _house.Directory));
        _house.Seller.PositionCount.ShouldBe(0);
    }

    [Theory]
    [InlineData("0.75", RejectReason.PriceOutsideBands)]
    [InlineData("1", RejectReason.None)]
    [InlineData("20000", RejectReason.None)]
    [InlineData("20000.25", RejectReason.PriceOutsideBands)]
    public void Without_a_mark_only_the_absolute_bands_hold(string price, RejectReason expected) =>
        _house.Trade(_house.Report(price: decimal.Parse(price))).ShouldBe(expected);

    [Theory]
    [InlineData("4400", RejectReason.None)]
    [InlineData("4400.25", RejectReason.PriceOutsideBands)]
    [InlineData("3600", RejectReason.None)]
    [InlineData("3599.75", RejectReason.PriceOutsideBands)]
    public void A_trade_is_held_against_a_fresh_mark_and_the_event_says_which(string price, RejectReason expected)
    {
        _house.Mark(4000m, 7);
        var decision = SellerSide.DecideReserve(_house.Seller, _house.Report(price: decimal.Parse(price)), _house.Directory, _house.Marks);
        decision.Reason.ShouldBe(expected);
        decision.Event.MarkNumber.ShouldBe(expected == RejectReason.None ? 7 : 0);
    }

    [Fact]
    public void A_stale_mark_holds_nothing()
    {
        _house.Mark(4000m, 7, TestHouse.Noon - 60_000_000_001);
        var decision = SellerSide.DecideReserve(_house.Seller, _house.Report(price: 10000m), _house.Directory, _house.Marks);
        decision.IsAccepted.ShouldBeTrue();
        decision.Event.MarkNumber.ShouldBe(0);
    }

    [Fact]
    public void Give_ups_and_adjustments_skip_the_band_around_the_mark_but_not_the_absolute_ones()
    {
        _house.Mark(4000m, 1);
        foreach (var kind in new[] { TradeKind.GiveUp, TradeKind.Adjustment })
        {
            _house.Trade(_house.Report(price: 10000m, kind: kind)).ShouldBe(RejectReason.None);
            _house.Trade(_house.Report(price: 20000.25m, kind: kind)).ShouldBe(RejectReason.PriceOutsideBands);
        }
    }

    [Fact]
    public void A_transfer_is_at_the_last_settlement_price_and_at_no_other()
    {
        _house.Trade(_house.Report(price: 4000m, kind: TradeKind.Transfer)).ShouldBe(RejectReason.PriceOutsideBands);
        _house.Directory.Apply(new SettlementPriceSet(TestHouse.Future, 1, 400_013));
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday));
        _house.Trade(_house.Report(price: 4000m, kind: TradeKind.Transfer)).ShouldBe(RejectReason.PriceOutsideBands);
        _house.Trade(_house.Report(price: 4000.13m, kind: TradeKind.Transfer)).ShouldBe(RejectReason.None);
        _house.Trade(_house.Report(price: 4000.13m)).ShouldBe(RejectReason.OffTick);
    }

    [Fact]
    public void Headroom_is_cash_plus_intraday_limit_minus_requirement_and_reservations_hold_it()
    {
        var account = _house.Account("BETA.SMALL", TestHouse.Beta, cash: 1500m);
        account.HeadroomOf(TestHouse.Usd).ShouldBe(150_000);
        account.Apply(SellerSide.DecideReserve(account, _house.Report(quantity: 10), _house.Directory, _house.Marks).Event);
        account.HeadroomOf(TestHouse.Usd).ShouldBe(50_000);
        SellerSide.DecideReserve(account, _house.Report(quantity: 6), _house.Directory, _house.Marks).Reason.ShouldBe(RejectReason.InsufficientHeadroom);
        account.Apply(new IntradayLimitSet(account.Id, new Money(10_000, TestHouse.Usd)));
        var fits = SellerSide.DecideReserve(account, _house.Report(quantity: 6), _house.Directory, _house.Marks);
        fits.IsAccepted.ShouldBeTrue();
        account.Apply(fits.Event);
        account.HeadroomOf(TestHouse.Usd).ShouldBe(0);
    }

    [Fact]
    public void A_sale_in_flight_gives_a_buyer_no_headroom_before_it_is_confirmed()
    {
        var account = _house.Account("BETA.SMALL", TestHouse.Beta, cash: 1000m);
        account.Apply(SellerSide.DecideReserve(account, _house.Report(quantity: 10), _house.Directory, _house.Marks).Event);

        // Long 10 with 10 sales in flight may end long 10 or flat: it needs 10 lots either way, so 11 do not fit.
        var buy = new NovationRequest(_house.Report(quantity: 10), 1, 1, TestHouse.Monday);
        var novate = BuyerSide.DecideNovate(account, buy, _house.Directory, _house.Marks);
        novate.IsAccepted.ShouldBeTrue();
        account.Apply(novate.Event);
        account.HeadroomOf(TestHouse.Usd).ShouldBe(0);
        BuyerSide.DecideNovate(account, new NovationRequest(_house.Report(quantity: 1), 2, 1, TestHouse.Monday), _house.Directory, _house.Marks)
            .Reason.ShouldBe(RejectReason.InsufficientHeadroom);
    }

    [Fact]
    public void A_trade_that_does_not_raise_the_requirement_passes_even_below_zero_headroom()
    {
        _house.Trade(_house.Report(quantity: 10)).ShouldBe(RejectReason.None);
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(TestHouse.Definition() with { HeadroomPerLot = 90m })));
        var poor = AccountState.Restore(_house.Buyer.ToSnapshot() with { Balances = [new(TestHouse.Usd, -5, 100_000)] });
        poor.HeadroomOf(TestHouse.Usd).ShouldBeLessThan(0);
        _house.Trade(_house.Report(quantity: 20, seller: poor, buyer: _house.Seller), seller: poor, buyer: _house.Seller).ShouldBe(RejectReason.None);
        _house.Trade(_house.Report(quantity: 2, seller: poor, buyer: _house.Seller), seller: poor, buyer: _house.Seller)
            .ShouldBe(RejectReason.InsufficientHeadroom);
    }

    [Fact]
    public void A_guaranteed_trade_skips_headroom_and_only_that()
    {
        var poor = _house.Account("BETA.POOR", TestHouse.Beta, cash: 0);
        _house.Trade(_house.Report(), seller: poor).ShouldBe(RejectReason.InsufficientHeadroom);
        _house.Trade(_house.Report(guaranteed: true), seller: poor).ShouldBe(RejectReason.None);
        poor.HeadroomOf(TestHouse.Usd).ShouldBe(-100_000);
        _house.Trade(_house.Report(guaranteed: true, price: 0.75m), seller: poor).ShouldBe(RejectReason.PriceOutsideBands);
        _house.Directory.Apply(new HouseHalted());
        _house.Trade(_house.Report(guaranteed: true), seller: poor).ShouldBe(RejectReason.InstrumentHalted);
    }

    [Fact]
    public void A_position_beyond_what_amounts_can_hold_is_refused_whatever_the_guarantee()
    {
        var definition = TestHouse.Definition() with { PriceHigh = 1e9m, MaxTradeQuantity = 600, HeadroomPerLot = 0m };
        var limit = TestHouse.Instrument(definition).PositionLimit;
        limit.ShouldBe(800);
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(definition)));
        _house.Trade(_house.Report(quantity: 600, guaranteed: true)).ShouldBe(RejectReason.None);
        _house.Trade(_house.Report(quantity: 201, guaranteed: true)).ShouldBe(RejectReason.QuantityLimit);
        _house.Trade(_house.Report(quantity: 200, guaranteed: true)).ShouldBe(RejectReason.None);
        _house.Trade(_house.Report(quantity: 601)).ShouldBe(RejectReason.QuantityLimit);
    }

    [Fact]
    public void A_cancel_in_the_same_cycle_restores_both_positions_to_the_last_unit()
    {
        _house.Trade(_house.Report(quantity: 3, price: 3999m)).ShouldBe(RejectReason.None);
        var buyer = _house.Buyer.ToSnapshot();
        var seller = _house.Seller.ToSnapshot();
        var report = _house.Report(quantity: 10);
        _house.Trade(report).ShouldBe(RejectReason.None);
        _house.Directory.Apply(new HouseHalted());
        _house.Directory.Apply(new MemberSuspended(TestHouse.Alpha, 1));
        _house.Cancel(report, 1).ShouldBe(RejectReason.None);
        Same.State(_house.Buyer.ToSnapshot(), buyer);
        Same.State(_house.Seller.ToSnapshot() with { LastReservation = seller.LastReservation }, seller);
        _house.Seller.LastReservation.ShouldBe(seller.LastReservation + 2);
    }

    [Fact]
    public void A_cancel_of_the_only_trade_leaves_no_position_and_asks_for_no_settlement_price()
    {
        var report = _house.Report();
        _house.Trade(report).ShouldBe(RejectReason.None);
        _house.Cancel(report, 1).ShouldBe(RejectReason.None);
        _house.Buyer.PositionCount.ShouldBe(0);
        _house.Seller.PositionCount.ShouldBe(0);
        _house.Seller.BalanceOf(TestHouse.Usd).Requirement.ShouldBe(0);
    }

    [Fact]
    public void A_cancel_after_its_cycle_is_frozen_is_not_cancellable()
    {
        var report = _house.Report();
        _house.Trade(report).ShouldBe(RejectReason.None);
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday));
        _house.Cancel(report, 1).ShouldBe(RejectReason.NotCancellable);
    }

    [Fact]
    public void A_reversal_in_flight_holds_the_cut_of_its_cycle()
    {
        var report = _house.Report();
        _house.Trade(report).ShouldBe(RejectReason.None);
        _house.Seller.HasOpenReservations(1).ShouldBeFalse();
        _house.Seller.Apply(SellerSide.DecideReverseReserve(_house.Seller, report, 1, TestHouse.Monday, _house.Directory).Event);
        _house.Seller.HasOpenReservations(1).ShouldBeTrue();
        _house.Seller.HasOpenReservations(0).ShouldBeFalse();
        _house.Seller.Apply(SellerSide.DecideReverse(_house.Seller, 1 + 1, _house.Directory));
        _house.Seller.HasOpenReservations(1).ShouldBeFalse();
    }

    [Fact]
    public void An_account_defined_while_the_trade_was_on_its_way_has_no_part_in_that_cycle()
    {
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday));
        var late = _house.Account("ALPHA.LATE", TestHouse.Alpha);
        BuyerSide.DecideNovate(late, new NovationRequest(_house.Report(), 1, 1, TestHouse.Monday), _house.Directory, _house.Marks)
            .Reason.ShouldBe(RejectReason.AccountNotActive);
        BuyerSide.DecideNovate(late, new NovationRequest(_house.Report(), 1, 2, TestHouse.Monday), _house.Directory, _house.Marks)
            .IsAccepted.ShouldBeTrue();
    }

    [Fact]
    public void Events_that_contradict_the_account_stop_it()
    {
        var report = _house.Report();
        var reserved = SellerSide.DecideReserve(_house.Seller, report, _house.Directory, _house.Marks).Event;
        Should.Throw<InvalidOperationException>(() => _house.Buyer.Apply(reserved)).Message.ShouldContain("BETA.HOUSE");
        _house.Seller.Apply(reserved);
        Should.Throw<InvalidOperationException>(() => _house.Seller.Apply(reserved)).Message.ShouldContain("cannot follow 1");
        Should.Throw<InvalidOperationException>(() => SellerSide.DecideConfirm(_house.Seller, 2, _house.Directory));
        Should.Throw<InvalidOperationException>(() => SellerSide.DecideReverse(_house.Seller, 1, _house.Directory));
        var confirmed = SellerSide.DecideConfirm(_house.Seller, 1, _house.Directory);
        Should.Throw<InvalidOperationException>(() => _house.Seller.Apply(confirmed with { Leg = confirmed.Leg with { Quantity = 11 } }));
        Should.Throw<InvalidOperationException>(() => _house.Seller.Apply(confirmed));
    }

    [Fact]
    public void An_account_with_anything_left_cannot_be_closed()
    {
        var account = _house.Account("ALPHA.A", TestHouse.Alpha);
        AccountOperations.Refuse(account, new AccountClosed(account.Id)).ShouldNotBeNull().ShouldContain("1000000.00 USD");
        _house.Trade(_house.Report(), buyer: account).ShouldBe(RejectReason.None);
        AccountOperations.Refuse(account, new AccountClosed(account.Id)).ShouldNotBeNull().ShouldContain("10 lots of ESH6");
        var poor = _house.Account("BETA.P", TestHouse.Beta, cash: 0);
        _house.Trade(_house.Report(guaranteed: true), buyer: poor).ShouldBe(RejectReason.None);
        _house.Trade(_house.Report(guaranteed: true, seller: poor, buyer: _house.Buyer), seller: poor, buyer: _house.Buyer).ShouldBe(RejectReason.None);
        poor.SortedPositions().ShouldHaveSingleItem().IsEmpty.ShouldBeTrue();
        AccountOperations.Refuse(poor, new AccountClosed(poor.Id)).ShouldNotBeNull().ShouldContain("may still be cancelled");
        var bank = new AccountState(CcpAccounts.Bank);
        bank.Apply(new AccountDefined(CcpAccounts.Bank, CcpAccounts.Member, Segregation.House, TestHouse.Usd, 1));
        AccountOperations.Refuse(bank, new AccountClosed(bank.Id)).ShouldNotBeNull().ShouldContain("never closed");
    }
}
