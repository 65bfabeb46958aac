namespace ClearingActors.Cli.Demo;

/// <summary>
/// A stream of numbers that one seed gives on every machine and in every version: SplitMix64 (Steele, Lea, Flood 2014). Not for secrets. Not thread-safe.
/// </summary>
public sealed class SeededRandom
{
    private ulong _state;

    /// <param name="seed">Any number.</param>
    public SeededRandom(ulong seed) => _state = seed;

    /// <summary>A stream of its own for a part of the work, so that what one part draws does not move another.</summary>
    public SeededRandom Fork(ulong part) => new(Mix(_state ^ Mix(part)));

    /// <summary>An integer from 0 up to but not including <paramref name="bound"/>, which is above 0.</summary>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);

        // The high half of a 64 x 64 product: its bias is below 2^-32 for any bound of an int.
        return (int)Math.BigMul(Next(), (ulong)bound, out _);
    }

    /// <summary>An integer from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public long Between(long low, long high) => low + (long)Math.BigMul(Next(), checked((ulong)(high - low) + 1), out _);

    /// <summary>True once in <paramref name="times"/> on average.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    private ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            return Mix(_state);
        }
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
