using System.Numerics;

namespace ClearingActors.Domain.Default;

/// <summary>
/// Shares an amount by weight, no share above its cap (rulebook 11.4): by largest remainder, ties by id ascending; what passes a cap is shared again, by the same weights,
/// among those who have room left, until all is placed or nobody has room. With the caps as weights no share passes its cap, and one round does.
/// </summary>
internal static class CappedShares
{
    /// <summary>By id, each once, nothing below zero.</summary>
    public static LayerMember[] Ordered(IEnumerable<LayerMember> members, string of)
    {
        LayerMember[] ordered = [.. members.OrderBy(m => m.Member, Utf8Ordinal.Order)];
        for (var i = 0; i < ordered.Length; i++)
        {
            var m = ordered[i];
            if (string.IsNullOrEmpty(m.Member))
            {
                throw new ArgumentException($"{of} has a member without an id; give one", nameof(members));
            }

            if (i > 0 && ordered[i - 1].Member == m.Member)
            {
                throw new ArgumentException($"{of} has {m.Member} twice; give its amount in one", nameof(members));
            }

            if (m.Amount < 0 || m.Weight < 0)
            {
                throw new ArgumentException($"{of} has {m.Member} with amount {m.Amount} and weight {m.Weight}; 0 or more is needed", nameof(members));
            }
        }

        return ordered;
    }

    /// <summary>The shares, in the order of the members, and what nobody has room for.</summary>
    public static (long[] Shares, long Unplaced) Of(long amount, IReadOnlyList<LayerMember> ordered)
    {
        var shares = new long[ordered.Count];
        int[] open = [.. Enumerable.Range(0, ordered.Count).Where(i => ordered[i] is { Weight: > 0, Amount: > 0 })];
        while (amount > 0 && open.Length > 0)
        {
            var more = LargestRemainder.Share(amount, [.. open.Select(i => (BigInteger)ordered[i].Weight)]);
            for (var j = 0; j < open.Length; j++)
            {
                var taken = Math.Min((long)more[j], ordered[open[j]].Amount - shares[open[j]]);
                shares[open[j]] += taken;
                amount -= taken;
            }

            open = [.. open.Where(i => shares[i] < ordered[i].Amount)];
        }

        return (shares, amount);
    }
}
