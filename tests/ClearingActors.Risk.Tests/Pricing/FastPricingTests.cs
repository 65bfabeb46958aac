using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Tests.Pricing;

public sealed class FastPricingTests
{
    [Theory]
    [InlineData(OptionType.Call)]
    [InlineData(OptionType.Put)]
    public void Every_scenario_agrees_with_the_canonical_price(OptionType type)
    {
        var random = new Random(76);
        var forwards = new double[1_003];
        var vols = new double[forwards.Length];
        var prices = new double[forwards.Length];
        foreach (var strike in new[] { 5.0, 80.0, 100.0, 103.0, 2_000.0 })
        {
            foreach (var years in new[] { 0.0, 1e-6, 0.02, 1.0, 10.0 })
            {
                for (var i = 0; i < forwards.Length; i++)
                {
                    forwards[i] = i % 40 == 0 ? strike : 100.0 * Math.Exp(3.0 * (random.NextDouble() - 0.5));
                    vols[i] = i % 30 == 0 ? 0.0 : 3.0 * random.NextDouble();
                }

                FastPricing.Scenarios(type, strike, years, forwards, vols, prices);
                for (var i = 0; i < forwards.Length; i++)
                {
                    prices[i].ShouldBe(Black76.Price(type, forwards[i], strike, years, vols[i], 1.0), 1e-13 * Math.Max(forwards[i], strike));
                }
            }
        }
    }

    [Fact]
    public void Any_number_of_scenarios_is_priced_and_nothing_beyond_them_is_touched()
    {
        for (var count = 0; count <= 33; count++)
        {
            var forwards = Enumerable.Range(0, count).Select(i => 90.0 + i).ToArray();
            var vols = Enumerable.Range(0, count).Select(i => 0.2 + (0.01 * i)).ToArray();
            var prices = new double[count + 1];
            prices[count] = -7.0;
            FastPricing.Scenarios(OptionType.Put, 100.0, 0.5, forwards, vols, prices.AsSpan(0, count));
            for (var i = 0; i < count; i++)
            {
                prices[i].ShouldBe(Black76.Price(OptionType.Put, forwards[i], 100.0, 0.5, vols[i], 1.0), 1e-11);
            }

            prices[count].ShouldBe(-7.0);
        }
    }

    [Fact]
    public void Prices_may_take_the_place_of_the_forwards()
    {
        double[] forwards = [.. Enumerable.Range(0, 21).Select(i => 90.0 + i)];
        double[] vols = [.. Enumerable.Repeat(0.3, 21)];
        var apart = new double[21];
        FastPricing.Scenarios(OptionType.Call, 100.0, 0.5, forwards, vols, apart);
        FastPricing.Scenarios(OptionType.Call, 100.0, 0.5, forwards, vols, forwards);
        forwards.ShouldBe(apart);
    }

    [Fact]
    public void Extreme_but_legal_scenarios_give_a_limit()
    {
        double[] forwards = [1e-300, 1e300, 100.0, 100.0];
        double[] vols = [0.2, 0.2, 1e300, 1e-300];
        var prices = new double[4];
        FastPricing.Scenarios(OptionType.Call, 90.0, 1e20, forwards, vols, prices);
        prices[2].ShouldBe(100.0, 1e-12);
        FastPricing.Scenarios(OptionType.Call, 90.0, 1.0, forwards, vols, prices);
        prices[0].ShouldBe(0.0);
        prices[1].ShouldBe(1e300);
        prices[3].ShouldBe(10.0);
    }

    [Theory]
    [InlineData(-1.0, 0.2)]
    [InlineData(0.0, 0.2)]
    [InlineData(double.NaN, 0.2)]
    [InlineData(double.PositiveInfinity, 0.2)]
    [InlineData(100.0, -0.2)]
    [InlineData(100.0, double.NaN)]
    [InlineData(100.0, double.PositiveInfinity)]
    public void A_scenario_outside_its_range_is_refused_by_number(double forward, double volatility)
    {
        double[] forwards = [100.0, 100.0, forward];
        double[] vols = [0.2, 0.2, volatility];
        Should.Throw<ArgumentOutOfRangeException>(() => FastPricing.Scenarios(OptionType.Call, 100.0, 1.0, forwards, vols, new double[3]))
            .Message.ShouldContain("scenario 2");
    }

    [Fact]
    public void Spans_of_different_length_and_a_bad_contract_are_refused()
    {
        Should.Throw<ArgumentException>(() => FastPricing.Scenarios(OptionType.Call, 100.0, 1.0, new double[3], new double[2], new double[3]))
            .Message.ShouldContain("3 forwards, 2 volatilities and 3 prices");
        Should.Throw<ArgumentOutOfRangeException>(() => FastPricing.Scenarios(OptionType.Call, 0.0, 1.0, [], [], [])).ParamName.ShouldBe("strike");
        Should.Throw<ArgumentOutOfRangeException>(() => FastPricing.Scenarios(OptionType.Call, 1.0, -1.0, [], [], [])).ParamName.ShouldBe("expiryYears");
        Should.Throw<ArgumentOutOfRangeException>(() => FastPricing.Scenarios(default, 1.0, 1.0, [], [], [])).ParamName.ShouldBe("type");
    }
}
