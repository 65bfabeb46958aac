using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Margin;

/// <summary>Wrong-way risk (rulebook 8.5): long exposure to the member's own group is worth least when the member fails.</summary>
public static class WrongWayAddOn
{
    /// <summary>wrongWayShock x max(0, delta-equivalent value).</summary>
    /// <param name="wrongWayShock">0 to 1.</param>
    /// <param name="deltaEquivalentValue">Money: units x price on underlyings of the member's own group.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static double Of(double wrongWayShock, double deltaEquivalentValue)
    {
        PricingGuard.Finite(deltaEquivalentValue);
        return wrongWayShock is >= 0.0 and <= 1.0
            ? wrongWayShock * Math.Max(0.0, deltaEquivalentValue)
            : throw new ArgumentOutOfRangeException(nameof(wrongWayShock), wrongWayShock, "0 to 1 is allowed");
    }
}
