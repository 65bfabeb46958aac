using ClearingActors.Domain;
using ClearingActors.Risk.Margin;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Risk.Tests.Margin;

/// <summary>Rulebook 3, 8.7 and 8.8.</summary>
public sealed class CoverageTests
{
    private static readonly Currency Usd = new("USD", 2);

    [Fact]
    public void Gains_do_not_count_and_losses_do()
    {
        Of(collateral: 1000, requirement: 600, accrued: 500).ShouldBe(400);
        Of(collateral: 1000, requirement: 600, accrued: -500).ShouldBe(-100);
        Of(collateral: 1000, requirement: 600, unpaid: 50).ShouldBe(350);
    }

    [Fact]
    public void Option_value_counts_at_most_up_to_the_requirement_and_a_negative_one_in_full()
    {
        Of(collateral: 100, requirement: 600, options: 450).ShouldBe(-50);
        Of(collateral: 100, requirement: 600, options: 9000).ShouldBe(100);
        Of(collateral: 100, requirement: 600, options: -9000).ShouldBe(-9500);
        Of(collateral: 100, requirement: 600, options: 700, receivable: 100, payable: 500).ShouldBe(-200);
    }

    [Fact]
    public void Amounts_below_zero_where_there_are_none_are_refused()
    {
        Should.Throw<ArgumentException>(() => Of(collateral: -1)).Message.ShouldContain("Collateral is -0.01 USD");
        Should.Throw<ArgumentException>(() => Of(unpaid: -1)).Message.ShouldContain("Unpaid");
    }

    [Theory]
    [InlineData(-500, 0, 500, 0)]
    [InlineData(-501, 0, 500, 600)]
    [InlineData(-501, 100, 500, 500)]
    [InlineData(-600, 600, 500, 0)]
    [InlineData(700, 0, 0, 0)]
    [InlineData(-1, 0, 0, 100)]
    [InlineData(-1200, 0, 500, 1200)]
    public void A_call_is_the_shortfall_less_open_calls_rounded_up_to_the_unit(long excess, long open, long minimum, long amount) =>
        MarginCall.AmountOf(M(excess), M(open), M(minimum), M(100)).ShouldBe(M(amount));

    [Fact]
    public void A_call_in_units_of_another_currency_or_of_nothing_is_refused()
    {
        Should.Throw<InvalidOperationException>(() => MarginCall.AmountOf(M(-100), M(0), M(0), new Money(100, new Currency("EUR", 2))));
        Should.Throw<ArgumentException>(() => MarginCall.AmountOf(M(-100), M(0), M(0), M(0))).Message.ShouldContain("call unit 0.00 USD");
    }

    [Fact]
    public void A_requirement_is_rounded_up_from_its_exact_binary_value()
    {
        RequirementMoney.Of(0, Usd).ShouldBe(M(0));
        RequirementMoney.Of(12.25, Usd).ShouldBe(M(1225));
        RequirementMoney.Of(Math.BitIncrement(12.25), Usd).ShouldBe(M(1226));
        RequirementMoney.Of(double.Epsilon, Usd).ShouldBe(M(1));
        RequirementMoney.Of(-0.001, Usd).ShouldBe(M(0));
        Should.Throw<ArgumentException>(() => RequirementMoney.Of(double.NaN, Usd));
        Should.Throw<ArgumentException>(() => RequirementMoney.Of(1e300, Usd)).Message.ShouldContain("does not fit");
    }

    [Fact]
    public void A_requirement_in_money_is_never_below_the_number_nor_a_cent_above() => Prop.ForAll(
        ArbMap.Default.ArbFor<NormalFloat>().Filter(x => Math.Abs(x.Get) < 1e12),
        number =>
        {
            var money = RequirementMoney.Of(number.Get, Usd).ToDecimal();
            var exact = new decimal(number.Get);
            return Math.Abs(number.Get) < 1e-6 || ((double)money >= number.Get - 1e-9 && money - exact < 0.0101m);
        }).QuickCheckThrowOnFailure();

    private static long Of(long collateral = 0, long requirement = 0, long accrued = 0, long unpaid = 0, long options = 0, long receivable = 0, long payable = 0) => new Coverage
    {
        Collateral = M(collateral),
        NetOptionValue = M(options),
        PremiumReceivable = M(receivable),
        PremiumPayable = M(payable),
        AccruedVariationMargin = M(accrued),
        Unpaid = M(unpaid),
        Requirement = M(requirement),
    }.Excess().MinorUnits;

    private static Money M(long cents) => new(cents, Usd);
}
