using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Margin;

/// <summary>
/// What the margin model knows of an instrument at one instant: its own price, the factor that shocks it, and what one lot gains when it moves (rulebook 8.1, 8.2).
/// Immutable; the kinds are the subtypes here and no others.
/// </summary>
public abstract record InstrumentRisk
{
    private protected InstrumentRisk(string instrument, RiskFactorId factor, double price, double multiplier, string currency)
    {
        ArgumentException.ThrowIfNullOrEmpty(instrument);
        ArgumentException.ThrowIfNullOrEmpty(currency);
        if (factor.Kind != RiskFactorKind.Price)
        {
            throw new ArgumentException($"{instrument} is shocked by {factor}; a price factor is needed", nameof(factor));
        }

        PricingGuard.Finite(price);
        PricingGuard.Positive(multiplier);
        Instrument = instrument;
        Factor = factor;
        Price = price;
        Multiplier = multiplier;
        Currency = currency;
    }

    public string Instrument { get; }

    public RiskFactorId Factor { get; }

    /// <summary>The price that the factor shocks: a future's or perpetual's own, an option's forward of its expiry.</summary>
    public double Price { get; }

    /// <summary>Units of the underlying per lot; the face in quote currency for an inverse contract. Above 0.</summary>
    public double Multiplier { get; }

    /// <summary>The currency of the gain.</summary>
    public string Currency { get; }

    /// <summary>The volatility's own factor; null if it has none.</summary>
    internal virtual RiskFactorId? VolatilityFactor => null;

    /// <summary>The gain of one long lot, in <see cref="Currency"/>, when price and volatility move.</summary>
    /// <param name="shock">The price factor's shock.</param>
    /// <param name="kind">How it moves the price.</param>
    /// <param name="volatilityShock">The volatility factor's shock and kind; null without one.</param>
    internal abstract double GainPerLot(double shock, ChangeKind kind, (double Shock, ChangeKind Kind)? volatilityShock);
}

/// <summary>A future or a linear perpetual: one lot gains multiplier x (shocked price - price).</summary>
public sealed record LinearRisk : InstrumentRisk
{
    /// <param name="instrument">The instrument's id.</param>
    /// <param name="factor">Its price factor.</param>
    /// <param name="price">Its own price.</param>
    /// <param name="multiplier">Above 0.</param>
    /// <param name="currency">The currency of the gain.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public LinearRisk(string instrument, RiskFactorId factor, double price, double multiplier, string currency)
        : base(instrument, factor, price, multiplier, currency)
    {
    }

    internal override double GainPerLot(double shock, ChangeKind kind, (double Shock, ChangeKind Kind)? volatilityShock) =>
        Multiplier * (Shock.Apply(Price, shock, kind) - Price);
}

/// <summary>An inverse perpetual or future: one lot gains face x (1/price - 1/shocked price) in the base currency.</summary>
public sealed record InverseRisk : InstrumentRisk
{
    /// <param name="instrument">The instrument's id.</param>
    /// <param name="factor">Its price factor.</param>
    /// <param name="price">Its own price, above 0.</param>
    /// <param name="face">Quote currency per contract, above 0.</param>
    /// <param name="baseCurrency">The currency of the gain.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public InverseRisk(string instrument, RiskFactorId factor, double price, double face, string baseCurrency)
        : base(instrument, factor, price, face, baseCurrency) => PricingGuard.Positive(price);

    internal override double GainPerLot(double shock, ChangeKind kind, (double Shock, ChangeKind Kind)? volatilityShock)
    {
        var shocked = Shock.Apply(Price, shock, kind);
        return shocked > 0.0
            ? Multiplier * ((1.0 / Price) - (1.0 / shocked))
            : throw new ArgumentOutOfRangeException(nameof(shock), shock, $"{Instrument} at {Price:R} falls to {shocked:R}; an inverse contract needs prices above 0, use relative shocks");
    }
}
