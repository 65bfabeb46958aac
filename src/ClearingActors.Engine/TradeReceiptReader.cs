using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Engine;

/// <summary>
/// Reads trade receipts off turns: where an account novates or reverses a trade, one for each side, its own first. What they say is what the event says. One thread.
/// </summary>
public sealed class TradeReceiptReader : IReceiptReader
{
    private const int Novated = 1;
    private const int Reversed = 2;
    private const int Buy = 1;
    private const int Sell = 2;

    private readonly WireWriter _receipt = new();

    /// <inheritdoc/>
    public void Read(in StoredRow row, ReceiptVisitor visitor)
    {
        var index = 0;
        var turn = new WireReader(row.Payload);
        while (turn.Next())
        {
            if (turn.Number == TurnFields.Step)
            {
                ReadStep(turn.Bytes, row, visitor, ref index);
            }
        }
    }

    private void ReadStep(ReadOnlySpan<byte> body, in StoredRow row, ReceiptVisitor visitor, ref int index)
    {
        ReadOnlySpan<byte> account = default;
        var isAccount = false;
        var step = new WireReader(body);
        while (step.Next())
        {
            switch (step.Number)
            {
                case TurnFields.StepActorKind when step.Int32 != ActorKinds.Account:
                    return;
                case TurnFields.StepActorKind:
                    isAccount = true;
                    break;
                case TurnFields.StepActorKey:
                    account = step.Bytes;
                    break;
                case TurnFields.StepEvent when isAccount:
                    var inner = new WireReader(step.Bytes);
                    if (inner.Next() && inner.Number is EventTypes.TradeNovated or EventTypes.TradeReversed)
                    {
                        var leg = Leg.Read(inner.Bytes);
                        var kind = inner.Number == EventTypes.TradeNovated ? Novated : Reversed;
                        visitor(index++, Write(kind, leg, account, leg.Side, row));
                        visitor(index++, Write(kind, leg, leg.CounterAccount, leg.Side == Buy ? Sell : Buy, row));
                    }

                    break;
                default:
                    break;
            }
        }
    }

    private ReadOnlySpan<byte> Write(int kind, in Leg leg, ReadOnlySpan<byte> account, int side, in StoredRow row)
    {
        _receipt.Clear();
        _receipt.Field(1, kind);
        _receipt.Field(2, leg.Source);
        _receipt.Field(3, leg.TradeId);
        _receipt.Field(4, account);
        _receipt.Field(5, side);
        _receipt.Field(6, leg.Instrument);
        _receipt.Field(7, leg.Quantity);
        _receipt.FieldZigZag(8, leg.PriceUnits);
        _receipt.Field(9, leg.Cycle);
        _receipt.Field(10, leg.ClearingDate);
        _receipt.Field(11, row.Shard);
        _receipt.Field(12, row.Position);
        _receipt.Field(13, row.RecordedTime);
        return _receipt.Written;
    }

    /// <summary>A <c>clearing.journal.v1.TradeLegEvent</c>, as far as a receipt tells it.</summary>
    private ref struct Leg
    {
        internal ReadOnlySpan<byte> Source;
        internal ReadOnlySpan<byte> TradeId;
        internal int Side;
        internal ReadOnlySpan<byte> CounterAccount;
        internal ReadOnlySpan<byte> Instrument;
        internal long Quantity;
        internal long PriceUnits;
        internal long Cycle;
        internal long ClearingDate;

        internal static Leg Read(ReadOnlySpan<byte> body)
        {
            var leg = default(Leg);
            var reader = new WireReader(body);
            while (reader.Next())
            {
                switch (reader.Number)
                {
                    case 1: leg.Source = reader.Bytes; break;
                    case 2: leg.TradeId = reader.Bytes; break;
                    case 4: leg.Side = reader.Int32; break;
                    case 5: leg.CounterAccount = reader.Bytes; break;
                    case 8: leg.Instrument = reader.Bytes; break;
                    case 9: leg.Quantity = reader.Int64; break;
                    case 10: leg.PriceUnits = reader.ZigZag; break;
                    case 11: leg.Cycle = reader.Int64; break;
                    case 12: leg.ClearingDate = reader.Int64; break;
                    default: break;
                }
            }

            return leg;
        }
    }
}
