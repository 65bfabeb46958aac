using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// European options on a spot price with a continuous rate and dividend yield: F. Black and M. Scholes, J. Political Economy 81 (1973); R. Merton, Bell J. Economics
/// 4 (1973); rulebook 7. Canonical: the same bits on every machine.
/// </summary>
public static class BlackScholesMerton
{
    /// <summary>The price of one unit, in the unit of spot and strike.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="spot">Above zero.</param>
    /// <param name="strike">Above zero.</param>
    /// <param name="rate">Continuously compounded, per year, of either sign.</param>
    /// <param name="dividendYield">Continuously compounded, per year, of either sign; the rate itself makes it Black-76, the foreign rate Garman-Kohlhagen.</param>
    /// <param name="expiryYears">Years of 365 x 86,400 s to expiry, 0 or more.</param>
    /// <param name="volatility">Per square root of a year, 1.00 for 100 %, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range, or a rate over the time leaves the range of a double.</exception>
    public static double Price(OptionType type, double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        SpotGuard.Check(type, spot, strike, rate, dividendYield, expiryYears, volatility);
        return PriceUnchecked(type, spot, strike, rate, dividendYield, expiryYears, volatility);
    }

    /// <summary>
    /// The price and its greeks at fixed rate and yield: delta and gamma in the spot, rho in the rate with the yield held. The parameters and errors are those of
    /// <see cref="Price"/>.
    /// </summary>
    public static Greeks WithGreeks(OptionType type, double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        SpotGuard.Check(type, spot, strike, rate, dividendYield, expiryYears, volatility);
        var rootTime = CanonicalMath.Sqrt(expiryYears);
        var terms = LognormalTerms.Of(type, spot * CanonicalMath.Exp((rate - dividendYield) * expiryYears), strike, volatility * rootTime);
        var yieldFactor = CanonicalMath.Exp(-dividendYield * expiryYears);
        var presentSpot = spot * yieldFactor;
        var presentStrike = strike * CanonicalMath.Exp(-rate * expiryYears);

        // S e^(-qT) n(d1) sigma / (2 sqrt T), written so that zero time is not divided by.
        var decay = 0.5 * presentSpot * terms.DensityPerVolatility * volatility * volatility;
        return new Greeks(
            PriceUnchecked(type, spot, strike, rate, dividendYield, expiryYears, volatility),
            yieldFactor * terms.ForwardWeight,
            yieldFactor * terms.DensityPerVolatility / spot,
            presentSpot * terms.Density * rootTime,
            (dividendYield * presentSpot * terms.ForwardWeight) - (rate * presentStrike * terms.StrikeWeight) - decay,
            presentStrike * expiryYears * terms.StrikeWeight);
    }

    /// <summary>As <see cref="Price"/> with the same bits, for callers that have checked the ranges: outside them the result means nothing.</summary>
    internal static double PriceUnchecked(
        OptionType type, double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        var forward = spot * CanonicalMath.Exp((rate - dividendYield) * expiryYears);
        return CanonicalMath.Exp(-rate * expiryYears) * Black76.Undiscounted(type, forward, strike, volatility * CanonicalMath.Sqrt(expiryYears));
    }
}
