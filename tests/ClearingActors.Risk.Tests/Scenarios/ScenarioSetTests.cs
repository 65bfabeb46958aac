using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Tests.Scenarios;

/// <summary>Rulebook 8.1.</summary>
public sealed class ScenarioSetTests
{
    private static readonly PriceSeries Steps = Histories.Of("X", 100, 101, 103, 102, 106);

    [Fact]
    public void The_volatility_starts_from_the_mean_square_of_the_seed_and_decays()
    {
        double[] changes = [0.01, 0.03, -0.02];

        var sigmas = EwmaVolatility.Of(changes, 0.9, 2, 0);

        // v1 = (1 + 9) / 2 e-4; v2 = 0.9 x 5 + 0.1 x 1; v3 = 0.9 x 4.6 + 0.1 x 9; v4 = 0.9 x 5.04 + 0.1 x 4.
        double[] squares = [5e-4, 4.6e-4, 5.04e-4, 4.936e-4];
        sigmas.Zip(squares).ShouldAllBe(p => Math.Abs((p.First * p.First) - p.Second) < 1e-18);
        EwmaVolatility.Of(changes, 0.9, 2, 0.0222).ShouldBe([sigmas[0], 0.0222, sigmas[2], sigmas[3]]);
    }

    [Theory]
    [InlineData(VolatilityScaling.None)]
    [InlineData(VolatilityScaling.Full)]
    [InlineData(VolatilityScaling.Mid)]
    public void Each_change_is_scaled_by_the_volatility_before_it_and_by_the_root_of_the_period(VolatilityScaling scaling)
    {
        var changes = Steps.Changes(ChangeKind.Absolute);
        var sigmas = EwmaVolatility.Of(changes, 0.9, 2, 0);

        var shocks = FactorShocks.FromHistory(Steps, ChangeKind.Absolute, Histories.Day(4), Histories.Settings(scaling: scaling, mporDays: 4));

        shocks.DailyVolatility.ShouldBe(sigmas[4]);
        for (var i = 0; i < 2; i++)
        {
            var ratio = sigmas[4] / sigmas[i + 2];
            var factor = scaling switch { VolatilityScaling.None => 1, VolatilityScaling.Full => ratio, _ => (1 + ratio) / 2 };
            shocks.Shocks[i].ShouldBe(changes[i + 2] * factor * 2, 1e-15);
        }
    }

    [Fact]
    public void A_relative_shock_is_never_below_minus_99_per_cent()
    {
        var crash = Histories.Of("X", 100, 100, 100, 10, 10);

        FactorShocks.FromHistory(crash, ChangeKind.Relative, Histories.Day(4), Histories.Settings(mporDays: 4)).Shocks.ShouldBe([-0.99, 0]);
        FactorShocks.FromHistory(crash, ChangeKind.Absolute, Histories.Day(4), Histories.Settings(mporDays: 4)).Shocks.ShouldBe([-180, 0]);
    }

    [Fact]
    public void The_seed_changes_never_enter_the_lookback()
    {
        FactorShocks.FromHistory(Steps, ChangeKind.Relative, Histories.Day(4), Histories.Settings(2, 2)).Shocks.Length.ShouldBe(2);
        Should.Throw<ArgumentException>(() => FactorShocks.FromHistory(Steps, ChangeKind.Relative, Histories.Day(4), Histories.Settings(3, 2)))
            .Message.ShouldContain("has 4 changes from 2024-01-01 to 2024-01-05; lookback 3 and 2 seed changes need 5");
    }

    [Fact]
    public void What_comes_after_the_date_changes_nothing()
    {
        var longer = Histories.Of("X", 100, 101, 103, 102, 106, -5);

        FactorShocks.FromHistory(longer, ChangeKind.Relative, Histories.Day(4), Histories.Settings(scaling: VolatilityScaling.Mid))
            .ShouldBe(FactorShocks.FromHistory(Steps, ChangeKind.Relative, Histories.Day(4), Histories.Settings(scaling: VolatilityScaling.Mid)));
    }

    [Fact]
    public void A_volatility_of_zero_is_not_divided_by()
    {
        var flat = Histories.Of("X", 5, 5, 5, 5, 6);

        Should.Throw<ArgumentException>(() => FactorShocks.FromHistory(flat, ChangeKind.Relative, Histories.Day(4), Histories.Settings(scaling: VolatilityScaling.Full)))
            .Message.ShouldContain("before 2024-01-04 is 0");
        FactorShocks.FromHistory(flat, ChangeKind.Relative, Histories.Day(4), Histories.Settings(scaling: VolatilityScaling.Full, sigmaFloor: 0.01)).Shocks[0].ShouldBe(0);
    }

