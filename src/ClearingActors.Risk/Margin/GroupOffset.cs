using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Margin;

/// <summary>
/// Offsets across product groups of the same model, confidence, period, currency and default fund (rulebook 8.4, RTS Art. 27):
/// M = sum(M_g) - 0.8 x max(0, sum(M_g) - M_joint), each term floored at zero.
/// </summary>
public static class GroupOffset
{
    /// <summary>The most of the difference that may be given [RTS Art. 27(4)].</summary>
    public const double Allowance = 0.8;

    /// <param name="groupMargins">Each group's margin alone; they are summed in the order given.</param>
    /// <param name="jointMargin">The margin of all groups as one portfolio.</param>
    /// <exception cref="ArgumentOutOfRangeException">A margin is not finite.</exception>
    public static double Margin(IReadOnlyList<double> groupMargins, double jointMargin)
    {
        PricingGuard.Finite(jointMargin);
        var sum = 0.0;
        foreach (var margin in groupMargins)
        {
            PricingGuard.Finite(margin);
            sum += Math.Max(0.0, margin);
        }

        return sum - (Allowance * Math.Max(0.0, sum - Math.Max(0.0, jointMargin)));
    }
}
