using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>The terms that lognormal greeks are made of, ranges checked by the caller.</summary>
/// <param name="ForwardWeight">N(d1) of a call, -N(-d1) of a put.</param>
/// <param name="StrikeWeight">N(d2) of a call, -N(-d2) of a put.</param>
/// <param name="Density">The normal density at d1.</param>
/// <param name="DensityPerVolatility">The density over the total volatility, which is 0 where the total volatility is.</param>
internal readonly record struct LognormalTerms(double ForwardWeight, double StrikeWeight, double Density, double DensityPerVolatility)
{
    public static LognormalTerms Of(OptionType type, double forward, double strike, double totalVolatility)
    {
        var sign = type == OptionType.Call ? 1.0 : -1.0;
        var logMoneyness = forward < strike ? Black76.LogRatio(forward, strike) : -Black76.LogRatio(strike, forward);
        var centre = totalVolatility > 0.0 ? logMoneyness / totalVolatility
            : logMoneyness == 0.0 ? 0.0
            : logMoneyness > 0.0 ? double.PositiveInfinity : double.NegativeInfinity;
        var half = 0.5 * totalVolatility;
        var density = CanonicalMath.NormalPdf(centre + half);
        return new LognormalTerms(
            sign * CanonicalMath.NormalCdf(sign * (centre + half)),
            sign * CanonicalMath.NormalCdf(sign * (centre - half)),
            density,
            totalVolatility > 0.0 ? density / totalVolatility : 0.0);
    }
}
