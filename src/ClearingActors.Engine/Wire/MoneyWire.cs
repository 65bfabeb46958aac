using System.Buffers.Binary;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Wire;

/// <summary>Cash entries, settlement prices and settled amounts between the domain and the journal's wire format (journal.proto).</summary>
internal static class MoneyWire
{
    internal static void WriteEntry(WireWriter w, in CashEntry entry)
    {
        w.Field(1, (long)entry.Type);
        w.Field(2, Dates.ToInt(entry.ValueDate));
        w.Field(3, entry.Account.Value);
        w.Field(4, entry.CounterAccount.Value);
        w.Field(5, entry.Amount.Currency.Code);
        w.Field(6, entry.Amount.Currency.Digits);
        w.FieldZigZag(7, entry.Amount.MinorUnits);
        w.Field(8, entry.Cause.Cycle);
        w.Field(9, entry.Cause.Request.Value);
    }

    internal static CashEntry ReadEntry(ReadOnlySpan<byte> body)
    {
        CashEntryType type = default;
        DateOnly date = default;
        AccountId account = default, counter = default;
        var currency = "";
        var digits = 0;
        long amount = 0, cycle = 0;
        RequestId request = default;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: type = (CashEntryType)r.Int32; break;
                case 2: date = Dates.FromInt(r.Int32); break;
                case 3: account = Ids.Account(r.Bytes); break;
                case 4: counter = Ids.Account(r.Bytes); break;
                case 5: currency = IdPool.Intern(r.Bytes); break;
                case 6: digits = r.Int32; break;
                case 7: amount = r.ZigZag; break;
                case 8: cycle = r.Int64; break;
                case 9: request = RequestId.Parse(r.String); break;
                default: throw TradeWire.Unknown("CashEntry", r.Number);
            }
        }

        return new CashEntry(type, date, account, counter, new Money(amount, new Currency(currency, digits)), new CashCause(cycle, request));
    }

    internal static void WritePrices(WireWriter w, int field, SettlementPrices prices)
    {
        var start = w.Begin(field);
        w.Field(1, prices.Cycle);
        w.Field(2, Dates.ToInt(prices.BusinessDate));
        foreach (var price in prices.Sorted())
        {
            var inner = w.Begin(3);
            w.Field(1, price.Instrument.Id.Value);
            w.FieldZigZag(2, price.PriceUnits);
            w.End(inner);
        }

        foreach (var funding in prices.Fundings)
        {
            FundingWire.WriteFixed(w, 4, funding.Fixed);
        }

        foreach (var instrument in prices.Expiring)
        {
            w.Field(5, instrument.Value);
        }

        w.End(start);
    }

    internal static SettlementPrices ReadPrices(ReadOnlySpan<byte> body, HouseDirectory directory)
    {
        long cycle = 0;
        DateOnly date = default;
        List<SettlementPrice> prices = [];
        List<FundingPayment> fundings = [];
        List<InstrumentId> expiring = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: cycle = r.Int64; break;
                case 2: date = Dates.FromInt(r.Int32); break;
                case 3: prices.Add(ReadPrice(r.Bytes, directory)); break;
                case 4: fundings.Add(ReadFunding(r.Bytes, directory)); break;
                case 5: expiring.Add(Ids.Instrument(r.Bytes)); break;
                default: throw TradeWire.Unknown("SettlementPrices", r.Number);
            }
        }

        return new SettlementPrices(cycle, date, prices, fundings, expiring);
    }

    internal static void WriteAmount(WireWriter w, int field, Currency currency, CashEntryType type, in ExactAmount exact, long rounded, long received = 0, long paid = 0)
    {
        Span<byte> mantissa = stackalloc byte[16];
        BinaryPrimitives.WriteInt128BigEndian(mantissa, exact.Mantissa);
        var start = w.Begin(field);
        w.Field(1, currency.Code);
        w.Field(2, currency.Digits);
        w.Field(3, mantissa);
        w.Field(4, exact.Scale);
        w.FieldZigZag(5, rounded);
        w.Field(6, received);
        w.Field(7, paid);
        w.Field(8, type == CashEntryType.VariationMargin ? 0 : (long)type);
        w.End(start);
    }

    internal static VariationMarginAmount ReadAmount(ReadOnlySpan<byte> body) => ReadAmount(body, out _, out _);

    internal static VariationMarginAmount ReadAmount(ReadOnlySpan<byte> body, out long received, out long paid)
    {
        var code = "";
        var digits = 0;
        Int128 mantissa = 0;
        var scale = 0;
        long rounded = 0;
        var type = CashEntryType.VariationMargin;
        received = 0;
        paid = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: code = IdPool.Intern(r.Bytes); break;
                case 2: digits = r.Int32; break;
                case 3:
                    mantissa = r.Bytes.Length == 16 ? BinaryPrimitives.ReadInt128BigEndian(r.Bytes) : throw new InvalidDataException($"an exact amount has {r.Bytes.Length} bytes, 16 are due");
                    break;
                case 4: scale = r.Int32; break;
                case 5: rounded = r.ZigZag; break;
                case 6: received = r.Int64; break;
                case 7: paid = r.Int64; break;
                case 8: type = (CashEntryType)r.Int32; break;
                default: throw TradeWire.Unknown("CurrencyAmount", r.Number);
            }
        }

        return new VariationMarginAmount(new Currency(code, digits), new ExactAmount(mantissa, scale), rounded, type);
    }

    private static FundingPayment ReadFunding(ReadOnlySpan<byte> body, HouseDirectory directory)
    {
        var funding = FundingWire.ReadFixed(body);
        return new FundingPayment(TradeWire.InstrumentOf(funding.Instrument, directory), funding);
    }

    private static SettlementPrice ReadPrice(ReadOnlySpan<byte> body, HouseDirectory directory)
    {
        InstrumentId id = default;
        long units = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: id = Ids.Instrument(r.Bytes); break;
                case 2: units = r.ZigZag; break;
                default: throw TradeWire.Unknown("InstrumentPrice", r.Number);
            }
        }

        return directory.TryGetInstrument(id, out var listed)
            ? new SettlementPrice(listed.Instrument, units)
            : throw new InvalidDataException($"a settlement price names instrument {id}, which the shard does not know");
    }
}
