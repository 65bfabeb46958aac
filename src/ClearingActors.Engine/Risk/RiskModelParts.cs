using System.Globalization;
using ClearingActors.Risk.Margin;

namespace ClearingActors.Engine.Risk;

/// <summary>Where an option's volatility and rates come from.</summary>
/// <param name="Volatility">Per root year, 1.00 for 100 %; price units under absolute factors. Null: the last price of <paramref name="VolatilityFactor"/>.</param>
/// <param name="VolatilityFactor">The factor that moves the volatility; null if it has no history of its own.</param>
/// <param name="VolBeta">See <see cref="OptionTerms.VolBeta"/>.</param>
/// <param name="Rate">Continuous, per year. It discounts premiums that are paid up front, and makes an index' forward.</param>
/// <param name="Yield">Of an index, continuous, per year.</param>
internal sealed record OptionSource(double? Volatility = null, string? VolatilityFactor = null, double VolBeta = 0.0, double Rate = 0.0, double Yield = 0.0)
{
    /// <exception cref="FormatException">What is wrong, with its place.</exception>
    internal OptionSource Check(string place, ICollection<string> factors)
    {
        if (Volatility is null && VolatilityFactor is null)
        {
            throw new FormatException($"{place} needs a volatility, a volatilityFactor, or both");
        }

        if (Volatility is { } volatility && !(volatility > 0.0 && double.IsFinite(volatility)))
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{place}.volatility is {volatility:R}; a finite number above 0 is needed"));
        }

        if (VolatilityFactor is { } factor && !factors.Contains(factor))
        {
            throw new FormatException($"{place}.volatilityFactor names {factor}, which is not among the factors {string.Join(", ", factors)}");
        }

        if (VolBeta != 0.0 && VolatilityFactor is not null)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{place} has volBeta {VolBeta:R} and volatilityFactor {VolatilityFactor}; a volatility moves by one of them"));
        }

        return double.IsFinite(VolBeta) && Math.Abs(Rate) <= 1.0 && Math.Abs(Yield) <= 1.0
            ? this
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{place}: volBeta {VolBeta:R} must be finite, rate {Rate:R} and yield {Yield:R} within -1 and 1"));
    }
}

/// <summary>How a currency converts into the base currency.</summary>
/// <param name="Factor">The factor that moves the rate: units of the base currency for one unit.</param>
/// <param name="Index">The instrument whose mark is the rate now; null: the factor's last price.</param>
internal sealed record CurrencySource(string Factor, string? Index = null);

/// <summary>What closing out costs in one underlying (rulebook 8.5).</summary>
/// <param name="Reference">The instrument whose mark is the underlying's price, whose factor has its volatility, and in whose currency the add-on is.</param>
/// <param name="HalfSpread">A fraction of the price.</param>
/// <param name="Kappa">The weight of market impact.</param>
/// <param name="AverageDailyVolume">Units of the underlying.</param>
/// <param name="VolHalfSpread">In volatility; 0 for none.</param>
internal sealed record LiquiditySource(string Reference, double HalfSpread, double Kappa, double AverageDailyVolume, double VolHalfSpread = 0.0)
{
    /// <exception cref="FormatException">What is wrong, with its place.</exception>
    internal LiquiditySource Check(string place) =>
        AtLeastZero(HalfSpread) && AtLeastZero(Kappa) && AtLeastZero(VolHalfSpread) && AverageDailyVolume > 0.0 && double.IsFinite(AverageDailyVolume)
            ? this
            : throw new FormatException(string.Create(
                CultureInfo.InvariantCulture, $"{place}: halfSpread {HalfSpread:R}, kappa {Kappa:R} and volHalfSpread {VolHalfSpread:R} must be 0 or more, averageDailyVolume {AverageDailyVolume:R} above 0"));

    private static bool AtLeastZero(double value) => value >= 0.0 && double.IsFinite(value);
}

/// <summary>Wrong-way risk (rulebook 8.5).</summary>
/// <param name="Shock">0 to 1.</param>
/// <param name="Members">By member, the underlyings that its own group has issued.</param>
internal sealed record WrongWaySource(double Shock, Dictionary<string, string[]> Members);
