using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Margin;

/// <summary>
/// Pin risk in the last hours before expiry (rulebook 8.5): a smooth revaluation misses that a price near the strike settles on one side of it.
/// </summary>
public static class PinRiskAddOn
{
    private static readonly double[] Moves = [0.0, 0.5, -0.5, 1.0, -1.0];

    /// <summary>The largest loss at expiry payoffs for prices moved by 0, +-b/2 and +-b, over the positions' own model margin, floored at zero.</summary>
    /// <param name="expiring">The expiring options of one underlying.</param>
    /// <param name="band">b, in price units, 0 or more.</param>
    /// <param name="modelMargin">Their own model margin, 0 or more.</param>
    /// <exception cref="ArgumentException">A position is no option, or a value is out of range.</exception>
    public static double Of(IReadOnlyList<Holding> expiring, double band, double modelMargin)
    {
        PricingGuard.NotNegative(band);
        PricingGuard.NotNegative(modelMargin);
        var largest = 0.0;
        foreach (var move in Moves)
        {
            var loss = 0.0;
            foreach (var (instrument, quantity) in expiring)
            {
                var option = instrument as OptionRisk ?? throw new ArgumentException($"{instrument.Instrument} is no option; pin risk is for options", nameof(expiring));
                var price = option.Price + (move * band);
                var payoff = Math.Max(0.0, option.Terms.Type == OptionType.Call ? price - option.Terms.Strike : option.Terms.Strike - price);
                loss -= quantity * (option.Multiplier * (payoff - option.UnitValue));
            }

            largest = Math.Max(largest, loss);
        }

        return Math.Max(0.0, largest - modelMargin);
    }
}
