using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Margin;

/// <summary>Short-option minimum (rulebook 8.5): a floor under the margin of options that are far out of the money.</summary>
public static class ShortOptionMinimum
{
    /// <summary>minPerLot x net short lots, the lots of each series netted by the caller.</summary>
    /// <param name="minimumPerLot">Money, 0 or more.</param>
    /// <param name="netLots">Net lots of each series, negative if short; the short ones count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The minimum is not 0 or more.</exception>
    public static double Of(double minimumPerLot, IReadOnlyList<long> netLots)
    {
        PricingGuard.NotNegative(minimumPerLot);
        var shortLots = 0L;
        foreach (var lots in netLots)
        {
            shortLots -= Math.Min(0, lots);
        }

        return minimumPerLot * shortLots;
    }
}
