using System.Collections.Concurrent;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// Exercise boundaries that were found before. A boundary takes half a millisecond to find and depends on neither spot nor strike, so that all strikes of an expiry share
/// those of their scenarios. What is kept is what would be found again, so nobody can tell but by the time. Any thread.
/// </summary>
internal static class KnownBoundaries
{
    /// <summary>Beyond this many all are forgotten: about 10 MB.</summary>
    private const int Limit = 32_768;

    private static readonly ConcurrentDictionary<(double Rate, double Yield, double Years, double Volatility), ExerciseBoundary?> Known = [];

    /// <summary>See <see cref="ExerciseBoundary.TryFit"/>.</summary>
    internal static ExerciseBoundary? Of(double rate, double yield, double years, double volatility)
    {
        var key = (rate, yield, years, volatility);
        if (Known.TryGetValue(key, out var boundary))
        {
            return boundary;
        }

        if (Known.Count >= Limit)
        {
            Known.Clear();
        }

        return Known.GetOrAdd(key, ExerciseBoundary.TryFit(rate, yield, years, volatility));
    }
}
