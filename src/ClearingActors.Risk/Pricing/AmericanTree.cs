using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// American puts on a binomial tree centred on the forward, whose last step is the European formula, extrapolated from two step counts: M. Broadie and J. Detemple,
/// Review of Financial Studies 9 (1996). It takes milliseconds, up to 50 where the total variance is large and needs more steps. It needs no exercise boundary, so it
/// serves where there are two or where none was found.
/// </summary>
internal static class AmericanTree
{
    private const int FewestSteps = 1000;
    private const int MostSteps = 4000;

    /// <summary>The put; ranges checked by the caller, total volatility above zero.</summary>
    public static double Put(double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility)
    {
        var wanted = FewestSteps * volatility * volatility * expiryYears;
        var steps = wanted >= MostSteps ? MostSteps : wanted > FewestSteps ? (int)wanted : FewestSteps;
        var fine = Put(spot, strike, rate, dividendYield, expiryYears, volatility, 2 * steps);
        return (2.0 * fine) - Put(spot, strike, rate, dividendYield, expiryYears, volatility, steps);
    }

    private static double Put(double spot, double strike, double rate, double dividendYield, double expiryYears, double volatility, int steps)
    {
        var step = expiryYears / steps;
        var spread = volatility * CanonicalMath.Sqrt(step);
        var up = CanonicalMath.Exp(spread);
        var drift = (rate - dividendYield) * step;
        var discount = CanonicalMath.Exp(-rate * step);

        // Around the forward the chance of an up-step is 1/(1 + u): it lies between 0 and 1 whatever the drift.
        var upWeight = discount / (1.0 + up);
        var downWeight = discount * up / (1.0 + up);
        var factors = new double[(2 * steps) - 1];
        for (var k = 0; k < factors.Length; k++)
        {
            factors[k] = CanonicalMath.Exp(spread * (k - (steps - 1)));
        }

        var values = new double[steps];
        var forward = spot * CanonicalMath.Exp(drift * (steps - 1));
        for (var i = 0; i < steps; i++)
        {
            var price = forward * factors[2 * i];
            var european = BlackScholesMerton.PriceUnchecked(OptionType.Put, price, strike, rate, dividendYield, step, volatility);
            values[i] = Math.Max(european, strike - price);
        }

        for (var level = steps - 2; level >= 0; level--)
        {
            forward = spot * CanonicalMath.Exp(drift * level);
            var first = steps - 1 - level;
            for (var i = 0; i <= level; i++)
            {
                var held = (upWeight * values[i + 1]) + (downWeight * values[i]);
                var exercised = strike - (forward * factors[first + (2 * i)]);
                values[i] = held > exercised ? held : exercised;
            }
        }

        return values[0];
    }
}
