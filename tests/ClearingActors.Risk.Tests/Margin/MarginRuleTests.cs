using ClearingActors.Domain;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Risk.Tests.Margin;

/// <summary>Rulebook 8.3 to 8.6.</summary>
public sealed class MarginRuleTests
{
    private static readonly LiquidityFigures Liquid = new(0.0001, 0.7, 0.01, 1000);

    [Fact]
    public void The_standard_scan_has_16_scenarios_of_which_two_are_extreme()
    {
        SpanScanning.Standard.Count.ShouldBe(16);
        SpanScanning.Standard.Count(s => s.Weight == 0.35 && Math.Abs(s.PriceFraction) == 2 && s.VolFraction == 0).ShouldBe(2);
        SpanScanning.Standard.Sum(s => s.PriceFraction).ShouldBe(0, 1e-15);
    }

    [Fact]
    public void A_scan_of_nothing_costs_nothing_and_bad_ranges_are_refused()
    {
        SpanScanning.Scan([], new SpanRanges(1, 1), SpanScanning.Standard).ScanRisk.ShouldBe(0);
        Should.Throw<ArgumentException>(() => SpanScanning.Scan([], new SpanRanges(-1, 1), SpanScanning.Standard)).Message.ShouldContain("-1");
        Should.Throw<ArgumentException>(() => SpanScanning.Scan([], new SpanRanges(1, 1), [])).Message.ShouldContain("one scenario");
    }

    [Fact]
    public void A_spread_between_expiries_is_charged_on_the_smaller_side_and_options_keep_their_minimum()
    {
        var charge = SpanScanning.CalendarSpreadCharge([new("H", 10), new("M", -4), new("U", -3)], 100);

        charge.ShouldBe(700);
        SpanScanning.Margin(5000, charge, 0).ShouldBe(5700);
        SpanScanning.Margin(100, 0, ShortOptionMinimum.Of(50, [-3, 7, -2])).ShouldBe(250);
    }

    [Fact]
    public void Groups_of_one_set_are_offset_and_sets_are_not()
    {
        var one = new OffsetSet(0.8, 2, "USD", "F1", RiskMeasure.ExpectedShortfall, "v");
        var other = one with { DefaultFund = "F2" };
        double[] up = [-10, -5, 5, 10, 0];
        double[] down = [10, 5, -5, -10, 0];

        var sets = ModelMargin.Of([new("A", one, up), new("C", other, up), new("B", one, down)]);

        sets.Select(s => s.Set).ShouldBe([one, other]);
        sets[0].JointMargin.ShouldBe(0);
        sets[0].Margin.ShouldBe(0.2 * 20, 1e-12);
        sets[1].Margin.ShouldBe(10);
        Should.Throw<ArgumentException>(() => ModelMargin.Of([new("A", one, up), new("B", one, new double[] { 1 })])).Message.ShouldContain("B has 1 scenarios");
    }

