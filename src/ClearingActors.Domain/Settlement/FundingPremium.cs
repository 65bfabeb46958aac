using System.Numerics;
using ClearingActors.Domain.Market;

namespace ClearingActors.Domain.Settlement;

/// <summary>
/// The premium of <see cref="PerpetualFunding.Premium"/> from two series of marks. Exact fractions of many different index prices have denominators that grow
/// with every mark, so the sum is first enclosed between two bounds; only where these round apart is it computed as a fraction.
/// </summary>
public static class FundingPremium
{
    private const int GuardPlaces = 40;

    /// <summary>The time-weighted mean of mark / index - 1, half-even to 10 places; null while at no instant of the interval both have a mark.</summary>
    /// <param name="marks">The perpetual's marks by strictly ascending time.</param>
    /// <param name="markScale">Decimal places of its price units.</param>
    /// <param name="index">The index's marks by strictly ascending time, all above 0.</param>
    /// <param name="indexScale">Decimal places of its price units.</param>
    /// <param name="start">UTC ns.</param>
    /// <param name="end">UTC ns, after the start; not part of the interval.</param>
    public static decimal? Of(IReadOnlyList<MarkPoint> marks, int markScale, IReadOnlyList<MarkPoint> index, int indexScale, long start, long end)
    {
        var pieces = Pieces(marks, index, start, end);
        if (pieces.Count == 0)
        {
            return null;
        }

        // Per index price the sum of mark x time held, so that there is one division for each.
        var sums = new Dictionary<long, BigInteger>();
        var weight = BigInteger.Zero;
        foreach (var (from, until, mark, indexUnits) in pieces)
        {
            var held = (BigInteger)until - from;
            weight += held;
            sums[indexUnits] = sums.GetValueOrDefault(indexUnits) + (held * mark);
        }

        var unit = BigInteger.Pow(10, GuardPlaces);
        var (up, down) = (BigInteger.Pow(10, GuardPlaces + indexScale), BigInteger.Pow(10, markScale));
        var low = BigInteger.Zero;
        foreach (var (indexUnits, sum) in sums)
        {
            low += BigInteger.Divide(sum * up, down * indexUnits);
        }

        // Each division cut off less than one unit of the last guard place.
        var least = Rounded(low, weight, unit);
        return least == Rounded(low + sums.Count, weight, unit) ? least : Exactly(pieces, markScale, indexScale, start, end);
    }

    private static decimal Rounded(BigInteger sum, BigInteger weight, BigInteger unit) =>
        (new ExactFraction(sum, weight * unit) - ExactFraction.From(1m)).RoundHalfEven(PerpetualFunding.PremiumPlaces).ToDecimal();

    private static decimal Exactly(List<(long From, long Until, long Mark, long Index)> pieces, int markScale, int indexScale, long start, long end)
    {
        PremiumSample[] samples =
        [
            .. pieces.Select(p => new PremiumSample(p.From, p.Mark / DecimalPower.AsDecimal(markScale), p.Index / DecimalPower.AsDecimal(indexScale))),
        ];
        return PerpetualFunding.Premium(samples, start, end);
    }

    /// <summary>The interval in pieces during which neither price changes; without the time before both have one.</summary>
    private static List<(long From, long Until, long Mark, long Index)> Pieces(IReadOnlyList<MarkPoint> marks, IReadOnlyList<MarkPoint> index, long start, long end)
    {
        List<(long, long, long, long)> pieces = [];
        int m = -1, i = -1;
        var from = start;
        while (from < end)
        {
            while (m + 1 < marks.Count && marks[m + 1].Time <= from)
            {
                m++;
            }

            while (i + 1 < index.Count && index[i + 1].Time <= from)
            {
                i++;
            }

            var until = end;
            until = m + 1 < marks.Count ? Math.Min(until, marks[m + 1].Time) : until;
            until = i + 1 < index.Count ? Math.Min(until, index[i + 1].Time) : until;
            if (m >= 0 && i >= 0)
            {
                pieces.Add((from, until, marks[m].PriceUnits, index[i].PriceUnits));
            }

            from = until;
        }

        return pieces;
    }
}
