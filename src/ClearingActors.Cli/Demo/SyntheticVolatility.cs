using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// A volatility for options where the history has prices of the underlying only: what the last days realised, and a spread on top, because sellers of options ask more
/// than that. It is no market's volatility, and is called synthetic wherever it is shown.
/// </summary>
public static class SyntheticVolatility
{
    /// <summary>The risk factor's id.</summary>
    public const string Factor = "SPX.VOL";

    /// <summary>The changes that are looked at: a month of trading.</summary>
    public const int Days = 21;

    /// <summary>Added: four percentage points.</summary>
    public const double Spread = 0.04;

    private const double TradingDaysPerYear = 252.0;

    /// <summary>The volatility after each close that has <see cref="Days"/> changes before it; 1.00 is 100 % per root year.</summary>
    /// <param name="closes">Above zero, by date.</param>
    public static IReadOnlyList<DatedPrice> Of(IReadOnlyList<DatedPrice> closes)
    {
        var volatilities = new List<DatedPrice>();
        for (var i = Days; i < closes.Count; i++)
        {
            volatilities.Add(new DatedPrice(closes[i].Date, After(closes, i)));
        }

        return volatilities;
    }

    /// <summary>The volatility after the last close.</summary>
    /// <param name="closes">More than <see cref="Days"/>, above zero, by date.</param>
    public static double Now(IReadOnlyList<DatedPrice> closes) => After(closes, closes.Count - 1);

    private static double After(IReadOnlyList<DatedPrice> closes, int last)
    {
        var squares = 0.0;
        for (var i = last - Days + 1; i <= last; i++)
        {
            var change = (closes[i].Price / closes[i - 1].Price) - 1.0;
            squares += change * change;
        }

        return Math.Sqrt(TradingDaysPerYear * squares / Days) + Spread;
    }
}
