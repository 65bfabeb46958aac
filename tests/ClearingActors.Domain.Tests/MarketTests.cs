using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;

namespace ClearingActors.Domain.Tests;

public sealed class MarketTests
{
    private static readonly MarkSourceId A = MarkSourceId.Parse("A");
    private static readonly MarkSourceId B = MarkSourceId.Parse("B");
    private static readonly MarkSourceId Operator = MarkSourceId.Parse("op.ann");

    private readonly TestHouse _house = new();
    private readonly MarketState _market = new(UnderlyingId.Parse("SPX"));

    [Fact]
    public void The_first_mark_is_accepted_wherever_it_stands_in_the_bands()
    {
        var decision = Report(A, 17m, -10);
        decision.Kind.ShouldBe(MarkDecisionKind.Accepted);
        decision.Accepted.Mark.ShouldBe(new Mark(1_700, 1, TestHouse.Noon - 10));
    }

    [Theory]
    [InlineData("4000", 0, MarkRejectReason.NotNewer)]
    [InlineData("4000", -1, MarkRejectReason.NotNewer)]
    [InlineData("4000", -60_000_000_001, MarkRejectReason.Stale)]
    [InlineData("0.99", 1, MarkRejectReason.OutsideBands)]
    [InlineData("20000.01", 1, MarkRejectReason.OutsideBands)]
    [InlineData("4000.001", 1, MarkRejectReason.OffTick)]
    [InlineData("0", 1, MarkRejectReason.Malformed)]
    [InlineData("-1", 1, MarkRejectReason.Malformed)]
    [InlineData("4000", 60_000_000_001, MarkRejectReason.Malformed)]
    public void A_mark_that_breaks_a_rule_is_refused_and_changes_nothing(string price, long after, MarkRejectReason reason)
    {
        Report(A, 4000m, 0).Kind.ShouldBe(MarkDecisionKind.Accepted);
        var before = _market.ToSnapshot();
        var decision = Report(A, decimal.Parse(price), after);
        decision.Kind.ShouldBe(MarkDecisionKind.Rejected);
        decision.Reason.ShouldBe(reason);
        Same.State(_market.ToSnapshot(), before);
    }

