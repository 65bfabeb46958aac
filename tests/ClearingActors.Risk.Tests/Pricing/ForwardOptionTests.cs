using System.Buffers.Binary;
using System.Security.Cryptography;
using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Tests.Pricing;

/// <summary>Black-76 and Bachelier: what holds between prices, and what is refused.</summary>
public sealed class ForwardOptionTests
{
    [Fact]
    public void Call_less_put_is_the_discounted_forward_less_strike()
    {
        foreach (var (forward, strike, years, volatility, discount) in LognormalGrid())
        {
            var call = Black76.Price(OptionType.Call, forward, strike, years, volatility, discount);
            var put = Black76.Price(OptionType.Put, forward, strike, years, volatility, discount);
            (call - put).ShouldBe(discount * (forward - strike), 4e-16 * discount * (forward + strike));
        }

        foreach (var (forward, strike, years, volatility, discount) in NormalGrid())
        {
            var call = Bachelier.Price(OptionType.Call, forward, strike, years, volatility, discount);
            var put = Bachelier.Price(OptionType.Put, forward, strike, years, volatility, discount);
            (call - put).ShouldBe(discount * (forward - strike), 1e-15 * discount * (Math.Abs(forward) + Math.Abs(strike) + volatility));
        }
    }

    [Fact]
    public void A_price_lies_between_intrinsic_value_and_its_upper_bound()
    {
        foreach (var (forward, strike, years, volatility, discount) in LognormalGrid())
        {
            Black76.Price(OptionType.Call, forward, strike, years, volatility, discount)
                .ShouldBeInRange(discount * Math.Max(forward - strike, 0.0), discount * forward * (1.0 + 4e-16));
            Black76.Price(OptionType.Put, forward, strike, years, volatility, discount)
                .ShouldBeInRange(discount * Math.Max(strike - forward, 0.0), discount * strike * (1.0 + 4e-16));
        }
    }

    [Fact]
    public void A_price_rises_with_volatility()
    {
        foreach (var (forward, strike, years, volatility, discount) in LognormalGrid())
        {
            foreach (var type in new[] { OptionType.Call, OptionType.Put })
            {
                var lower = Black76.Price(type, forward, strike, years, volatility, discount);
                var higher = Black76.Price(type, forward, strike, years, volatility * 1.01, discount);
                higher.ShouldBeGreaterThanOrEqualTo(lower - (2e-16 * forward));
            }
        }
    }

    [Fact]
    public void A_call_rises_and_a_put_falls_with_the_forward()
    {
        foreach (var (forward, strike, years, volatility, discount) in LognormalGrid())
        {
            var tolerance = 4e-16 * (forward + strike);
            Black76.Price(OptionType.Call, forward * 1.001, strike, years, volatility, discount)
                .ShouldBeGreaterThanOrEqualTo(Black76.Price(OptionType.Call, forward, strike, years, volatility, discount) - tolerance);
            Black76.Price(OptionType.Put, forward * 1.001, strike, years, volatility, discount)
                .ShouldBeLessThanOrEqualTo(Black76.Price(OptionType.Put, forward, strike, years, volatility, discount) + tolerance);
        }
    }

    [Fact]
    public void A_call_is_the_put_with_forward_and_strike_exchanged()
    {
        foreach (var (forward, strike, years, volatility, discount) in LognormalGrid())
        {
            Black76.Price(OptionType.Call, forward, strike, years, volatility, discount)
                .ShouldBe(Black76.Price(OptionType.Put, strike, forward, years, volatility, discount));
        }

        foreach (var (forward, strike, years, volatility, discount) in NormalGrid())
        {
            Bachelier.Price(OptionType.Call, forward, strike, years, volatility, discount)
                .ShouldBe(Bachelier.Price(OptionType.Put, -forward, -strike, years, volatility, discount));
        }
    }

    [Theory]
    [InlineData(OptionType.Call, 110.0, 100.0, 9.5)]
    [InlineData(OptionType.Call, 90.0, 100.0, 0.0)]
    [InlineData(OptionType.Put, 110.0, 100.0, 0.0)]
    [InlineData(OptionType.Put, 90.0, 100.0, 9.5)]
    [InlineData(OptionType.Put, 100.0, 100.0, 0.0)]
    public void Without_time_or_volatility_a_price_is_the_discounted_intrinsic_value(OptionType type, double forward, double strike, double expected)
    {
        Black76.Price(type, forward, strike, 0.0, 0.5, 0.95).ShouldBe(expected);
        Black76.Price(type, forward, strike, 1.0, 0.0, 0.95).ShouldBe(expected);
        Bachelier.Price(type, forward, strike, 0.0, 20.0, 0.95).ShouldBe(expected);
        Bachelier.Price(type, forward, strike, 1.0, 0.0, 0.95).ShouldBe(expected);
    }

    [Fact]
    public void At_the_money_Bachelier_is_the_volatility_times_the_normal_density_at_zero() =>
        Bachelier.Price(OptionType.Call, -37.63, -37.63, 0.25, 40.0, 1.0).ShouldBe(20.0 / Math.Sqrt(2.0 * Math.PI), 1e-14);

