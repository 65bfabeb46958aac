namespace ClearingActors.Risk.Margin;

/// <summary>What one long lot amounts to in its underlying (rulebook 8.5).</summary>
/// <param name="Units">
/// Delta-equivalent units of the underlying: multiplier x delta, an option's delta in the forward of its expiry; face / price for an inverse contract.
/// </param>
/// <param name="Value">Units x price in the instrument's currency; face / price for an inverse contract, which is paid in the underlying itself.</param>
/// <param name="Vega">Money per 1.00 of volatility; 0 but for options.</param>
public readonly record struct LotSensitivity(double Units, double Value, double Vega)
{
    /// <summary>Of an instrument as it stands.</summary>
    public static LotSensitivity Of(InstrumentRisk instrument)
    {
        switch (instrument)
        {
            case OptionRisk option:
                var (delta, vega) = option.Sensitivity();
                return new LotSensitivity(option.Multiplier * delta, option.Multiplier * delta * option.Price, option.Multiplier * vega);
            case InverseRisk:
                return new LotSensitivity(instrument.Multiplier / instrument.Price, instrument.Multiplier / instrument.Price, 0.0);
            default:
                return new LotSensitivity(instrument.Multiplier, instrument.Multiplier * instrument.Price, 0.0);
        }
    }
}
