namespace ClearingActors.Risk.Margin;

/// <summary>How one long lot moves, for who must take it over (rulebook 11.3): units of the underlying, money per 1.00 of volatility, money per year that passes.</summary>
/// <param name="Delta">See <see cref="LotSensitivity.Units"/>.</param>
/// <param name="Gamma">Change of delta per 1 of the price; 0 but for options.</param>
/// <param name="Vega">See <see cref="LotSensitivity.Vega"/>.</param>
/// <param name="Theta">0 but for options.</param>
public readonly record struct LotGreeks(double Delta, double Gamma, double Vega, double Theta)
{
    private const double PriceStep = 1e-3;
    private const double Day = 1.0 / 365.0;

    /// <summary>Of an instrument as it stands; second derivatives and time by differences of the model's price.</summary>
    public static LotGreeks Of(InstrumentRisk instrument)
    {
        var first = LotSensitivity.Of(instrument);
        if (instrument is not OptionRisk option)
        {
            return new LotGreeks(first.Units, 0.0, first.Vega, 0.0);
        }

        var h = Math.Max(Math.Abs(option.Price) * PriceStep, 1e-9);
        var volatility = option.Terms.Volatility;
        var gamma = (option.ValueAt(option.Price + h, volatility) - (2.0 * option.UnitValue) + option.ValueAt(option.Price - h, volatility)) / (h * h);
        var left = Math.Max(0.0, option.Terms.ExpiryYears - Day);
        var passed = option.Terms.ExpiryYears - left;
        var later = new OptionRisk(option.Instrument, option.Factor, option.Price, option.Multiplier, option.Currency, option.Terms with { ExpiryYears = left }).UnitValue;
        return new LotGreeks(first.Units, option.Multiplier * gamma, first.Vega, passed > 0.0 ? option.Multiplier * (later - option.UnitValue) / passed : 0.0);
    }
}