    [Fact]
    public void Extreme_but_legal_values_give_a_limit_and_never_not_a_number()
    {
        Black76.Price(OptionType.Call, 1e300, 1e-300, 1.0, 0.2, 1.0).ShouldBe(1e300);
        Black76.Price(OptionType.Call, 1e-300, 1e300, 1.0, 0.2, 1.0).ShouldBe(0.0);
        Black76.Price(OptionType.Call, 1e-300, 1e300, 1e300, 1e300, 1.0).ShouldBe(1e-300);
        Black76.Price(OptionType.Call, 100.0, 90.0, 1e300, 1e300, 1.0).ShouldBe(100.0, 1e-12);
        Black76.Price(OptionType.Put, 100.0, 90.0, 1e-300, 1e-300, 1.0).ShouldBe(0.0);
        Bachelier.Price(OptionType.Put, 1e200, -1e200, 1e-200, 1e-200, 1.0).ShouldBe(0.0);
    }

    [Theory]
    [InlineData(0.0, 100.0, 1.0, 0.2, 1.0, "forward")]
    [InlineData(-37.63, 100.0, 1.0, 0.2, 1.0, "forward")]
    [InlineData(double.NaN, 100.0, 1.0, 0.2, 1.0, "forward")]
    [InlineData(100.0, 0.0, 1.0, 0.2, 1.0, "strike")]
    [InlineData(100.0, double.PositiveInfinity, 1.0, 0.2, 1.0, "strike")]
    [InlineData(100.0, 100.0, -0.1, 0.2, 1.0, "expiryYears")]
    [InlineData(100.0, 100.0, double.NaN, 0.2, 1.0, "expiryYears")]
    [InlineData(100.0, 100.0, 1.0, -0.2, 1.0, "volatility")]
    [InlineData(100.0, 100.0, 1.0, double.PositiveInfinity, 1.0, "volatility")]
    [InlineData(100.0, 100.0, 1.0, 0.2, 0.0, "discountFactor")]
    [InlineData(100.0, 100.0, 1.0, 0.2, double.NaN, "discountFactor")]
    public void Black76_refuses_a_value_outside_its_range_by_name(
        double forward, double strike, double years, double volatility, double discount, string named) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Black76.Price(OptionType.Call, forward, strike, years, volatility, discount)).ParamName.ShouldBe(named);

    [Theory]
    [InlineData(double.NegativeInfinity, 100.0, 1.0, 0.2, 1.0, "forward")]
    [InlineData(100.0, double.NaN, 1.0, 0.2, 1.0, "strike")]
    [InlineData(100.0, 100.0, -0.1, 0.2, 1.0, "expiryYears")]
    [InlineData(100.0, 100.0, 1.0, -0.2, 1.0, "normalVol")]
    [InlineData(100.0, 100.0, 1.0, 0.2, -1.0, "discountFactor")]
    public void Bachelier_refuses_a_value_outside_its_range_by_name(
        double forward, double strike, double years, double volatility, double discount, string named) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Bachelier.Price(OptionType.Call, forward, strike, years, volatility, discount)).ParamName.ShouldBe(named);

    [Fact]
    public void A_refusal_says_the_value_and_what_is_allowed()
    {
        var refusal = Should.Throw<ArgumentOutOfRangeException>(() => Black76.Price(OptionType.Put, 100.0, -5.25, 1.0, 0.2, 1.0));
        refusal.Message.ShouldContain("strike is -5.25: a finite number above zero is allowed");
        Should.Throw<ArgumentOutOfRangeException>(() => Black76.Price(default, 100.0, 100.0, 1.0, 0.2, 1.0)).ParamName.ShouldBe("type");
        Should.Throw<ArgumentOutOfRangeException>(() => Bachelier.Price((OptionType)3, 100.0, 100.0, 1.0, 0.2, 1.0)).ParamName.ShouldBe("type");
    }

    [Fact]
    public void Every_machine_and_runtime_gives_these_prices()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[8];
        foreach (var (forward, strike, years, volatility, discount) in LognormalGrid())
        {
            foreach (var type in new[] { OptionType.Call, OptionType.Put })
            {
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, Black76.Price(type, forward, strike, years, volatility, discount));
                hash.AppendData(bytes);
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, Bachelier.Price(type, forward, strike, years, volatility * strike, discount));
                hash.AppendData(bytes);
            }
        }

        Convert.ToHexString(hash.GetHashAndReset()).ShouldBe("3F57659D355C28980598C248184CAC44DE9430F7466EF7371D1DF46D2818E960");
    }

    private static IEnumerable<(double Forward, double Strike, double Years, double Volatility, double Discount)> LognormalGrid() =>
        from forward in new[] { 0.02, 60.0, 99.5, 100.0, 47_795.22 }
        from moneyness in new[] { 0.05, 0.5, 0.9, 0.999, 1.0, 1.03, 1.5, 20.0 }
        from years in new[] { 0.001, 0.25, 1.0, 10.0 }
        from volatility in new[] { 0.01, 0.2, 0.8, 3.0 }
        from discount in new[] { 0.7, 1.0, 1.01 }
        select (forward, forward * moneyness, years, volatility, discount);

    private static IEnumerable<(double Forward, double Strike, double Years, double Volatility, double Discount)> NormalGrid() =>
        from forward in new[] { -36.98, -5.0, 0.0, 20.0, 110.0 }
        from distance in new[] { -80.0, -5.0, -0.01, 0.0, 3.0, 47.0 }
        from years in new[] { 0.001, 0.25, 10.0 }
        from volatility in new[] { 0.5, 18.0, 60.0 }
        from discount in new[] { 0.98, 1.0 }
        select (forward, forward + distance, years, volatility, discount);
}
