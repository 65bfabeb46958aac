using ClearingActors.Domain.Default;

namespace ClearingActors.Domain.Tests.Default;

/// <summary>A second, slow implementation, unit by unit, to compare with. For small numbers only.</summary>
internal static class NaiveAllocation
{
    /// <summary>One unit of loss after the other goes to the first tier with anything left; then each tier's part is shared.</summary>
    public static (SortedDictionary<string, long>[][] Layers, long Unallocated) Waterfall(long loss, (long Whole, LayerMember[][] Tiers)[] layers)
    {
        var taken = layers.Select(l => l.Tiers.Length == 0 ? new long[1] : new long[l.Tiers.Length]).ToArray();
        long unallocated = 0;
        for (var unit = 0; unit < loss; unit++)
        {
            var place = (from layer in Enumerable.Range(0, layers.Length)
                         from tier in Enumerable.Range(0, taken[layer].Length)
                         where taken[layer][tier] < Room(layers[layer], tier)
                         select ((int Layer, int Tier)?)(layer, tier)).FirstOrDefault();
            if (place is { } found)
            {
                taken[found.Layer][found.Tier]++;
            }
            else
            {
                unallocated++;
            }
        }

        return ([.. layers.Select((l, i) => l.Tiers.Length == 0
            ? [new SortedDictionary<string, long> { ["whole"] = taken[i][0] }]
            : l.Tiers.Select((t, j) => Capped(taken[i][j], t).Shares).ToArray())], unallocated);
    }

    /// <summary>Shares, cuts at the caps, and starts again with the excess and those who have room.</summary>
    public static (SortedDictionary<string, long> Shares, long Unplaced) Capped(long amount, LayerMember[] members)
    {
        var shares = new SortedDictionary<string, long>(members.ToDictionary(m => m.Member, _ => 0L), StringComparer.Ordinal);
        LayerMember[] open = [.. members.Where(m => m.Weight > 0 && m.Amount > 0)];
        if (amount == 0 || open.Length == 0)
        {
            return (shares, amount);
        }

        long excess = 0;
        foreach (var (id, part) in Shared(amount, open))
        {
            var cap = open.Single(m => m.Member == id).Amount;
            shares[id] = Math.Min(part, cap);
            excess += Math.Max(0, part - cap);
        }

        var (more, unplaced) = Capped(excess, [.. open.Select(m => m with { Amount = m.Amount - shares[m.Member] })]);
        foreach (var (id, part) in more)
        {
            shares[id] += part;
        }

        return (shares, unplaced);
    }

    /// <summary>Whole quotas first, then one unit after the other to who is furthest below its quota.</summary>
    private static Dictionary<string, long> Shared(long amount, LayerMember[] members)
    {
        var total = members.Sum(m => m.Weight);
        var shares = members.ToDictionary(m => m.Member, m => amount * m.Weight / total);
        while (shares.Values.Sum() < amount)
        {
            var next = members.OrderBy(m => (shares[m.Member] * total) - (amount * m.Weight)).ThenBy(m => m.Member, StringComparer.Ordinal).First();
            shares[next.Member]++;
        }

        return shares;
    }

    private static long Room((long Whole, LayerMember[][] Tiers) layer, int tier) =>
        layer.Tiers.Length == 0 ? layer.Whole : layer.Tiers[tier].Where(m => m.Weight > 0).Sum(m => m.Amount);
}
