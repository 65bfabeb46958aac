using System.Buffers.Binary;
using System.Security.Cryptography;
using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Tests.Pricing;

public sealed class AmericanOptionTests
{
    private static readonly OptionType[] Types = [OptionType.Call, OptionType.Put];

    [Fact]
    public void A_boundary_that_was_found_before_is_the_one_that_would_be_found_again()
    {
        foreach (var volatility in new[] { 0.123, 0.4567 })
        {
            var fitted = ExerciseBoundary.TryFit(0.031, 0.017, 0.77, volatility)!;
            foreach (var known in new[] { KnownBoundaries.Of(0.031, 0.017, 0.77, volatility)!, KnownBoundaries.Of(0.031, 0.017, 0.77, volatility)! })
            {
                known.LogNow.ShouldBe(fitted.LogNow);
                known.Premium(0.01).ShouldBe(fitted.Premium(0.01));
            }
        }

        KnownBoundaries.Of(0.031, 0.017, 0.77, 0.123).ShouldBeSameAs(KnownBoundaries.Of(0.031, 0.017, 0.77, 0.123));
        KnownBoundaries.Of(0.017, 0.031, 0.77, 0.123)!.LogNow.ShouldNotBe(KnownBoundaries.Of(0.031, 0.017, 0.77, 0.123)!.LogNow);
    }

    [Fact]
    public void Prices_agree_with_the_worked_numbers()
    {
        var vector = PricingVectors.Open<AmericanVector>("pricing_american");
        vector.Cases.ShouldNotBeEmpty();
        foreach (var c in vector.Cases)
        {
            // A tenth of the tolerance: the rest is for the numbers we have not seen.
            AmericanOption.Price(c.Type, c.Spot, c.Strike, c.Rate, c.DividendYield, c.ExpiryYears, c.Vol)
                .ShouldBe(c.Price, 0.1 * vector.ToleranceOfStrike * c.Strike, c.ToString());
        }
    }

    [Fact]
    public void A_price_is_never_below_the_European_price_nor_below_intrinsic_value()
    {
        foreach (var c in Grid())
        {
            var price = AmericanOption.Price(c.Type, c.Spot, 100.0, c.Rate, c.Yield, c.Years, c.Volatility);
            var european = BlackScholesMerton.Price(c.Type, c.Spot, 100.0, c.Rate, c.Yield, c.Years, c.Volatility);
            price.ShouldBeGreaterThanOrEqualTo(european, c.ToString());
            price.ShouldBeGreaterThanOrEqualTo(c.Type == OptionType.Call ? c.Spot - 100.0 : 100.0 - c.Spot, c.ToString());
        }
    }

    [Fact]
    public void The_boundary_and_the_tree_agree()
    {
        foreach (var c in Grid().Where(c => c.Type == OptionType.Put && c.Spot == 98.0 && c.Years <= 1.0 && (c.Rate > 0.0 || (c.Rate == 0.0 && c.Yield < 0.0))))
        {
            ExerciseBoundary.TryFit(c.Rate, c.Yield, c.Years, c.Volatility).ShouldNotBeNull(c.ToString());
            var tree = AmericanTree.Put(c.Spot, 100.0, c.Rate, c.Yield, c.Years, c.Volatility);
            AmericanOption.Price(OptionType.Put, c.Spot, 100.0, c.Rate, c.Yield, c.Years, c.Volatility).ShouldBe(tree, 1e-3, c.ToString());
        }
    }

    [Fact]
    public void At_the_boundary_the_option_is_worth_what_exercise_pays()
    {
        // Value matching is not among the equations that are solved (they are of smooth pasting), so that it holds is evidence.
        foreach (var (rate, yield, years, volatility) in
            from rates in new[] { (0.08, 0.02), (0.02, 0.08), (0.05, 0.05), (0.05, 0.0502), (0.05, 0.06), (0.14, -0.08), (0.0005, 0.0), (0.0, -0.03) }
            from years in new[] { 0.003, 0.1, 1.0, 10.0 }
            from volatility in new[] { 0.05, 0.2, 0.6, 2.0 }
            select (rates.Item1, rates.Item2, years, volatility))
        {
            var boundary = ExerciseBoundary.TryFit(rate, yield, years, volatility).ShouldNotBeNull($"{rate} {yield} {years} {volatility}");
            var spot = Math.Exp(boundary.LogNow);
            var held = BlackScholesMerton.Price(OptionType.Put, spot, 1.0, rate, yield, years, volatility) + boundary.Premium(boundary.LogNow);
            held.ShouldBe(1.0 - spot, 3e-6, $"{rate} {yield} {years} {volatility}");
        }
    }

