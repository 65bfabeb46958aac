namespace ClearingActors.Domain.Default;

/// <summary>What a member bears in a tier of a layer.</summary>
/// <param name="Member">Its id.</param>
/// <param name="Tier">From 0, the worst.</param>
/// <param name="Minor">Minor units, 0 or more.</param>
public readonly record struct MemberUse(string Member, int Tier, long Minor);

/// <summary>What is used of a layer.</summary>
/// <param name="Layer">Its id.</param>
/// <param name="Used">Minor units, 0 or more.</param>
/// <param name="Shares">By tier, then by member id, with those who bear nothing; they sum to what is used. None if the layer is one amount.</param>
public sealed record LayerUse(string Layer, long Used, IReadOnlyList<MemberUse> Shares)
{
    /// <summary>What each member bears in all tiers, by id.</summary>
    public SortedDictionary<string, long> ByMember()
    {
        var sums = new SortedDictionary<string, long>(Utf8Ordinal.Order);
        foreach (var share in Shares)
        {
            sums[share.Member] = sums.GetValueOrDefault(share.Member) + share.Minor;
        }

        return sums;
    }
}

/// <summary>A loss over the layers: the uses and what is unallocated sum to it.</summary>
/// <param name="Layers">In the order given, unused ones too.</param>
/// <param name="Unallocated">Beyond all layers, minor units, 0 or more.</param>
public sealed record WaterfallResult(IReadOnlyList<LayerUse> Layers, long Unallocated);

/// <summary>
/// Who bears a loss (rulebook 11.4): each layer is used up before the next, within a layer each tier before the next, and within a tier the members bear their part by
/// <see cref="Assessments"/>' rule, by weight and never above their amount.
/// </summary>
public static class Waterfall
{
    /// <param name="loss">Minor units, 0 or more.</param>
    /// <param name="layers">First used first, each id once.</param>
    /// <exception cref="ArgumentException">A negative loss, or a layer twice.</exception>
    public static WaterfallResult Allocate(long loss, IReadOnlyList<WaterfallLayer> layers)
    {
        if (loss < 0)
        {
            throw new ArgumentException($"a loss of {loss} cannot be allocated; 0 or more is needed", nameof(loss));
        }

        var rest = loss;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var uses = new List<LayerUse>(layers.Count);
        foreach (var layer in layers)
        {
            if (!seen.Add(layer.Id))
            {
                throw new ArgumentException($"layer {layer.Id} is in the waterfall twice; each is allowed once", nameof(layers));
            }

            var use = Use(layer, rest);
            rest -= use.Used;
            uses.Add(use);
        }

        return new WaterfallResult(uses, rest);
    }

    private static LayerUse Use(WaterfallLayer layer, long loss)
    {
        var used = (long)Int128.Min(loss, layer.Available);
        var rest = used;
        var shares = new List<MemberUse>(layer.Tiers.Sum(t => t.Count));
        for (var tier = 0; tier < layer.Tiers.Count; tier++)
        {
            var members = layer.Tiers[tier];
            (var borne, rest) = CappedShares.Of(rest, members);
            for (var i = 0; i < borne.Length; i++)
            {
                shares.Add(new MemberUse(members[i].Member, tier, borne[i]));
            }
        }

        return new LayerUse(layer.Id, used, shares);
    }
}
