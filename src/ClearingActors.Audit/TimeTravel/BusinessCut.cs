using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Engine;
using ClearingActors.Journal;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>A moment by business time: everything recorded before the turn in which the registry moved business time beyond an instant.</summary>
internal static class BusinessCut
{
    /// <summary>The cut; everything if business time never went beyond the instant.</summary>
    /// <param name="journal">Read only.</param>
    /// <param name="instant">UTC nanoseconds of business time.</param>
    /// <exception cref="InvalidDataException">A turn cannot be read.</exception>
    internal static JournalCut At(IJournalStore journal, long instant)
    {
        var heads = journal.ReadHeads();
        var shard = new AddressBook(journal.Identity.ShardCount, ActorKinds.NameOf).Of(ActorKinds.Registry, ActorKinds.House).Shard;

        // Business time never goes back, so the first turn that leaves it beyond the instant is found by halving.
        var (low, high) = (1L, heads[shard].Position + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = EndOf(journal, shard, middle) > instant ? (low, middle) : (middle + 1, high);
        }

        return low > heads[shard].Position ? JournalCut.AtHeads(journal) : JournalCut.AtTime(journal, JournalCut.TimeOf(journal, shard, low) - 1);
    }

    /// <summary>Business time when the turn ended.</summary>
    internal static long EndOf(IJournalStore journal, int shard, long position)
    {
        var time = 0L;
        var turn = new WireReader(journal.ReadShard(shard, position - 1, position).Single().Payload.Span);
        while (turn.Next())
        {
            if (turn.Number == TurnFields.BusinessTime)
            {
                time = turn.Int64;
            }
            else if (turn.Number == TurnFields.Step)
            {
                var step = new WireReader(turn.Bytes);
                while (step.Next())
                {
                    time = step.Number == TurnFields.StepBusinessTime ? step.Int64 : time;
                }
            }
        }

        return time;
    }
}
