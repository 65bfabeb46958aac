using ClearingActors.Domain.Market;

namespace ClearingActors.Engine;

/// <summary>The accepted marks of an instrument that the node has seen, for people who look at them; no decision reads it.</summary>
/// <param name="Points">By ascending time, at most 2,000; empty before the first mark.</param>
/// <param name="Dropped">True if the node has seen older ones and keeps them no longer.</param>
public sealed record MarkPath(IReadOnlyList<MarkPoint> Points, bool Dropped)
{
    /// <summary>The most marks that are kept of an instrument.</summary>
    public const int MostPoints = 2_000;

    internal static MarkPath None { get; } = new([], false);
}

/// <summary>A ring of an instrument's newest marks. Its owner guards it.</summary>
internal sealed class MarkTrail
{
    private MarkPoint[] _ring = new MarkPoint[16];
    private int _first;
    private int _count;
    private bool _dropped;

    /// <summary>Whose the newest is.</summary>
    internal MarkSourceId Source { get; private set; }

    internal void Add(in Mark mark, MarkSourceId source)
    {
        if (_count == _ring.Length && _count < MarkPath.MostPoints)
        {
            // Full for the first time at each size, so it has never turned.
            Array.Resize(ref _ring, Math.Min(_count * 2, MarkPath.MostPoints));
        }

        if (_count == _ring.Length)
        {
            _first = (_first + 1) % _count;
            _count--;
            _dropped = true;
        }

        _ring[(_first + _count) % _ring.Length] = new MarkPoint(mark.Time, mark.PriceUnits);
        _count++;
        Source = source;
    }

    internal MarkPath ToPath()
    {
        var points = new MarkPoint[_count];
        for (var i = 0; i < _count; i++)
        {
            points[i] = _ring[(_first + i) % _ring.Length];
        }

        return new MarkPath(points, _dropped);
    }
}
