namespace ClearingActors.Risk.Scenarios;

/// <summary>
/// Exponentially weighted daily volatility (rulebook 8.1): v(1) is the mean square of the first n changes; then v(t+1) = lambda v(t) + (1 - lambda) r(t)^2 from change 1
/// on, and sigma(t) = max(sqrt(v(t)), floor). The mean is not taken off.
/// </summary>
public static class EwmaVolatility
{
    /// <summary>
    /// One more value than there are changes: place t (from 0) holds the volatility in force before change t, the last place the one after the last change. In the
    /// unit of the changes.
    /// </summary>
    /// <param name="changes">Daily changes, oldest first, finite.</param>
    /// <param name="lambda">0 to 1.</param>
    /// <param name="seedReturns">1 to the number of changes.</param>
    /// <param name="sigmaFloor">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of range.</exception>
    public static double[] Of(ReadOnlySpan<double> changes, double lambda, int seedReturns, double sigmaFloor)
    {
        if (!(lambda is >= 0.0 and <= 1.0))
        {
            throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "0 to 1 is allowed");
        }

        if (seedReturns < 1 || seedReturns > changes.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(seedReturns), seedReturns, $"1 to {changes.Length} is allowed, the number of changes");
        }

        if (!(sigmaFloor >= 0.0 && double.IsFinite(sigmaFloor)))
        {
            throw new ArgumentOutOfRangeException(nameof(sigmaFloor), sigmaFloor, "a finite number of 0 or more is allowed");
        }

        var sum = 0.0;
        for (var i = 0; i < seedReturns; i++)
        {
            sum += changes[i] * changes[i];
        }

        var sigmas = new double[changes.Length + 1];
        var variance = sum / seedReturns;
        for (var t = 0; t < changes.Length; t++)
        {
            sigmas[t] = Math.Max(Math.Sqrt(variance), sigmaFloor);
            variance = (lambda * variance) + ((1.0 - lambda) * (changes[t] * changes[t]));
        }

        sigmas[^1] = Math.Max(Math.Sqrt(variance), sigmaFloor);
        return sigmas;
    }
}