    [Fact]
    public void A_mark_of_no_known_instrument_or_of_another_underlying_is_refused()
    {
        Decide(new MarkReport(InstrumentId.Parse("NONE"), A, 1m, TestHouse.Noon)).Reason.ShouldBe(MarkRejectReason.UnknownInstrument);
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(TestHouse.Definition() with { Id = "NQ", Underlying = "NDX" })));
        Decide(new MarkReport(InstrumentId.Parse("NQ"), A, 1m, TestHouse.Noon)).Reason.ShouldBe(MarkRejectReason.UnknownInstrument);
    }

    [Fact]
    public void Marks_of_all_instruments_of_a_market_have_one_number_sequence()
    {
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(TestHouse.Definition() with { Id = "ESM6" })));
        Report(A, 4000m, 1).Accepted.Mark.Number.ShouldBe(1);
        var other = Decide(new MarkReport(InstrumentId.Parse("ESM6"), A, 4010m, TestHouse.Noon));
        other.Accepted.Mark.Number.ShouldBe(2);
        _market.Apply(other.Accepted);
        Report(A, 4001m, 2).Accepted.Mark.Number.ShouldBe(3);
    }

    [Theory]
    [InlineData("4200", MarkDecisionKind.Accepted)]
    [InlineData("4200.01", MarkDecisionKind.Held)]
    [InlineData("3800", MarkDecisionKind.Accepted)]
    [InlineData("3799.99", MarkDecisionKind.Held)]
    public void A_mark_that_moves_more_than_the_jump_is_held(string price, MarkDecisionKind expected)
    {
        Report(A, 4000m, 0);
        Report(A, decimal.Parse(price), 1).Kind.ShouldBe(expected);
        _market.MarksOf(TestHouse.Future).IsHeld.ShouldBe(expected == MarkDecisionKind.Held);
    }

    [Fact]
    public void A_held_mark_is_confirmed_by_another_source_that_comes_close_and_not_by_its_own()
    {
        Report(A, 4000m, 0);
        Report(A, 5000m, 1).Kind.ShouldBe(MarkDecisionKind.Held);
        Report(A, 5001m, 2).Kind.ShouldBe(MarkDecisionKind.Held);
        Report(B, 6000m, 3).Kind.ShouldBe(MarkDecisionKind.Held);
        Report(A, 6100m, 2).Kind.ShouldBe(MarkDecisionKind.Accepted, "another source within the jump of what is held confirms it, even with an earlier instant");
        var marks = _market.MarksOf(TestHouse.Future);
        marks.Last.PriceUnits.ShouldBe(610_000);
        marks.LastSource.ShouldBe(A);
        marks.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public void The_event_says_whose_held_mark_was_confirmed()
    {
        Report(A, 4000m, 0);
        Report(A, 5000m, 1);
        Report(B, 4990m, 2).Accepted.ConfirmedBy.ShouldBe(A);
        Report(B, 4991m, 3).Accepted.ConfirmedBy.IsNone.ShouldBeTrue();
    }

    [Fact]
    public void A_mark_back_at_the_last_price_is_accepted_and_clears_what_was_held()
    {
        Report(A, 4000m, 0);
        Report(A, 5000m, 1);
        Report(B, 4001m, 2).Kind.ShouldBe(MarkDecisionKind.Accepted);
        _market.MarksOf(TestHouse.Future).IsHeld.ShouldBeFalse();
    }

    [Fact]
    public void A_held_mark_is_replaced_only_by_a_newer_one()
    {
        Report(A, 4000m, 0);
        Report(A, 5000m, 2);
        Report(B, 6000m, 2).Reason.ShouldBe(MarkRejectReason.NotNewer);
        Report(B, 6000m, 3).Kind.ShouldBe(MarkDecisionKind.Held);
        _market.MarksOf(TestHouse.Future).Held.ShouldBe(new HeldMark(600_000, TestHouse.Noon + 3, B));
    }

    [Fact]
    public void An_operator_confirms_or_drops_only_the_mark_that_was_seen()
    {
        Report(A, 4000m, 0);
        var first = Report(A, 5000m, 1).Held.Held;
        var second = Report(A, 5500m, 2).Held.Held;
        MarkDecisions.DecideConfirmHeld(_market, TestHouse.Future, first, Operator, _house.Directory).Reason.ShouldBe(MarkRejectReason.NothingHeld);
        MarkDecisions.DecideDropHeld(_market, TestHouse.Future, first, Operator).Reason.ShouldBe(MarkRejectReason.NothingHeld);
        var confirmed = MarkDecisions.DecideConfirmHeld(_market, TestHouse.Future, second, Operator, _house.Directory);
        confirmed.Accepted.Mark.ShouldBe(new Mark(550_000, 2, TestHouse.Noon + 2));
        confirmed.Accepted.ConfirmedBy.ShouldBe(Operator);

        var dropped = MarkDecisions.DecideDropHeld(_market, TestHouse.Future, second, Operator);
        _market.Apply(dropped.Event);
        _market.MarksOf(TestHouse.Future).IsHeld.ShouldBeFalse();
        _market.MarksOf(TestHouse.Future).Last.PriceUnits.ShouldBe(400_000);
        Should.Throw<InvalidOperationException>(() => _market.Apply(dropped.Event));
    }

    [Fact]
    public void Near_zero_and_below_it_the_jump_is_of_the_absolute_price_and_at_least_a_tick()
    {
        var oil = TestHouse.Definition() with { Id = "CL", AllowsNegativePrices = true, PriceLow = -100m, PriceHigh = 200m, Tick = 0.01m, MarkJumpBps = 1000 };
        _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(oil)));
        MarkDecisionKind Mark(decimal price, long after)
        {
            var decision = Decide(new MarkReport(InstrumentId.Parse("CL"), A, price, TestHouse.Noon + after));
            if (decision.Kind == MarkDecisionKind.Accepted)
            {
                _market.Apply(decision.Accepted);
            }

            return decision.Kind;
        }

        Mark(-37.63m, 0).ShouldBe(MarkDecisionKind.Accepted);
        Mark(-41.39m, 1).ShouldBe(MarkDecisionKind.Accepted);
        Mark(-37.24m, 2).ShouldBe(MarkDecisionKind.Held);
        _market.Apply(new MarkAccepted(_market.Underlying, InstrumentId.Parse("CL"), new Mark(0, 3, TestHouse.Noon + 3), A, Operator));
        Mark(-0.01m, 4).ShouldBe(MarkDecisionKind.Accepted);
        Mark(0.01m, 5).ShouldBe(MarkDecisionKind.Held);
    }

    [Fact]
    public void A_market_restored_from_its_snapshot_is_the_same()
    {
        Report(A, 4000m, 0);
        Report(B, 5000m, 1);
        Same.State(MarketState.Restore(_market.ToSnapshot()).ToSnapshot(), _market.ToSnapshot());
        Should.Throw<InvalidOperationException>(() =>
            _market.Apply(new MarkAccepted(_market.Underlying, TestHouse.Future, new Mark(1, 3, TestHouse.Noon + 9), A, default)));
    }

    [Fact]
    public void The_mark_table_keeps_the_highest_number()
    {
        var table = new MarkTable();
        table.Set(TestHouse.Future, new Mark(1, 2, 5)).ShouldBeTrue();
        table.Set(TestHouse.Future, new Mark(9, 1, 6)).ShouldBeFalse();
        table.Set(TestHouse.Future, new Mark(9, 2, 6)).ShouldBeFalse();
        table.Sorted().ShouldHaveSingleItem().Value.PriceUnits.ShouldBe(1);
    }

    private MarkDecision Decide(MarkReport report) => MarkDecisions.DecideMark(_market, report, _house.Directory);

    private MarkDecision Report(MarkSourceId source, decimal price, long after)
    {
        var decision = Decide(new MarkReport(TestHouse.Future, source, price, TestHouse.Noon + after));
        switch (decision.Kind)
        {
            case MarkDecisionKind.Accepted:
                _market.Apply(decision.Accepted);
                break;
            case MarkDecisionKind.Held:
                _market.Apply(decision.Held);
                break;
        }

        return decision;
    }
}
