using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Wire;

/// <summary>Funding rates and final prices between the domain and the journal's wire format (journal.proto).</summary>
internal static class FundingWire
{
    internal static void WriteFixed(WireWriter w, in FundingRateFixed e)
    {
        w.Field(1, e.Instrument.Value);
        w.Field(2, e.From);
        w.Field(3, e.To);
        w.Field(4, HouseWire.Text(e.Premium));
        w.Field(5, HouseWire.Text(e.Rate));
        w.FieldZigZag(6, e.MarkUnits);
    }

    internal static FundingRateFixed ReadFixed(ReadOnlySpan<byte> body)
    {
        var e = default(FundingRateFixed);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Instrument = Ids.Instrument(r.Bytes) },
                2 => e with { From = r.Int64 },
                3 => e with { To = r.Int64 },
                4 => e with { Premium = HouseWire.Number(r.String) },
                5 => e with { Rate = HouseWire.Number(r.String) },
                6 => e with { MarkUnits = r.ZigZag },
                _ => throw TradeWire.Unknown("FundingRateFixed", r.Number),
            };
        }

        return e;
    }

    internal static void WriteFixed(WireWriter w, int field, in FundingRateFixed e)
    {
        var start = w.Begin(field);
        WriteFixed(w, e);
        w.End(start);
    }

    internal static void WriteFinal(WireWriter w, in FinalPriceFixed e)
    {
        w.Field(1, e.Instrument.Value);
        w.FieldZigZag(2, e.PriceUnits);
        w.Field(3, e.Marks);
        w.Field(4, e.DecidedBy);
        w.Field(5, e.Reason);
    }

    internal static FinalPriceFixed ReadFinal(ReadOnlySpan<byte> body)
    {
        var e = new FinalPriceFixed(default, 0, 0, "", "");
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Instrument = Ids.Instrument(r.Bytes) },
                2 => e with { PriceUnits = r.ZigZag },
                3 => e with { Marks = r.Int32 },
                4 => e with { DecidedBy = r.String },
                5 => e with { Reason = r.String },
                _ => throw TradeWire.Unknown("FinalPriceFixed", r.Number),
            };
        }

        return e;
    }
}