    [Fact]
    public void Where_waiting_costs_nothing_the_price_is_the_European_one()
    {
        foreach (var (type, rate, yield) in new[]
        {
            (OptionType.Call, 0.05, 0.0), (OptionType.Call, 0.05, -0.02), (OptionType.Call, 0.0, 0.0),
            (OptionType.Put, 0.0, 0.0), (OptionType.Put, 0.0, 0.04), (OptionType.Put, -0.01, 0.0),
        })
        {
            AmericanOption.Price(type, 97.0, 100.0, rate, yield, 2.0, 0.3).ShouldBe(BlackScholesMerton.Price(type, 97.0, 100.0, rate, yield, 2.0, 0.3));
        }
    }

    [Fact]
    public void A_call_is_the_put_with_spot_and_strike_and_rate_and_yield_exchanged()
    {
        foreach (var c in Grid())
        {
            var other = c.Type == OptionType.Call ? OptionType.Put : OptionType.Call;
            AmericanOption.Price(c.Type, c.Spot, 100.0, c.Rate, c.Yield, c.Years, c.Volatility)
                .ShouldBe(AmericanOption.Price(other, 100.0, c.Spot, c.Yield, c.Rate, c.Years, c.Volatility), 1e-12);
        }
    }

    [Fact]
    public void More_time_and_more_volatility_are_worth_something()
    {
        foreach (var c in Grid())
        {
            var price = AmericanOption.Price(c.Type, c.Spot, 100.0, c.Rate, c.Yield, c.Years, c.Volatility);
            AmericanOption.Price(c.Type, c.Spot, 100.0, c.Rate, c.Yield, c.Years * 1.1, c.Volatility).ShouldBeGreaterThanOrEqualTo(price - 2e-3, c.ToString());
            AmericanOption.Price(c.Type, c.Spot, 100.0, c.Rate, c.Yield, c.Years, c.Volatility * 1.05).ShouldBeGreaterThanOrEqualTo(price - 2e-3, c.ToString());
        }
    }

    [Fact]
    public void A_price_is_convex_in_the_spot_and_moves_at_most_one_for_one()
    {
        foreach (var type in Types)
        {
            foreach (var (rate, yield) in new[] { (0.08, 0.02), (0.02, 0.08), (0.05, 0.05), (0.05, 0.051) })
            {
                double Price(double spot) => AmericanOption.Price(type, spot, 100.0, rate, yield, 0.75, 0.3);
                for (var spot = 50.0; spot <= 180.0; spot += 1.0)
                {
                    var (below, here, above) = (Price(spot - 1.0), Price(spot), Price(spot + 1.0));
                    (below - (2.0 * here) + above).ShouldBeGreaterThanOrEqualTo(-1e-5, $"{type} {rate} {yield} {spot}");
                    Math.Abs(above - here).ShouldBeLessThanOrEqualTo(1.0 + 1e-5);
                }
            }
        }
    }

    [Theory]
    [InlineData(80.0, 0.10, 0.0, 1.0, 20.0)]
    [InlineData(120.0, 0.10, 0.0, 1.0, 0.0)]
    [InlineData(90.0, 0.0, -0.10, 1.0, 10.0)]
    [InlineData(100.0, -0.10, -0.20, 1.0, 0.0)]
    public void Without_volatility_a_put_on_a_growing_spot_is_exercised_at_once_or_never(double spot, double rate, double yield, double years, double expected) =>
        AmericanOption.Price(OptionType.Put, spot, 100.0, rate, yield, years, 0.0).ShouldBe(expected, 1e-12);

    [Fact]
    public void Without_volatility_waiting_is_worth_it_while_dividends_exceed_interest()
    {
        // 100 e^(-0.02 t) - 100 e^(-0.10 t) is largest at t = ln 5 / 0.08.
        var best = Math.Log(5.0) / 0.08;
        var expected = (100.0 * Math.Exp(-0.02 * best)) - (100.0 * Math.Exp(-0.10 * best));
        AmericanOption.Price(OptionType.Put, 100.0, 100.0, 0.02, 0.10, 30.0, 0.0).ShouldBe(expected, 1e-11);
        AmericanOption.Price(OptionType.Put, 100.0, 100.0, 0.02, 0.10, 30.0, 1e-4).ShouldBe(expected, 1e-2);
    }

