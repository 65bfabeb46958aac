namespace ClearingActors.Domain.Market;

/// <summary>An accepted mark as averages need it.</summary>
/// <param name="Time">UTC ns.</param>
/// <param name="PriceUnits">Price units of the instrument.</param>
public readonly record struct MarkPoint(long Time, long PriceUnits);

/// <summary>Everything in a <see cref="MarkHistory"/>.</summary>
public sealed record MarkHistorySnapshot(bool Dropped, IReadOnlyList<MarkPoint> Points);

/// <summary>
/// The accepted marks of an instrument as far back as an average may still ask for (rulebook 6.3, 6.4), by ascending time. It never tells less than the whole of a
/// time as if it were the whole: see <see cref="Covers"/>.
/// </summary>
public sealed class MarkHistory
{
    /// <summary>The most marks that are kept; beyond it the oldest go.</summary>
    public const int MaxPoints = 100_000;

    private readonly List<MarkPoint> _points = [];

    internal MarkHistory()
    {
    }

    internal MarkHistory(MarkHistorySnapshot snapshot)
    {
        Dropped = snapshot.Dropped;
        _points.AddRange(snapshot.Points);
    }

    public IReadOnlyList<MarkPoint> Points => _points;

    /// <summary>True if marks older than the first point are no longer here.</summary>
    public bool Dropped { get; private set; }

    /// <summary>True if every mark that counts from the instant on is here: the one in force then too, if there was one.</summary>
    public bool Covers(long from) => !Dropped || (_points.Count > 0 && _points[0].Time <= from);

    internal MarkHistorySnapshot ToSnapshot() => new(Dropped, [.. _points]);

    /// <summary>Adds the newest mark and forgets those before the one in force at <paramref name="keepFrom"/>.</summary>
    /// <param name="point">Newer than the last.</param>
    /// <param name="keepFrom">UTC ns; 0 for events of before there was a history, of which nothing but the newest mark is known.</param>
    internal void Add(in MarkPoint point, long keepFrom)
    {
        _points.Add(point);
        Dropped |= keepFrom == 0;
        var unneeded = keepFrom == 0 ? _points.Count - 1 : InForce(keepFrom);

        // Moving all points for each one that goes would be quadratic: at least a quarter goes at a time.
        if (unneeded > 0 && unneeded >= _points.Count / 4)
        {
            Drop(unneeded);
        }
        else if (_points.Count > MaxPoints)
        {
            Drop(MaxPoints / 4);
        }
    }

    /// <summary>The index of the mark in force at an instant, or of the first one if there was none.</summary>
    private int InForce(long time)
    {
        var (low, high) = (0, _points.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _points[middle].Time <= time ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private void Drop(int count)
    {
        _points.RemoveRange(0, count);
        Dropped = true;
    }
}
