using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Domain.Tests;

public sealed class MoneyTests
{
    private static readonly Currency Usd = new("USD", 2);

    [Theory]
    [InlineData("0.005", 0)]
    [InlineData("0.015", 2)]
    [InlineData("0.025", 2)]
    [InlineData("0.0250000001", 3)]
    [InlineData("-0.005", 0)]
    [InlineData("-0.015", -2)]
    [InlineData("-0.025", -2)]
    [InlineData("-0.0250000001", -3)]
    [InlineData("12.3", 1230)]
    public void An_exact_amount_is_rounded_half_even_to_the_minor_unit(string value, long minorUnits) =>
        Exact(value).RoundHalfEven(Usd).ShouldBe(new Money(minorUnits, Usd));

    [Fact]
    public void An_exact_amount_is_the_nearest_risk_number_of_its_value_whatever_its_scale()
    {
        new ExactAmount(-12345, 2).ToDouble().ShouldBe(-123.45);
        new ExactAmount(1234500, 4).ToDouble().ShouldBe(123.45);
        ExactAmount.Zero.ToDouble().ShouldBe(0.0);
        new ExactAmount(1, 38).ToDouble().ShouldBe(1e-38);
    }

    [Fact]
    public void Rounding_agrees_with_unbounded_integers_at_every_scale()
    {
        var property = Prop.ForAll(
            ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<byte>(), (high, low, s) =>
            {
                var scale = s % 30;
                var mantissa = ((Int128)(high % 1_000_000) * 1_000_000_000_000) + (low % 1_000_000_000_000);
                var divisor = BigInteger.Pow(10, Math.Max(0, scale - 2));
                var scaled = (BigInteger)mantissa * BigInteger.Pow(10, Math.Max(0, 2 - scale));
                var floor = BigInteger.Divide(scaled - (((scaled % divisor) + divisor) % divisor), divisor);
                var twiceRest = (scaled - (floor * divisor)) * 2;
                var expected = twiceRest > divisor || (twiceRest == divisor && !floor.IsEven) ? floor + 1 : floor;
                return new ExactAmount(mantissa, scale).RoundHalfEven(Usd).MinorUnits == (long)expected;
            });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), property);
    }

    [Fact]
    public void Exact_amounts_add_and_compare_by_value_whatever_their_scale()
    {
        var property = Prop.ForAll(
            ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<(byte A, byte B)>(), (a, b, scales) =>
            {
                var (sa, sb) = scales;
                var left = new ExactAmount(a, sa % 12);
                var right = new ExactAmount(b, sb % 12);
                var l = a / (decimal)Math.Pow(10, sa % 12);
                var r = b / (decimal)Math.Pow(10, sb % 12);
                return left.CompareTo(right) == l.CompareTo(r)
                    && (left == right) == (l == r)
                    && (left != right || left.GetHashCode() == right.GetHashCode())
                    && left + right == Exact((l + r).ToString("F28")[..^6])
                    && (left - left).IsZero;
            });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), property);
    }

    [Fact]
    public void Exact_amounts_compare_without_overflow_at_the_ends_of_the_scale()
    {
        (new ExactAmount(Int128.MaxValue, 0) > new ExactAmount(Int128.MaxValue, 38)).ShouldBeTrue();
        (new ExactAmount(Int128.MinValue, 0) < new ExactAmount(Int128.MinValue, 38)).ShouldBeTrue();
        (new ExactAmount(1, 0) < new ExactAmount(DecimalOf("1.00000000000000000000000001"), 26)).ShouldBeTrue();
        (new ExactAmount(-1, 0) > new ExactAmount(-DecimalOf("1.00000000000000000000000001"), 26)).ShouldBeTrue();
    }

    [Fact]
    public void A_sum_that_does_not_fit_is_refused_and_not_wrapped()
    {
        Should.Throw<OverflowException>(() => new ExactAmount(Int128.MaxValue, 0) + new ExactAmount(1, 0));
        Should.Throw<OverflowException>(() => new ExactAmount(Int128.MaxValue, 0) + new ExactAmount(1, 1));
        Should.Throw<OverflowException>(() => new Money(long.MaxValue, Usd) + new Money(1, Usd));
        Should.Throw<OverflowException>(() => -new Money(long.MinValue, Usd));
        Should.Throw<OverflowException>(() => new ExactAmount(long.MaxValue, 0).RoundHalfEven(Usd));
    }

    [Fact]
    public void Amounts_of_two_currencies_are_never_added()
    {
        var message = Should.Throw<InvalidOperationException>(() => new Money(100, Usd) + new Money(100, new Currency("EUR", 2))).Message;
        message.ShouldContain("USD");
        message.ShouldContain("EUR");
    }

    [Theory]
    [InlineData("12.34", true, 1234)]
    [InlineData("-12.3400", true, -1234)]
    [InlineData("12.345", false, 0)]
    [InlineData("92233720368547758.07", true, long.MaxValue)]
    [InlineData("92233720368547758.08", false, 0)]
    [InlineData("79228162514264337593543950335", false, 0)]
    public void A_decimal_becomes_money_exactly_or_not_at_all(string value, bool fits, long minorUnits)
    {
        Money.TryFromDecimal(decimal.Parse(value), Usd, out var money).ShouldBe(fits);
        if (fits)
        {
            money.MinorUnits.ShouldBe(minorUnits);
        }
    }

    [Theory]
    [InlineData("usd", 2)]
    [InlineData("U", 2)]
    [InlineData("USD", 9)]
    [InlineData("USD", -1)]
    public void A_currency_needs_a_code_in_capitals_and_0_to_8_digits(string code, int digits) =>
        Should.Throw<FormatException>(() => new Currency(code, digits));

    private static Int128 DecimalOf(string value) => Int128.Parse(value.Replace(".", "", StringComparison.Ordinal));

    private static ExactAmount Exact(string value)
    {
        var point = value.IndexOf('.', StringComparison.Ordinal);
        return new ExactAmount(DecimalOf(value), point < 0 ? 0 : value.Length - point - 1);
    }
}
