using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Margin;

/// <summary>What closing out a position in an underlying costs (rulebook 8.5).</summary>
/// <param name="HalfSpread">As a fraction of the price, 0 or more.</param>
/// <param name="Kappa">The weight of market impact, 0 or more.</param>
/// <param name="DailyVolatility">sigma(now), a fraction, 0 or more.</param>
/// <param name="AverageDailyVolume">In units of the underlying, above 0.</param>
public readonly record struct LiquidityFigures(double HalfSpread, double Kappa, double DailyVolatility, double AverageDailyVolume);

/// <summary>
/// Liquidity, charged on the whole member's position (rulebook 8.5): |q| x |price| x (halfSpread + kappa x sigma x sqrt(|q| / ADV)). The square root is the law of
/// market impact, R. Almgren et al., Direct estimation of equity market impact, Risk (July 2005).
/// </summary>
public static class LiquidityAddOn
{
    /// <summary>The add-on of futures and of options' deltas, in money of the price's currency.</summary>
    /// <param name="deltaEquivalentUnits">q: units of the underlying, netted over the member.</param>
    /// <param name="price">The underlying's price; negative ones count by their size.</param>
    /// <param name="figures">Spread, impact and volume.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static double Of(double deltaEquivalentUnits, double price, LiquidityFigures figures)
    {
        PricingGuard.Finite(deltaEquivalentUnits);
        PricingGuard.Finite(price);
        PricingGuard.NotNegative(figures.HalfSpread);
        PricingGuard.NotNegative(figures.Kappa);
        PricingGuard.NotNegative(figures.DailyVolatility);
        PricingGuard.Positive(figures.AverageDailyVolume);
        var units = Math.Abs(deltaEquivalentUnits);
        return units * Math.Abs(price) * (figures.HalfSpread + (figures.Kappa * figures.DailyVolatility * Math.Sqrt(units / figures.AverageDailyVolume)));
    }

    /// <summary>What options add for their volatility: |vega| x volHalfSpread x (1 + sqrt(|q| / ADV)).</summary>
    /// <param name="vega">Money per 1.00 of volatility, netted over the member.</param>
    /// <param name="volHalfSpread">In volatility, 0 or more.</param>
    /// <param name="deltaEquivalentUnits">q.</param>
    /// <param name="averageDailyVolume">In units of the underlying, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static double OfVega(double vega, double volHalfSpread, double deltaEquivalentUnits, double averageDailyVolume)
    {
        PricingGuard.Finite(vega);
        PricingGuard.NotNegative(volHalfSpread);
        PricingGuard.Finite(deltaEquivalentUnits);
        PricingGuard.Positive(averageDailyVolume);
        return Math.Abs(vega) * volHalfSpread * (1.0 + Math.Sqrt(Math.Abs(deltaEquivalentUnits) / averageDailyVolume));
    }

    /// <summary>The member's add-on charged to its accounts pro rata to their stand-alone figures, in the order given; all zero where those are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A figure is not 0 or more.</exception>
    public static double[] ShareOverAccounts(double memberAddOn, IReadOnlyList<double> standAlone)
    {
        PricingGuard.NotNegative(memberAddOn);
        var sum = 0.0;
        foreach (var figure in standAlone)
        {
            PricingGuard.NotNegative(figure);
            sum += figure;
        }

        return sum == 0.0 && memberAddOn > 0.0
            ? throw new ArgumentOutOfRangeException(nameof(standAlone), sum, $"an add-on of {memberAddOn:R} needs an account with a figure above 0 to bear it")
            : [.. standAlone.Select(figure => sum == 0.0 ? 0.0 : memberAddOn * (figure / sum))];
    }
}
