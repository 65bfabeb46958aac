using System.Numerics;

namespace ClearingActors.Domain.Settlement;

/// <summary>A value that holds from an instant until the next point.</summary>
internal readonly record struct TimeWeightedPoint(long At, ExactFraction Value);

/// <summary>The time-weighted mean of a step function, exactly. Time before the first point has no value and no weight.</summary>
internal static class TimeWeightedMean
{
    /// <exception cref="ArgumentException">The window is empty, the points are not in strictly ascending order, or none holds within the window.</exception>
    public static ExactFraction Of(ReadOnlySpan<TimeWeightedPoint> points, long start, long end)
    {
        if (end <= start)
        {
            throw new ArgumentException($"the window from {start} to {end} is empty; its end must be after its start");
        }

        var sum = ExactFraction.Zero;
        var weight = BigInteger.Zero;
        for (var i = 0; i < points.Length; i++)
        {
            if (i > 0 && points[i].At <= points[i - 1].At)
            {
                throw new ArgumentException($"the point at {points[i].At} stands behind one at {points[i - 1].At}; each must be later than the one before");
            }

            var from = Math.Max(points[i].At, start);
            var until = i + 1 < points.Length ? Math.Min(points[i + 1].At, end) : end;
            if (until > from)
            {
                var held = (BigInteger)until - from;
                sum += points[i].Value * ExactFraction.From(held);
                weight += held;
            }
        }

        return weight.IsZero
            ? throw new ArgumentException($"none of the {points.Length} points holds within the window from {start} to {end}")
            : sum / ExactFraction.From(weight);
    }
}
