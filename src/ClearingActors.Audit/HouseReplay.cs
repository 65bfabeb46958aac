using ClearingActors.Actors;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Backtests;
using ClearingActors.Engine.Risk;
using ClearingActors.Journal;

namespace ClearingActors.Audit;

/// <summary>
/// The clearing house as a journal tells it: all shards, turn by turn in the order of recorded time. Who watches looks at the turn that comes next, at the state before it and
/// at the state after it. One thread.
/// </summary>
internal sealed class HouseReplay : IDisposable
{
    private readonly JournalReplay _replay;
    private readonly EngineScope[] _scopes;

    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <param name="cut">Where it ends.</param>
    /// <param name="runs">Is told of margin runs; null where nobody asks.</param>
    /// <param name="cycles">Is told of settlement cycles; null where nobody asks.</param>
    internal HouseReplay(IJournalStore journal, JournalCut cut, IMarginRunObserver? runs = null, ICycleObserver? cycles = null)
    {
        Book = new AddressBook(journal.Identity.ShardCount, ActorKinds.NameOf);
        Marks = new MarkBoard();
        var program = new EngineProgram(Book, Marks, TradeIdLimits.Default, new HouseCounters(), runs) { Cycles = cycles };
        SchemaVersion = program.SchemaVersion;
        _replay = new JournalReplay(journal, program, Book, cut);
        _scopes = [.. _replay.Scopes.Cast<EngineScope>()];
    }

    /// <summary>Where an actor lives.</summary>
    internal AddressBook Book { get; }

    /// <summary>The newest accepted mark of each instrument.</summary>
    internal MarkBoard Marks { get; }

    /// <summary>The snapshots' encoding that the program knows.</summary>
    internal int SchemaVersion { get; }

    /// <summary>The shards and how far they are.</summary>
    internal JournalReplay Turns => _replay;

    /// <summary>The state of each shard, by shard.</summary>
    internal IReadOnlyList<EngineScope> Scopes => _scopes;

    /// <summary>Business time, UTC nanoseconds: the furthest that any shard has seen.</summary>
    internal long BusinessTime => Enumerable.Range(0, _scopes.Length).Max(shard => _replay[shard].BusinessTime);

    /// <summary>When the last turn replayed was recorded, UTC nanoseconds; 0 before the first.</summary>
    internal long RecordedTime => Shards().Max(shard => shard.RecordedTime);

    /// <summary>The shards, by number.</summary>
    internal IEnumerable<Shard> Shards() => Enumerable.Range(0, _scopes.Length).Select(shard => _replay[shard]);

    /// <summary>An account; null if it is not defined.</summary>
    internal AccountActor? Account(string id) => Find<AccountActor>(ActorKinds.Account, id);

    /// <summary>The registry, or null before its first turn; likewise the other single actors with <see cref="Find{T}"/>.</summary>
    internal T? Find<T>(int kind, string key = ActorKinds.House)
        where T : Actor
    {
        var address = Book.Of(kind, key);
        return (T?)_replay[address.Shard].Find(address);
    }

    /// <summary>Positions and cash over all accounts, as they stand now; what is under way between shards is in no account.</summary>
    internal HouseBooks Books()
    {
        var books = new HouseBooks();
        foreach (var scope in _scopes)
        {
            books.Add(HouseBooks.Of(scope));
        }

        return books;
    }

    /// <summary>Replays to the cut.</summary>
    /// <param name="progress">Is told the share of the turns that is done, now and then; null for nobody.</param>
    /// <param name="cancellation">Ends it between two turns.</param>
    /// <exception cref="JournalException">A log cannot be read.</exception>
    /// <exception cref="InvalidDataException">A turn does not have the hash beside it, or cannot be replayed.</exception>
    internal void Run(IProgress<double>? progress, CancellationToken cancellation)
    {
        while (_replay.Next())
        {
            if (_replay.Replayed % 4096 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((double)_replay.Replayed / _replay.Rows);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _replay.Dispose();
}
