using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Engine.Actors;
using ClearingActors.Journal;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>
/// A replay that goes to any moment of a journal: on from where it is, or from the beginning to go back. Small pictures of about <see cref="Frames"/> moments are kept as they are
/// passed, and every moment that was asked for; those are there at once. A moment is a number of turns in the order of recorded time.
/// </summary>
/// <remarks>
/// The journal's snapshots do not serve to start near a moment: a shard keeps its newest two, so they lie minutes before the end, and those of different shards are of different
/// moments. One thread moves; any thread may look at what is kept.
/// </remarks>
internal sealed class HouseTravel : IDisposable
{
    /// <summary>Moments that are kept along the way.</summary>
    internal const int Frames = 200;

    /// <summary>Moments that are kept because somebody asked for them; the oldest is forgotten first.</summary>
    private const int AskedKept = 100;

    private const int RowsBetween = 64;

    private readonly IJournalStore _journal;
    private readonly Lock _gate = new();
    private readonly SortedList<long, HouseAt> _kept = [];
    private readonly Queue<long> _asked = new();
    private readonly TravelMarks _marks = new();
    private JournalCut _cut;
    private HouseReplay? _house;
    private EventWords? _words;
    private long _every = 1;
    private long _goal;
    private long _turn;

    /// <param name="journal">Read only; another process may be writing it.</param>
    internal HouseTravel(IJournalStore journal)
    {
        _journal = journal;
        _cut = JournalCut.AtHeads(journal);
        _every = EveryOf(_cut);
    }

    /// <summary>Where it is and where it goes. Any thread.</summary>
    internal (long Turn, long Goal) Place => (Volatile.Read(ref _turn), Volatile.Read(ref _goal));

    /// <summary>The moments that are kept. Any thread.</summary>
    internal IReadOnlyList<long> Kept
    {
        get
        {
            lock (_gate)
            {
                return [.. _kept.Keys];
            }
        }
    }

    /// <summary>What was passed. Any thread.</summary>
    internal IReadOnlyList<TravelMark> Marks => _marks.All;

    /// <summary>The kept moment that is nearest to one, or null. Any thread.</summary>
    internal HouseAt? Nearest(long turn)
    {
        lock (_gate)
        {
            return _kept.Count == 0 ? null : _kept.Values[NearestIndex(turn)];
        }
    }

    /// <summary>The kept moment that is nearest to a time, or null. Any thread.</summary>
    internal HouseAt? NearestTime(long recordedTime)
    {
        lock (_gate)
        {
            // Of several turns of one instant the last: all of them were there by then.
            return _kept.Values.Reverse().MinBy(h => Math.Abs((decimal)h.RecordedTime - recordedTime));
        }
    }

    /// <summary>Goes to the moment after so many turns.</summary>
    /// <param name="turn">From 1.</param>
    /// <param name="between">Called now and then between two turns: what it throws ends the move, and after an <see cref="OperationCanceledException"/> the next one goes on from there.</param>
    /// <exception cref="ArgumentOutOfRangeException">The journal does not have so many.</exception>
    /// <exception cref="JournalException">A log cannot be read.</exception>
    /// <exception cref="InvalidDataException">A turn cannot be replayed.</exception>
    internal HouseAt ToTurn(long turn, Action between)
    {
        if (turn > _cut.Positions.Sum())
        {
            Renew();
        }

        var turns = _cut.Positions.Sum();
        if (turn < 1 || turn > turns)
        {
            throw new ArgumentOutOfRangeException(nameof(turn), turn, $"The journal has the turns 1 to {turns}.");
        }

        return Find(turn) ?? Move(turn, between, null)!;
    }

    /// <summary>Goes to the moment when everything recorded by an instant was there.</summary>
    /// <param name="recordedTime">UTC nanoseconds.</param>
    /// <param name="between">As above.</param>
    /// <exception cref="ArgumentOutOfRangeException">Nothing was recorded by then.</exception>
    internal HouseAt ToTime(long recordedTime, Action between)
    {
        Renew();
        var turn = JournalCut.AtTime(_journal, recordedTime).Positions.Zip(_cut.Positions).Sum(p => Math.Min(p.First, p.Second));
        return turn > 0 ? ToTurn(turn, between) : throw new ArgumentOutOfRangeException(nameof(recordedTime), recordedTime, "Nothing was recorded by then.");
    }

    /// <summary>Goes to the end of what is durable now.</summary>
    /// <param name="between">As above.</param>
    internal HouseAt ToNewest(Action between)
    {
        Renew();
        return ToTurn(_cut.Positions.Sum(), between);
    }

