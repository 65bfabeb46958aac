using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Backtests;

/// <summary>The zone of a back-test.</summary>
public enum TrafficLightZone
{
    None = 0,
    Green = 1,
    Yellow = 2,
    Red = 3,
}

/// <summary>
/// The zone by the probability of at most so many exceptions if the model is right: green below 95 %, red from 99.99 %. Basel Committee, Supervisory framework for the
/// use of backtesting (1996); rulebook 9. The Committee's table for 250 days at 99 % is the special case.
/// </summary>
public static class TrafficLight
{
    private const double YellowFrom = 0.95;
    private const double RedFrom = 0.9999;

    /// <param name="observations">1 to 10,000,000.</param>
    /// <param name="exceptions">0 to the observations.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static TrafficLightZone Of(int observations, int exceptions, double confidence)
    {
        var probability = CumulativeProbability(observations, exceptions, confidence);
        return probability < YellowFrom ? TrafficLightZone.Green : probability < RedFrom ? TrafficLightZone.Yellow : TrafficLightZone.Red;
    }

    /// <summary>The binomial probability of at most so many exceptions, summed from none upwards.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static double CumulativeProbability(int observations, int exceptions, double confidence)
    {
        BacktestGuard.Check(observations, exceptions, confidence);
        if (exceptions == observations)
        {
            return 1.0;
        }

        // In logarithms: the first term underflows where there are many observations.
        var logOdds = CanonicalMath.Log(1.0 - confidence) - CanonicalMath.Log(confidence);
        var logTerm = observations * CanonicalMath.Log(confidence);
        var sum = CanonicalMath.Exp(logTerm);
        for (var k = 1; k <= exceptions; k++)
        {
            logTerm += CanonicalMath.Log((observations - k + 1.0) / k) + logOdds;
            sum += CanonicalMath.Exp(logTerm);
        }

        return Math.Min(1.0, sum);
    }
}
