using ClearingActors.Actors.Wire;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// What receivers are known to hold durably before any shard is loaded, read off the ends of their logs. A replay then need not keep a message that was consumed
/// long ago: without this, the outboxes of a long log hold every message of it until the first acknowledgements come.
/// </summary>
internal static class ReceiverWatermarks
{
    /// <summary>Rows at the end of each log that are looked at. A channel that was quiet for longer is not known; its messages are kept until the receiver speaks.</summary>
    private const int Rows = 64;

    /// <summary>By sending shard, then receiving shard: a sequence at or below the receiver's durable watermark; 0 where nothing is known.</summary>
    /// <param name="store">The journal.</param>
    /// <param name="heads">All heads, none of which another owner can move any more, or read in one statement.</param>
    internal static long[][] Read(IJournalStore store, IReadOnlyList<ShardHead> heads)
    {
        var known = new long[heads.Count][];
        for (var from = 0; from < known.Length; from++)
        {
            known[from] = new long[heads.Count];
        }

        foreach (var head in heads)
        {
            foreach (var row in store.ReadShard(head.Shard, Math.Max(0, head.Position - Rows), head.Position))
            {
                var turn = new WireReader(row.Payload.Span);
                while (turn.Next())
                {
                    if (turn.Number == TurnFields.Consumed)
                    {
                        var (from, sequence) = Consumed(turn.Bytes);
                        known[from][head.Shard] = Math.Max(known[from][head.Shard], sequence);
                    }
                }
            }
        }

        return known;
    }

    private static (int From, long Sequence) Consumed(ReadOnlySpan<byte> body)
    {
        var from = 0;
        long sequence = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.ConsumedFromShard: from = reader.Int32; break;
                case TurnFields.ConsumedSequence: sequence = reader.Int64; break;
                default: throw new InvalidDataException($"consumed field {reader.Number}");
            }
        }

        return (from, sequence);
    }
}
