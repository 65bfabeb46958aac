using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Backtests;

/// <summary>A likelihood-ratio test with one degree of freedom.</summary>
/// <param name="LikelihoodRatio">0 or more; chi-squared with one degree of freedom if the model is right.</param>
/// <param name="Reject95">True if it is above the 95 % quantile.</param>
public readonly record struct LikelihoodRatioTest(double LikelihoodRatio, bool Reject95)
{
    /// <summary>The 95 % quantile of chi-squared with one degree of freedom.</summary>
    public const double Critical95 = 3.841458820694124;

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
    /// <summary>-2 ln of the likelihood at 1 - confidence over the likelihood at the observed frequency.</summary>
    /// <param name="observations">1 or more.</param>
    /// <param name="exceptions">0 to the observations.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static LikelihoodRatioTest Of(int observations, int exceptions, double confidence)
    {
        BacktestGuard.Check(observations, exceptions, confidence);
        var expected = 1.0 - confidence;
        var observed = (double)exceptions / observations;
        var none = observations - exceptions;
        var atExpected = LikelihoodRatioTest.LogLikelihood(none, confidence) + LikelihoodRatioTest.LogLikelihood(exceptions, expected);
        var atObserved = LikelihoodRatioTest.LogLikelihood(none, 1.0 - observed) + LikelihoodRatioTest.LogLikelihood(exceptions, observed);
        return LikelihoodRatioTest.Of(-2.0 * (atExpected - atObserved));
    }
}