    [Fact]
    public void Factors_share_their_dates_or_say_how_a_missing_one_is_filled()
    {
        var gap = new PriceSeries(RiskFactorId.Price("Y", "2024-06"), [new(Histories.Day(-3), 9), new(Histories.Day(0), 10), new(Histories.Day(1), 11), new(Histories.Day(3), 12), new(Histories.Day(4), 13)]);
        FactorHistory[] both = [new(Steps, ChangeKind.Relative), new(gap, ChangeKind.Absolute)];

        Should.Throw<ArgumentException>(() => ScenarioSet.FromHistories(both, Histories.Day(4), Histories.Settings())).Message
            .ShouldContain("Price Y at 2024-06 has no price on 2024-01-03");
        var held = ScenarioSet.FromHistories(both, Histories.Day(4), Histories.Settings(3, 1) with { MissingDates = MissingDates.HoldLast });
        held[gap.Factor].Shocks.ShouldBe([0, 1, 1]);
        Should.Throw<ArgumentException>(() => ScenarioSet.FromHistories(both, Histories.Day(9), Histories.Settings())).Message.ShouldContain("ends on 2024-01-05");
    }

    [Fact]
    public void The_version_is_a_hash_of_the_exact_numbers_and_not_of_their_order()
    {
        FactorShocks Shocks(string name, params double[] shocks) => new(RiskFactorId.Price(name), ChangeKind.Relative, [.. shocks], 0.01);
        var set = new ScenarioSet([Shocks("A", 0.1, -0.2), Shocks("B", 0, 1)]);

        set.Version.ShouldBe("f98bee4b529292c9becc640ed55f51ee06a4b6122f2d1257a42ca592180ac7bf");
        new ScenarioSet([Shocks("B", 0, 1), Shocks("A", 0.1, -0.2)]).Version.ShouldBe(set.Version);
        new ScenarioSet([Shocks("A", 0.1, Math.BitIncrement(-0.2)), Shocks("B", 0, 1)]).Version.ShouldNotBe(set.Version);
    }

    [Fact]
    public void A_set_refuses_factors_twice_numbers_that_differ_and_shocks_out_of_range()
    {
        FactorShocks Shocks(string name, ChangeKind kind, params double[] shocks) => new(RiskFactorId.Price(name), kind, [.. shocks], null);

        Should.Throw<ArgumentException>(() => new ScenarioSet([])).Message.ShouldContain("one factor");
        Should.Throw<ArgumentException>(() => new ScenarioSet([Shocks("A", ChangeKind.Relative, 0), Shocks("A", ChangeKind.Relative, 0)])).Message.ShouldContain("twice");
        Should.Throw<ArgumentException>(() => new ScenarioSet([Shocks("A", ChangeKind.Relative, 0), Shocks("B", ChangeKind.Relative, 0, 1)])).Message.ShouldContain("B has 2");
        Should.Throw<ArgumentException>(() => new ScenarioSet([Shocks("A", ChangeKind.Relative, 0, -1)])).Message.ShouldContain("shock 1 of Price A is -1");
        Should.Throw<ArgumentException>(() => new ScenarioSet([Shocks("A", ChangeKind.Absolute, double.NaN)])).Message.ShouldContain("NaN");
        Should.Throw<ArgumentException>(() => new ScenarioSet([Shocks("A", ChangeKind.Absolute, 1)])[RiskFactorId.Currency("EUR")]).Message.ShouldContain("no shocks of Currency EUR");
    }

    [Fact]
    public void A_window_takes_its_changes_unscaled()
    {
        FactorShocks.FromWindow(Steps, ChangeKind.Absolute, Histories.Day(2), Histories.Day(3), 4).Shocks.ShouldBe([4, -2]);
        FactorShocks.FromWindow(Steps, ChangeKind.Absolute, Histories.Day(-9), Histories.Day(99), 1).Shocks.ShouldBe([1, 2, -1, 4]);
        Should.Throw<ArgumentException>(() => FactorShocks.FromWindow(Steps, ChangeKind.Absolute, Histories.Day(5), Histories.Day(9), 1)).Message.ShouldContain("no change");
    }

    [Fact]
    public void Settings_out_of_range_are_refused_by_name()
    {
        foreach (var (settings, name) in new[]
        {
            (Histories.Settings(0), "Lookback"), (Histories.Settings(seed: 0), "EwmaSeedReturns"), (Histories.Settings(mporDays: 0), "MporDays"),
            (Histories.Settings(sigmaFloor: -1), "SigmaFloor"), (Histories.Settings() with { EwmaLambda = 1.1 }, "EwmaLambda"), (Histories.Settings(scaling: default), "Scaling"),
        })
        {
            Should.Throw<ArgumentException>(() => FactorShocks.FromHistory(Steps, ChangeKind.Relative, Histories.Day(4), settings)).Message.ShouldContain(name);
        }
    }
}
