using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Tests.Pricing;

public sealed class ImpliedVolatilityTests
{
    private static readonly OptionType[] Types = [OptionType.Call, OptionType.Put];

    [Fact]
    public void A_Black76_price_gives_its_volatility_back()
    {
        var compared = 0;
        foreach (var type in Types)
        {
            for (var i = -60; i <= 60; i++)
            {
                for (var j = 0; j <= 80; j++)
                {
                    var forward = 100.0;
                    var strike = forward * Math.Exp(i * 0.05);
                    var total = 0.01 * Math.Pow(300.0, j / 80.0);
                    var years = j % 3 == 0 ? 1.0 : 0.31;
                    var volatility = total / Math.Sqrt(years);
                    var greeks = Black76.WithGreeks(type, forward, strike, years, volatility, 0.97);

                    // Vega is numerically zero where 1e-10 of volatility moves the price by less than a few of its last bits.
                    if (greeks.Vega * 1e-10 < 8e-16 * greeks.Price || greeks.Price < 1e-300)
                    {
                        continue;
                    }

                    compared++;
                    ImpliedVolatility.TryBlack76(type, greeks.Price, forward, strike, years, 0.97, out var implied, out var failure)
                        .ShouldBeTrue($"{type} {strike} {total}: {failure}");
                    implied.ShouldBe(volatility, 1e-10, $"{type} {strike} {total}");
                }
            }
        }

        compared.ShouldBeGreaterThan(11_500);
    }

    [Fact]
    public void Out_of_the_money_a_volatility_comes_back_to_twelve_digits_wherever_the_price_is_a_normal_number()
    {
        for (var i = 0; i <= 60; i++)
        {
            for (var j = 0; j <= 80; j++)
            {
                var total = 0.01 * Math.Pow(300.0, j / 80.0);
                var price = Black76.Price(OptionType.Call, 1.0, Math.Exp(i * 0.05), 1.0, total, 1.0);
                if (price > 1e-300)
                {
                    ImpliedVolatility.TryBlack76(OptionType.Call, price, 1.0, Math.Exp(i * 0.05), 1.0, 1.0, out var implied, out _).ShouldBeTrue();
                    implied.ShouldBe(total, 1e-12 * Math.Max(1.0, total), $"{i} {total}");
                }
            }
        }
    }

    [Fact]
    public void A_spot_price_gives_its_volatility_back()
    {
        foreach (var type in Types)
        {
            foreach (var (strike, rate, yield, volatility) in
                from strike in new[] { 60.0, 99.0, 100.0, 150.0 }
                from rate in new[] { -0.02, 0.05 }
                from yield in new[] { 0.0, 0.04 }
                from volatility in new[] { 0.15, 0.5, 1.5 }
                select (strike, rate, yield, volatility))
            {
                var price = BlackScholesMerton.Price(type, 100.0, strike, rate, yield, 1.7, volatility);
                ImpliedVolatility.TryBlackScholesMerton(type, price, 100.0, strike, rate, yield, 1.7, out var implied, out _).ShouldBeTrue();
                implied.ShouldBe(volatility, 1e-10);
            }
        }
    }

    [Fact]
    public void A_Bachelier_price_gives_its_volatility_back()
    {
        var compared = 0;
        foreach (var type in Types)
        {
            foreach (var forward in new[] { -37.63, 0.0, 20.0 })
            {
                for (var distance = -60.0; distance <= 60.0; distance += 2.5)
                {
                    foreach (var volatility in new[] { 2.0, 10.0, 45.0, 300.0 })
                    {
                        var greeks = Bachelier.WithGreeks(type, forward, forward + distance, 0.4, volatility, 0.99);
                        if (greeks.Vega * 1e-10 < 8e-16 * greeks.Price || greeks.Price < 1e-300)
                        {
                            continue;
                        }

                        compared++;
                        ImpliedVolatility.TryBachelier(type, greeks.Price, forward, forward + distance, 0.4, 0.99, out var implied, out var failure)
                            .ShouldBeTrue($"{type} {forward} {distance} {volatility}: {failure}");
                        implied.ShouldBe(volatility, 1e-10 * Math.Max(1.0, volatility), $"{type} {forward} {distance} {volatility}");
                    }
                }
            }
        }

        compared.ShouldBeGreaterThan(800);
    }

