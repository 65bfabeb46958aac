using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Risk.Tests.Stress;

/// <summary>Rulebook 10.</summary>
public sealed class StressTests
{
    [Fact]
    public void A_shock_without_a_node_moves_every_node_that_has_none_of_its_own()
    {
        var scenario = new StressScenario(
            "s", [new(RiskFactorId.Price("WTI"), ChangeKind.Relative, -0.1), new(RiskFactorId.Price("WTI", "2020-05"), ChangeKind.Absolute, -55)], otherFactorsUnmoved: false);
        Holding[] holdings = [new(new LinearRisk("K", RiskFactorId.Price("WTI", "2020-05"), 18, 1000, "USD"), 1), new(new LinearRisk("M", RiskFactorId.Price("WTI", "2020-06"), 25, 1000, "USD"), 1)];

        StressLoss.Of(holdings, scenario, "USD", []).ShouldBe(57_500, 1e-9);
        StressLoss.Of([], scenario, "USD", []).ShouldBe(0);
    }

    [Fact]
    public void A_factor_that_a_scenario_does_not_name_is_an_error_unless_others_stay_unmoved()
    {
        StressShock[] shocks = [new(RiskFactorId.Price("SPX"), ChangeKind.Relative, -0.2)];
        Holding[] holdings = [new(new LinearRisk("B", RiskFactorId.Price("BTC"), 100, 1, "USD"), 1)];

        StressLoss.Of(holdings, new StressScenario("s", shocks, true), "USD", []).ShouldBe(0);
        Should.Throw<ArgumentException>(() => StressLoss.Of(holdings, new StressScenario("s", shocks, false), "USD", [])).Message.ShouldContain("says nothing of Price BTC");
        Should.Throw<ArgumentException>(() => new StressScenario("s", [.. shocks, .. shocks], true)).Message.ShouldContain("twice");
        Should.Throw<ArgumentException>(() => new StressScenario("s", [shocks[0] with { Shock = -1 }], true)).Message.ShouldContain("-1");
    }

    [Fact]
    public void The_smallest_exhausting_shock_is_found_to_the_tolerance()
    {
        var down = ReverseStress.SmallestShock(shock => shock <= -0.3217, -1, 20, 1e-9);

        down.Found.ShouldBeTrue();
        down.Shock.ShouldBe(-0.3217, 1e-9);
        down.Shock.ShouldBeLessThanOrEqualTo(-0.3217);
        ReverseStress.SmallestShock(_ => false, 1, 10, 1e-9).ShouldBe(new ReverseStressResult(false, 1, 11));
        ReverseStress.SmallestShock(_ => true, 1, 10, 1e-9).ShouldBe(new ReverseStressResult(true, 0, 1));
    }

    [Fact]
    public void A_book_that_recovers_beyond_its_worst_point_is_caught_by_the_grid()
    {
        bool Exhausts(double shock) => shock is > 0.2 and < 0.3;

        ReverseStress.SmallestShock(Exhausts, 1, 20, 1e-6).Shock.ShouldBe(0.2, 1e-6);
        Exhausts(1).ShouldBeFalse();
    }

    [Fact]
    public void Gearing_is_notional_over_what_the_loss_leaves()
    {
        GearingStress.Of(1000, 150, 50).Gearing.ShouldBe(ExactFraction.From(10));
        GearingStress.Of(1000, 150, 50).IsAbove(10).ShouldBeFalse();
        GearingStress.Of(1000, 150, 51).IsAbove(10).ShouldBeTrue();
        GearingStress.Of(1000, 150, 150).ShouldBe(new StressedGearing(0, null));
        GearingStress.Of(1000, 150, 150).IsAbove(1_000_000).ShouldBeTrue();
        GearingStress.Of(0, 0, 10).IsAbove(1).ShouldBeFalse();
    }

    [Fact]
    public void One_failure_that_the_fund_bears_stays_one()
    {
        var result = FailurePropagation.Run([M("A", 150, 50, 0, 100), M("B", 0, 50, 50, 100), M("C", 0, 50, 50, 100)], new CcpLayers(20, 30), ["A"]);

        // 150 less its own 50, junior 20, then 80 of the survivors' 100.
        (result.Rounds, result.Loss, result.Unallocated, result.ResourcesLeft).ShouldBe((1, 150, 0, 20 + 30 + 100));
    }

