using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Backtests;

/// <summary>A likelihood-ratio test with one degree of freedom.</summary>
/// <param name="LikelihoodRatio">0 or more; chi-squared with one degree of freedom if the model is right.</param>
/// <param name="Reject95">True if it is above the 95 % quantile.</param>
public readonly record struct LikelihoodRatioTest(double LikelihoodRatio, bool Reject95)
{
    /// <summary>The 95 % quantile of chi-squared with one degree of freedom.</summary>
    public const double Critical95 = 3.841458820694124;

    /// <summary>The probability of a ratio at least this large if the model is right: a chi-squared variable with one degree of freedom is a squared normal one.</summary>
    public double PValue => Math.Min(1.0, 2.0 * CanonicalMath.NormalCdf(-CanonicalMath.Sqrt(LikelihoodRatio)));

    internal static LikelihoodRatioTest Of(double ratio)
    {
        // Zero in exact arithmetic can come out a rounding error below it.
        var atLeastZero = Math.Max(0.0, ratio);
        return new LikelihoodRatioTest(atLeastZero, atLeastZero > Critical95);
    }

    /// <summary>count x ln(probability), where nothing that never occurred counts.</summary>
    internal static double LogLikelihood(long count, double probability) => count == 0 ? 0.0 : count * CanonicalMath.Log(probability);
}

/// <summary>
/// Are there as many exceptions as the confidence says? P. Kupiec, Techniques for verifying the accuracy of risk measurement models, J. Derivatives 3 (1995);
/// rulebook 9. It rejects too few as well as too many.
/// </summary>
public static class KupiecTest
{
    // Below it a ratio is what the binary fractions of the confidence leave over: the frequencies are equal.
    private const double Negligible = 1e-12;
    private const int SeriesTerms = 40;

    /// <summary>-2 ln of the likelihood at 1 - confidence over the likelihood at the observed frequency.</summary>
    /// <param name="observations">1 to 10,000,000.</param>
    /// <param name="exceptions">0 to the observations.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static LikelihoodRatioTest Of(int observations, int exceptions, double confidence)
    {
        BacktestGuard.Check(observations, exceptions, confidence);
        var expected = 1.0 - confidence;
        var none = observations - exceptions;
        if (exceptions == 0 || none == 0)
        {
            return LikelihoodRatioTest.Of(-2.0 * observations * CanonicalMath.Log(exceptions == 0 ? confidence : expected));
        }

        // Written in the distance of the two frequencies, so that near ones do not cancel: with g(u) = ln(1 + u) - u the linear terms sum to n d^2 / (p (1 - p)).
        var distance = ((double)exceptions / observations) - expected;
        var ratio = 2.0 * ((none * LogMinusLinear(-distance / confidence)) + (exceptions * LogMinusLinear(distance / expected))
            + (observations * (distance * distance) / (expected * confidence)));
        return LikelihoodRatioTest.Of(ratio < Negligible ? 0.0 : ratio);
    }

    /// <summary>ln(1 + u) - u, relatively accurate near zero too, where it is -u^2/2 + u^3/3 - ...</summary>
    private static double LogMinusLinear(double u)
    {
        if (Math.Abs(u) > 0.25)
        {
            return CanonicalMath.Log(1.0 + u) - u;
        }

        var sum = 0.0;
        for (var k = SeriesTerms; k >= 2; k--)
        {
            sum = (1.0 / k) - (u * sum);
        }

        return -(u * u) * sum;
    }
}
