using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Risk.Tests.Margin;

/// <summary>Rulebook 8.2 and 8.3.</summary>
public sealed class FullRevaluationTests
{
    private static readonly RiskFactorId Index = RiskFactorId.Price("IDX");
    private static readonly RiskFactorId IndexVol = RiskFactorId.Volatility("IDX");

    [Fact]
    public void A_linear_lot_gains_multiplier_times_the_move_whichever_way_it_is_measured()
    {
        var future = new LinearRisk("F", Index, 200, 50, "USD");

        FullRevaluation.PerLot(future, Set(ChangeKind.Relative, 0.1, -0.5)).ShouldBe([1000, -5000], 1e-9);
        FullRevaluation.PerLot(future, Set(ChangeKind.Absolute, 2, -250)).ShouldBe([100, -12500]);
    }

    [Fact]
    public void An_inverse_contract_loses_more_in_a_fall_than_it_gains_in_an_equal_rise()
    {
        var inverse = new InverseRisk("I", Index, 40_000, 100, "BTC");

        FullRevaluation.PerLot(inverse, Set(ChangeKind.Relative, 0.5, -0.5)).ShouldBe([100 * (1 / 40_000.0 - 1 / 60_000.0), -100 * (1 / 20_000.0 - 1 / 40_000.0)], 1e-15);
        Should.Throw<ArgumentException>(() => FullRevaluation.PerLot(inverse, Set(ChangeKind.Absolute, -40_000))).Message.ShouldContain("falls to 0");
    }

    [Fact]
    public void A_lognormal_volatility_moves_against_the_price_by_its_beta_and_stays_above_its_floor()
    {
        var option = Option(OptionModel.Black76, 0.2, volBeta: 1.5);

        var gains = FullRevaluation.PerLot(option, Set(ChangeKind.Relative, -0.1, 0.9));

        gains[0].ShouldBe(10 * (Black76.Price(OptionType.Put, 90, 95, 0.5, 0.23, 1) - option.UnitValue), 1e-12);
        gains[1].ShouldBe(10 * (Black76.Price(OptionType.Put, 190, 95, 0.5, 0.01, 1) - option.UnitValue), 1e-12);
    }

    [Fact]
    public void A_volatility_with_its_own_factor_moves_by_that()
    {
        var option = Option(OptionModel.Black76, 0.2, volFactor: IndexVol);
        var set = new ScenarioSet([Shocks(Index, ChangeKind.Relative, -0.1), Shocks(IndexVol, ChangeKind.Relative, 0.5)]);

        FullRevaluation.PerLot(option, set)[0].ShouldBe(10 * (Black76.Price(OptionType.Put, 90, 95, 0.5, 0.3, 1) - option.UnitValue), 1e-12);
        Should.Throw<ArgumentException>(() => FullRevaluation.PerLot(option, Set(ChangeKind.Relative, 0.1))).Message.ShouldContain("Volatility IDX");
    }

    [Fact]
    public void Early_exercise_is_worth_what_the_american_price_says_at_the_spot_of_the_forward()
    {
        var european = Option(OptionModel.Black76, 0.2);
        var terms = european.Terms with { American = new AmericanExercise(0.05, 0.02), DiscountFactor = Math.Exp(-0.025) };
        var option = new OptionRisk("O", Index, 100, 10, "USD", terms);
        var perForward = Math.Exp(-0.03 * 0.5);

        option.UnitValue.ShouldBe(AmericanOption.Price(OptionType.Put, 100 * perForward, 95, 0.05, 0.02, 0.5, 0.2), 1e-12);
        FullRevaluation.PerLot(option, Set(ChangeKind.Relative, -0.1))[0].ShouldBe(
            10 * (AmericanOption.Price(OptionType.Put, 90 * perForward, 95, 0.05, 0.02, 0.5, 0.2) - option.UnitValue), 1e-11);
        Should.Throw<ArgumentException>(() => new OptionRisk("O", Index, 100, 10, "USD", terms with { Model = OptionModel.Bachelier })).Message.ShouldContain("no model");
    }

