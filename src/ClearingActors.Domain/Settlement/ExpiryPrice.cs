namespace ClearingActors.Domain.Settlement;

/// <summary>An accepted mark.</summary>
/// <param name="At">Any unit of time, the same throughout.</param>
/// <param name="Price">May be negative where the instrument allows it.</param>
public readonly record struct ExpiryMark(long At, decimal Price);

/// <summary>A final price, or the reason why an operator must set it.</summary>
/// <param name="Price">On the tick; null if an operator decides.</param>
/// <param name="MarksInWindow">Marks at or after the window's start and before its end.</param>
public readonly record struct ExpiryPriceDecision(decimal? Price, int MarksInWindow)
{
    /// <summary>True if there were too few marks to compute a price.</summary>
    public bool OperatorDecides => Price is null;
}

/// <summary>
/// The final price at expiry (rulebook 6.3): the time-weighted average of the accepted marks over a window, each holding until the next, rounded half-even to the
/// tick. The mark in force when the window opens counts from its start. Without one, the average runs from the first mark on.
/// </summary>
public static class ExpiryPrice
{
    /// <summary>The price, or an operator's decision if the window holds fewer marks than configured.</summary>
    /// <param name="marks">By strictly ascending time.</param>
    /// <param name="windowStart">In the unit of the marks.</param>
    /// <param name="windowEnd">After the start; a mark at the end counts no more.</param>
    /// <param name="tick">Above 0.</param>
    /// <param name="minimumMarks">0 or more. With no mark in force an operator decides whatever it is.</param>
    /// <exception cref="ArgumentException">Marks out of order, an empty window, or a tick not above 0.</exception>
    public static ExpiryPriceDecision Decide(IReadOnlyList<ExpiryMark> marks, long windowStart, long windowEnd, decimal tick, int minimumMarks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimumMarks);
        var inWindow = marks.Count(mark => mark.At >= windowStart && mark.At < windowEnd);
        var inForce = inWindow > 0 || marks.Any(mark => mark.At < windowStart);
        return inForce && inWindow >= minimumMarks
            ? new ExpiryPriceDecision(TimeWeighted(marks, windowStart, windowEnd, tick), inWindow)
            : new ExpiryPriceDecision(null, inWindow);
    }

    /// <summary>The average on the tick, however few the marks.</summary>
    /// <param name="marks">By strictly ascending time; at least one before the window's end.</param>
    /// <param name="windowStart">In the unit of the marks.</param>
    /// <param name="windowEnd">After the start.</param>
    /// <param name="tick">Above 0.</param>
    /// <exception cref="ArgumentException">No mark in force, marks out of order, an empty window, or a tick not above 0.</exception>
    /// <exception cref="OverflowException">The price has more than 28 digits.</exception>
    public static decimal TimeWeighted(IReadOnlyList<ExpiryMark> marks, long windowStart, long windowEnd, decimal tick)
    {
        if (tick <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(tick), tick, "a tick above 0 is needed");
        }

        var points = new TimeWeightedPoint[marks.Count];
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = new TimeWeightedPoint(marks[i].At, ExactFraction.From(marks[i].Price));
        }

        var ticks = (TimeWeightedMean.Of(points, windowStart, windowEnd) / ExactFraction.From(tick)).RoundHalfEven();
        return (ExactFraction.From(ticks) * ExactFraction.From(tick)).ToDecimal();
    }
}
