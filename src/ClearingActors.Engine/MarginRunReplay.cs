using ClearingActors.Actors;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Risk;
using ClearingActors.Journal;

namespace ClearingActors.Engine;

/// <summary>Computes a journal's margin runs again, without a running house.</summary>
public static class MarginRunReplay
{
    /// <summary>Replays every shard from its first turn, and recomputes each run at the turn that recorded it (rulebook 8.9).</summary>
    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <exception cref="InvalidDataException">A row cannot be replayed, or does not have the hash that stands beside it.</exception>
    public static RecomputedRuns Recompute(IJournalStore journal)
    {
        var check = new MarginRunCheck();
        Replay(journal, check);
        return check.End();
    }

    internal static void Replay(IJournalStore journal, IMarginRunObserver observer)
    {
        var book = new AddressBook(journal.Identity.ShardCount, ActorKinds.NameOf);
        var program = new EngineProgram(book, new MarkBoard(), TradeIdLimits.Default, new HouseCounters(), observer);

        // The inputs of a run are in the shard of the runs, and needed in every other.
        ShardReplay.Run(journal, program, book, book.Of(ActorKinds.Margin, ActorKinds.House).Shard);
    }
}
