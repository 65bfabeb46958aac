namespace ClearingActors.Risk.Backtests;

/// <summary>The refusals at the door of the tests.</summary>
internal static class BacktestGuard
{
    /// <summary>Four centuries of days, a hundred accounts of them.</summary>
    public const int MaxObservations = 10_000_000;

    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static void Check(int observations, int exceptions, double confidence)
    {
        if (observations is < 1 or > MaxObservations)
        {
            throw new ArgumentOutOfRangeException(nameof(observations), observations, $"1 to {MaxObservations} is allowed");
        }

        if (exceptions < 0 || exceptions > observations)
        {
            throw new ArgumentOutOfRangeException(nameof(exceptions), exceptions, $"0 to the {observations} observations is allowed");
        }

        if (!(confidence is > 0.0 and < 1.0))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "more than 0 and less than 1 is allowed, such as 0.99");
        }
    }
}