    [Fact]
    public void A_lot_amounts_to_its_delta_in_units_and_money()
    {
        LotSensitivity.Of(new LinearRisk("F", Index, 200, 50, "USD")).ShouldBe(new LotSensitivity(50, 10_000, 0));
        LotSensitivity.Of(new InverseRisk("I", Index, 40_000, 100, "BTC")).ShouldBe(new LotSensitivity(0.0025, 0.0025, 0));
        foreach (var option in new[]
        {
            Option(OptionModel.Black76, 0.2),
            Option(OptionModel.Bachelier, 30),
            new OptionRisk("O", Index, 100, 10, "USD", Option(OptionModel.Black76, 0.2).Terms with { American = new AmericanExercise(0.05, 0.02) }),
        })
        {
            var (units, value, vega) = LotSensitivity.Of(option);
            units.ShouldBe(10 * (option.ValueAt(100.01, option.Terms.Volatility) - option.ValueAt(99.99, option.Terms.Volatility)) / 0.02, 1e-3);
            value.ShouldBe(units * 100, 1e-9);
            vega.ShouldBe(10 * (option.ValueAt(100, option.Terms.Volatility + 1e-4) - option.ValueAt(100, option.Terms.Volatility - 1e-4)) / 2e-4, 1e-2);
        }
    }

    [Fact]
    public void A_currency_whose_rate_would_fall_to_zero_is_refused()
    {
        var set = new ScenarioSet([Shocks(RiskFactorId.Currency("EUR"), ChangeKind.Absolute, 0.1, -1.1)]);

        Should.Throw<ArgumentException>(() => FullRevaluation.Rates(new CurrencyRate("EUR", 1.1), set)).Message.ShouldContain("scenario 1");
        FullRevaluation.Rates(new CurrencyRate("EUR", 1.2), set).ShouldBe([1.3, 0.1], 1e-12);
    }

    [Fact]
    public void The_worst_of_many_are_those_of_a_full_sort_in_the_same_order() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<short>>(),
        ArbMap.Default.ArbFor<byte>(),
        (some, share) =>
        {
            double[] gains = [.. Enumerable.Range(0, 40).SelectMany(i => some.Get.Select(g => (double)(g ^ (i * 31))))];
            var count = share * gains.Length / 255;
            return TailRisk.Worst(gains, count).SequenceEqual(gains.Order().Take(count));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_normal_volatility_stays_while_the_price_falls_below_zero()
    {
        var option = Option(OptionModel.Bachelier, 30);

        FullRevaluation.PerLot(option, Set(ChangeKind.Absolute, -137))[0].ShouldBe(10 * (Bachelier.Price(OptionType.Put, -37, 95, 0.5, 30, 1) - option.UnitValue), 1e-12);
        Should.Throw<ArgumentException>(() => Option(OptionModel.Bachelier, 30, volBeta: 1)).Message.ShouldContain("volBeta 1");
        Should.Throw<ArgumentException>(() => Option(OptionModel.Black76, 0.3, volBeta: 1, volFactor: IndexVol)).Message.ShouldContain("its own factor");
        Should.Throw<ArgumentException>(() => Option(OptionModel.Black76, 0.3, volFactor: Index)).Message.ShouldContain("a volatility factor is needed");
    }

    [Fact]
    public void A_gain_in_another_currency_converts_at_the_scenarios_own_rate()
    {
        Holding[] holdings = [new(new LinearRisk("F", Index, 100, 1, "EUR"), 10), new(new LinearRisk("G", Index, 100, 1, "USD"), -10)];
        var set = new ScenarioSet([Shocks(Index, ChangeKind.Relative, 0.1, -0.1), Shocks(RiskFactorId.Currency("EUR"), ChangeKind.Relative, 0.5, -0.5)]);

        FullRevaluation.OfPortfolio(holdings, set, "USD", [new("EUR", 1.2)]).ShouldBe([100 * 1.8 - 100, -100 * 0.6 + 100], 1e-9);
        Should.Throw<ArgumentException>(() => FullRevaluation.OfPortfolio(holdings, set, "USD", [])).Message.ShouldContain("give the rate of EUR");
        Should.Throw<ArgumentException>(() => FullRevaluation.OfPortfolio(holdings, set, "USD", [new("EUR", 0)])).Message.ShouldContain("EUR is 0");
    }

    [Fact]
    public void A_portfolio_and_its_opposite_gain_the_opposite() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<short>>(),
        lots =>
        {
            Holding[] Book(int sign) => [.. lots.Get.Select((q, i) => new Holding(new LinearRisk($"F{i}", Index, 100 + i, 1 + i, "USD"), sign * q))];
            var set = Set(ChangeKind.Relative, 0.03, -0.07, 0.2);
            var one = FullRevaluation.OfPortfolio(Book(1), set, "USD", []);
            var other = FullRevaluation.OfPortfolio(Book(-1), set, "USD", []);
            return one.Zip(other).All(p => p.First == -p.Second);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1250, 0.99, 13)]
    [InlineData(300, 0.99, 3)]
    [InlineData(750, 0.995, 4)]
    [InlineData(1, 0.99, 1)]
    [InlineData(10, 0.0001, 10)]
    public void The_tail_has_as_many_scenarios_as_the_confidence_leaves(int scenarios, double confidence, int count) =>
        TailRisk.CountOf(scenarios, confidence).ShouldBe(count);

