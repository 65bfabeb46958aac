namespace ClearingActors.Client;

/// <summary>
/// How long to wait before another attempt: doubling from <see cref="First"/> up to <see cref="Longest"/>, shortened at random so that many clients do not return at
/// the same instant.
/// </summary>
public sealed record ReconnectBackoff
{
    /// <summary>Before the second attempt; above zero. The default is 50 ms.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The bound; not below <see cref="First"/>. The default is 5 s.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest share of a delay that chance takes off, 0 (none) to 1. The default is 0.5.</summary>
    public double JitterShare { get; init; } = 0.5;

    /// <summary>Gives numbers from 0 up to but not including 1; called by one thread at a time per stream. The default is <see cref="Random.Shared"/>.</summary>
    public Func<double> Chance { get; init; } = Random.Shared.NextDouble;

    /// <summary>The delay after a number of failures in a row.</summary>
    /// <param name="failures">From 1.</param>
    /// <returns>Above zero, at most <see cref="Longest"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="failures"/> is below 1.</exception>
    public TimeSpan DelayAfter(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);

        // Beyond 2^30 any delay has long met its bound; the shift stays defined.
        var full = Math.Min(First.TotalMilliseconds * (1L << Math.Min(failures - 1, 30)), Longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(Math.Max(1, full * (1 - (JitterShare * Chance()))));
    }

    internal void Validate()
    {
        if (First <= TimeSpan.Zero || Longest < First || JitterShare is not (>= 0 and <= 1))
        {
            throw new ArgumentException(
                $"a backoff from {First} to {Longest} with a jitter share of {JitterShare} is not possible: the first is above zero, the longest not below it, the share 0 to 1");
        }
    }
}
