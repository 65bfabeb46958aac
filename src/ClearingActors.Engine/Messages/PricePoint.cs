using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>A price of an instrument by its id, in the instrument's price units.</summary>
public readonly record struct PricePoint(InstrumentId Instrument, long Units)
{
    internal static void Write(WireWriter writer, int field, in PricePoint price)
    {
        var start = writer.Begin(field);
        writer.Field(1, price.Instrument.Value);
        writer.FieldZigZag(2, price.Units);
        writer.End(start);
    }

    internal static PricePoint Read(ReadOnlySpan<byte> body)
    {
        var price = default(PricePoint);
        var r = new WireReader(body);
        while (r.Next())
        {
            price = r.Number switch
            {
                1 => price with { Instrument = Ids.Instrument(r.Bytes) },
                2 => price with { Units = r.ZigZag },
                _ => throw TradeWire.Unknown("InstrumentPrice", r.Number),
            };
        }

        return price;
    }
}
