using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// European options on a forward or future with normal volatility, for instruments whose price may be negative: L. Bachelier (1900); rulebook 2 and 7. Canonical:
/// the same bits on every machine.
/// </summary>
public static class Bachelier
{
    /// <summary>The price of one unit, in the unit of forward and strike: never below the discounted intrinsic value, which it is at expiry or without volatility.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="forward">Any finite number.</param>
    /// <param name="strike">Any finite number.</param>
    /// <param name="expiryYears">Years of 365 x 86,400 s to expiry, 0 or more.</param>
    /// <param name="normalVol">In price units per square root of a year, 0 or more.</param>
    /// <param name="discountFactor">Above zero; 1 for an undiscounted price; above 1 where rates are negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range or not finite.</exception>
    public static double Price(OptionType type, double forward, double strike, double expiryYears, double normalVol, double discountFactor)
    {
        PricingGuard.Type(type);
        PricingGuard.Finite(forward);
        PricingGuard.Finite(strike);
        PricingGuard.NotNegative(expiryYears);
        PricingGuard.NotNegative(normalVol);
        PricingGuard.Positive(discountFactor);
        return PriceUnchecked(type, forward, strike, expiryYears, normalVol, discountFactor);
    }

    /// <summary>As <see cref="Price"/> with the same bits, for callers that have checked the ranges: outside them the result means nothing.</summary>
    internal static double PriceUnchecked(OptionType type, double forward, double strike, double expiryYears, double normalVol, double discountFactor)
    {
        var moneyness = type == OptionType.Call ? forward - strike : strike - forward;
        var timeValue = OutOfTheMoney(Math.Abs(moneyness), normalVol * CanonicalMath.Sqrt(expiryYears));
        return discountFactor * (moneyness > 0.0 ? moneyness + timeValue : timeValue);
    }

    /// <summary>
    /// The undiscounted price of the option that is out of the money by <paramref name="distance"/>, 0 or more. Call and put share it; the other side follows by parity.
    /// </summary>
    internal static double OutOfTheMoney(double distance, double totalVolatility)
    {
        if (totalVolatility == 0.0)
        {
            return 0.0;
        }

        var d = distance / totalVolatility;
        var price = totalVolatility * (CanonicalMath.NormalPdf(d) - (d * CanonicalMath.NormalCdf(-d)));

        // Also where d is infinite and the product has no value: far out of the money the price is zero.
        return price > 0.0 ? price : 0.0;
    }
}
