using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The part of a cycle between its prices and its computation (rulebook 6.3): the series to exercise, what every shard reports of them, and the assignment over the
/// whole house. Empty in a cycle that exercises nothing.
/// </summary>
internal sealed class ExerciseStage
{
    private const int FirstField = 110;
    private readonly int _shards;
    private readonly SortedSet<InstrumentId> _noticed = [];
    private readonly SortedDictionary<InstrumentId, SeriesLots> _books = [];
    private ShardSet _gathered;
    private bool _assignedAll;

    internal ExerciseStage(int shards)
    {
        _shards = shards;
        _gathered = new ShardSet(shards);
    }

    /// <summary>Options with American notices that shards named at their cut.</summary>
    internal IReadOnlyCollection<InstrumentId> Noticed => _noticed;

    internal IReadOnlyList<SeriesTerms> Series { get; private set; } = [];

    internal IReadOnlyList<AssignedLots> Assigned { get; private set; } = [];

    /// <summary>True from the start until the assignment is made.</summary>
    internal bool IsOpen => Series.Count > 0 && !_assignedAll;

    internal bool IsComplete => _gathered.Count == _shards;

    internal bool HasReported(int shard) => _gathered.Contains(shard);

    internal void Reset()
    {
        _noticed.Clear();
        _books.Clear();
        _gathered = new ShardSet(_shards);
        _assignedAll = false;
        Series = [];
        Assigned = [];
    }

    internal void AddNoticed(IReadOnlyList<InstrumentId> options) => _noticed.UnionWith(options);

    internal void Start(IReadOnlyList<SeriesTerms> series) => Series = series;

    internal void Report(int shard, IReadOnlyList<SeriesLots> series)
    {
        _gathered = ShardSet.Of(_shards, [.. _gathered.ToList(), shard]);
        foreach (var lots in series)
        {
            var known = _books.GetValueOrDefault(lots.Option, new SeriesLots(lots.Option, 0, []));
            _books[lots.Option] = known with { Exercised = checked(known.Exercised + lots.Exercised), Shorts = [.. known.Shorts, .. lots.Shorts] };
        }
    }

    internal void Assign(IReadOnlyList<AssignedLots> assigned)
    {
        Assigned = assigned;
        _assignedAll = true;
        _books.Clear();
    }

    /// <summary>The exercised lots of each series over its short positions, those that get none left out.</summary>
    /// <exception cref="ArgumentException">More is exercised than is short: the book is not matched.</exception>
    internal IReadOnlyList<AssignedLots> DecideAssignment()
    {
        List<AssignedLots> assigned = [];
        foreach (var (option, book) in _books)
        {
            foreach (var lots in ExerciseAssignment.Assign(book.Exercised, [.. book.Shorts.Select(s => new ShortLots(s.Account.Value, s.Client.Value, s.Lots))]))
            {
                if (lots.Lots > 0)
                {
                    assigned.Add(new AssignedLots(option, AccountId.Parse(lots.Account), lots.Client.Length == 0 ? ClientId.None : ClientId.Parse(lots.Client), lots.Lots));
                }
            }
        }

        return assigned;
    }

    internal void Save(WireWriter writer)
    {
        foreach (var option in _noticed)
        {
            writer.Field(FirstField, option.Value);
        }

        foreach (var series in Series)
        {
            ExerciseWire.Write(writer, FirstField + 1, series);
        }

        foreach (var shard in _gathered.ToList())
        {
            writer.Field(FirstField + 2, shard + 1);
        }

        foreach (var (_, book) in _books)
        {
            ReportExercise.WriteSeries(writer, FirstField + 3, book);
        }

        foreach (var lots in Assigned)
        {
            ExerciseWire.Write(writer, FirstField + 4, lots);
        }

        writer.Field(FirstField + 5, _assignedAll);
    }

    /// <summary>Takes a field of the settlement's snapshot; false if it is none of this stage.</summary>
    internal bool Load(in WireReader r)
    {
        switch (r.Number)
        {
            case FirstField: _noticed.Add(Ids.Instrument(r.Bytes)); break;
            case FirstField + 1: Series = [.. Series, ExerciseWire.ReadSeries(r.Bytes)]; break;
            case FirstField + 2: _gathered = ShardSet.Of(_shards, [.. _gathered.ToList(), r.Int32 - 1]); break;
            case FirstField + 3:
                var book = ReportExercise.ReadSeries(r.Bytes);
                _books.Add(book.Option, book);
                break;
            case FirstField + 4: Assigned = [.. Assigned, ExerciseWire.ReadAssigned(r.Bytes)]; break;
            case FirstField + 5: _assignedAll = r.Bool; break;
            default: return false;
        }

        return true;
    }
}
