using ClearingActors.Actors;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Backtests;

/// <summary>What is back-tested.</summary>
public sealed record LiveBacktestOptions
{
    /// <summary>Only this account; null for all.</summary>
    public AccountId? Account { get; init; }

    /// <summary>True to keep each period; otherwise counts alone are kept.</summary>
    public bool KeepsPeriods { get; init; }
}

/// <summary>
/// Back-tests over the accounts of a house (rulebook 9): its journal is replayed, and what each account held at the end of a date is frozen and held against the settlement prices
/// one margin period later. Margins are recomputed and not those of recorded runs: these have other marks, the next date's trades and add-ons in them, and need not be there.
/// </summary>
public static class LiveBacktest
{
    /// <summary>Replays the journal without a running house.</summary>
    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <param name="options">What is asked for; null for counts of all accounts.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="cancellation">Looked at after each shard.</param>
    /// <exception cref="ArgumentException">The journal has no date that was closed, or the account is not in it.</exception>
    /// <exception cref="InvalidDataException">A row cannot be replayed, or does not have the hash that stands beside it.</exception>
    public static LiveBacktestResult Run(IJournalStore journal, LiveBacktestOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new LiveBacktestOptions();
        var book = new AddressBook(journal.Identity.ShardCount, ActorKinds.NameOf);
        var survey = new HouseSurvey();
        var first = book.Of(ActorKinds.Margin, ActorKinds.House).Shard;
        Replay(journal, book, survey, [first], cancellation);
        if (survey.Closes == 0)
        {
            throw new ArgumentException("the journal has no business date that was closed, so there is no margin period; settle a cycle whose next date is later", nameof(journal));
        }

        Replay(journal, book, survey, [.. survey.MarketShards.Where(shard => shard != first)], cancellation);
        List<int> shards = options.Account is { } account ? [book.Of(ActorKinds.Account, account.Value).Shard] : [.. Enumerable.Range(0, book.ShardCount)];
        var done = 0;
        var replay = new BacktestReplay(survey, options, closes => progress?.Report((done + Math.Min(1.0, (double)closes / survey.Closes)) / shards.Count));
        Replay(journal, book, replay, shards, cancellation, () => done++);
        return options.Account is { } asked && !replay.HasSeen(asked)
            ? throw new ArgumentException($"account {asked} is not in the journal, or was not there when a business date was closed", nameof(options))
            : replay.End();
    }

    private static void Replay(IJournalStore journal, AddressBook book, ICycleObserver observer, IReadOnlyList<int> shards, CancellationToken cancellation, Action? replayed = null)
    {
        var program = new EngineProgram(book, new MarkBoard(), TradeIdLimits.Default, new HouseCounters()) { Cycles = observer };
        ShardReplay.Run(journal, program, book, InTurn());

        IEnumerable<int> InTurn()
        {
            foreach (var shard in shards)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return shard;
                replayed?.Invoke();
            }
        }
    }
}
