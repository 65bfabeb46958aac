using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// Replays all shards of a journal together, turn by turn in the order of recorded time: a cause always comes before its effects, so after each turn the whole house is as it
/// was at that time. Takes nothing over and writes nothing. One thread.
/// </summary>
/// <remarks>
/// A message is forgotten when its receiver's turn has consumed it, so what is held is the house and what is under way, whatever the journal's length. Read-ahead is
/// <see cref="RowsAhead"/> rows in all.
/// </remarks>
public sealed class JournalReplay : IDisposable
{
    /// <summary>Rows that are read ahead, over all shards together; at least <see cref="LeastRowsAhead"/> of each.</summary>
    private const int RowsAhead = 16_384;

    private const int LeastRowsAhead = 8;

    private readonly IJournalStore _journal;
    private readonly Shard[] _shards;
    private readonly IEnumerator<JournalRow>[] _logs;
    private readonly PriorityQueue<int, (long Time, int Shard)> _next = new();
    private readonly int _ahead;

    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <param name="program">The actors.</param>
    /// <param name="book">The addresses, with the journal's shard count.</param>
    /// <param name="cut">Where it ends.</param>
    public JournalReplay(IJournalStore journal, IShardProgram program, AddressBook book, JournalCut cut)
    {
        _journal = journal;
        _ahead = Math.Max(LeastRowsAhead, RowsAhead / book.ShardCount);
        Cut = cut;
        var options = new RuntimeOptions();
        var observer = new ReplayObserver();
        _shards = [.. Enumerable.Range(0, book.ShardCount).Select(shard => new Shard(shard, program, book, options, observer, []) { OnConsumed = (from, sequence) => Consumed(from, shard, sequence) })];
        _logs = [.. Enumerable.Range(0, book.ShardCount).Select(shard => Log(shard, 0).GetEnumerator())];
        for (var shard = 0; shard < _logs.Length; shard++)
        {
            ReadOn(shard);
        }
    }

    /// <summary>Where it ends.</summary>
    public JournalCut Cut { get; private set; }

    /// <summary>Turns in all.</summary>
    public long Rows => Cut.Positions.Sum();

    /// <summary>Turns replayed so far.</summary>
    public long Replayed { get; private set; }

    /// <summary>Events applied so far.</summary>
    public long Events { get; private set; }

    /// <summary>The shards' scopes, by shard.</summary>
    public IEnumerable<ShardScope> Scopes => _shards.Select(shard => shard.Scope);

    /// <summary>A shard, with the turns replayed so far.</summary>
    internal Shard this[int shard] => _shards[shard];

    /// <summary>
    /// Of a channel from, to and what was consumed, up to where its messages may be forgotten, for who still wants some of them; null where nobody does.
    /// </summary>
    internal Func<int, int, long, long>? HoldBack { get; set; }

    /// <summary>The turn that comes next.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="JournalException">A log cannot be read.</exception>
    public bool TryPeek(out JournalRow row)
    {
        if (_next.TryPeek(out var shard, out _))
        {
            row = _logs[shard].Current;
            return true;
        }

        row = default;
        return false;
    }

    /// <summary>Replays the turn that comes next. After an exception the state is half changed: the replay is over.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="JournalException">A log cannot be read.</exception>
    /// <exception cref="InvalidDataException">The turn does not have the hash beside it, or cannot be replayed.</exception>
    public bool Next()
    {
        if (!_next.TryDequeue(out var shard, out _))
        {
            return false;
        }

        Events += _shards[shard].Replay(_logs[shard].Current);
        Replayed++;
        ReadOn(shard);
        return true;
    }

    /// <summary>Goes on to a later cut once it has ended. What comes may have been recorded before what was replayed last; who needs the order asks <see cref="TryPeek"/>.</summary>
    /// <param name="cut">No shard before where it is.</param>
    /// <exception cref="InvalidOperationException">It has not ended, or the cut lies before its end.</exception>
    /// <exception cref="JournalException">A log cannot be read.</exception>
    public void Extend(JournalCut cut)
    {
        if (_next.Count > 0 || cut.Positions.Zip(Cut.Positions).Any(p => p.First < p.Second))
        {
            throw new InvalidOperationException($"The replay has {_next.Count} shards to go on with and ends at {string.Join(" ", Cut.Positions)}; it can be extended at its end, to {string.Join(" ", cut.Positions)} or later.");
        }

        var before = Cut;
        Cut = cut;
        for (var shard = 0; shard < _logs.Length; shard++)
        {
            _logs[shard].Dispose();
            _logs[shard] = Log(shard, before.Positions[shard]).GetEnumerator();
            ReadOn(shard);
        }
    }

    /// <summary>SHA-256 of every shard's state, to be compared with <see cref="ShardReplay.Digests"/> and <see cref="ActorRuntime.DigestAsync"/>.</summary>
    public IReadOnlyList<byte[]> Digests() => [.. _shards.Select(shard => shard.Digest(to => _shards[to].DurableFrom(shard.Number)))];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var log in _logs)
        {
            log.Dispose();
        }
    }

    private void ReadOn(int shard)
    {
        if (_logs[shard].MoveNext())
        {
            _next.Enqueue(shard, (_logs[shard].Current.RecordedTime, shard));
        }
    }

    /// <summary>Few at a time: with many shards, the store's own chunks would be too much together.</summary>
    private IEnumerable<JournalRow> Log(int shard, long from)
    {
        var end = Cut.Positions[shard];
        for (var after = from; after < end; after += _ahead)
        {
            foreach (var row in _journal.ReadShard(shard, after, Math.Min(after + _ahead, end)))
            {
                yield return row;
            }
        }
    }

    private void Consumed(int from, int to, long sequence) => _shards[from].Trim(to, HoldBack?.Invoke(from, to, sequence) ?? sequence);
}
