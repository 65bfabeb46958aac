using ClearingActors.Risk.Backtests;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Tests.Scenarios;

namespace ClearingActors.Risk.Tests.Backtests;

/// <summary>Rulebook 9.</summary>
public sealed class BacktestTests
{
    [Theory]
    [InlineData(4, TrafficLightZone.Green)]
    [InlineData(5, TrafficLightZone.Yellow)]
    [InlineData(9, TrafficLightZone.Yellow)]
    [InlineData(10, TrafficLightZone.Red)]
    public void The_zones_of_250_days_at_99_per_cent_are_those_of_the_basel_table(int exceptions, TrafficLightZone zone) =>
        TrafficLight.Of(250, exceptions, 0.99).ShouldBe(zone);

    [Fact]
    public void The_cumulative_probability_survives_many_observations()
    {
        TrafficLight.CumulativeProbability(2, 1, 0.5).ShouldBe(0.75, 1e-15);
        TrafficLight.CumulativeProbability(1_000_000, 10_000, 0.99).ShouldBe(0.5, 0.005);
        TrafficLight.CumulativeProbability(10, 10, 0.99).ShouldBe(1);
    }

    [Fact]
    public void Kupiec_is_zero_at_the_expected_frequency_and_rejects_on_both_sides()
    {
        KupiecTest.Of(300, 3, 0.99).ShouldBe(new LikelihoodRatioTest(0, false));
        KupiecTest.Of(250, 0, 0.99).Reject95.ShouldBeTrue();
        KupiecTest.Of(250, 9, 0.99).Reject95.ShouldBeTrue();
        KupiecTest.Of(5, 5, 0.9).LikelihoodRatio.ShouldBe(-10 * Math.Log(0.1), 1e-9);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(LikelihoodRatioTest.Critical95, 0.05)]
    [InlineData(6.634896601021213, 0.01)]
    public void A_ratio_s_probability_is_that_of_chi_squared_with_one_degree_of_freedom(double ratio, double probability) =>
        new LikelihoodRatioTest(ratio, false).PValue.ShouldBe(probability, 1e-12);

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        Should.Throw<ArgumentException>(() => KupiecTest.Of(10, 11, 0.99)).Message.ShouldContain("0 to the 10 observations");
        Should.Throw<ArgumentException>(() => KupiecTest.Of(0, 0, 0.99));
        Should.Throw<ArgumentException>(() => TrafficLight.Of(10, 1, 1)).Message.ShouldContain("less than 1");
        Should.Throw<ArgumentException>(() => IndependenceTest.Of(10, [3, 3])).Message.ShouldContain("exception 1 is at 3");
        Should.Throw<ArgumentException>(() => IndependenceTest.Of(10, [10])).Message.ShouldContain("0 to 9");
        Should.Throw<ArgumentException>(() => IndependenceTest.Of([]));
    }

    [Fact]
    public void Exceptions_in_a_row_are_not_independent_and_spread_ones_are()
    {
        IndependenceTest.Of(250, [40, 41, 42, 43]).Reject95.ShouldBeTrue();
        IndependenceTest.Of(250, [40, 90, 142, 200]).Reject95.ShouldBeFalse();
        IndependenceTest.Of(250, []).LikelihoodRatio.ShouldBe(0);
        IndependenceTest.Of(1, [0]).LikelihoodRatio.ShouldBe(0);
    }

    [Fact]
    public void Periods_do_not_overlap_and_a_loss_above_margin_is_an_exception()
    {
        // Changes of +-1, then a fall of 10 within one period of two days.
        var history = Histories.Of("X", 100, 101, 100, 101, 100, 101, 100, 101, 96, 91, 92, 91);

        var result = Backtest.Run(new FactorHistory(history, ChangeKind.Absolute), Histories.Day(5), Histories.Day(11), Long, Settings());

        result.Observations.Select(o => (o.From, o.To)).ShouldBe(
            [(Histories.Day(5), Histories.Day(7)), (Histories.Day(7), Histories.Day(9)), (Histories.Day(9), Histories.Day(11))]);
        result.Observations[1].Loss.ShouldBe(10, 1e-12);
        result.Observations[1].Margin.ShouldBe(Math.Sqrt(2), 1e-12);
        result.Observations.Select(o => o.IsException).ShouldBe([false, true, false]);
        result.Exceptions.ShouldBe(1);
        result.Kupiec.ShouldBe(KupiecTest.Of(3, 1, 0.9));
        result.Zone.ShouldBe(TrafficLight.Of(3, 1, 0.9));
    }

    [Fact]
    public void A_margin_knows_nothing_of_what_comes_after_its_date()
    {
        var calm = Histories.Of("X", 100, 101, 100, 101, 100, 101, 100, 101);
        var crash = Histories.Of("X", 100, 101, 100, 101, 100, 101, 100, 1);

        double Margin(PriceSeries prices) => Backtest.Run(new FactorHistory(prices, ChangeKind.Absolute), Histories.Day(5), Histories.Day(7), Long, Settings()).Observations[0].Margin;
        Margin(crash).ShouldBe(Margin(calm));
    }

    [Fact]
    public void A_tool_against_procyclicality_only_raises_the_margin()
    {
        var history = new FactorHistory(Histories.Of("X", 100, 90, 100, 101, 100, 101, 100, 101), ChangeKind.Absolute);
        double Margin(BacktestSettings settings) => Backtest.Run(history, Histories.Day(5), Histories.Day(7), Long, settings).Observations[0].Margin;
        var margin = Margin(Settings());

        Margin(Settings() with { Procyclicality = BacktestProcyclicality.Buffer25 }).ShouldBe(1.25 * margin, 1e-12);
        Margin(Settings() with { Procyclicality = BacktestProcyclicality.Stressed25, StressWindow = (Histories.Day(1), Histories.Day(2)) })
            .ShouldBe((0.75 * margin) + (0.25 * 10 * Math.Sqrt(2)), 1e-12);
        Should.Throw<ArgumentException>(() => Margin(Settings() with { Procyclicality = BacktestProcyclicality.Stressed25 })).Message.ShouldContain("stress window");
        Should.Throw<ArgumentException>(() => Margin(Settings() with { Procyclicality = BacktestProcyclicality.Floor10Years })).Message.ShouldContain("10 years");
        Margin(Settings() with { Procyclicality = BacktestProcyclicality.Floor10Years, LongWindowProxy = "Y" }).ShouldBe(10 * Math.Sqrt(2), 1e-12);
    }

    [Fact]
    public void Dates_without_a_period_are_refused() => Should.Throw<ArgumentException>(
        () => Backtest.Run(new FactorHistory(Histories.Of("X", 1, 2, 3), ChangeKind.Absolute), Histories.Day(2), Histories.Day(9), Long, Settings()))
        .Message.ShouldContain("no margin period of 2 days fits");

    private static IReadOnlyList<Holding> Long(DateOnly date, double price) => [new Holding(new LinearRisk("F", RiskFactorId.Price("X"), price, 1, "USD"), 1)];

    private static BacktestSettings Settings() => new() { Scenarios = Histories.Settings(3, 1, mporDays: 2), Confidence = 0.9 };
}
