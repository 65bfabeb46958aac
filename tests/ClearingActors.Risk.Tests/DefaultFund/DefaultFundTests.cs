using System.Numerics;
using ClearingActors.Risk.DefaultFund;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Risk.Tests.DefaultFund;

/// <summary>Rulebook 10.2.</summary>
public sealed class DefaultFundTests
{
    [Fact]
    public void A_house_surplus_covers_clients_and_a_clients_surplus_covers_nobody()
    {
        UncoveredLoss.OfMember(new(50, 100, 80), [new(120, 100, 200), new(-500, 10, 10)]).ShouldBe(0);
        UncoveredLoss.OfMember(new(100, 100, 80), [new(120, 100, 200), new(-500, 10, 10)]).ShouldBe(40);
        UncoveredLoss.OfMember(new(100, 100, -7), []).ShouldBe(100);
        Should.Throw<ArgumentException>(() => UncoveredLoss.OfMember(new(1, -1, 1), [])).Message.ShouldContain("-1");
    }

    [Fact]
    public void Affiliates_count_as_one_in_the_two_largest()
    {
        var losses = Losses(("s", [("A", 50), ("B", 40), ("C", 45)]));
        var weights = new Dictionary<string, decimal> { ["A"] = 1, ["B"] = 1, ["C"] = 1 };

        DefaultFundSizing.Of(losses, Terms(weights)).CoverTwo.ShouldBe(95);
        var groups = new Dictionary<string, string> { ["B"] = "G", ["C"] = "G" };
        var sized = DefaultFundSizing.Of(losses, Terms(weights) with { AffiliateGroups = groups });
        sized.CoverTwo.ShouldBe(135);
        sized.Demands[0].ShouldBe(new ScenarioDemand("s", 85, 50, 135));
    }

    [Fact]
    public void Of_two_scenarios_with_the_same_demand_the_first_by_id_decides() =>
        DefaultFundSizing.Of(Losses(("b", [("A", 5)]), ("a", [("A", 5)])), Terms(new() { ["A"] = 1 })).Scenario.ShouldBe("a");

    [Fact]
    public void What_cannot_be_sized_is_refused()
    {
        var weights = new Dictionary<string, decimal> { ["A"] = 1 };
        Should.Throw<ArgumentException>(() => DefaultFundSizing.Of(Losses(), Terms(weights))).Message.ShouldContain("0 scenarios");
        Should.Throw<ArgumentException>(() => DefaultFundSizing.Of(Losses(("s", [("A", -5)])), Terms(weights))).Message.ShouldContain("-5");
        Should.Throw<ArgumentException>(() => DefaultFundSizing.Of(Losses(("s", [("B", 5)])), Terms(weights))).Message.ShouldContain("B has an uncovered loss");
        Should.Throw<ArgumentException>(() => DefaultFundSizing.Of(Losses(("s", [("A", 5)])), Terms(weights) with { BufferPercent = -1 })).Message.ShouldContain("-1 %");
    }

    [Fact]
    public void Contributions_sum_to_a_fund_that_covers_the_two_largest_and_nobody_pays_less_than_the_minimum() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<(PositiveInt Loss, PositiveInt Weight)>>(),
        ArbMap.Default.ArbFor<NonNegativeInt>(),
        (members, minimum) =>
        {
            var ids = members.Get.Select((m, i) => (Id: $"M{i}", m.Loss, m.Weight)).ToList();
            var sized = DefaultFundSizing.Of(
                Losses(("s", [.. ids.Select(m => (m.Id, m.Loss.Get))])),
                Terms(ids.ToDictionary(m => m.Id, m => m.Weight.Get / 4m)) with { MinimumContribution = minimum.Get });
            var two = ids.Select(m => m.Loss.Get).OrderDescending().Take(2).Sum();
            return sized.Contributions.Values.Aggregate(BigInteger.Zero, (a, b) => a + b) == sized.Fund && sized.CoverTwo == two
                && sized.Fund * 10 >= two * 11 && sized.Contributions.Values.All(c => c >= minimum.Get);
        }).QuickCheckThrowOnFailure();

    private static DefaultFundTerms Terms(Dictionary<string, decimal> weights) => new() { BufferPercent = 10, MinimumContribution = 1, Weights = weights };

    private static Dictionary<string, IReadOnlyDictionary<string, BigInteger>> Losses(params (string Scenario, (string Member, int Loss)[] Members)[] scenarios) =>
        scenarios.ToDictionary(s => s.Scenario, s => (IReadOnlyDictionary<string, BigInteger>)s.Members.ToDictionary(m => m.Member, m => (BigInteger)m.Loss));
}
