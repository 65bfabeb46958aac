namespace ClearingActors.Domain.Default.Recovery;

/// <summary>What holds of a use of a layer, wherever it came from.</summary>
internal static class LayerUses
{
    public static void Check(LayerUse use)
    {
        var sum = Int128.Zero;
        var seen = new HashSet<(string Member, int Tier)>();
        foreach (var share in use.Shares)
        {
            sum += share.Minor;
            if (share.Minor < 0 || share.Tier < 0 || !seen.Add((share.Member, share.Tier)))
            {
                throw new ArgumentException($"layer {use.Layer} has {share.Member} with {share.Minor} in tier {share.Tier}, or twice; 0 or more is needed, once in a tier", nameof(use));
            }
        }

        if (use.Used < 0 || (use.Shares.Count > 0 && sum != use.Used))
        {
            throw new ArgumentException($"layer {use.Layer} has {use.Used} used and shares of {sum}; 0 or more is needed, and the same", nameof(use));
        }
    }

    /// <summary>Two uses of one layer, by tier, then by member id.</summary>
    /// <exception cref="ArgumentException">One has shares and the other, not 0, has none.</exception>
    public static LayerUse Sum(LayerUse first, LayerUse second)
    {
        if ((first.Shares.Count == 0 && first.Used > 0 && second.Shares.Count > 0) || (second.Shares.Count == 0 && second.Used > 0 && first.Shares.Count > 0))
        {
            throw new ArgumentException($"layer {first.Layer} was used with shares of members and without; one of them is needed", nameof(second));
        }

        var shares = first.Shares.Concat(second.Shares).GroupBy(s => (s.Tier, s.Member)).OrderBy(g => g.Key.Tier).ThenBy(g => g.Key.Member, Utf8Ordinal.Order)
            .Select(g => new MemberUse(g.Key.Member, g.Key.Tier, g.Sum(s => s.Minor)));
        return new LayerUse(first.Layer, checked(first.Used + second.Used), [.. shares]);
    }
}
