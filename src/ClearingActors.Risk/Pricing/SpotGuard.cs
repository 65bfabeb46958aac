namespace ClearingActors.Risk.Pricing;

/// <summary>The ranges of options on a spot price, European and American.</summary>
internal static class SpotGuard
{
    /// <summary>The largest magnitude of a rate times the time: e to it stays far inside the range of a double, spot and strike included.</summary>
    private const double MaxRateTime = 100.0;

    /// <summary>The range of spot and strike: products with discount factors stay normal numbers.</summary>
    private const double MinPrice = 1e-100;
    private const double MaxPrice = 1e100;

    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range; the message names it, the value and what is allowed.</exception>
    public static void Check(OptionType type, double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        PricingGuard.Type(type);
        InPriceRange(spot, nameof(spot));
        InPriceRange(strike, nameof(strike));
        PricingGuard.Finite(rate);
        PricingGuard.Finite(dividendYield);
        PricingGuard.NotNegative(expiryYears);
        PricingGuard.NotNegative(volatility);
        InTimeRange(rate, expiryYears, nameof(rate));
        InTimeRange(dividendYield, expiryYears, nameof(dividendYield));
    }

    private static void InPriceRange(double value, string name)
    {
        if (!(value is >= MinPrice and <= MaxPrice))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value:R}: {MinPrice:R} to {MaxPrice:R} is allowed");
        }
    }

    private static void InTimeRange(double rate, double expiryYears, string name)
    {
        if (!(Math.Abs(rate * expiryYears) <= MaxRateTime))
        {
            throw new ArgumentOutOfRangeException(
                name, rate, $"{name} is {rate:R} over {expiryYears:R} years: a product within +-{MaxRateTime:R} is allowed; rates are per year, 0.05 for 5 %");
        }
    }
}
