using System.Numerics;

namespace ClearingActors.Domain;

/// <summary>
/// Shares a whole number of units pro rata (rulebook 11.2): each weight gets its quota rounded down, and the units left over go one each to the largest remainders,
/// among equal remainders to the earlier weight. Callers list the weights by id ascending. Exact, and the shares always sum to the amount.
/// </summary>
public static class LargestRemainder
{
    /// <summary>The shares, in the order of the weights.</summary>
    /// <param name="units">0 or more: minor units or lots.</param>
    /// <param name="weights">Each 0 or more, by id ascending. A weight of zero gets nothing.</param>
    /// <exception cref="ArgumentException">A negative amount or weight, or something to share and no weight above zero.</exception>
    public static BigInteger[] Share(BigInteger units, IReadOnlyList<BigInteger> weights)
    {
        if (units.Sign < 0)
        {
            throw new ArgumentException($"{units} units cannot be shared: 0 or more are allowed", nameof(units));
        }

        var total = BigInteger.Zero;
        for (var i = 0; i < weights.Count; i++)
        {
            total += weights[i].Sign >= 0 ? weights[i] : throw new ArgumentException($"weight {weights[i]} at place {i} is below 0", nameof(weights));
        }

        var shares = new BigInteger[weights.Count];
        if (total.IsZero)
        {
            return units.IsZero
                ? shares
                : throw new ArgumentException($"{units} units cannot be shared among {weights.Count} weights of which none is above 0", nameof(weights));
        }

        var remainders = new BigInteger[weights.Count];
        var left = units;
        for (var i = 0; i < weights.Count; i++)
        {
            shares[i] = BigInteger.DivRem(units * weights[i], total, out remainders[i]);
            left -= shares[i];
        }

        // Fewer units are left than remainders above zero, so a weight of zero never gets one. The sort is stable.
        foreach (var i in Enumerable.Range(0, weights.Count).OrderByDescending(i => remainders[i]).Take((int)left))
        {
            shares[i] += BigInteger.One;
        }

        return shares;
    }
}
