using ClearingActors.Domain.Default;
using ClearingActors.Domain.Default.Recovery;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests.Default.Recovery;

public sealed class RecoveryTests
{
    [Fact]
    public void A_haircut_is_pro_rata_to_gains_since_declaration_and_never_above_the_share_of_the_cycle()
    {
        // B is owed 10 in the cycle, of which 5 at most; C has lost since the declaration.
        var layer = GainsHaircut.Layer([Gain("A", 100, 60), Gain("B", 100, 10), Gain("C", -5, 40), Gain("D", 50, -5)], 5000);

        layer.Available.ShouldBe(35);
        Waterfall.Allocate(20, [layer]).Layers[0].ByMember().ShouldBe([new("A", 15), new("B", 5), new("C", 0), new("D", 0)]);
        Waterfall.Allocate(40, [layer]).Unallocated.ShouldBe(5);
    }

    [Fact]
    public void A_haircut_never_passes_the_gains_since_declaration() => GainsHaircut.Layer([Gain("A", 7, 60)], GainsHaircut.MaxBps).Available.ShouldBe(7);

    [Fact]
    public void A_haircut_out_of_range_is_refused()
    {
        Should.Throw<ArgumentException>(() => GainsHaircut.Layer([], 10_001)).Message.ShouldContain("10001 basis points");
        Should.Throw<ArgumentException>(() => GainsHaircut.Layer([], -1)).Message.ShouldContain("-1 basis points");
        Should.Throw<ArgumentException>(() => GainsHaircut.Layer([Gain("A", 1, 1), Gain("A", 1, 1)], 1)).Message.ShouldContain("A twice");
    }

    [Fact]
    public void Unsold_lots_are_torn_up_against_opposite_holders_pro_rata()
    {
        HeldLots[] positions = [Held("C", "", -3), Held("A", "X", -3), Held("B", "", 4), Held("A", "W", -3), Held("D", "", 0)];

        TearUp.Assign(7, positions).ShouldBe([Held("A", "W", -3), Held("A", "X", -2), Held("C", "", -2)]);
        TearUp.Assign(-4, positions).ShouldBe([Held("B", "", 4)]);
        TearUp.Assign(1, positions).ShouldBe([Held("A", "W", -1)]);
    }

    [Fact]
    public void What_cannot_be_torn_up_is_refused()
    {
        Should.Throw<ArgumentException>(() => TearUp.Assign(0, [])).Message.ShouldContain("0 lots");
        Should.Throw<ArgumentException>(() => TearUp.Assign(5, [Held("A", "", -4), Held("B", "", 9)])).Message.ShouldContain("opposite positions of 4");
        Should.Throw<ArgumentException>(() => TearUp.Assign(1, [Held("A", "", -4), Held("A", "", -4)])).Message.ShouldContain("listed twice");
    }

    [Fact]
    public void Payments_for_torn_up_contracts_are_lowered_pro_rata()
    {
        var layer = TearUp.Layer([new(AccountId.Parse("B"), 100), new(AccountId.Parse("A"), 50), new(AccountId.Parse("C"), -70)]);

        Waterfall.Allocate(10, [layer]).Layers[0].ByMember().ShouldBe([new("A", 3), new("B", 7), new("C", 0)]);
        Waterfall.Allocate(200, [layer]).Unallocated.ShouldBe(50);
    }

    [Fact]
    public void Recoveries_repay_the_last_used_first_and_the_best_tier_before_the_worse()
    {
        LayerUse[] uses = [new("ccp_junior_capital", 10, []), new("default_fund", 35, [new("A", 0, 5), new("A", 1, 10), new("B", 1, 20)]), new("ccp_senior_capital", 3, [])];

        var first = Recoveries.Repay(14, uses);

        first.Repaid.Select(r => r.Used).ShouldBe([0L, 11L, 3L]);
        first.Repaid[1].Shares.ShouldBe([new MemberUse("A", 0, 0), new MemberUse("A", 1, 4), new MemberUse("B", 1, 7)]);
        first.StillUsed.Select(r => r.Used).ShouldBe([10L, 24L, 0L]);
        first.StillUsed[1].Shares.ShouldBe([new MemberUse("A", 0, 5), new MemberUse("A", 1, 6), new MemberUse("B", 1, 13)]);

        var second = Recoveries.Repay(100, first.StillUsed);
        second.Repaid.Select(r => r.Used).ShouldBe([10L, 24L, 0L]);
        second.StillUsed.ShouldAllBe(u => u.Used == 0);
        second.Excess.ShouldBe(66);
    }

    [Fact]
    public void What_cannot_be_repaid_is_refused()
    {
        Should.Throw<ArgumentException>(() => Recoveries.Repay(-1, [])).Message.ShouldContain("-1");
        Should.Throw<ArgumentException>(() => Recoveries.Repay(1, [new("x", 1, []), new("x", 1, [])])).Message.ShouldContain("x is listed twice");
        Should.Throw<ArgumentException>(() => Recoveries.Repay(1, [new("x", 2, [new("A", 0, 1)])])).Message.ShouldContain("2 used and shares of 1");
    }

    private static AccountGain Gain(string account, long since, long cycle) => new(AccountId.Parse(account), since, cycle);

    private static HeldLots Held(string account, string client, long quantity) => new(AccountId.Parse(account), ClientId.TryParse(client, out var id) ? id : ClientId.None, quantity);
}
