namespace ClearingActors.Grpc;

/// <summary>The bounds of the system's timers: about 49 days, in whole milliseconds.</summary>
internal static class CallTimer
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>Whether a timer can wait so long. A deadline beyond that never comes in the life of a process worth a timer.</summary>
    internal static bool Reaches(TimeSpan timeout) => timeout < Longest;

    /// <summary>Rounded up to a millisecond, so that a timer does not go off before its deadline; zero for a time that has passed.</summary>
    internal static TimeSpan DueTime(TimeSpan timeout) =>
        timeout <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(timeout.TotalMilliseconds));
}
