using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Monitor;

/// <summary>
/// What one lot of a European option gains in every scenario, by <see cref="FastPricing"/>: for the monitor, some 30 times as fast as <see cref="FullRevaluation.PerLot"/>
/// (rulebook 8.9).
/// </summary>
public static class FastOptionGains
{
    /// <summary>What <see cref="FastPricing"/> promises, as a share of the greater of forward and strike.</summary>
    private const double PricingError = 1e-13;

    /// <summary>The error that is allowed, as a share of the option's own largest gain or loss: a tenth of what the monitor promises.</summary>
    private const double Allowed = 1e-10;

    /// <summary>The gains of <see cref="FullRevaluation.PerLot"/> to 1e-10 of the largest of them.</summary>
    /// <param name="option">Any option.</param>
    /// <param name="scenarios">With its factors.</param>
    /// <param name="gains">One per scenario, in the option's currency; meaningful if true is returned.</param>
    /// <returns>False where the fast formula does not serve: early exercise, a normal volatility, or an option so far out of the money that its gains are near the formula's error.</returns>
    /// <exception cref="ArgumentException">The scenarios lack a factor, or shock the option out of its model's range.</exception>
    public static bool TryPerLot(OptionRisk option, ScenarioSet scenarios, out double[] gains)
    {
        gains = [];
        var terms = option.Terms;
        if (terms.American is not null || terms.Model != OptionModel.Black76)
        {
            return false;
        }

        var price = scenarios[option.Factor];
        var own = terms.VolatilityFactor is { } factor ? scenarios[factor] : null;
        var forwards = new double[scenarios.Count + 1];
        var volatilities = new double[forwards.Length];
        for (var i = 0; i < scenarios.Count; i++)
        {
            forwards[i] = Shock.Apply(option.Price, price.Shocks[i], price.Kind);
            volatilities[i] = option.ShockedVolatility(price.Shocks[i], price.Kind, own is null ? null : (own.Shocks[i], own.Kind));
        }

        // Today's value by the same formula behind them, so that what the two have in common cancels.
        forwards[^1] = option.Price;
        volatilities[^1] = terms.Volatility;
        FastPricing.Scenarios(terms.Type, terms.Strike, terms.ExpiryYears, forwards, volatilities, forwards);
        var scale = option.Multiplier * terms.DiscountFactor;
        var now = forwards[^1];
        gains = new double[scenarios.Count];
        var largest = 0.0;
        for (var i = 0; i < gains.Length; i++)
        {
            gains[i] = scale * (forwards[i] - now);
            largest = Math.Max(largest, Math.Abs(gains[i]));
        }

        var most = Math.Max(option.Price, terms.Strike);
        for (var i = 0; i < price.Shocks.Length; i++)
        {
            most = Math.Max(most, Shock.Apply(option.Price, price.Shocks[i], price.Kind));
        }

        return 2.0 * PricingError * most * scale <= Allowed * largest;
    }
}
