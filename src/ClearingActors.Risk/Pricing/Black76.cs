using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// European options on a forward or future with lognormal volatility: F. Black, The pricing of commodity contracts, J. Financial Economics 3 (1976); rulebook 7.
/// Canonical: the same bits on every machine.
/// </summary>
public static class Black76
{
    /// <summary>Below it a quotient of two doubles has lost bits to underflow.</summary>
    private const double SmallestSafeRatio = 1e-290;

    /// <summary>The price of one unit, in the unit of forward and strike: never below the discounted intrinsic value, which it is at expiry or without volatility.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="forward">Above zero.</param>
    /// <param name="strike">Above zero.</param>
    /// <param name="expiryYears">Years of 365 x 86,400 s to expiry, 0 or more.</param>
    /// <param name="volatility">Per square root of a year, 1.00 for 100 %, 0 or more.</param>
    /// <param name="discountFactor">Above zero; 1 for an undiscounted price; above 1 where rates are negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range or not finite.</exception>
    public static double Price(OptionType type, double forward, double strike, double expiryYears, double volatility, double discountFactor)
    {
        PricingGuard.Type(type);
        PricingGuard.Positive(forward);
        PricingGuard.Positive(strike);
        PricingGuard.NotNegative(expiryYears);
        PricingGuard.NotNegative(volatility);
        PricingGuard.Positive(discountFactor);
        return PriceUnchecked(type, forward, strike, expiryYears, volatility, discountFactor);
    }

    /// <summary>
    /// The price and its greeks in the forward: delta and gamma in the forward at a fixed discount factor, theta and rho with the factor as e^(-rate x time) and the
    /// forward held. The parameters and errors are those of <see cref="Price"/>.
    /// </summary>
    public static Greeks WithGreeks(OptionType type, double forward, double strike, double expiryYears, double volatility, double discountFactor)
    {
        var price = Price(type, forward, strike, expiryYears, volatility, discountFactor);
        var rootTime = CanonicalMath.Sqrt(expiryYears);
        var terms = LognormalTerms.Of(type, forward, strike, volatility * rootTime);
        var presentForward = discountFactor * forward;
        var decay = 0.5 * presentForward * terms.DensityPerVolatility * volatility * volatility;
        return new Greeks(
            price,
            discountFactor * terms.ForwardWeight,
            discountFactor * terms.DensityPerVolatility / forward,
            presentForward * terms.Density * rootTime,
            (ImpliedRate(discountFactor, expiryYears) * price) - decay,
            -expiryYears * price);
    }

    /// <summary>As <see cref="Price"/> with the same bits, for callers that have checked the ranges: outside them the result means nothing.</summary>
    internal static double PriceUnchecked(OptionType type, double forward, double strike, double expiryYears, double volatility, double discountFactor) =>
        discountFactor * Undiscounted(type, forward, strike, volatility * CanonicalMath.Sqrt(expiryYears));

    /// <summary>The undiscounted price for a total volatility (volatility times the root of time), ranges checked by the caller.</summary>
    internal static double Undiscounted(OptionType type, double forward, double strike, double totalVolatility)
    {
        var intrinsic = type == OptionType.Call ? forward - strike : strike - forward;
        var timeValue = forward < strike ? OutOfTheMoney(forward, strike, totalVolatility) : OutOfTheMoney(strike, forward, totalVolatility);
        return intrinsic > 0.0 ? intrinsic + timeValue : timeValue;
    }

    /// <summary>
    /// The undiscounted price of the option that is out of the money: <paramref name="low"/> and <paramref name="high"/> are the lesser and the greater of forward
    /// and strike. Call and put share it, because the formula is symmetric in them, and the other side follows by parity; so a price is never below intrinsic.
    /// </summary>
    internal static double OutOfTheMoney(double low, double high, double totalVolatility)
    {
        if (totalVolatility == 0.0)
        {
            return 0.0;
        }

        var centre = LogRatio(low, high) / totalVolatility;
        var half = 0.5 * totalVolatility;
        var price = (low * CanonicalMath.NormalCdf(centre + half)) - (high * CanonicalMath.NormalCdf(centre - half));
        return price > 0.0 ? price : 0.0;
    }

    /// <summary>The continuous rate that a discount factor stands for; 0 at expiry, where it stands for none.</summary>
    internal static double ImpliedRate(double discountFactor, double expiryYears) =>
        expiryYears > 0.0 ? -CanonicalMath.Log(discountFactor) / expiryYears : 0.0;

    /// <summary>ln(low/high), 0 or below, also where the quotient underflows.</summary>
    internal static double LogRatio(double low, double high)
    {
        var ratio = low / high;
        return ratio > SmallestSafeRatio ? CanonicalMath.Log(ratio) : CanonicalMath.Log(low) - CanonicalMath.Log(high);
    }
}