    [Fact]
    public void At_expiry_the_price_is_intrinsic_value()
    {
        AmericanOption.Price(OptionType.Put, 80.0, 100.0, 0.05, 0.0, 0.0, 0.2).ShouldBe(20.0);
        AmericanOption.Price(OptionType.Call, 80.0, 100.0, 0.05, 0.0, 0.0, 0.2).ShouldBe(0.0);
    }

    [Fact]
    public void Greeks_satisfy_the_pricing_equation_and_agree_with_European_ones_where_exercise_never_pays()
    {
        var american = AmericanOption.WithGreeks(OptionType.Call, 103.0, 100.0, 0.04, 0.0, 0.6, 0.25);
        var european = BlackScholesMerton.WithGreeks(OptionType.Call, 103.0, 100.0, 0.04, 0.0, 0.6, 0.25);
        american.Price.ShouldBe(european.Price);
        american.Delta.ShouldBe(european.Delta, 1e-4);
        american.Gamma.ShouldBe(european.Gamma, 1e-5);
        american.Vega.ShouldBe(european.Vega, 1e-2);
        american.Theta.ShouldBe(european.Theta, 1e-2);
        american.Rho.ShouldBe(european.Rho, 1e-4);
    }

    [Fact]
    public void Theta_is_the_slope_in_time_and_an_option_to_be_exercised_has_no_other_greek_than_delta()
    {
        var greeks = AmericanOption.WithGreeks(OptionType.Put, 102.0, 100.0, 0.06, 0.01, 0.8, 0.3);
        var slope = (AmericanOption.Price(OptionType.Put, 102.0, 100.0, 0.06, 0.01, 0.799, 0.3)
            - AmericanOption.Price(OptionType.Put, 102.0, 100.0, 0.06, 0.01, 0.801, 0.3)) / 0.002;
        greeks.Theta.ShouldBe(slope, 5e-3);
        greeks.Delta.ShouldBeInRange(-1.0, 0.0);
        greeks.Gamma.ShouldBeGreaterThan(0.0);
        greeks.Vega.ShouldBeGreaterThan(0.0);
        AmericanOption.WithGreeks(OptionType.Put, 50.0, 100.0, 0.06, 0.01, 0.8, 0.3).ShouldBe(new Greeks(50.0, -1.0, 0.0, 0.0, 0.0, 0.0));
    }

    [Fact]
    public void A_value_outside_its_range_is_refused_by_name()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => AmericanOption.Price(default, 100.0, 100.0, 0.05, 0.0, 1.0, 0.2)).ParamName.ShouldBe("type");
        Should.Throw<ArgumentOutOfRangeException>(() => AmericanOption.Price(OptionType.Put, -1.0, 100.0, 0.05, 0.0, 1.0, 0.2)).ParamName.ShouldBe("spot");
        Should.Throw<ArgumentOutOfRangeException>(() => AmericanOption.Price(OptionType.Put, 100.0, 100.0, 0.05, 0.0, -1.0, 0.2)).ParamName.ShouldBe("expiryYears");
        Should.Throw<ArgumentOutOfRangeException>(() => AmericanOption.WithGreeks(OptionType.Put, 100.0, 100.0, 0.05, 0.0, 1.0, double.NaN))
            .ParamName.ShouldBe("volatility");
    }

    [Fact]
    public void Every_machine_and_runtime_gives_these_bits()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[8];
        foreach (var c in Grid())
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, AmericanOption.Price(c.Type, c.Spot, 100.0, c.Rate, c.Yield, c.Years, c.Volatility));
            hash.AppendData(bytes);
        }

        Convert.ToHexString(hash.GetHashAndReset()).ShouldBe("3DCA86BF7C45900CF35C5C534D483A0AD5F7C056599D413B9294EFEB86861E5A");
    }

    /// <summary>Rates of either sign and order, two exercise boundaries included; short and long; near and far.</summary>
    private static IEnumerable<(OptionType Type, double Spot, double Rate, double Yield, double Years, double Volatility)> Grid() =>
        from type in Types
        from spot in new[] { 60.0, 98.0, 140.0 }
        from rates in new[] { (0.08, 0.02), (0.02, 0.08), (0.05, 0.05), (0.05, 0.0502), (0.05, 0.0), (0.0, -0.03), (-0.01, -0.04), (-0.02, 0.01) }
        from years in new[] { 0.02, 1.0, 5.0 }
        from volatility in new[] { 0.05, 0.3, 1.0 }
        select (type, spot, rates.Item1, rates.Item2, years, volatility);
}
