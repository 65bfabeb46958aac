using System.Runtime.CompilerServices;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine.Wire;

/// <summary>Trades, legs and outcomes between the domain and the journal's wire format (journal.proto).</summary>
internal static class TradeWire
{
    internal static void WriteReport(WireWriter w, int field, TradeReport report)
    {
        var start = w.Begin(field);
        w.Field(1, report.Source.Value);
        w.Field(2, report.TradeId.Value);
        w.Field(3, (long)report.Kind);
        w.Field(4, report.Instrument.Value);
        w.Field(5, report.Buyer.Account.Value);
        w.Field(6, report.Buyer.Client.Value);
        w.Field(7, (long)report.Buyer.Effect);
        w.Field(8, report.Seller.Account.Value);
        w.Field(9, report.Seller.Client.Value);
        w.Field(10, (long)report.Seller.Effect);
        w.Field(11, report.Quantity);
        Split(report.Price, out var mantissa, out var scale);
        w.FieldZigZag(12, mantissa);
        w.Field(13, scale);
        w.Field(14, report.ExecutionTime);
        w.Field(15, report.Guaranteed);
        w.End(start);
    }

    internal static TradeReport ReadReport(ReadOnlySpan<byte> body)
    {
        SourceId source = default;
        TradeId tradeId = default;
        InstrumentId instrument = default;
        AccountId buyer = default, seller = default;
        ClientId buyerClient = default, sellerClient = default;
        PositionEffect buyerEffect = default, sellerEffect = default;
        TradeKind kind = default;
        long quantity = 0, mantissa = 0, executionTime = 0;
        var scale = 0;
        var guaranteed = false;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: source = Ids.Source(r.Bytes); break;
                case 2: tradeId = TradeId.Parse(r.String); break;
                case 3: kind = (TradeKind)r.Int32; break;
                case 4: instrument = Ids.Instrument(r.Bytes); break;
                case 5: buyer = Ids.Account(r.Bytes); break;
                case 6: buyerClient = Ids.Client(r.Bytes); break;
                case 7: buyerEffect = (PositionEffect)r.Int32; break;
                case 8: seller = Ids.Account(r.Bytes); break;
                case 9: sellerClient = Ids.Client(r.Bytes); break;
                case 10: sellerEffect = (PositionEffect)r.Int32; break;
                case 11: quantity = r.Int64; break;
                case 12: mantissa = r.ZigZag; break;
                case 13: scale = r.Int32; break;
                case 14: executionTime = r.Int64; break;
                case 15: guaranteed = r.Bool; break;
                default: throw Unknown("TradeReport", r.Number);
            }
        }

        return new TradeReport
        {
            Source = source,
            TradeId = tradeId,
            Kind = kind,
            Instrument = instrument,
            Buyer = new TradeSide(buyer, buyerClient, buyerEffect),
            Seller = new TradeSide(seller, sellerClient, sellerEffect),
            Quantity = quantity,
            Price = Join(mantissa, scale),
            ExecutionTime = executionTime,
            Guaranteed = guaranteed,
        };
    }

    /// <summary>The leg's fields 1 to 12, then reservation, mark and requirement as 13 to 15.</summary>
    internal static void WriteLeg(WireWriter w, in TradeLeg leg, long reservation, long markNumber, long requirement)
    {
        w.Field(1, leg.Key.Source.Value);
        w.Field(2, leg.Key.Trade.Value);
        w.Field(3, (long)leg.Kind);
        w.Field(4, (long)leg.Side);
        w.Field(5, leg.CounterAccount.Value);
        w.Field(6, leg.Client.Value);
        w.Field(7, (long)leg.Effect);
        w.Field(8, leg.Instrument.Value);
        w.Field(9, leg.Quantity);
        w.FieldZigZag(10, leg.PriceUnits);
        w.Field(11, leg.Cycle);
        w.Field(12, Dates.ToInt(leg.ClearingDate));
        w.Field(13, reservation);
        w.Field(14, markNumber);
        w.Field(15, requirement);
    }

    /// <summary>Reads what <see cref="WriteLeg"/> wrote; currency and valuation are the instrument's, which the directory knows.</summary>
    internal static TradeLeg ReadLeg(ReadOnlySpan<byte> body, AccountId account, HouseDirectory directory, out long reservation, out long markNumber, out long requirement)
    {
        SourceId source = default;
        TradeId tradeId = default;
        TradeKind kind = default;
        Side side = default;
        AccountId counter = default;
        ClientId client = default;
        PositionEffect effect = default;
        InstrumentId instrument = default;
        long quantity = 0, price = 0, cycle = 0;
        DateOnly date = default;
        reservation = 0;
        markNumber = 0;
        requirement = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: source = Ids.Source(r.Bytes); break;
                case 2: tradeId = TradeId.Parse(r.String); break;
                case 3: kind = (TradeKind)r.Int32; break;
                case 4: side = (Side)r.Int32; break;
                case 5: counter = Ids.Account(r.Bytes); break;
                case 6: client = Ids.Client(r.Bytes); break;
                case 7: effect = (PositionEffect)r.Int32; break;
                case 8: instrument = Ids.Instrument(r.Bytes); break;
                case 9: quantity = r.Int64; break;
                case 10: price = r.ZigZag; break;
                case 11: cycle = r.Int64; break;
                case 12: date = Dates.FromInt(r.Int32); break;
                case 13: reservation = r.Int64; break;
                case 14: markNumber = r.Int64; break;
                case 15: requirement = r.Int64; break;
                default: throw Unknown("TradeLegEvent", r.Number);
            }
        }

        var known = InstrumentOf(instrument, directory);
        return new TradeLeg(new TradeKey(source, tradeId), kind, account, side, counter, client, effect, instrument, known.Currency, known.Valuation, quantity, price, cycle, date);
    }

    internal static void WriteOutcome(WireWriter w, int field, in TradeOutcome outcome)
    {
        var start = w.Begin(field);
        w.Field(1, (long)outcome.Kind);
        w.Field(2, (long)outcome.Reason);
        w.Field(3, outcome.Cycle);
        w.Field(4, Dates.ToInt(outcome.ClearingDate));
        w.FieldZigZag(5, outcome.PriceUnits);
        w.End(start);
    }

    internal static TradeOutcome ReadOutcome(ReadOnlySpan<byte> body)
    {
        TradeOutcomeKind kind = default;
        RejectReason reason = default;
        long cycle = 0, price = 0;
        DateOnly date = default;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: kind = (TradeOutcomeKind)r.Int32; break;
                case 2: reason = (RejectReason)r.Int32; break;
                case 3: cycle = r.Int64; break;
                case 4: date = Dates.FromInt(r.Int32); break;
                case 5: price = r.ZigZag; break;
                default: throw Unknown("TradeOutcome", r.Number);
            }
        }

        return new TradeOutcome(kind, reason, cycle, date, price);
    }

    /// <summary>True if the price can be journaled: its digits fit 63 bits. A report whose price does not is malformed.</summary>
    internal static bool Fits(decimal price)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(price, bits);
        return bits[2] == 0 && bits[1] >= 0;
    }

    internal static InvalidDataException Unknown(string message, int field) => new($"{message} has field {field}, unknown to this program");

    internal static Instrument InstrumentOf(InstrumentId instrument, HouseDirectory directory) => directory.TryGetInstrument(instrument, out var listed)
        ? listed.Instrument
        : throw new InvalidDataException($"an event names instrument {instrument}, which the shard does not know");

    private static void Split(decimal price, out long mantissa, out int scale)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(price, bits);
        mantissa = unchecked((long)(((ulong)(uint)bits[1] << 32) | (uint)bits[0]));
        if (bits[2] != 0 || mantissa < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(price), price, "the digits of a journaled price must fit 63 bits");
        }

        scale = (bits[3] >> 16) & 0xFF;
        mantissa = bits[3] < 0 ? -mantissa : mantissa;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static decimal Join(long mantissa, int scale)
    {
        if (scale is < 0 or > 28)
        {
            throw new InvalidDataException($"a price has {scale} decimal places");
        }

        var digits = (ulong)Math.Abs(mantissa);
        return new decimal(unchecked((int)digits), unchecked((int)(digits >> 32)), 0, mantissa < 0, (byte)scale);
    }
}
