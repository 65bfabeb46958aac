using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Market;

/// <summary>
/// A shard's copy of the latest accepted marks: an input of decisions, not state of any actor. Decisions record the number of the mark that they used.
/// </summary>
public sealed class MarkTable
{
    private readonly Dictionary<InstrumentId, Mark> _marks;

    /// <summary>An empty table.</summary>
    public MarkTable() => _marks = [];

    /// <summary>A copy, to which marks may be added while others read the first.</summary>
    public MarkTable(MarkTable other) => _marks = new Dictionary<InstrumentId, Mark>(other._marks);

    public int Count => _marks.Count;

    public bool TryGet(InstrumentId instrument, out Mark mark) => _marks.TryGetValue(instrument, out mark);

    /// <summary>Keeps the mark unless one with the same or a higher number is there; true if it was kept.</summary>
    public bool Set(InstrumentId instrument, in Mark mark)
    {
        if (_marks.TryGetValue(instrument, out var known) && known.Number >= mark.Number)
        {
            return false;
        }

        _marks[instrument] = mark;
        return true;
    }

    /// <summary>Every mark, by instrument id, ordinal.</summary>
    public IReadOnlyList<KeyValuePair<InstrumentId, Mark>> Sorted() => [.. _marks.OrderBy(m => m.Key)];
}
