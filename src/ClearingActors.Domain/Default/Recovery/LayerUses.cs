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
}
