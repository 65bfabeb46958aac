using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Stress;

/// <summary>The loss of a portfolio in a stress scenario, by full revaluation (rulebook 10.1).</summary>
public static class StressLoss
{
    /// <summary>In the margin currency; negative for a gain. Sums run over the holdings in the order given.</summary>
    /// <param name="holdings">In a fixed order of the caller.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="marginCurrency">The currency of the result.</param>
    /// <param name="rates">The rate of every other currency among the holdings.</param>
    /// <exception cref="ArgumentException">See <see cref="FullRevaluation.OfPortfolio"/> and <see cref="StressScenario.ShockOf"/>.</exception>
    public static double Of(IReadOnlyList<Holding> holdings, StressScenario scenario, string marginCurrency, IReadOnlyList<CurrencyRate> rates)
    {
        var factors = new HashSet<RiskFactorId>();
        foreach (var (instrument, _) in holdings)
        {
            factors.Add(instrument.Factor);
            if (instrument.VolatilityFactor is { } volatility)
            {
                factors.Add(volatility);
            }

            if (instrument.Currency != marginCurrency)
            {
                factors.Add(RiskFactorId.Currency(instrument.Currency));
            }
        }

        return factors.Count == 0 ? 0.0 : -FullRevaluation.OfPortfolio(holdings, scenario.For(factors), marginCurrency, rates)[0];
    }
}
