using System.Numerics;

namespace ClearingActors.Actors;

/// <summary>
/// Counts durations in buckets of at most 1.6 % width, from 1 microsecond to 2,000 seconds, in fixed memory. Recording is thread-safe and allocates nothing.
/// Elsewhere HdrHistogram does this.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private readonly long[] _counts = new long[(32 - SubBits + 1) << SubBits];
    private long _max;

    /// <summary>Durations recorded.</summary>
    public long Count
    {
        get
        {
            long sum = 0;
            foreach (ref var count in _counts.AsSpan())
            {
                sum += Volatile.Read(ref count);
            }

            return sum;
        }
    }

    /// <summary>The longest duration recorded, in microseconds.</summary>
    public long MaxMicroseconds => Volatile.Read(ref _max);

    /// <summary>Records a duration; what is below zero counts as zero.</summary>
    public void Record(long microseconds)
    {
        var value = (uint)Math.Clamp(microseconds, 0, uint.MaxValue);
        Interlocked.Increment(ref _counts[IndexOf(value)]);
        long seen;
        while ((seen = Volatile.Read(ref _max)) < microseconds && Interlocked.CompareExchange(ref _max, microseconds, seen) != seen)
        {
        }
    }

    /// <summary>The duration that <paramref name="quantile"/> (0 to 1) of the recorded ones do not exceed, in milliseconds; 0 if there are none.</summary>
    public double QuantileMs(double quantile)
    {
        var total = Count;
        if (total == 0)
        {
            return 0;
        }

        var rank = Math.Max(1, (long)Math.Ceiling(quantile * total));
        for (var i = 0; i < _counts.Length; i++)
        {
            rank -= Volatile.Read(ref _counts[i]);
            if (rank <= 0)
            {
                return Math.Min(UpperBound(i), MaxMicroseconds) / 1000.0;
            }
        }

        return MaxMicroseconds / 1000.0;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        _max = 0;
    }

    private static int IndexOf(uint value)
    {
        if (value < 1u << SubBits)
        {
            return (int)value;
        }

        var shift = 31 - SubBits - BitOperations.LeadingZeroCount(value);
        return ((shift + 1) << SubBits) + (int)((value >> shift) & ((1u << SubBits) - 1));
    }

    private static long UpperBound(int index)
    {
        var bucket = index >> SubBits;
        var sub = index & ((1 << SubBits) - 1);
        return bucket == 0 ? sub : ((((1L << SubBits) + sub + 1) << (bucket - 1)) - 1);
    }
}
