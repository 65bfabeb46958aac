using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 10: what must be paid out in each currency although two members do not pay, and the cash for it.</summary>
public sealed class LiveLiquidityTests
{
    private const string Model = RequirementHouse.Factors + ", \"groups\": { \"*\": {" + RequirementHouse.Group + "} }";

    private static readonly Currency Usd = RequirementHouse.Usd;
    private static readonly Currency Eur = RequirementHouse.Eur;

    [Fact]
    public void The_two_that_owe_most_are_taken_in_each_currency_with_their_own_cash_and_the_fund()
    {
        var needs = NeedsOf(StressFundTests.Terms);
        needs.Select(n => n.Currency).ShouldBe([Eur, Usd]);

        // GAMMA's 3 lots of 25 at 15,100 lose a quarter; only it owes euros, and the fund is in dollars.
        needs[0].Members.ShouldBe(["GAMMA"]);
        (needs[0].Payments, needs[0].Cash, needs[0].Fund, needs[0].Shortfall).ShouldBe((283_125_00, 1_000_00, 0, 282_125_00));

        // A lot of the index loses 50,128.125. ALPHA's house owes 6 of them and its losing client 2; the other client's gain helps neither. The client's cash pays its
        // own 100,256.25, the house's 60,000. BRAVO owes 5 and has more cash than that, which does not help ALPHA. GAMMA's options pay no variation margin.
        needs[1].Members.ShouldBe(["ALPHA", "BRAVO"]);
        (needs[1].Payments, needs[1].Cash, needs[1].Fund, needs[1].Shortfall).ShouldBe((401_025_00 + 250_640_63, 160_256_25 + 250_640_63, 35_000_00, 205_768_75));
    }

    [Fact]
    public void Affiliates_fail_to_pay_together()
    {
        var terms = StressFundTests.Terms.Replace("\"currency\"", "\"affiliates\": { \"ALPHA\": \"G\", \"GAMMA\": \"G\" }, \"currency\"", StringComparison.Ordinal);
        var needs = NeedsOf(terms);
        needs[1].Members.ShouldBe(["ALPHA", "GAMMA", "BRAVO"]);
        needs[1].Payments.ShouldBe(401_025_00 + 250_640_63 + 50_128_13);
    }

    [Fact]
    public void Nobody_owes_anything_where_nothing_moves()
    {
        NeedsOf(StressFundTests.Terms, new StressScenario("still", [], otherFactorsUnmoved: true)).ShouldBeEmpty();
    }

    private static IReadOnlyList<LiquidityNeed> NeedsOf(string terms, StressScenario? scenario = null)
    {
        var house = new RequirementHouse(Model);
        foreach (var member in new[] { "ALPHA", "BRAVO", "GAMMA" })
        {
            house.Directory.Apply(new MemberDefined(MemberId.Parse(member)));
        }

        FrozenAccount Account(string id, string member, Segregation segregation, Money cash, params (string Instrument, long Lots)[] lots) =>
            new(AccountId.Parse(id), MemberId.Parse(member), segregation, Usd, 0, [cash], [.. lots.Select(l => new PricePoint(house[l.Instrument].Id, l.Lots))]);

        FrozenAccount[] accounts =
        [
            Account("A.1", "ALPHA", Segregation.House, new Money(50_000_00, Usd), ("SPX.FUT", 10)),
            Account("A.2", "ALPHA", Segregation.House, new Money(10_000_00, Usd), ("SPX.FUT", -4)),
            Account("A.LOSER", "ALPHA", Segregation.ClientOmnibusGross, new Money(150_000_00, Usd), ("SPX.FUT", 2)),
            Account("A.WINNER", "ALPHA", Segregation.ClientOmnibusGross, new Money(150_000_00, Usd), ("SPX.FUT", -8)),
            Account("B", "BRAVO", Segregation.House, new Money(500_000_00, Usd), ("DAX.FUT", -3), ("SPX.FUT", 5)),
            Account("C", "GAMMA", Segregation.House, new Money(1_000_00, Eur), ("DAX.FUT", 3), ("SPX.AP", -10), ("SPX.FUT", 1)),
        ];
        var held = new[] { ("ALPHA", 30_000_00L), ("GAMMA", 5_000_00L) }
            .ToDictionary(h => MemberId.Parse(h.Item1), h => new FundCashReported(MemberId.Parse(h.Item1), 1, h.Item2, ContributionStatus.Due));
        var fall = new StressScenario(
            "fall", [.. new[] { "SPX", "DAX" }.Select(f => new StressShock(RiskFactorId.Price(f), ChangeKind.Relative, -0.25))], otherFactorsUnmoved: true);

        // Euros count as collateral nowhere in this model: they pay euros all the same.
        return new LiveStress(accounts, held, FundTermsFile.Parse(terms), house.Calculator, house.Directory).Run(scenario ?? fall).Liquidity;
    }
}
