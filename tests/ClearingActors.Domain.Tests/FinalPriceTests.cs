using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.Tests;

public sealed class FinalPriceTests
{
    private const long Minute = 60_000_000_000;
    private static readonly long Expiry = TestHouse.Noon;

    private readonly TestHouse _house = new();
    private readonly MarketState _market = new(UnderlyingId.Parse("SPX"));

    public FinalPriceTests() => Define(Future());

    [Fact]
    public void The_final_price_is_the_time_weighted_average_of_the_window_on_the_tick()
    {
        Mark(Expiry - (40 * Minute), 4000m);
        Mark(Expiry - (20 * Minute), 4010m);
        Mark(Expiry - (10 * Minute), 4020.75m);
        Mark(Expiry, 5000m);

        // (4000 + 4010 + 4020.75) / 3 = 4010.25, ten minutes each; the mark at the expiry counts no more.
        Fix().ShouldBe(new FinalPriceDecision(FinalPriceDecisionKind.Fixed, new FinalPriceFixed(TestHouse.Future, 4010_25, 2, "", ""), ""));
        Fix(4010_25, "because").Refusal.ShouldContain("an operator decides only where they are too few");
    }

    [Fact]
    public void With_too_few_marks_an_operator_decides_with_a_reason()
    {
        Mark(Expiry - (40 * Minute), 4000m);
        Mark(Expiry - (20 * Minute), 4010m);
        Fix().Refusal.ShouldContain("1 marks in the window");
        Fix(4005_00, "").Refusal.ShouldContain("needs a reason");
        Fix(4005_10, "thin market").Refusal.ShouldContain("multiple of 0.25");
        Fix(30_000_00, "thin market").Refusal.ShouldContain("between 1 and 20000");
        var decided = Fix(4005_00, "thin market");
        decided.Event.ShouldBe(new FinalPriceFixed(TestHouse.Future, 4005_00, 1, "operator:ann", "thin market"));
        _market.Apply(decided.Event);
        Fix().ShouldBe(decided with { Kind = FinalPriceDecisionKind.AlreadyFixed });
        Fix(4005_25, "thin market").Refusal.ShouldContain("never changes");
        Should.Throw<InvalidOperationException>(() => _market.Apply(decided.Event));
        MarketState.Restore(_market.ToSnapshot()).TryGetFinalPrice(TestHouse.Future, out var restored).ShouldBeTrue();
        restored.ShouldBe(decided.Event);
    }

    [Fact]
    public void Nothing_has_a_final_price_before_its_expiry()
    {
        Define(Future() with { Expiry = Expiry + 1 });
        Fix().Refusal.ShouldContain("expires at");
        Define(Future() with { Expiry = null });
        Fix().Refusal.ShouldContain("no time");
    }

    [Fact]
    public void The_window_is_kept_until_the_price_is_fixed_however_many_marks_follow()
    {
        for (var minute = 60; minute >= -60; minute--)
        {
            Mark(Expiry - (minute * Minute), 4000m + (0.25m * (minute % 2)));
        }

        _market.HistoryOf(TestHouse.Future).ShouldNotBeNull().Covers(Expiry - (30 * Minute)).ShouldBeTrue();
        Fix().Event.Marks.ShouldBe(30);
        _house.Directory.MarksNeededFrom(TestHouse.Future, Expiry + Minute).ShouldBe(Expiry - (30 * Minute));
        _house.Directory.Apply(new ExpiryPriceSet(TestHouse.Future, 4000_00));
        _house.Directory.MarksNeededFrom(TestHouse.Future, Expiry + Minute).ShouldBe(Expiry + Minute);
    }

    [Fact]
    public void From_its_final_price_on_an_instrument_takes_no_trades_and_no_other_definition()
    {
        Define(Future() with { Expiry = Expiry + Minute });
        _house.Trade(_house.Report()).ShouldBe(RejectReason.None);
        _house.Directory.Apply(new ExpiryPriceSet(TestHouse.Future, 4000_00));
        _house.Trade(_house.Report()).ShouldBe(RejectReason.InstrumentExpired);
        HouseDecisions.Refuse(_house.Directory, new InstrumentDefined(TestHouse.Instrument(Future() with { Expiry = Expiry + Minute }))).ShouldNotBeNull().ShouldContain("final price");
    }

    [Fact]
    public void The_stages_of_an_expiry_follow_one_another()
    {
        var directory = _house.Directory;
        Should.Throw<InvalidOperationException>(() => directory.Apply(new ExpiryConfirmed(TestHouse.Future)));
        Should.Throw<InvalidOperationException>(() => directory.Apply(new InstrumentClosed(TestHouse.Future)));
        directory.Apply(new ExpiryPriceSet(TestHouse.Future, 4000_00));
        Should.Throw<InvalidOperationException>(() => directory.Apply(new ExpiryPriceSet(TestHouse.Future, 4000_00)));
        directory.Apply(new InstrumentClosed(TestHouse.Future));
        directory.Apply(new ExpiryConfirmed(TestHouse.Future));
        directory.TryGetInstrument(TestHouse.Future, out var listed).ShouldBeTrue();
        (listed.Expiry, listed.FinalUnits).ShouldBe((ExpiryStage.Closed, 4000_00L));
    }

    [Fact]
    public void The_last_cycle_settles_at_the_final_price_and_leaves_neither_lots_nor_requirement()
    {
        Define(Future() with { Expiry = Expiry + Minute });
        _house.Trade(_house.Report(quantity: 10, price: 4000m)).ShouldBe(RejectReason.None);
        _house.Directory.TryGetInstrument(TestHouse.Future, out var listed).ShouldBeTrue();
        var prices = new SettlementPrices(1, TestHouse.Monday, [new SettlementPrice(listed.Instrument, 4001_00)], null, [TestHouse.Future]);
        foreach (var (account, amount) in new[] { (_house.Buyer, 500_00L), (_house.Seller, -500_00L) })
        {
            var decision = VariationMargin.Decide(account, prices);
            decision.Event.Amounts.ShouldHaveSingleItem().AmountMinor.ShouldBe(amount);
            account.Apply(decision.Event);
            account.PositionCount.ShouldBe(0);
            account.BalanceOf(TestHouse.Usd).Requirement.ShouldBe(0);
        }
    }

    [Fact]
    public void An_instrument_cannot_expire_in_a_cycle_that_has_no_price_of_it() =>
        Should.Throw<ArgumentException>(() => new SettlementPrices(1, TestHouse.Monday, [], null, [TestHouse.Future]));

    private static InstrumentDefinition Future() => TestHouse.Definition() with { Expiry = Expiry, ExpiryMarks = 2, MarkStalenessNs = InstrumentDefinition.MaxMarkStalenessNs };

    private FinalPriceDecision Fix(long? units = null, string reason = "") =>
        FinalPriceDecisions.Decide(_market, TestHouse.Future, units, "operator:ann", reason, _house.Directory);

    private void Define(InstrumentDefinition definition) => _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(definition)));

    private void Mark(long time, decimal price)
    {
        var decision = MarkDecisions.DecideMark(_market, new MarkReport(TestHouse.Future, MarkSourceId.Parse("X"), price, time), _house.Directory);
        if (decision.Kind == MarkDecisionKind.Held)
        {
            _market.Apply(decision.Held);
            decision = MarkDecisions.DecideConfirmHeld(_market, TestHouse.Future, _market.MarksOf(TestHouse.Future).Held, MarkSourceId.Parse("ann"), _house.Directory);
        }

        decision.Kind.ShouldBe(MarkDecisionKind.Accepted);
        _market.Apply(decision.Accepted);
    }
}
