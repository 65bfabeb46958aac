namespace ClearingActors.Node;

/// <summary>Instants as messages have them.</summary>
internal static class UnixTime
{
    private const long NanosecondsPerTick = 100;

    /// <summary>UTC nanoseconds since 1970, by the node's clock.</summary>
    internal static long Now(TimeProvider time) => Nanoseconds(time.GetUtcNow());

    /// <summary>UTC nanoseconds since 1970.</summary>
    internal static long Nanoseconds(DateTimeOffset instant) => (instant.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick;
}
