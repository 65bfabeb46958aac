using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Domain.Tests;

public sealed class ExactFractionTests
{
    private static readonly Currency Btc = new("BTC", 8);

    [Fact]
    public void A_product_that_a_decimal_would_round_is_exact()
    {
        var small = 0.0000000000000000001m;
        (small * small).ShouldBe(0m);

        (ExactFraction.From(small) * ExactFraction.From(small)).ShouldBe(new ExactFraction(1, BigInteger.Pow(10, 38)));
    }

    [Theory]
    [InlineData(5, 2, 2)]
    [InlineData(7, 2, 4)]
    [InlineData(-5, 2, -2)]
    [InlineData(-7, 2, -4)]
    [InlineData(-8, 3, -3)]
    [InlineData(7, -3, -2)]
    [InlineData(0, 5, 0)]
    public void Halves_go_to_the_even_neighbour_on_both_sides_of_zero(int numerator, int denominator, int rounded) =>
        new ExactFraction(numerator, denominator).RoundHalfEven().ShouldBe(rounded);

    [Fact]
    public void A_fraction_becomes_money_once_half_even_or_up()
    {
        var third = new ExactFraction(1, 3);

        third.RoundHalfEven(Btc).ShouldBe(new Money(33_333_333, Btc));
        third.RoundUp(Btc).ShouldBe(new Money(33_333_334, Btc));
        (-third).RoundUp(Btc).ShouldBe(new Money(-33_333_333, Btc));
    }

    [Fact]
    public void Every_decimal_comes_back_as_it_was() => Prop.ForAll(
        ArbMap.Default.ArbFor<decimal>(), value => ExactFraction.From(value).ToDecimal() == value).QuickCheckThrowOnFailure();

    [Fact]
    public void What_a_decimal_cannot_hold_is_refused_rather_than_rounded()
    {
        Should.Throw<OverflowException>(() => new ExactFraction(1, 3).ToDecimal()).Message.ShouldContain("1/3");
        Should.Throw<OverflowException>(() => ExactFraction.From(BigInteger.Pow(10, 30)).ToDecimal()).Message.ShouldContain("28 digits");
        Should.Throw<OverflowException>(() => new ExactFraction(1, BigInteger.Pow(10, 39)).ToExactAmount()).Message.ShouldContain("38");
        ExactFraction.From(decimal.MinValue).ToDecimal().ShouldBe(decimal.MinValue);
    }

    [Fact]
    public void Addition_undoes_subtraction_and_division_undoes_multiplication() => Prop.ForAll(
        ArbMap.Default.ArbFor<long>(),
        ArbMap.Default.ArbFor<long>().Filter(x => x != 0),
        (a, b) =>
        {
            var left = new ExactFraction(a, b);
            var right = ExactFraction.From(b);
            return left + right - right == left && left * right / right == left && left.CompareTo(left + right) == -Math.Sign(b);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_default_value_is_zero()
    {
        default(ExactFraction).ShouldBe(ExactFraction.From(0));
        (default(ExactFraction) + ExactFraction.From(1.5m)).ToDecimal().ShouldBe(1.5m);
    }
}
