using System.Numerics;

namespace ClearingActors.Domain.Settlement;

/// <summary>A short position in an exercised series, or the lots assigned to it.</summary>
/// <param name="Account">The account's id.</param>
/// <param name="Client">The client's id in a gross omnibus account, else empty.</param>
/// <param name="Lots">0 or more.</param>
public readonly record struct ShortLots(string Account, string Client, long Lots);

/// <summary>
/// Assignment of exercised lots over the short positions (rulebook 6.3): pro rata by largest remainder, ties by account then client id. Nobody is assigned more than
/// it is short.
/// </summary>
public static class ExerciseAssignment
{
    /// <summary>The lots of each position, by account then client id; a position that gets none is listed with 0.</summary>
    /// <param name="lots">0 to the sum of the shorts.</param>
    /// <param name="shorts">Each account and client once, in any order.</param>
    /// <exception cref="ArgumentException">More lots than there are shorts, a negative number, or a position given twice.</exception>
    public static IReadOnlyList<ShortLots> Assign(long lots, IReadOnlyCollection<ShortLots> shorts)
    {
        ShortLots[] ordered = [.. shorts.OrderBy(s => s.Account, Utf8Ordinal.Order).ThenBy(s => s.Client, Utf8Ordinal.Order)];
        for (var i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Account == ordered[i - 1].Account && ordered[i].Client == ordered[i - 1].Client)
            {
                throw new ArgumentException($"account \"{ordered[i].Account}\", client \"{ordered[i].Client}\" is listed twice; give its lots in one", nameof(shorts));
            }
        }

        var open = ordered.Aggregate(BigInteger.Zero, (sum, s) => sum + s.Lots);
        if (lots > open)
        {
            throw new ArgumentException($"{lots} lots cannot be assigned to positions short {open} in all", nameof(lots));
        }

        var assigned = LargestRemainder.Share(lots, [.. ordered.Select(s => (BigInteger)s.Lots)]);
        return [.. ordered.Select((s, i) => s with { Lots = (long)assigned[i] })];
    }
}
