using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Tests.Pricing;

/// <summary>Each greek against a central difference of the price, and the limits where a formula would divide by zero.</summary>
public sealed class GreeksTests
{
    private static readonly OptionType[] Types = [OptionType.Call, OptionType.Put];

    [Fact]
    public void Spot_greeks_are_the_slopes_of_the_price()
    {
        foreach (var type in Types)
        {
            foreach (var (strike, rate, yield, years, volatility) in
                from strike in new[] { 70.0, 95.0, 100.0, 130.0 }
                from rate in new[] { -0.02, 0.0, 0.08 }
                from yield in new[] { -0.01, 0.03 }
                from years in new[] { 0.1, 2.0 }
                from volatility in new[] { 0.15, 0.9 }
                select (strike, rate, yield, years, volatility))
            {
                double Price(double spot = 100.0, double r = 0.0, double t = 0.0, double v = 0.0) =>
                    BlackScholesMerton.Price(type, spot, strike, rate + r, yield, years + t, volatility + v);

                var greeks = BlackScholesMerton.WithGreeks(type, 100.0, strike, rate, yield, years, volatility);
                greeks.Delta.ShouldBe((Price(spot: 100.01) - Price(spot: 99.99)) / 0.02, 1e-6);
                greeks.Gamma.ShouldBe((Price(spot: 100.1) - (2.0 * Price()) + Price(spot: 99.9)) / 0.01, 1e-5);
                greeks.Vega.ShouldBe((Price(v: 1e-5) - Price(v: -1e-5)) / 2e-5, 1e-5);
                greeks.Theta.ShouldBe((Price(t: -1e-5) - Price(t: 1e-5)) / 2e-5, 1e-5);
                greeks.Rho.ShouldBe((Price(r: 1e-5) - Price(r: -1e-5)) / 2e-5, 1e-5);
            }
        }
    }

    [Fact]
    public void Forward_greeks_are_the_slopes_of_the_price()
    {
        foreach (var type in Types)
        {
            foreach (var (strike, rate, years, volatility) in
                from strike in new[] { 70.0, 95.0, 100.0, 130.0 }
                from rate in new[] { -0.02, 0.0, 0.08 }
                from years in new[] { 0.1, 2.0 }
                from volatility in new[] { 0.15, 0.9 }
                select (strike, rate, years, volatility))
            {
                double Black(double forward = 100.0, double r = 0.0, double t = 0.0, double v = 0.0) =>
                    Black76.Price(type, forward, strike, years + t, volatility + v, Math.Exp(-(rate + r) * (years + t)));
                Compare(Black76.WithGreeks(type, 100.0, strike, years, volatility, Math.Exp(-rate * years)), Black);

                double Normal(double forward = 100.0, double r = 0.0, double t = 0.0, double v = 0.0) =>
                    Bachelier.Price(type, forward, strike, years + t, (100.0 * volatility) + v, Math.Exp(-(rate + r) * (years + t)));
                Compare(Bachelier.WithGreeks(type, 100.0, strike, years, 100.0 * volatility, Math.Exp(-rate * years)), Normal);
            }
        }
    }

    [Fact]
    public void Black76_is_the_spot_model_with_the_yield_equal_to_the_rate()
    {
        foreach (var type in Types)
        {
            var spot = BlackScholesMerton.WithGreeks(type, 105.0, 98.0, 0.04, 0.04, 0.7, 0.3);
            var forward = Black76.WithGreeks(type, 105.0, 98.0, 0.7, 0.3, Math.Exp(-0.04 * 0.7));
            forward.Price.ShouldBe(spot.Price, 1e-13);
            forward.Delta.ShouldBe(spot.Delta, 1e-14);
            forward.Gamma.ShouldBe(spot.Gamma, 1e-15);
            forward.Vega.ShouldBe(spot.Vega, 1e-12);
            forward.Theta.ShouldBe(spot.Theta, 1e-12);
        }
    }

    [Theory]
    [InlineData(OptionType.Call, 110.0, 1.0)]
    [InlineData(OptionType.Call, 90.0, 0.0)]
    [InlineData(OptionType.Put, 110.0, 0.0)]
    [InlineData(OptionType.Put, 90.0, -1.0)]
    [InlineData(OptionType.Call, 100.0, 0.5)]
    [InlineData(OptionType.Put, 100.0, -0.5)]
    public void At_expiry_delta_is_a_step_and_nothing_is_infinite(OptionType type, double price, double delta)
    {
        foreach (var greeks in new[]
        {
            BlackScholesMerton.WithGreeks(type, price, 100.0, 0.05, 0.02, 0.0, 0.2),
            Black76.WithGreeks(type, price, 100.0, 0.0, 0.2, 1.0),
            Bachelier.WithGreeks(type, price, 100.0, 0.0, 20.0, 1.0),
        })
        {
            greeks.Delta.ShouldBe(delta, 1e-15);
            greeks.Gamma.ShouldBe(0.0);
            greeks.Vega.ShouldBe(0.0);
            greeks.Rho.ShouldBe(0.0, 1e-15);
            double.IsFinite(greeks.Theta).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(0.0, 100.0, 0.05, 0.0, 1.0, 0.2, "spot")]
    [InlineData(1e101, 100.0, 0.05, 0.0, 1.0, 0.2, "spot")]
    [InlineData(100.0, double.NaN, 0.05, 0.0, 1.0, 0.2, "strike")]
    [InlineData(100.0, 100.0, double.NaN, 0.0, 1.0, 0.2, "rate")]
    [InlineData(100.0, 100.0, 5.0, 0.0, 21.0, 0.2, "rate")]
    [InlineData(100.0, 100.0, 0.05, double.NegativeInfinity, 1.0, 0.2, "dividendYield")]
    [InlineData(100.0, 100.0, 0.05, -5.0, 21.0, 0.2, "dividendYield")]
    [InlineData(100.0, 100.0, 0.05, 0.0, -1.0, 0.2, "expiryYears")]
    [InlineData(100.0, 100.0, 0.05, 0.0, 1.0, double.NaN, "volatility")]
    public void The_spot_model_refuses_a_value_outside_its_range_by_name(
        double spot, double strike, double rate, double yield, double years, double volatility, string named)
    {
        Should.Throw<ArgumentOutOfRangeException>(() => BlackScholesMerton.Price(OptionType.Put, spot, strike, rate, yield, years, volatility))
            .ParamName.ShouldBe(named);
        Should.Throw<ArgumentOutOfRangeException>(() => BlackScholesMerton.WithGreeks(OptionType.Put, spot, strike, rate, yield, years, volatility))
            .ParamName.ShouldBe(named);
    }

    private delegate double Bumped(double forward = 100.0, double r = 0.0, double t = 0.0, double v = 0.0);

    private static void Compare(Greeks greeks, Bumped price)
    {
        greeks.Price.ShouldBe(price(), 1e-13);
        greeks.Delta.ShouldBe((price(forward: 100.01) - price(forward: 99.99)) / 0.02, 1e-6);
        greeks.Gamma.ShouldBe((price(forward: 100.1) - (2.0 * price()) + price(forward: 99.9)) / 0.01, 1e-5);
        greeks.Vega.ShouldBe((price(v: 1e-5) - price(v: -1e-5)) / 2e-5, 1e-5);
        greeks.Theta.ShouldBe((price(t: -1e-5) - price(t: 1e-5)) / 2e-5, 1e-5);
        greeks.Rho.ShouldBe((price(r: 1e-5) - price(r: -1e-5)) / 2e-5, 1e-5);
    }
}
