using ClearingActors.Cli.Demo;
using ClearingActors.Cli.History;
using ClearingActors.Engine;
using ClearingActors.Risk.Backtests;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DemoMarginModelTests
{
    private static readonly DemoMarginModel Model = DemoMarginModel.Load();

    private static readonly DatedPrice[] Closes = [.. PriceHistory.Load(PriceHistory.RestoredFile).Days.Select(day => new DatedPrice(day.Date, (double)day.Close))];

    [Fact]
    public void The_engine_takes_the_parameters_and_the_back_test_is_of_the_same_ones()
    {
        ClearingEngine.VersionOfRiskModel(Model.Parameters).Length.ShouldBe(64);
        Model.Backtest.ShouldBe(new BacktestSettings
        {
            Scenarios = new ScenarioSettings { Lookback = 1250, EwmaLambda = 0.97, EwmaSeedReturns = 60, MporDays = 2, Scaling = VolatilityScaling.Mid },
            Confidence = 0.99,
            Measure = RiskMeasure.ExpectedShortfall,
            Procyclicality = BacktestProcyclicality.Buffer25,
        });
        Model.LeastCloses.ShouldBe(1332);
    }

    [Fact]
    public void The_crash_of_2020_is_back_tested_over_margin_periods_that_do_not_overlap()
    {
        var backtest = DemoBacktest.Of(Model, Closes, new DateOnly(2020, 2, 18), new DateOnly(2020, 4, 17)).ShouldNotBeNull();

        (backtest.Observations, backtest.Exceptions, backtest.Light, backtest.TooFew).ShouldBe((21, 0, "green", false));

        // -2 x 21 x ln 0.99 = 0.4221, whose probability is that of a normal variable beyond its root, 0.6497.
        backtest.KupiecPValue.ShouldBe(0.5159, 0.0001);
        backtest.Verdict.ShouldBe("traffic light green, Kupiec p 0.516");
    }

    [Fact]
    public void A_few_periods_say_that_they_are_too_few()
    {
        DemoBacktest.Of(Model, Closes, new DateOnly(2020, 3, 12), new DateOnly(2020, 3, 13)).ShouldBeNull();

        var one = DemoBacktest.Of(Model, Closes, new DateOnly(2020, 3, 12), new DateOnly(2020, 3, 16)).ShouldNotBeNull();

        (one.Observations, one.TooFew).ShouldBe((1, true));
        one.Verdict.ShouldContain("too few periods to be green");
        DemoBacktest.Of(Model, Closes, new DateOnly(2020, 3, 2), new DateOnly(2020, 3, 18))!.TooFew.ShouldBeFalse();
    }
}
