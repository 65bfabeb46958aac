using ClearingActors.Domain.Default;

namespace ClearingActors.Domain.Tests.Default;

public sealed class AssessmentsTests
{
    [Fact]
    public void The_excess_over_a_cap_is_shared_again_by_largest_remainder_with_ties_by_id()
    {
        // 17, 34 and 50; the 14 above B's cap are 3.5 and 10.5.
        var result = Assessments.Share(101, [new("C", 1000, 3), new("A", 50, 1), new("B", 20, 2)]);

        result.Shares.ShouldBe([new MemberUse("A", 0, 21), new MemberUse("B", 0, 20), new MemberUse("C", 0, 60)]);
        result.Unplaced.ShouldBe(0);
    }

    [Fact]
    public void What_passes_all_caps_is_unplaced() => Assessments.Share(500, [new("A", 100, 1), new("B", 150, 1)]).Unplaced.ShouldBe(250);

    [Fact]
    public void A_weight_of_zero_pays_nothing_whatever_its_cap()
    {
        var result = Assessments.Share(15, [new("A", 100, 0), new("B", 10, 1)]);

        result.Shares.ShouldBe([new MemberUse("A", 0, 0), new MemberUse("B", 0, 10)]);
        result.Unplaced.ShouldBe(5);
    }

    [Fact]
    public void The_lower_of_both_caps_is_left()
    {
        Assessments.RemainingCap(100, 30, 200, 150).ShouldBe(50);
        Assessments.RemainingCap(100, 30, 200, 30).ShouldBe(70);
        Assessments.RemainingCap(100, 30, 200, 250).ShouldBe(0);
        Should.Throw<ArgumentException>(() => Assessments.RemainingCap(100, -1, 200, 0)).Message.ShouldContain("-1");
    }

    [Fact]
    public void What_cannot_be_assessed_is_refused()
    {
        Should.Throw<ArgumentException>(() => Assessments.Share(-1, [])).Message.ShouldContain("-1");
        Should.Throw<ArgumentException>(() => Assessments.Share(1, [new("A", 1), new("A", 1)])).Message.ShouldContain("A twice");
    }
}