    [Fact]
    public void An_offset_gives_at_most_80_per_cent_of_the_difference() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<PositiveInt>>(),
        ArbMap.Default.ArbFor<PositiveInt>(),
        (groups, joint) =>
        {
            double[] margins = [.. groups.Get.Select(g => (double)g.Get)];
            var margin = GroupOffset.Margin(margins, joint.Get);
            return margin <= margins.Sum() && margin >= 0.2 * margins.Sum() - 1e-9 && margin >= Math.Min(joint.Get, margins.Sum()) - 1e-9;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_released_buffer_absorbs_a_rise_and_is_not_built_up_again()
    {
        Procyclicality.Buffer25(100, new MarginBuffer(false, 500)).ShouldBe(125);
        Procyclicality.Buffer25(110, new MarginBuffer(true, 125)).ShouldBe(125);
        Procyclicality.Buffer25(140, new MarginBuffer(true, 125)).ShouldBe(140);
        Procyclicality.Buffer25(60, new MarginBuffer(true, 125)).ShouldBe(75);
        Procyclicality.Stressed25(100, 200).ShouldBe(125);
        Procyclicality.Floor10Years(100, 99).ShouldBe(100);
        Should.Throw<ArgumentException>(() => Procyclicality.Buffer25(-1, default)).Message.ShouldContain("-1");
    }

    [Fact]
    public void A_ten_year_floor_needs_ten_years_or_a_named_proxy()
    {
        var last = new DateOnly(2024, 3, 1);
        Should.NotThrow(() => Procyclicality.CheckLongWindow("X", new DateOnly(2014, 3, 1), last, null));
        Should.NotThrow(() => Procyclicality.CheckLongWindow("X", new DateOnly(2020, 3, 1), last, "NDX"));
        Should.Throw<ArgumentException>(() => Procyclicality.CheckLongWindow("X", new DateOnly(2014, 3, 2), last, null)).Message.ShouldContain("needs it from 2014-03-01");
    }

    [Fact]
    public void Liquidity_grows_faster_than_the_position_and_counts_negative_prices_by_their_size()
    {
        var small = LiquidityAddOn.Of(100, 50, Liquid);
        LiquidityAddOn.Of(-400, -50, Liquid).ShouldBeGreaterThan(4 * small);
        LiquidityAddOn.Of(-100, -50, Liquid).ShouldBe(small);
        LiquidityAddOn.OfVega(-2000, 0.005, 250, 1000).ShouldBe(15);
        Should.Throw<ArgumentException>(() => LiquidityAddOn.Of(1, 1, Liquid with { AverageDailyVolume = 0 })).Message.ShouldContain("is 0");
    }

    [Fact]
    public void A_members_add_on_is_shared_by_stand_alone_figures()
    {
        LiquidityAddOn.ShareOverAccounts(30, [10, 0, 50]).ShouldBe([5, 0, 25], 1e-12);
        LiquidityAddOn.ShareOverAccounts(0, [0, 0]).ShouldBe([0, 0]);
        Should.Throw<ArgumentException>(() => LiquidityAddOn.ShareOverAccounts(1, [0])).Message.ShouldContain("bear");
    }

    [Fact]
    public void Wrong_way_risk_is_charged_on_long_exposure_only()
    {
        WrongWayAddOn.Of(0.4, 1000).ShouldBe(400);
        WrongWayAddOn.Of(0.4, -1000).ShouldBe(0);
        Should.Throw<ArgumentException>(() => WrongWayAddOn.Of(1.1, 1)).Message.ShouldContain("0 to 1");
    }

    [Fact]
    public void Pin_risk_is_the_worst_payoff_around_the_strike_beyond_the_model_margin()
    {
        var call = new OptionRisk("C", RiskFactorId.Price("X"), 100, 10, "USD", new OptionTerms
        {
            Model = OptionModel.Black76,
            Type = OptionType.Call,
            Strike = 100,
            ExpiryYears = 0,
            Volatility = 0.2,
        });

        PinRiskAddOn.Of([new Holding(call, -5)], 4, 50).ShouldBe(150);
        PinRiskAddOn.Of([new Holding(call, -5)], 4, 500).ShouldBe(0);
        PinRiskAddOn.Of([new Holding(call, 5)], 4, 0).ShouldBe(0);
        Should.Throw<ArgumentException>(() => PinRiskAddOn.Of([new Holding(new LinearRisk("F", RiskFactorId.Price("X"), 1, 1, "USD"), 1)], 4, 0)).Message.ShouldContain("F is no option");
    }

    [Fact]
    public void Each_bracket_charges_its_own_part_exactly()
    {
        var tiers = new MarginTiers([new(50_000m, 0.004m), new(250_000m, 0.005m), new(null, 0.01m)]);

        tiers.MarginOf(0).IsZero.ShouldBeTrue();
        tiers.MarginOf(50_000.01m).ToDecimal().ShouldBe(200.00005m);
        tiers.MarginOf(300_000).ToDecimal().ShouldBe(1700);
        tiers.MarginOf(decimal.MaxValue).ShouldBe(ExactFraction.From(decimal.MaxValue) / ExactFraction.From(100) + ExactFraction.From(-1300));
        Should.Throw<ArgumentException>(() => tiers.MarginOf(-1));
    }

    [Theory]
    [InlineData(0, 1, "bracket 0 ends at 0")]
    [InlineData(5, 4, "bracket 1 ends at 4; it must end above 5")]
    public void Brackets_out_of_order_are_refused(int first, int second, string message) =>
        Should.Throw<ArgumentException>(() => new MarginTiers([new(first, 0.1m), new(second, 0.1m), new(null, 0.1m)])).Message.ShouldContain(message);

    [Fact]
    public void Brackets_without_an_open_end_or_with_a_negative_rate_are_refused()
    {
        Should.Throw<ArgumentException>(() => new MarginTiers([])).Message.ShouldContain("one bracket");
        Should.Throw<ArgumentException>(() => new MarginTiers([new(5, 0.1m)])).Message.ShouldContain("the last bracket has no end");
        Should.Throw<ArgumentException>(() => new MarginTiers([new(null, 0.1m), new(null, 0.1m)])).Message.ShouldContain("bracket 0 of 2");
        Should.Throw<ArgumentException>(() => new MarginTiers([new(null, -0.1m)])).Message.ShouldContain("-0.1");
    }

    [Fact]
    public void A_gearing_limit_stops_new_risk_and_not_its_reduction()
    {
        GearingLimit.Allows(0, 100, 10, 10).ShouldBeTrue();
        GearingLimit.Allows(0, 100.01m, 10, 10).ShouldBeFalse();
        GearingLimit.Allows(200, 150, -5, 10).ShouldBeTrue();
        GearingLimit.Allows(10, 11, -5, 10).ShouldBeFalse();
    }
}