    [Fact]
    public void Survivors_that_cannot_bear_their_share_fail_in_turn_until_nobody_does()
    {
        PropagationMember[] members = [M("A", 400, 50, 0, 0), M("B", 100, 50, 50, 60), M("C", 10, 50, 50, 500), M("D", 10, 50, 50, 500)];

        var result = FailurePropagation.Run(members, new CcpLayers(0, 0), ["A"]);

        // Round 1: 350 meets 150 of fund and 150 of assessments: B, who bears 100, cannot.
        result.Failed.Select(r => string.Join(",", r)).ShouldBe(["A", "B"]);
        result.Rounds.ShouldBe(2);
        result.Unallocated.ShouldBe(350 + 50 - 200);
        result.Exhausted.ShouldBeTrue();
    }

    [Fact]
    public void Nobody_failing_costs_nothing()
    {
        var result = FailurePropagation.Run([M("A", 400, 50, 10, 0)], new CcpLayers(1, 2), []);
        (result.Rounds, result.Loss, result.ResourcesLeft).ShouldBe((0, 0, 63));
    }

    [Fact]
    public void The_smallest_set_of_first_failures_is_the_first_by_size_then_by_id()
    {
        PropagationMember[] members = [M("D", 90, 10, 10, 1000), M("C", 90, 10, 10, 1000), M("B", 90, 10, 10, 1000), M("A", 5, 10, 10, 1000)];

        // One failure leaves 80 and meets 20 of capital and 60 of the others; a second, even one without a loss of note, takes 20 of those away.
        var found = FailurePropagation.SmallestExhaustingSet(members, new CcpLayers(20, 0), 3);
        found.Members.ShouldBe(["A", "B"]);
        found.SearchedSize.ShouldBe(2);
        FailurePropagation.SmallestExhaustingSet(members, new CcpLayers(1000, 0), 4).ShouldBe(new FirstFailures(null, 15, 4));
    }

    [Fact]
    public void A_search_that_would_take_too_long_says_how_far_it_went()
    {
        var many = Enumerable.Range(0, 700).Select(i => M($"M{i:000}", 0, 1, 1, 1)).ToList();

        FailurePropagation.SmallestExhaustingSet(many, new CcpLayers(0, 0), 2).ShouldBe(new FirstFailures(null, 700, 1));
    }

    [Fact]
    public void A_stranger_a_member_twice_and_a_negative_amount_are_refused()
    {
        Should.Throw<ArgumentException>(() => FailurePropagation.Run([M("A", 1, 1, 1, 1)], default, ["B"])).Message.ShouldContain("B is no member");
        Should.Throw<ArgumentException>(() => FailurePropagation.Run([M("A", 1, 1, 1, 1), M("A", 1, 1, 1, 1)], default, [])).Message.ShouldContain("twice");
        Should.Throw<ArgumentException>(() => FailurePropagation.Run([M("A", -1, 1, 1, 1)], default, [])).Message.ShouldContain("below 0");
    }

    [Fact]
    public void More_first_failures_never_leave_more_and_the_whole_loss_is_accounted_for() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<(byte Loss, byte Fund, byte Cap, byte Capacity)>>(),
        rows =>
        {
            PropagationMember[] members = [.. rows.Get.Select((r, i) => M($"M{i:000}", r.Loss, r.Fund, r.Cap, r.Capacity))];
            var layers = new CcpLayers(10, 10);
            var one = FailurePropagation.Run(members, layers, [members[0].Id]);
            var two = FailurePropagation.Run(members, layers, [members[0].Id, members[^1].Id]);
            var survivors = members.Where(m => !one.Failed.SelectMany(f => f).Contains(m.Id)).ToList();
            var resources = survivors.Aggregate((BigInteger)20, (sum, m) => sum + m.Contribution + m.AssessmentCap);
            var ownPaid = members.Except(survivors).Aggregate(BigInteger.Zero, (sum, m) => sum + BigInteger.Min(m.Contribution, m.UncoveredLoss));
            return two.Loss >= one.Loss && two.Unallocated >= one.Unallocated
                && one.Loss == ownPaid + (resources - one.ResourcesLeft) + one.Unallocated;
        }).QuickCheckThrowOnFailure();

    private static PropagationMember M(string id, int loss, int contribution, int cap, int capacity) => new(id, loss, contribution, cap, capacity);
}
