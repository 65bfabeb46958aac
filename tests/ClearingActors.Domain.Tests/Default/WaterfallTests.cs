using ClearingActors.Domain.Default;

namespace ClearingActors.Domain.Tests.Default;

public sealed class WaterfallTests
{
    [Fact]
    public void A_layer_is_used_up_before_the_next()
    {
        var result = Waterfall.Allocate(120, [WaterfallLayer.Of("first", 100), WaterfallLayer.OfMembers("second", [new("B", 30), new("A", 30)]), WaterfallLayer.Of("third", 5)]);

        result.Layers.Select(l => l.Used).ShouldBe([100L, 20L, 0L]);
        result.Layers[1].Shares.ShouldBe([new MemberUse("A", 0, 10), new MemberUse("B", 0, 10)]);
        result.Unallocated.ShouldBe(0);
    }

    [Fact]
    public void The_worst_tier_is_used_up_before_the_next_and_a_member_may_be_in_both()
    {
        var layer = WaterfallLayer.OfTiers("default_fund", [[new("A", 10)], [new("A", 30), new("B", 10)]]);

        var use = Waterfall.Allocate(14, [layer]).Layers.ShouldHaveSingleItem();

        use.Shares.ShouldBe([new MemberUse("A", 0, 10), new MemberUse("A", 1, 3), new MemberUse("B", 1, 1)]);
        use.ByMember().ShouldBe([new("A", 13), new("B", 1)]);
    }

    [Fact]
    public void Ties_go_to_the_lower_id_by_bytes() =>
        Waterfall.Allocate(1, [WaterfallLayer.OfMembers("fund", [new("\U0001F600", 5), new("\uFF21", 5)])]).Layers[0].Shares
            .ShouldBe([new MemberUse("\uFF21", 0, 1), new MemberUse("\U0001F600", 0, 0)]);

    [Fact]
    public void What_no_layer_holds_is_unallocated() => Waterfall.Allocate(10, [WaterfallLayer.Of("all", 7)]).Unallocated.ShouldBe(3);

    [Fact]
    public void A_layer_may_hold_more_than_64_bits()
    {
        var layer = WaterfallLayer.OfMembers("fund", [new("A", long.MaxValue), new("B", long.MaxValue)]);

        layer.Available.ShouldBe(2 * (Int128)long.MaxValue);
        Waterfall.Allocate(long.MaxValue, [layer]).Layers[0].ByMember().Values.ShouldBe([(long.MaxValue / 2) + 1, long.MaxValue / 2]);
    }

    [Fact]
    public void A_weight_other_than_the_amount_shares_again_what_passes_the_amount()
    {
        var layer = WaterfallLayer.OfMembers("assessments", [new("A", 10, 1), new("B", 100, 1), new("C", 100, 0)]);

        layer.Available.ShouldBe(110);
        var result = Waterfall.Allocate(115, [layer]);
        result.Layers[0].ByMember().ShouldBe([new("A", 10), new("B", 100), new("C", 0)]);
        result.Unallocated.ShouldBe(5);
    }

    [Fact]
    public void What_is_no_waterfall_is_refused()
    {
        Should.Throw<ArgumentException>(() => Waterfall.Allocate(-1, [])).Message.ShouldContain("a loss of -1");
        Should.Throw<ArgumentException>(() => WaterfallLayer.Of("capital", -5)).Message.ShouldContain("layer capital has -5");
        Should.Throw<ArgumentException>(() => WaterfallLayer.Of("", 5)).Message.ShouldContain("no id");
        Should.Throw<ArgumentException>(() => WaterfallLayer.OfMembers("fund", [new("A", -5)])).Message.ShouldContain("A with amount -5");
        Should.Throw<ArgumentException>(() => WaterfallLayer.OfMembers("fund", [new("A", 5, -1)])).Message.ShouldContain("weight -1");
        Should.Throw<ArgumentException>(() => WaterfallLayer.OfMembers("fund", [new("", 5)])).Message.ShouldContain("without an id");
        Should.Throw<ArgumentException>(() => WaterfallLayer.OfTiers("fund", [[new("A", 5), new("A", 6)]])).Message.ShouldContain("A twice");
        Should.Throw<ArgumentException>(() => Waterfall.Allocate(1, [WaterfallLayer.Of("x", 1), WaterfallLayer.Of("x", 2)])).Message.ShouldContain("layer x is in the waterfall twice");
    }
}
