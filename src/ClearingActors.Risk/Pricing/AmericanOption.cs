using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// American options on a spot price with a continuous rate and dividend yield; on a future with the yield equal to the rate (rulebook 7). Canonical: the same bits on
/// every machine.
/// <para>
/// A call is priced as the put with spot and strike, and rate and yield, exchanged (R. McDonald and M. Schroder, J. Computational Finance 1, 1998). Where early
/// exercise never pays the price is the European one; with one exercise boundary see <see cref="ExerciseBoundary"/>; with two (for a put: yield below rate below zero)
/// or if no boundary was found see <see cref="AmericanTree"/>.
/// </para>
/// <para>
/// Measured over random puts with rates of 0 to 15 %, yields of -10 % to 15 %, volatility 5 % to 200 %, 4 days to 10 years and spots up to 1.5 total volatilities
/// from the strike: the largest difference from collocation of degree 24 with five times the points was 8.2e-8 of the strike (1,600 contracts). At the boundary, where
/// the value is known but not forced by the equations, the error was at most 1.6e-6 of the strike (6,000 contracts; the worst have 5 % to 9 % volatility and years to
/// run). Two boundaries, on the tree: 9e-7 from a tree of 12,000 steps (60 contracts). With one boundary the tree can err by 3e-5 at 5 % volatility over years; it is
/// used there only if no boundary was found. For a call these figures are relative to the greater of spot and strike.
/// </para>
/// </summary>
public static class AmericanOption
{
    /// <summary>The price of one unit, in the unit of spot and strike: never below intrinsic value nor below the European price.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="spot">Above zero.</param>
    /// <param name="strike">Above zero.</param>
    /// <param name="rate">Continuously compounded, per year, of either sign.</param>
    /// <param name="dividendYield">Continuously compounded, per year, of either sign.</param>
    /// <param name="expiryYears">Years of 365 x 86,400 s to expiry, 0 or more.</param>
    /// <param name="volatility">Per square root of a year, 1.00 for 100 %, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range, or a rate over the time leaves the range of a double.</exception>
    public static double Price(OptionType type, double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        SpotGuard.Check(type, spot, strike, rate, dividendYield, expiryYears, volatility);
        return PriceUnchecked(type, spot, strike, rate, dividendYield, expiryYears, volatility);
    }

    /// <summary>
    /// The price and its greeks by central differences, theta from the pricing equation. Where the option is exercised at once delta is 1 or -1 and the others are 0. The
    /// parameters and errors are those of <see cref="Price"/>. Costs seven prices.
    /// </summary>
    public static Greeks WithGreeks(OptionType type, double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        SpotGuard.Check(type, spot, strike, rate, dividendYield, expiryYears, volatility);
        var price = PriceUnchecked(type, spot, strike, rate, dividendYield, expiryYears, volatility);
        var totalVolatility = volatility * CanonicalMath.Sqrt(expiryYears);
        if (totalVolatility == 0.0)
        {
            return BlackScholesMerton.WithGreeks(type, spot, strike, rate, dividendYield, expiryYears, volatility) with { Price = price };
        }

        var sign = type == OptionType.Call ? 1.0 : -1.0;
        if (price == sign * (spot - strike))
        {
            return new Greeks(price, sign, 0.0, 0.0, 0.0, 0.0);
        }

        var spotStep = spot * Math.Min(0.01, 0.02 * totalVolatility);
        var volatilityStep = 0.01 * volatility;
        const double RateStep = 1e-4;
        var above = PriceUnchecked(type, spot + spotStep, strike, rate, dividendYield, expiryYears, volatility);
        var below = PriceUnchecked(type, spot - spotStep, strike, rate, dividendYield, expiryYears, volatility);
        var vega = (PriceUnchecked(type, spot, strike, rate, dividendYield, expiryYears, volatility + volatilityStep)
            - PriceUnchecked(type, spot, strike, rate, dividendYield, expiryYears, volatility - volatilityStep)) / (2.0 * volatilityStep);
        var rho = (PriceUnchecked(type, spot, strike, rate + RateStep, dividendYield, expiryYears, volatility)
            - PriceUnchecked(type, spot, strike, rate - RateStep, dividendYield, expiryYears, volatility)) / (2.0 * RateStep);
        var delta = (above - below) / (2.0 * spotStep);
        var gamma = (above - (2.0 * price) + below) / (spotStep * spotStep);
        var theta = (rate * price) - ((rate - dividendYield) * spot * delta) - (0.5 * volatility * volatility * spot * spot * gamma);
        return new Greeks(price, delta, gamma, vega, theta, rho);
    }

    /// <summary>As <see cref="Price"/> with the same bits, for callers that have checked the ranges: outside them the result means nothing.</summary>
    internal static double PriceUnchecked(
        OptionType type, double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        var european = BlackScholesMerton.PriceUnchecked(type, spot, strike, rate, dividendYield, expiryYears, volatility);
        return type == OptionType.Call
            ? Put(european, strike, spot, dividendYield, rate, expiryYears, volatility)
            : Put(european, spot, strike, rate, dividendYield, expiryYears, volatility);
    }

    private static double Put(
        double european, double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        var intrinsic = Math.Max(strike - spot, 0.0);
        if (expiryYears == 0.0)
        {
            return intrinsic;
        }

        // Exercise earns interest on the strike and costs the dividends of the spot: it pays nowhere if the first is not positive and the second not below it.
        if (rate <= 0.0 && dividendYield >= rate)
        {
            return Math.Max(european, intrinsic);
        }

        if (volatility * CanonicalMath.Sqrt(expiryYears) == 0.0)
        {
            return Math.Max(intrinsic, BestCertainExercise(spot, strike, rate, dividendYield, expiryYears));
        }

        var boundary = rate >= 0.0 ? KnownBoundaries.Of(rate, dividendYield, expiryYears, volatility) : null;
        double price;
        if (boundary is null)
        {
            price = AmericanTree.Put(spot, strike, rate, dividendYield, expiryYears, volatility);
        }
        else
        {
            var logSpot = CanonicalMath.Log(spot / strike);
            price = logSpot > boundary.LogNow ? european + (strike * boundary.Premium(logSpot)) : intrinsic;
        }

        return Math.Max(price, Math.Max(european, intrinsic));
    }

    /// <summary>Without volatility: the best discounted payoff over the exercise times, which is at an end or where K e^(-rt) - S e^(-qt) is flat.</summary>
    private static double BestCertainExercise(double spot, double strike, double rate, double dividendYield, double expiryYears)
    {
        double At(double years) => (strike * CanonicalMath.Exp(-rate * years)) - (spot * CanonicalMath.Exp(-dividendYield * years));
        var best = Math.Max(0.0, Math.Max(At(0.0), At(expiryYears)));
        var ratio = rate * strike / (dividendYield * spot);
        if (ratio > 0.0 && double.IsFinite(ratio) && rate != dividendYield)
        {
            var flat = CanonicalMath.Log(ratio) / (rate - dividendYield);
            if (flat > 0.0 && flat < expiryYears)
            {
                best = Math.Max(best, At(flat));
            }
        }

        return best;
    }
}
