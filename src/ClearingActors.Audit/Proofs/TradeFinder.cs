using System.Text;
using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Proofs;

/// <summary>
/// Finds the turn in which a trade was novated or cancelled, from the account of one of its sides: the buyer's account has the event itself, the seller's the one before it, which
/// names the buyer. Reads bounded pieces of two shards, backwards from a time. One thread.
/// </summary>
/// <param name="journal">Read only; another process may be writing it.</param>
public sealed class TradeFinder(IJournalStore journal)
{
    private const int RowsPerRead = 256;

    /// <summary>Is told the bytes that were read, and may take its time; null for nobody.</summary>
    public Action<long>? Read { get; init; }

    private readonly AddressBook _book = new(journal.Identity.ShardCount, ActorKinds.NameOf);

    /// <summary>Finds the turn.</summary>
    /// <param name="wanted">The trade.</param>
    /// <param name="near">UTC nanoseconds of recorded time at which it was done, or later; null for now.</param>
    /// <param name="rows">The most rows that are looked at in each of the two shards.</param>
    /// <param name="cancellation">Ends it between two reads.</param>
    /// <returns>Null if it is not among those rows.</returns>
    /// <exception cref="JournalException">A log cannot be read.</exception>
    public (int Shard, long Position)? Find(WantedTrade wanted, long? near, long rows, CancellationToken cancellation)
    {
        var heads = journal.ReadHeads();
        var own = _book.Of(ActorKinds.Account, wanted.Account).Shard;
        var last = near is { } time ? JournalCut.AtTime(journal, time).Positions[own] : heads[own].Position;
        var earliest = Math.Max(0, last - rows);
        while (last > earliest)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = Math.Max(earliest, last - RowsPerRead);
            foreach (var row in ReadRows(own, first, last).AsEnumerable().Reverse())
            {
                if (Leg(row, wanted, wanted.DoneType) is not null)
                {
                    return (own, row.Position);
                }

                if (Leg(row, wanted, wanted.BeforeType) is { } leg)
                {
                    var other = _book.Of(ActorKinds.Account, leg.CounterAccount).Shard;
                    return FindAfter(other, wanted with { Account = leg.CounterAccount }, row.RecordedTime, heads[other].Position, rows, cancellation);
                }
            }

            last = first;
        }

        return null;
    }

    private (int Shard, long Position)? FindAfter(int shard, WantedTrade wanted, long time, long head, long rows, CancellationToken cancellation)
    {
        var after = JournalCut.AtTime(journal, time).Positions[shard];
        var end = Math.Min(head, after + rows);
        while (after < end)
        {
            cancellation.ThrowIfCancellationRequested();
            var last = Math.Min(end, after + RowsPerRead);
            foreach (var row in ReadRows(shard, after, last))
            {
                if (Leg(row, wanted, wanted.DoneType) is not null)
                {
                    return (shard, row.Position);
                }
            }

            after = last;
        }

        return null;
    }

    private List<JournalRow> ReadRows(int shard, long after, long upTo)
    {
        var rows = journal.ReadShard(shard, after, upTo).ToList();
        Read?.Invoke(rows.Sum(row => (long)row.Payload.Length));
        return rows;
    }

    private static TradeLegEvent? Leg(in JournalRow row, WantedTrade wanted, int type)
    {
        var turn = new WireReader(row.Payload.Span);
        while (turn.Next())
        {
            if (turn.Number == TurnFields.Step && LegOfStep(turn.Bytes, wanted, type) is { } leg)
            {
                return leg;
            }
        }

        return null;
    }

    private static TradeLegEvent? LegOfStep(ReadOnlySpan<byte> body, WantedTrade wanted, int type)
    {
        var step = new WireReader(body);
        while (step.Next())
        {
            switch (step.Number)
            {
                case TurnFields.StepActorKind when step.Int32 != ActorKinds.Account:
                case TurnFields.StepActorKey when !step.Bytes.SequenceEqual(wanted.AccountBytes):
                    return null;
                case TurnFields.StepEvent:
                    var inner = new WireReader(step.Bytes);
                    if (inner.Next() && inner.Number == type)
                    {
                        var leg = TradeLegEvent.Parser.ParseFrom(inner.Bytes);
                        if (leg.Source == wanted.Source && leg.TradeId == wanted.TradeId)
                        {
                            return leg;
                        }
                    }

                    break;
                default:
                    break;
            }
        }

        return null;
    }
}

/// <summary>A trade as one of its sides knows it.</summary>
/// <param name="Source">The trade source.</param>
/// <param name="TradeId">The trade's id there.</param>
/// <param name="Account">The account of the side.</param>
/// <param name="Reversed">True for the cancel in place of the novation.</param>
public sealed record WantedTrade(string Source, string TradeId, string Account, bool Reversed)
{
    internal byte[] AccountBytes => Encoding.UTF8.GetBytes(Account);

    internal int DoneType => Reversed ? EventTypes.TradeReversed : EventTypes.TradeNovated;

    internal int BeforeType => Reversed ? EventTypes.ReversalReserved : EventTypes.TradeReserved;

    /// <summary>True if a receipt is of this side of it.</summary>
    public bool Is(Contracts.Audit.V1.TradeReceipt receipt) =>
        receipt.Source == Source && receipt.TradeId == TradeId && receipt.Account == Account
        && receipt.Kind == (Reversed ? Contracts.Audit.V1.TradeReceipt.Types.Kind.Reversed : Contracts.Audit.V1.TradeReceipt.Types.Kind.Novated);
}
