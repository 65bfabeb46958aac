using ClearingActors.Domain.Default;
using ClearingActors.Domain.Default.Recovery;

namespace ClearingActors.Domain.Tests.Default;

public sealed class WaterfallProperties
{
    [Fact]
    public void A_slow_count_unit_by_unit_comes_to_the_same_waterfall() => RandomCases.Run(3000, random =>
    {
        var shapes = Enumerable.Range(0, random.Next(5)).Select(_ => (Whole: (long)random.Next(20), Tiers: random.Next(3) == 0
            ? []
            : Enumerable.Range(0, 1 + random.Next(3)).Select(_ => RandomCases.SmallMembers(random, random.Next(2) == 0)).ToArray())).ToArray();
        var loss = random.Next(120);

        var result = Waterfall.Allocate(loss, [.. shapes.Select((s, i) => s.Tiers.Length == 0 ? WaterfallLayer.Of($"{i}", s.Whole) : WaterfallLayer.OfTiers($"{i}", s.Tiers))]);
        var (layers, unallocated) = NaiveAllocation.Waterfall(loss, shapes);

        result.Unallocated.ShouldBe(unallocated);
        for (var i = 0; i < shapes.Length; i++)
        {
            result.Layers[i].Used.ShouldBe(layers[i].Sum(t => t.Values.Sum()));
            result.Layers[i].Shares.ShouldBe(shapes[i].Tiers.Length == 0 ? [] : layers[i].SelectMany((t, tier) => t.Select(m => new MemberUse(m.Key, tier, m.Value))));
        }
    });

    [Fact]
    public void A_slow_count_comes_to_the_same_assessments() => RandomCases.Run(5000, random =>
    {
        var members = RandomCases.SmallMembers(random, amountIsWeight: false);
        var amount = random.Next(60);

        var result = Assessments.Share(amount, members);
        var (shares, unplaced) = NaiveAllocation.Capped(amount, members);

        result.Shares.ShouldBe(shares.Select(s => new MemberUse(s.Key, 0, s.Value)));
        result.Unplaced.ShouldBe(unplaced);
    });

    [Fact]
    public void A_loss_is_the_sum_of_its_layers_and_each_is_used_up_before_the_next() => RandomCases.Run(5000, random =>
    {
        var layers = Layers(random);
        var loss = RandomCases.Amount(random);

        var result = Waterfall.Allocate(loss, layers);

        (result.Layers.Aggregate(Int128.Zero, (sum, l) => sum + l.Used) + result.Unallocated).ShouldBe(loss);
        Int128 before = loss;
        foreach (var (layer, use) in layers.Zip(result.Layers))
        {
            use.Layer.ShouldBe(layer.Id);
            use.Used.ShouldBe((long)Int128.Min(before, layer.Available));
            before -= use.Used;
            CheckTiers(layer, use);
        }
    });

    [Fact]
    public void The_order_of_members_changes_nothing() => RandomCases.Run(2000, random =>
    {
        var members = RandomCases.Members(random);
        var loss = RandomCases.Amount(random);

        var first = Waterfall.Allocate(loss, [WaterfallLayer.OfMembers("fund", members)]);
        var second = Waterfall.Allocate(loss, [WaterfallLayer.OfMembers("fund", RandomCases.Shuffled(random, members))]);

        second.Layers[0].Shares.ShouldBe(first.Layers[0].Shares);
        Assessments.Share(loss, RandomCases.Shuffled(random, members)).Shares.ShouldBe(Assessments.Share(loss, members).Shares);
    });

    [Fact]
    public void A_share_is_within_one_unit_of_its_quota_where_the_amounts_are_the_weights() => RandomCases.Run(2000, random =>
    {
        LayerMember[] members = [.. RandomCases.SmallMembers(random, amountIsWeight: true)];
        var use = Waterfall.Allocate(random.Next(100), [WaterfallLayer.OfMembers("fund", members)]).Layers[0];
        var total = members.Sum(m => m.Amount);
        foreach (var (id, minor) in use.ByMember())
        {
            Math.Abs((minor * total) - (use.Used * members.Single(m => m.Member == id).Amount)).ShouldBeLessThan(Math.Max(1, total));
        }
    });

