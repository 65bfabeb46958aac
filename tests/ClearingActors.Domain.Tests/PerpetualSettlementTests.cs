using ClearingActors.Domain.Settlement;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Domain.Tests;

/// <summary>Rulebook 6.4.</summary>
public sealed class PerpetualSettlementTests
{
    [Theory]
    [InlineData("0.0003", "0.0001", "0.0075", "8", "0.0001")]
    [InlineData("0.02", "0.0001", "0.0075", "8", "0.0075")]
    [InlineData("-0.02", "0.0001", "0.0075", "8", "-0.0075")]
    [InlineData("-0.004", "0.0001", "0.0075", "1", "-0.0004375")]
    [InlineData("0.02", "0.0001", "0", "8", "0")]
    public void The_rate_is_clamped_twice_and_scaled_to_the_interval(string premium, string interest, string cap, string hours, string rate) =>
        PerpetualFunding.Rate(D(premium), D(interest), D(cap), D(hours)).ShouldBe(D(rate));

    [Fact]
    public void A_negative_cap_and_an_empty_interval_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => PerpetualFunding.Rate(0, 0, -0.1m, 8)).Message.ShouldContain("-0.1");
        Should.Throw<ArgumentOutOfRangeException>(() => PerpetualFunding.Rate(0, 0, 0.1m, 0)).Message.ShouldContain("0 hours");
    }

    [Fact]
    public void Longs_pay_while_the_rate_is_positive()
    {
        PerpetualFunding.LinearAmount(10, 1, 40_000, 0.0001m).ToDecimal().ShouldBe(-40m);
        PerpetualFunding.LinearAmount(-3, 1, 40_000, 0.0075m).ToDecimal().ShouldBe(900m);
        PerpetualFunding.InverseAmount(400, 100, 40_000, 0.0001m).ToDecimal().ShouldBe(-0.0001m);
    }

    [Fact]
    public void The_premium_is_weighted_by_time_and_rounded_to_ten_places()
    {
        PremiumSample[] samples = [new(0, 101, 100), new(10, 100, 100), new(20, 103, 101)];

        // 1 % for 5, 0 for 10, 2 / 101 for 10, of 25.
        PerpetualFunding.Premium(samples, 5, 30).ShouldBe(0.0099207921m);
    }

    [Fact]
    public void A_premium_over_an_index_of_zero_or_without_samples_is_refused()
    {
        Should.Throw<ArgumentException>(() => PerpetualFunding.Premium([new(7, 1, 0)], 0, 10)).Message.ShouldContain("at 7 is 0");
        Should.Throw<ArgumentException>(() => PerpetualFunding.Premium([new(10, 1, 1)], 0, 10)).Message.ShouldContain("none of the 1 points");
    }

    [Fact]
    public void Inverse_margin_rounds_each_account_once_and_leaves_the_rest_to_the_ccp()
    {
        var settled = InverseVariationMargin.Settle(new Dictionary<string, long> { ["A"] = 4, ["B"] = 4, ["C"] = -8 }, 100, 42_911, 43_000, 8);

        settled.Amounts["A"].ShouldBe(0.00001929m);
        settled.Amounts["C"].ShouldBe(-0.00003859m);
        settled.CcpRounding.ShouldBe(0.00000001m);
    }

    [Fact]
    public void Inverse_amounts_of_any_matched_book_sum_to_zero_with_the_rounding_account() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<short>>(),
        ArbMap.Default.ArbFor<PositiveInt>(),
        ArbMap.Default.ArbFor<PositiveInt>(),
        (lots, reference, settlement) =>
        {
            var positions = lots.Get.Select((q, i) => ($"A{i}", (long)q)).ToDictionary();
            positions.Add("REST", -positions.Values.Sum());
            var settled = InverseVariationMargin.Settle(positions, 100, reference.Get, settlement.Get, 8);
            return settled.Amounts.Values.Sum() + settled.CcpRounding == 0 && Math.Abs(settled.CcpRounding) <= 0.000000005m * positions.Count;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_one_sided_book_a_price_of_zero_and_digits_out_of_range_are_refused()
    {
        var one = new Dictionary<string, long> { ["A"] = 4 };
        var flat = new Dictionary<string, long> { ["A"] = 0 };
        Should.Throw<ArgumentException>(() => InverseVariationMargin.Settle(one, 100, 1, 1, 8)).Message.ShouldContain("sum to 4");
        Should.Throw<ArgumentOutOfRangeException>(() => InverseVariationMargin.Settle(flat, 100, 0, 1, 8)).Message.ShouldContain("above 0");
        Should.Throw<ArgumentOutOfRangeException>(() => InverseVariationMargin.Settle(flat, 100, 1, 1, 29)).Message.ShouldContain("28");
    }

    [Fact]
    public void A_very_small_price_has_a_reciprocal_that_a_decimal_could_not_hold() =>
        InverseVariationMargin.Amount(1, 1, 0.000000003m, 0.000000007m).RoundHalfEven(4).ToDecimal().ShouldBe(190476190.4762m);

    private static decimal D(string text) => decimal.Parse(text);
}
