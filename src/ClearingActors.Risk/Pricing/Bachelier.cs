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

    /// <summary>
    /// The price and its greeks in the forward, vega per 1.00 of normal volatility, theta and rho as in <see cref="Black76.WithGreeks"/>. The parameters and errors are
    /// those of <see cref="Price"/>.
    /// </summary>
    public static Greeks WithGreeks(OptionType type, double forward, double strike, double expiryYears, double normalVol, double discountFactor)
    {
        var price = Price(type, forward, strike, expiryYears, normalVol, discountFactor);
        var rootTime = CanonicalMath.Sqrt(expiryYears);
        var totalVolatility = normalVol * rootTime;
        var sign = type == OptionType.Call ? 1.0 : -1.0;
        var moneyness = sign * (forward - strike);
        var d = totalVolatility > 0.0 ? moneyness / totalVolatility
            : moneyness == 0.0 ? 0.0
            : moneyness > 0.0 ? double.PositiveInfinity : double.NegativeInfinity;
        var density = discountFactor * CanonicalMath.NormalPdf(d);
        var densityPerVolatility = totalVolatility > 0.0 ? density / totalVolatility : 0.0;
        return new Greeks(
            price,
            sign * discountFactor * CanonicalMath.NormalCdf(d),
            densityPerVolatility,
            density * rootTime,
            (Black76.ImpliedRate(discountFactor, expiryYears) * price) - (0.5 * densityPerVolatility * normalVol * normalVol),
            -expiryYears * price);
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
