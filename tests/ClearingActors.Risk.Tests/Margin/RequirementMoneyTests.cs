using ClearingActors.Domain;
using ClearingActors.Risk.Margin;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Risk.Tests.Margin;

/// <summary>Rulebook 3: where a risk number becomes money.</summary>
public sealed class RequirementMoneyTests
{
    private static readonly Currency Usd = new("USD", 2);

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

    private static Money M(long cents) => new(cents, Usd);
}
