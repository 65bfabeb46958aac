using ClearingActors.Risk.Numerics;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Margin;

/// <summary>The model that revalues an option.</summary>
public enum OptionModel
{
    None = 0,

    /// <summary>Lognormal, on a forward above zero.</summary>
    Black76 = 1,

    /// <summary>Normal, for instruments that allow negative prices.</summary>
    Bachelier = 2,
}

/// <summary>Early exercise: at these rates, continuous per year, it can pay. On a future the yield is the rate.</summary>
/// <param name="Rate">Of the option's currency.</param>
/// <param name="DividendYield">Of the spot.</param>
public readonly record struct AmericanExercise(double Rate, double DividendYield);

/// <summary>An option's terms and its volatility.</summary>
public sealed record OptionTerms
{
    /// <summary>The least lognormal volatility in a scenario (rulebook 8.2).</summary>
    public const double LowestLognormalVolatility = 0.01;

    public required OptionModel Model { get; init; }

    public required OptionType Type { get; init; }

    /// <summary>Above 0 for Black-76.</summary>
    public required double Strike { get; init; }

    /// <summary>Years of 365 days, 0 or more. Not aged in scenarios.</summary>
    public required double ExpiryYears { get; init; }

    /// <summary>Per root year: 1.00 is 100 % for Black-76, price units for Bachelier. 0 or more.</summary>
    public required double Volatility { get; init; }

    /// <summary>How far a lognormal volatility moves against the price: to vol x (1 - volBeta x shock). 0 where it has its own factor, and for Bachelier.</summary>
    public double VolBeta { get; init; }

    /// <summary>The volatility's own history; null if it has none.</summary>
    public RiskFactorId? VolatilityFactor { get; init; }

    /// <summary>Above 0; 1 is undiscounted.</summary>
    public double DiscountFactor { get; init; } = 1.0;

    /// <summary>
    /// Null for a European option, and where early exercise never pays. Lognormal only; the value is then <see cref="AmericanOption"/>'s on the spot that the forward
    /// stands for, and the discount factor does not enter.
    /// </summary>
    public AmericanExercise? American { get; init; }
}

/// <summary>An option on a forward: fully revalued at the shocked forward and volatility (rulebook 8.2).</summary>
public sealed record OptionRisk : InstrumentRisk
{
    private readonly double _value;

    /// <param name="instrument">The instrument's id.</param>
    /// <param name="factor">The price factor of its expiry.</param>
    /// <param name="forward">The forward of its expiry; above 0 for Black-76.</param>
    /// <param name="multiplier">Above 0.</param>
    /// <param name="currency">The currency of the gain.</param>
    /// <param name="terms">Terms and volatility.</param>
    /// <exception cref="ArgumentException">A value is out of range, or a volatility has both a beta and a factor, or a normal volatility has a beta.</exception>
    public OptionRisk(string instrument, RiskFactorId factor, double forward, double multiplier, string currency, OptionTerms terms)
        : base(instrument, factor, forward, multiplier, currency)
    {
        PricingGuard.Finite(terms.VolBeta);
        if (terms.VolBeta != 0.0 && (terms.VolatilityFactor is not null || terms.Model == OptionModel.Bachelier))
        {
            throw new ArgumentException(
                $"{instrument} has volBeta {terms.VolBeta:R}; a normal volatility and one with its own factor {terms.VolatilityFactor} move only by their own history, set volBeta to 0", nameof(terms));
        }

        if (terms.VolatilityFactor is { Kind: not RiskFactorKind.Volatility } wrong)
        {
            throw new ArgumentException($"the volatility of {instrument} is shocked by {wrong}; a volatility factor is needed", nameof(terms));
        }

        if (terms is { American: not null, Model: OptionModel.Bachelier })
        {
            throw new ArgumentException($"{instrument} has early exercise and a normal volatility, for which there is no model; make it European, or its rate 0", nameof(terms));
        }

        Terms = terms;
        _value = ValueOf(terms, forward, terms.Volatility);
    }

    public OptionTerms Terms { get; }

    /// <summary>The value of one unit of the underlying now.</summary>
    public double UnitValue => _value;

    internal override RiskFactorId? VolatilityFactor => Terms.VolatilityFactor;

    /// <summary>The value of one unit at a forward and a volatility.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of the model's range.</exception>
    public double ValueAt(double forward, double volatility) => ValueOf(Terms, forward, volatility);

    /// <summary>The sensitivities of one unit now: delta in the forward, vega per 1.00 of volatility.</summary>
    internal (double Delta, double Vega) Sensitivity()
    {
        if (Terms.American is { } early)
        {
            var perForward = SpotPerForward(Terms, early);
            var american = AmericanOption.WithGreeks(Terms.Type, Price * perForward, Terms.Strike, early.Rate, early.DividendYield, Terms.ExpiryYears, Terms.Volatility);
            return (american.Delta * perForward, american.Vega);
        }

        var greeks = Terms.Model == OptionModel.Black76
            ? Black76.WithGreeks(Terms.Type, Price, Terms.Strike, Terms.ExpiryYears, Terms.Volatility, Terms.DiscountFactor)
            : Bachelier.WithGreeks(Terms.Type, Price, Terms.Strike, Terms.ExpiryYears, Terms.Volatility, Terms.DiscountFactor);
        return (greeks.Delta, greeks.Vega);
    }

    internal override double GainPerLot(double shock, ChangeKind kind, (double Shock, ChangeKind Kind)? volatilityShock) =>
        Multiplier * (ValueAt(Shock.Apply(Price, shock, kind), ShockedVolatility(shock, kind, volatilityShock)) - _value);

    private static double SpotPerForward(OptionTerms terms, AmericanExercise early) => CanonicalMath.Exp((early.DividendYield - early.Rate) * terms.ExpiryYears);

    /// <summary>The volatility of a scenario, with its beta or its own shock and the floor.</summary>
    internal double ShockedVolatility(double shock, ChangeKind kind, (double Shock, ChangeKind Kind)? volatilityShock)
    {
        var floor = Terms.Model == OptionModel.Black76 ? OptionTerms.LowestLognormalVolatility : 0.0;
        if (volatilityShock is { } own)
        {
            return Math.Max(Shock.Apply(Terms.Volatility, own.Shock, own.Kind), floor);
        }

        if (Terms.Model == OptionModel.Bachelier)
        {
            return Terms.Volatility;
        }

        // The beta is for relative shocks; an absolute one counts as the fraction of the price that it is.
        var relative = kind == ChangeKind.Relative ? shock : shock / Price;
        return Math.Max(Terms.Volatility * (1.0 - (Terms.VolBeta * relative)), floor);
    }

    private static double ValueOf(OptionTerms terms, double forward, double volatility) => terms.Model switch
    {
        OptionModel.Black76 when terms.American is { } early => AmericanOption.Price(
            terms.Type, forward * SpotPerForward(terms, early), terms.Strike, early.Rate, early.DividendYield, terms.ExpiryYears, volatility),
        OptionModel.Black76 => Black76.Price(terms.Type, forward, terms.Strike, terms.ExpiryYears, volatility, terms.DiscountFactor),
        OptionModel.Bachelier => Bachelier.Price(terms.Type, forward, terms.Strike, terms.ExpiryYears, volatility, terms.DiscountFactor),
        _ => throw new ArgumentOutOfRangeException(nameof(terms), terms.Model, "Black76 or Bachelier is allowed"),
    };
}
