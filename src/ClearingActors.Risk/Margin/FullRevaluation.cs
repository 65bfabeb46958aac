using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Margin;

/// <summary>Lots of an instrument.</summary>
/// <param name="Instrument">The instrument as the model sees it.</param>
/// <param name="Quantity">Lots, negative if short.</param>
public readonly record struct Holding(InstrumentRisk Instrument, long Quantity);

/// <summary>The rate of a currency into the margin currency now. It moves by the factor <see cref="RiskFactorId.Currency"/> of the scenarios.</summary>
/// <param name="Currency">The code.</param>
/// <param name="Rate">Units of the margin currency for one unit, above 0.</param>
public readonly record struct CurrencyRate(string Currency, double Rate);

/// <summary>
/// Profit and loss in every scenario by full revaluation (rulebook 8.2). Gains are positive. Sums run over the holdings in the order given, one scenario at a time,
/// so the same holdings in the same order give the same bits.
/// </summary>
public static class FullRevaluation
{
    /// <summary>The gain of one long lot in each scenario, in the instrument's own currency. It may be shared by all holders.</summary>
    /// <exception cref="ArgumentException">The scenarios lack a factor, or shock the instrument out of its model's range.</exception>
    public static double[] PerLot(InstrumentRisk instrument, ScenarioSet scenarios)
    {
        var price = scenarios[instrument.Factor];
        var volatility = instrument.VolatilityFactor is { } factor ? scenarios[factor] : null;
        var gains = new double[scenarios.Count];
        for (var i = 0; i < gains.Length; i++)
        {
            gains[i] = instrument.GainPerLot(price.Shocks[i], price.Kind, volatility is null ? null : (volatility.Shocks[i], volatility.Kind));
        }

        return gains;
    }

    /// <summary>The gain of a portfolio in each scenario, in the margin currency; other currencies convert at that scenario's shocked rate.</summary>
    /// <param name="holdings">In a fixed order of the caller, such as by instrument id.</param>
    /// <param name="scenarios">The scenarios.</param>
    /// <param name="marginCurrency">The currency of the result.</param>
    /// <param name="rates">The rate of every other currency among the holdings.</param>
    /// <exception cref="ArgumentException">A currency without a rate, a rate not above 0, or see <see cref="PerLot"/>.</exception>
    public static double[] OfPortfolio(
        IReadOnlyList<Holding> holdings, ScenarioSet scenarios, string marginCurrency, IReadOnlyList<CurrencyRate> rates)
    {
        var total = new double[scenarios.Count];
        foreach (var holding in holdings)
        {
            var gains = PerLot(holding.Instrument, scenarios);
            if (holding.Instrument.Currency != marginCurrency)
            {
                Convert(gains, holding.Instrument, scenarios, RateOf(holding.Instrument, marginCurrency, rates));
            }

            for (var i = 0; i < total.Length; i++)
            {
                total[i] += holding.Quantity * gains[i];
            }
        }

        return total;
    }

    /// <summary>A currency's rate in each scenario, by its own factor.</summary>
    /// <exception cref="ArgumentException">The scenarios lack the factor, or take the rate to 0 or below.</exception>
    public static double[] Rates(CurrencyRate rate, ScenarioSet scenarios)
    {
        var shocks = scenarios[RiskFactorId.Currency(rate.Currency)];
        var rates = new double[scenarios.Count];
        for (var i = 0; i < rates.Length; i++)
        {
            rates[i] = Shock.Apply(rate.Rate, shocks.Shocks[i], shocks.Kind);
            if (!(rates[i] > 0.0))
            {
                throw new ArgumentException($"the rate {rate.Rate:R} of {rate.Currency} falls to {rates[i]:R} in scenario {i}; a rate stays above 0, use relative shocks", nameof(scenarios));
            }
        }

        return rates;
    }

    private static void Convert(double[] gains, InstrumentRisk instrument, ScenarioSet scenarios, double rate)
    {
        var rates = Rates(new CurrencyRate(instrument.Currency, rate), scenarios);
        for (var i = 0; i < gains.Length; i++)
        {
            gains[i] *= rates[i];
        }
    }

    private static double RateOf(InstrumentRisk instrument, string marginCurrency, IReadOnlyList<CurrencyRate> rates)
    {
        foreach (var rate in rates)
        {
            if (rate.Currency == instrument.Currency)
            {
                return rate.Rate > 0.0 && double.IsFinite(rate.Rate)
                    ? rate.Rate
                    : throw new ArgumentException($"the rate of {rate.Currency} is {rate.Rate:R}; a finite number above 0 is needed", nameof(rates));
            }
        }

        throw new ArgumentException($"{instrument.Instrument} pays in {instrument.Currency} and the margin is in {marginCurrency}; give the rate of {instrument.Currency}", nameof(rates));
    }
}