    [Fact]
    public void Value_at_risk_is_the_last_loss_of_the_tail_and_shortfall_its_mean()
    {
        var tail = TailRisk.Of([5, -1, -10, 3, -4, 2, 8, 1, 0, 7], 0.8);

        tail.ShouldBe(new TailRisk(2, 4, 7));
        tail.Of(RiskMeasure.ExpectedShortfall).ShouldBe(7);
        tail.Of(RiskMeasure.ValueAtRisk).ShouldBe(4);
    }

    [Fact]
    public void A_portfolio_that_only_gains_has_no_margin() => TailRisk.Of([5, 1, 2], 0.5).ShouldBe(new TailRisk(2, 0, 0));

    [Fact]
    public void A_tail_of_nothing_of_a_nan_or_of_certainty_is_refused()
    {
        Should.Throw<ArgumentException>(() => TailRisk.Of([], 0.99));
        Should.Throw<ArgumentException>(() => TailRisk.Of([1, double.NaN], 0.99)).Message.ShouldContain("scenario 1 is NaN");
        Should.Throw<ArgumentException>(() => TailRisk.Of([1], 1.0)).Message.ShouldContain("less than 1");
    }

    [Fact]
    public void Shortfall_is_subadditive_over_joint_scenarios() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<(short A, short B)>>(),
        pairs =>
        {
            double[] a = [.. pairs.Get.Select(p => (double)p.A)];
            double[] b = [.. pairs.Get.Select(p => (double)p.B)];
            double[] both = [.. a.Zip(b, (x, y) => x + y)];
            return TailRisk.Of(both, 0.9).ExpectedShortfall <= TailRisk.Of(a, 0.9).ExpectedShortfall + TailRisk.Of(b, 0.9).ExpectedShortfall + 1e-9;
        }).QuickCheckThrowOnFailure();

    private static OptionRisk Option(OptionModel model, double vol, double volBeta = 0, RiskFactorId? volFactor = null) => new("O", Index, 100, 10, "USD", new OptionTerms
    {
        Model = model,
        Type = OptionType.Put,
        Strike = 95,
        ExpiryYears = 0.5,
        Volatility = vol,
        VolBeta = volBeta,
        VolatilityFactor = volFactor,
    });

    private static ScenarioSet Set(ChangeKind kind, params double[] shocks) => new([Shocks(Index, kind, shocks)]);

    private static FactorShocks Shocks(RiskFactorId factor, ChangeKind kind, params double[] shocks) => new(factor, kind, [.. shocks], null);
}
