using System.Numerics;

namespace ClearingActors.Domain.Default.Recovery;

/// <summary>A recovery paid back.</summary>
/// <param name="Repaid">By layer, in the order of the uses, with those that get nothing.</param>
/// <param name="StillUsed">The uses less what is repaid: those of the next recovery.</param>
/// <param name="Excess">Beyond all that was used, minor units, 0 or more: the defaulter's estate's.</param>
public sealed record RecoveryResult(IReadOnlyList<LayerUse> Repaid, IReadOnlyList<LayerUse> StillUsed, long Excess);

/// <summary>
/// Recoveries from the defaulter repay the layers in reverse order (rulebook 11.6): the last used first, within a layer the best tier first, within a tier pro rata to what each
/// lost in it, by largest remainder, ties by id ascending.
/// </summary>
public static class Recoveries
{
    /// <param name="amount">Minor units, 0 or more.</param>
    /// <param name="uses">In the order of use, each layer once.</param>
    /// <exception cref="ArgumentException">A negative amount, a layer twice, or shares that do not sum to their use.</exception>
    public static RecoveryResult Repay(long amount, IReadOnlyList<LayerUse> uses)
    {
        if (amount < 0)
        {
            throw new ArgumentException($"a recovery of {amount} cannot be paid back; 0 or more is needed", nameof(amount));
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var use in uses)
        {
            LayerUses.Check(use);
            if (!seen.Add(use.Layer))
            {
                throw new ArgumentException($"layer {use.Layer} is listed twice; give its uses in one", nameof(uses));
            }
        }

        var repaid = new LayerUse[uses.Count];
        var still = new LayerUse[uses.Count];
        var rest = amount;
        for (var i = uses.Count - 1; i >= 0; i--)
        {
            (repaid[i], still[i]) = RepayLayer(rest, uses[i]);
            rest -= repaid[i].Used;
        }

        return new RecoveryResult(repaid, still, rest);
    }

    private static (LayerUse Repaid, LayerUse Still) RepayLayer(long amount, LayerUse use)
    {
        var total = Math.Min(amount, use.Used);
        var rest = total;
        var repaid = new List<MemberUse>(use.Shares.Count);
        MemberUse[] lost = [.. use.Shares.OrderBy(s => s.Tier).ThenBy(s => s.Member, Utf8Ordinal.Order)];
        foreach (var tier in lost.GroupBy(s => s.Tier).Reverse())
        {
            MemberUse[] members = [.. tier];
            var part = Math.Min(rest, members.Sum(s => s.Minor));
            var shares = LargestRemainder.Share(part, [.. members.Select(s => (BigInteger)s.Minor)]);
            repaid.InsertRange(0, members.Select((s, i) => s with { Minor = (long)shares[i] }));
            rest -= part;
        }

        return (
            new LayerUse(use.Layer, total, repaid),
            new LayerUse(use.Layer, use.Used - total, [.. lost.Select((s, i) => s with { Minor = s.Minor - repaid[i].Minor })]));
    }
}
