namespace ClearingActors.Actors.Simulation;

/// <summary>The true time of a simulation. It stands still until the scheduler moves it.</summary>
public sealed class SimulatedClock(DateTimeOffset start)
{
    /// <summary>100-nanosecond ticks since the start.</summary>
    public long Elapsed { get; private set; }

    /// <summary>Milliseconds since the start.</summary>
    public long ElapsedMs => Elapsed / TimeSpan.TicksPerMillisecond;

    /// <summary>The instant.</summary>
    public DateTimeOffset UtcNow => start.AddTicks(Elapsed);

    /// <summary>Moves on.</summary>
    public void Advance(TimeSpan by) => Elapsed += by.Ticks;
}

/// <summary>A node's clocks: UTC is off by an offset and drifts, the monotonic clock drifts only and starts anywhere.</summary>
/// <param name="clock">The true time.</param>
/// <param name="offset">Up to 500 ms either way: a node further off owns nothing.</param>
/// <param name="driftPpm">Parts per million.</param>
public sealed class NodeClock(SimulatedClock clock, TimeSpan offset, long driftPpm) : TimeProvider
{
    private long Drifted => clock.Elapsed + (clock.Elapsed / 1_000_000 * driftPpm);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => clock.UtcNow.AddTicks(offset.Ticks + Drifted - clock.Elapsed);

    /// <inheritdoc/>
    public override long GetTimestamp() => Drifted + (10 * TimeSpan.TicksPerSecond);
}
