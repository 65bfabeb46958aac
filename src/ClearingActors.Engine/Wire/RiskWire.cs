using System.Buffers.Binary;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Margin;

namespace ClearingActors.Engine.Wire;

/// <summary>The risk book on the wire. Prices are doubles to the bit: 4 bytes day number and 8 bytes of the double each, big-endian, one behind the other.</summary>
internal static class RiskWire
{
    private const int BytesPerPrice = 12;

    internal static int BytesOf(IReadOnlyList<FactorPrice> prices) => prices.Count * BytesPerPrice;

    internal static void Write(WireWriter w, FactorPricesSet e)
    {
        w.Field(1, e.Factor);
        WritePrices(w, 2, [.. e.Prices]);
        w.Field(3, e.Replaces);
    }

    internal static FactorPricesSet ReadPrices(ReadOnlySpan<byte> body)
    {
        var factor = "";
        var replaces = false;
        FactorPrice[] prices = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: factor = IdPool.Intern(r.Bytes); break;
                case 2: prices = Prices(r.Bytes); break;
                case 3: replaces = r.Bool; break;
                default: throw TradeWire.Unknown("FactorPricesSet", r.Number);
            }
        }

        return new FactorPricesSet(factor, prices, replaces);
    }

    internal static string ReadParameters(ReadOnlySpan<byte> body)
    {
        var parameters = "";
        var r = new WireReader(body);
        while (r.Next())
        {
            parameters = r.Number == 1 ? r.String : throw TradeWire.Unknown("RiskModelSet", r.Number);
        }

        return parameters;
    }

    internal static void Write(WireWriter w, int field, RiskBook book)
    {
        var start = w.Begin(field);
        w.Field(1, book.Parameters);
        w.Field(2, book.Version);
        foreach (var factor in book.Factors)
        {
            var entry = w.Begin(3);
            w.Field(1, factor);
            WritePrices(w, 2, book.PricesOf(factor));
            w.End(entry);
        }

        if (book.Buffer is { } buffer)
        {
            var decision = w.Begin(152);
            Write(w, buffer);
            w.Field(4, buffer.Released);
            w.End(decision);
        }

        w.End(start);
    }

    /// <summary>Without what was decided, which the event's type says.</summary>
    internal static void Write(WireWriter w, BufferDecision decision)
    {
        w.Field(1, decision.By);
        w.Field(2, decision.Reason);
        w.Field(3, decision.At);
    }

    internal static BufferDecision ReadBuffer(ReadOnlySpan<byte> body, bool released)
    {
        var decision = new BufferDecision(released, "", "", 0);
        var r = new WireReader(body);
        while (r.Next())
        {
            decision = r.Number switch
            {
                1 => decision with { By = r.String },
                2 => decision with { Reason = r.String },
                3 => decision with { At = r.Int64 },
                4 => decision with { Released = r.Bool },
                _ => throw TradeWire.Unknown("BufferDecision", r.Number),
            };
        }

        return decision;
    }

    internal static RiskBook ReadBook(ReadOnlySpan<byte> body)
    {
        var parameters = "";
        long version = 0;
        List<FactorHistory> histories = [];
        BufferDecision? buffer = null;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: parameters = r.String; break;
                case 2: version = r.Int64; break;
                case 3:
                    var history = ReadPrices(r.Bytes);
                    histories.Add(new FactorHistory(history.Factor, history.Prices));
                    break;
                case 152: buffer = ReadBuffer(r.Bytes, released: false); break;
                default: throw TradeWire.Unknown("the snapshot of a risk book", r.Number);
            }
        }

        return RiskBook.Restore(parameters, version, histories, buffer);
    }

    private static void WritePrices(WireWriter w, int field, ReadOnlySpan<FactorPrice> prices)
    {
        var bytes = new byte[prices.Length * BytesPerPrice];
        for (var i = 0; i < prices.Length; i++)
        {
            var at = bytes.AsSpan(i * BytesPerPrice);
            BinaryPrimitives.WriteInt32BigEndian(at, prices[i].Date.DayNumber);
            BinaryPrimitives.WriteDoubleBigEndian(at[4..], prices[i].Price);
        }

        w.Field(field, bytes);
    }

    private static FactorPrice[] Prices(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % BytesPerPrice != 0)
        {
            throw new InvalidDataException($"{bytes.Length} bytes of prices are no multiple of {BytesPerPrice}");
        }

        var prices = new FactorPrice[bytes.Length / BytesPerPrice];
        for (var i = 0; i < prices.Length; i++)
        {
            var at = bytes[(i * BytesPerPrice)..];
            prices[i] = new FactorPrice(DateOnly.FromDayNumber(BinaryPrimitives.ReadInt32BigEndian(at)), BinaryPrimitives.ReadDoubleBigEndian(at[4..]));
        }

        return prices;
    }
}