    [Fact]
    public void A_recovery_repays_never_more_than_was_used_and_the_last_used_first() => RandomCases.Run(5000, random =>
    {
        var uses = Waterfall.Allocate(RandomCases.Amount(random), Layers(random)).Layers;
        var amount = RandomCases.Amount(random);

        var result = Recoveries.Repay(amount, uses);

        (result.Repaid.Aggregate(Int128.Zero, (sum, l) => sum + l.Used) + result.Excess).ShouldBe(amount);
        var open = false;
        for (var i = uses.Count - 1; i >= 0; i--)
        {
            (result.Repaid[i].Used + result.StillUsed[i].Used).ShouldBe(uses[i].Used);
            (open && result.Repaid[i].Used > 0).ShouldBeFalse();
            open |= result.StillUsed[i].Used > 0;
            result.Repaid[i].Shares.Sum(s => s.Minor).ShouldBe(uses[i].Shares.Count == 0 ? 0 : result.Repaid[i].Used);
            var openTier = false;
            foreach (var tier in uses[i].Shares.Select((s, j) => (s.Tier, Lost: s.Minor, Repaid: result.Repaid[i].Shares[j].Minor, Still: result.StillUsed[i].Shares[j].Minor))
                .GroupBy(s => s.Tier).OrderByDescending(g => g.Key))
            {
                tier.All(s => s.Repaid >= 0 && s.Still >= 0 && s.Repaid + s.Still == s.Lost).ShouldBeTrue();
                (openTier && tier.Any(s => s.Repaid > 0)).ShouldBeFalse();
                openTier |= tier.Any(s => s.Still > 0);
            }
        }

        (result.Excess > 0 && open).ShouldBeFalse();
    });

    [Fact]
    public void Recoveries_in_parts_repay_each_tier_what_one_of_their_sum_repays() => RandomCases.Run(2000, random =>
    {
        var uses = Waterfall.Allocate(random.Next(200), Layers(random)).Layers;
        var (first, second) = (random.Next(150), random.Next(150));

        var parts = Recoveries.Repay(second, Recoveries.Repay(first, uses).StillUsed);
        var whole = Recoveries.Repay(first + second, uses);

        parts.StillUsed.Select(Tiers).ShouldBe(whole.StillUsed.Select(Tiers));

        static string Tiers(LayerUse use) => $"{use.Used}: {string.Join(' ', use.Shares.GroupBy(s => s.Tier).Select(g => g.Sum(s => s.Minor)))}";
    });

    private static List<WaterfallLayer> Layers(Random random) => [.. Enumerable.Range(0, random.Next(6)).Select(i => random.Next(3) switch
    {
        0 => WaterfallLayer.Of($"{i}", RandomCases.Amount(random)),
        1 => WaterfallLayer.OfMembers($"{i}", RandomCases.Members(random)),
        _ => WaterfallLayer.OfTiers($"{i}", [.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomCases.Members(random))]),
    })];

    private static void CheckTiers(WaterfallLayer layer, LayerUse use)
    {
        use.Shares.Aggregate(Int128.Zero, (sum, s) => sum + s.Minor).ShouldBe(layer.Tiers.Count == 0 ? 0 : use.Used);
        var shares = use.Shares.ToDictionary(s => (s.Tier, s.Member), s => s.Minor);
        var open = false;
        for (var tier = 0; tier < layer.Tiers.Count; tier++)
        {
            foreach (var member in layer.Tiers[tier])
            {
                var share = shares[(tier, member.Member)];
                share.ShouldBeInRange(0, member.Weight > 0 ? member.Amount : 0);
                (open && share > 0).ShouldBeFalse();
            }

            open |= layer.Tiers[tier].Any(m => m.Weight > 0 && shares[(tier, m.Member)] < m.Amount);
        }
    }
}
