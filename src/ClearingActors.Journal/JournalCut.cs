namespace ClearingActors.Journal;

/// <summary>
/// A moment in a journal: of each shard the last turn that belongs to it. Cuts made here never hold an effect without its cause, since a turn's recorded time is above that
/// of every cause.
/// </summary>
/// <param name="Positions">By shard; 0 where nothing belongs to it.</param>
public sealed record JournalCut(IReadOnlyList<long> Positions)
{
    /// <summary>Everything that is durable, read in one statement.</summary>
    public static JournalCut AtHeads(IJournalStore journal) => new([.. journal.ReadHeads().Select(head => head.Position)]);

    /// <summary>Every turn recorded at or before an instant.</summary>
    /// <param name="journal">Read only.</param>
    /// <param name="time">UTC nanoseconds since 1970.</param>
    public static JournalCut AtTime(IJournalStore journal, long time) => new([.. journal.ReadHeads().Select(head => LastAtOrBefore(journal, head, time))]);

    /// <summary>Every turn recorded at or before a turn: that turn, its causes, and whatever else was recorded by then.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard or turn.</exception>
    public static JournalCut AtTurn(IJournalStore journal, int shard, long position)
    {
        var heads = journal.ReadHeads();
        if ((uint)shard >= (uint)heads.Count)
        {
            throw new ArgumentOutOfRangeException(nameof(shard), shard, $"The journal has the shards 0 to {heads.Count - 1}.");
        }

        if (position < 1 || position > heads[shard].Position)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, $"Shard {shard} has the turns 1 to {heads[shard].Position}.");
        }

        return AtTime(journal, TimeOf(journal, shard, position));
    }

    /// <summary>The recorded time of a turn, UTC nanoseconds.</summary>
    public static long TimeOf(IJournalStore journal, int shard, long position) => journal.ReadShard(shard, position - 1, position).Single().RecordedTime;

    private static long LastAtOrBefore(IJournalStore journal, in ShardHead head, long time)
    {
        var (low, high) = (0L, head.Position);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (TimeOf(journal, head.Shard, middle) <= time)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