    /// <summary>Goes to the moment when a settlement cycle closed.</summary>
    /// <param name="cycle">From 1.</param>
    /// <param name="between">As above.</param>
    /// <exception cref="ArgumentOutOfRangeException">It has not closed.</exception>
    internal HouseAt ToCycle(long cycle, Action between)
    {
        Renew();
        if (_marks.ClosedAt(cycle) is { } known)
        {
            return ToTurn(known, between);
        }

        return Move(_cut.Positions.Sum(), between, () => _marks.ClosedAt(cycle) is not null)
            ?? throw new ArgumentOutOfRangeException(nameof(cycle), cycle, "The cycle has not closed, or there is none with that number.");
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    private static long EveryOf(JournalCut cut) => Math.Max(1, cut.Positions.Sum() / Frames);

    private HouseAt? Find(long turn)
    {
        lock (_gate)
        {
            // One that was kept as the newest does not know the time of the turn behind it.
            return _kept.TryGetValue(turn, out var known) && (known.NextRecordedTime > 0 || turn == _cut.Positions.Sum()) ? known : null;
        }
    }

    /// <param name="turn">Where it ends at the latest.</param>
    /// <param name="between">Called now and then.</param>
    /// <param name="until">Ends it where it becomes true; null to go to the turn.</param>
    /// <returns>Null if it was to end earlier and did not.</returns>
    private HouseAt? Move(long turn, Action between, Func<bool>? until)
    {
        Volatile.Write(ref _goal, turn);
        try
        {
            if (_house is null || _house.Turns.Replayed > turn)
            {
                Forget();
                _house = new HouseReplay(_journal, _cut);
                _words = new EventWords(_house);
            }

            if (turn > _house.Turns.Rows)
            {
                Advance(_house.Turns.Rows, between, until);
                Lengthen();
            }

            if (until?.Invoke() != true)
            {
                Advance(turn, between, until);
            }

            return until?.Invoke() == false ? null : Keep(asked: true);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Half a turn may have been replayed, and a forged one makes actors throw whatever they like: what follows begins anew. Only between two turns is a move called off.
            Forget();
            throw;
        }
    }

    /// <summary>Replays to a turn, or to where it is to end earlier.</summary>
    private void Advance(long turn, Action between, Func<bool>? until)
    {
        var house = _house!;
        while (house.Turns.Replayed < turn && house.Turns.TryPeek(out var row))
        {
            if (house.Turns.Replayed % RowsBetween == 0)
            {
                between();
            }

            house.Turns.Next();
            Volatile.Write(ref _turn, house.Turns.Replayed);
            var marked = _marks.Add(row, house, _words!);
            if (house.Turns.Replayed % _every == 0)
            {
                Keep(asked: false);
            }

            if (marked && until?.Invoke() == true)
            {
                return;
            }
        }
    }

    private HouseAt Keep(bool asked)
    {
        var turn = _house!.Turns.Replayed;
        lock (_gate)
        {
            // The next turn is no longer unknown where more have come.
            if (_kept.TryGetValue(turn, out var known) && known.NextRecordedTime > 0)
            {
                return known;
            }
        }

        var moment = HouseMoments.Of(_house);
        lock (_gate)
        {
            if (!_kept.ContainsKey(turn) && asked && turn % _every != 0)
            {
                _asked.Enqueue(turn);
                while (_asked.Count > AskedKept)
                {
                    _kept.Remove(_asked.Dequeue());
                }
            }

            _kept[turn] = moment;
            if (_kept.Count > (2 * Frames) + AskedKept)
            {
                Thin();
            }
        }

        return moment;
    }

    /// <summary>The journal has grown to twice what it was: every second moment will do.</summary>
    private void Thin()
    {
        _every *= 2;
        var asked = _asked.ToHashSet();
        foreach (var turn in _kept.Keys.Where(t => t % _every != 0 && !asked.Contains(t)).ToList())
        {
            _kept.Remove(turn);
        }
    }

    /// <summary>Takes in what has been appended. Turns that were recorded before some that were there come before them now, so moments from there on are forgotten.</summary>
    private void Renew()
    {
        var cut = JournalCut.AtHeads(_journal);
        var grown = Enumerable.Range(0, cut.Positions.Count).Where(shard => cut.Positions[shard] > _cut.Positions[shard]).ToList();
        if (grown.Count == 0)
        {
            return;
        }

        var first = grown.Min(shard => JournalCut.TimeOf(_journal, shard, _cut.Positions[shard] + 1));
        var last = Enumerable.Range(0, cut.Positions.Count).Where(shard => _cut.Positions[shard] > 0).Select(shard => JournalCut.TimeOf(_journal, shard, _cut.Positions[shard])).DefaultIfEmpty().Max();
        if (_cut.Positions.Sum() == 0)
        {
            _every = EveryOf(cut);
        }

        _cut = cut;
        _marks.ForgetFrom(first);
        lock (_gate)
        {
            foreach (var turn in _kept.Where(k => k.Value.RecordedTime >= first || k.Value.NextRecordedTime == 0 || k.Value.NextRecordedTime > first).Select(k => k.Key).ToList())
            {
                _kept.Remove(turn);
            }
        }

        if (last >= first)
        {
            Forget();
        }
    }

    /// <summary>The replay is at its end, and nothing that has come since was recorded before it.</summary>
    private void Lengthen()
    {
        if (_house!.Turns.Cut != _cut)
        {
            _house.Turns.Extend(_cut);
        }

        if (_house.Turns.TryPeek(out var next) && next.RecordedTime <= _house.RecordedTime)
        {
            throw new InvalidOperationException($"turn {next.Shard}:{next.Position} was recorded at {next.RecordedTime}, which is not after {_house.RecordedTime} where the replay stands");
        }
    }

    private void Forget()
    {
        _house?.Dispose();
        _house = null;
        _words = null;
        Volatile.Write(ref _turn, 0);
    }

    private int NearestIndex(long turn)
    {
        var (low, high) = (0, _kept.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _kept.Keys[middle] < turn ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && turn - _kept.Keys[low - 1] <= Math.Abs(_kept.Keys[low] - turn) ? low - 1 : low;
    }
}
