using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine;
using ClearingActors.Journal;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>The moments that people look for, collected as a replay passes them, each once. One thread adds; any thread may read.</summary>
internal sealed class TravelMarks
{
    private const int Most = 500;
    private const int LongestWords = 300;

    private readonly Lock _gate = new();
    private readonly SortedList<long, TravelMark> _marks = [];
    private readonly Dictionary<long, (long Turn, long RecordedTime)> _closed = [];

    /// <summary>Instruments that are being listed: until every shard knows one it is halted, which is nothing to be told. Of the thread that adds.</summary>
    private readonly HashSet<string> _listing = new(StringComparer.Ordinal);

    /// <summary>In order.</summary>
    internal IReadOnlyList<TravelMark> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _marks.Values];
            }
        }
    }

    /// <summary>The moment when a cycle closed, if that was passed.</summary>
    internal long? ClosedAt(long cycle)
    {
        lock (_gate)
        {
            return _closed.TryGetValue(cycle, out var at) ? at.Turn : null;
        }
    }

    /// <summary>Looks for a mark in the turn that was replayed last.</summary>
    /// <returns>True if a cycle closed.</returns>
    internal bool Add(in JournalRow row, HouseReplay house, EventWords words)
    {
        var closed = false;
        HashSet<string>? defined = null;
        var turn = new WireReader(row.Payload.Span);
        while (turn.Next())
        {
            if (turn.Number == Actors.TurnFields.Step)
            {
                closed |= AddStep(turn.Bytes, row, house, words, ref defined);
            }
        }

        return closed;
    }

    /// <summary>Forgets what was recorded at an instant or later.</summary>
    internal void ForgetFrom(long recordedTime)
    {
        lock (_gate)
        {
            foreach (var turn in _marks.Where(m => m.Value.RecordedTime >= recordedTime).Select(m => m.Key).ToList())
            {
                _marks.Remove(turn);
            }

            foreach (var cycle in _closed.Where(c => c.Value.RecordedTime >= recordedTime).Select(c => c.Key).ToList())
            {
                _closed.Remove(cycle);
            }
        }
    }

    private static TravelMarkKind KindOf(int actor, int type) => (actor, type) switch
    {
        (ActorKinds.Settlement, EventTypes.CycleClosed) => TravelMarkKind.CycleClosed,
        (ActorKinds.Settlement, EventTypes.CycleBlocked or EventTypes.CycleUnbalanced or EventTypes.ClaimOpened) => TravelMarkKind.Trouble,
        (ActorKinds.Margin, EventTypes.CallMissedReported) => TravelMarkKind.Trouble,
        (ActorKinds.Default, EventTypes.DefaultTriggered or EventTypes.DefaultStageEntered or EventTypes.LossAllocated) => TravelMarkKind.Default,
        (ActorKinds.Directory, EventTypes.HouseHalted or EventTypes.HouseResumed or EventTypes.InstrumentHalted or EventTypes.InstrumentResumed or EventTypes.MemberSuspended or EventTypes.MemberReinstated) => TravelMarkKind.Halt,
        _ => TravelMarkKind.Unspecified,
    };

    /// <param name="body">The step.</param>
    /// <param name="row">Its turn.</param>
    /// <param name="house">With the turn behind it.</param>
    /// <param name="words">Of that house.</param>
    /// <param name="defined">Gets the instruments that are defined: the halt of a new one follows in the same turn, perhaps in another step.</param>
    private bool AddStep(ReadOnlySpan<byte> body, in JournalRow row, HouseReplay house, EventWords words, ref HashSet<string>? defined)
    {
        var (kind, key, closed) = (0, "", false);
        var step = new WireReader(body);
        while (step.Next())
        {
            if (step.Number == Actors.TurnFields.StepActorKind)
            {
                kind = step.Int32;

                // Every shard has a directory; what they all do is told once.
                if (kind is not (ActorKinds.Settlement or ActorKinds.Margin or ActorKinds.Default) && (kind != ActorKinds.Directory || row.Shard != 0))
                {
                    return false;
                }
            }
            else if (step.Number == Actors.TurnFields.StepActorKey)
            {
                key = step.String;
            }
            else if (step.Number == Actors.TurnFields.StepEvent)
            {
                var inner = new WireReader(step.Bytes);
                var read = inner.Next();
                if (read && inner.Number == EventTypes.InstrumentDefined)
                {
                    (defined ??= new HashSet<string>(StringComparer.Ordinal)).Add(Event.Parser.ParseFrom(step.Bytes).InstrumentDefined.Instrument);
                }

                if (read && KindOf(kind, inner.Number) is not TravelMarkKind.Unspecified and var mark)
                {
                    var e = Event.Parser.ParseFrom(step.Bytes);
                    if (IsOfListing(e, defined))
                    {
                        continue;
                    }

                    closed |= mark == TravelMarkKind.CycleClosed;
                    Add(e, mark, row, house, words.Of(e, kind == ActorKinds.Directory ? Actors.AddressBook.OfShard(kind, row.Shard) : house.Book.Of(kind, key)) ?? $"{e.EventCase}");
                }
            }
        }

        return closed;
    }

    /// <summary>True for the halt with which an instrument is listed, and for the resumption that ends it.</summary>
    private bool IsOfListing(Event e, HashSet<string>? defined)
    {
        if (e.InstrumentHalted is { } halted && defined?.Contains(halted.Instrument) == true)
        {
            // It may be known from a replay that ended before the listing did.
            _listing.Add(halted.Instrument);
            return true;
        }

        return e.InstrumentResumed is { } resumed && _listing.Remove(resumed.Instrument);
    }

    private void Add(Event e, TravelMarkKind kind, in JournalRow row, HouseReplay house, string words)
    {
        var turn = house.Turns.Replayed;
        lock (_gate)
        {
            if (kind == TravelMarkKind.CycleClosed)
            {
                _closed[e.CycleClosed.Cycle] = (turn, row.RecordedTime);
            }

            if (_marks.TryGetValue(turn, out var there))
            {
                if (!there.Words.Contains(words, StringComparison.Ordinal) && there.Words.Length < LongestWords)
                {
                    there = there.Clone();
                    there.Kind = kind == TravelMarkKind.CycleClosed ? there.Kind : kind;
                    there.Words = Cut($"{there.Words}; {words}");
                    _marks[turn] = there;
                }
            }
            else if (_marks.Count < Most)
            {
                _marks[turn] = new TravelMark { Turn = turn, RecordedTime = row.RecordedTime, BusinessTime = house.BusinessTime, Kind = kind, Words = Cut(words) };
            }
        }
    }

    private static string Cut(string words) => words.Length <= LongestWords ? words : $"{words[..LongestWords]}...";
}