    [Theory]
    [InlineData(OptionType.Call, 120.0, 19.9, ImpliedVolatilityFailure.BelowIntrinsic)]
    [InlineData(OptionType.Call, 120.0, 20.0, ImpliedVolatilityFailure.NoTimeValue)]
    [InlineData(OptionType.Call, 80.0, 0.0, ImpliedVolatilityFailure.NoTimeValue)]
    [InlineData(OptionType.Call, 80.0, -1e-9, ImpliedVolatilityFailure.BelowIntrinsic)]
    [InlineData(OptionType.Call, 80.0, 80.0, ImpliedVolatilityFailure.AboveUpperBound)]
    [InlineData(OptionType.Put, 80.0, 100.0, ImpliedVolatilityFailure.AboveUpperBound)]
    [InlineData(OptionType.Put, 80.0, 19.0, ImpliedVolatilityFailure.BelowIntrinsic)]
    [InlineData(OptionType.Put, 80.0, 1e300, ImpliedVolatilityFailure.AboveUpperBound)]
    [InlineData(OptionType.Put, 80.0, double.NaN, ImpliedVolatilityFailure.NotFinite)]
    [InlineData(OptionType.Put, 80.0, double.NegativeInfinity, ImpliedVolatilityFailure.NotFinite)]
    public void A_price_outside_the_bounds_gives_the_reason_and_never_not_a_number(
        OptionType type, double forward, double price, ImpliedVolatilityFailure expected)
    {
        ImpliedVolatility.TryBlack76(type, price, forward, 100.0, 0.5, 1.0, out var volatility, out var failure).ShouldBeFalse();
        failure.ShouldBe(expected);
        volatility.ShouldBe(0.0);
        if (expected != ImpliedVolatilityFailure.AboveUpperBound)
        {
            ImpliedVolatility.TryBachelier(type, price, forward, 100.0, 0.5, 1.0, out volatility, out failure).ShouldBeFalse();
            failure.ShouldBe(expected);
            volatility.ShouldBe(0.0);
        }
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-30)]
    [InlineData(1e-5)]
    [InlineData(49.999999999)]
    [InlineData(79.999)]
    [InlineData(79.999999999999)]
    public void Every_price_inside_the_bounds_has_a_finite_volatility_that_gives_it_back(double price)
    {
        ImpliedVolatility.TryBlack76(OptionType.Call, price, 80.0, 100.0, 0.5, 1.0, out var volatility, out _).ShouldBeTrue();
        Black76.Price(OptionType.Call, 80.0, 100.0, 0.5, volatility, 1.0).ShouldBe(price, 1e-8 * price);
        ImpliedVolatility.TryBachelier(OptionType.Call, price, 80.0, 100.0, 0.5, 1.0, out volatility, out _).ShouldBeTrue();
        Bachelier.Price(OptionType.Call, 80.0, 100.0, 0.5, volatility, 1.0).ShouldBe(price, 1e-8 * price);
    }

    [Fact]
    public void An_input_outside_its_range_is_refused_by_name()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => ImpliedVolatility.TryBlack76(OptionType.Call, 1.0, 100.0, 100.0, 0.0, 1.0, out _, out _))
            .ParamName.ShouldBe("expiryYears");
        Should.Throw<ArgumentOutOfRangeException>(() => ImpliedVolatility.TryBlack76(OptionType.Call, 1.0, -100.0, 100.0, 1.0, 1.0, out _, out _))
            .ParamName.ShouldBe("forward");
        Should.Throw<ArgumentOutOfRangeException>(() => ImpliedVolatility.TryBlackScholesMerton(OptionType.Call, 1.0, 100.0, 100.0, 0.0, 0.0, 0.0, out _, out _))
            .ParamName.ShouldBe("expiryYears");
        Should.Throw<ArgumentOutOfRangeException>(() => ImpliedVolatility.TryBachelier(OptionType.Call, 1.0, double.NaN, 100.0, 1.0, 1.0, out _, out _))
            .ParamName.ShouldBe("forward");
    }
}
