using System.Globalization;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Engine.Wire;

/// <summary>The events of the house's directory between the domain and the journal's wire format (journal.proto).</summary>
internal static class HouseWire
{
    internal static void Write(WireWriter w, in InstrumentDefined e)
    {
        var d = e.Instrument.Definition;
        w.Field(1, d.Id);
        w.Field(2, (long)d.Kind);
        w.Field(3, d.Underlying);
        w.Field(4, Text(d.Multiplier));
        w.Field(5, d.Currency.Code);
        w.Field(6, d.Currency.Digits);
        w.Field(7, d.PriceScale);
        w.Field(8, Text(d.Tick));
        w.Field(9, Text(d.PriceLow));
        w.Field(10, Text(d.PriceHigh));
        w.Field(11, d.TradeBandBps ?? 0);
        w.Field(12, d.MarkJumpBps);
        w.Field(13, d.MarkStalenessNs);
        w.Field(14, d.AllowsNegativePrices);
        w.Field(15, d.Expiry ?? 0);
        w.Field(16, d.MaxTradeQuantity);
        w.Field(17, Text(d.HeadroomPerLot));
        w.Field(18, d.Calendar.Zone);
        w.Field(19, (long)d.Calendar.DailyCutOff.ToTimeSpan().TotalSeconds);
        foreach (var holiday in d.Calendar.Holidays)
        {
            w.Field(20, Dates.ToInt(holiday));
        }

        w.Field(21, d.Calendar.TradesWeekends);
        w.Field(22, d.ProductGroup);
        if (d.Option is { } option)
        {
            var start = w.Begin(23);
            w.Field(1, (long)option.Type);
            w.Field(2, Text(option.Strike));
            w.Field(3, (long)option.Style);
            w.Field(4, (long)option.PremiumStyle);
            w.Field(5, option.Reference);
            w.Field(6, option.ExerciseCutOff);
            w.Field(7, Text(option.AutomaticThreshold));
            w.End(start);
        }

        if (d.Perpetual is { } perpetual)
        {
            var start = w.Begin(24);
            w.Field(1, perpetual.Inverse);
            w.Field(2, Text(perpetual.FaceValue));
            w.Field(3, perpetual.Index);
            w.Field(4, perpetual.FundingIntervalHours);
            w.Field(5, Text(perpetual.Interest));
            w.Field(6, Text(perpetual.Cap));
            w.End(start);
        }

        // 0 is the default, as in definitions that were written before there was a choice.
        w.Field(25, d.ExpiryWindowNs == InstrumentDefinition.DefaultExpiryWindowNs ? 0 : d.ExpiryWindowNs);
        w.Field(26, d.ExpiryMarks == InstrumentDefinition.DefaultExpiryMarks ? 0 : d.ExpiryMarks);
    }

    internal static InstrumentDefined ReadInstrument(ReadOnlySpan<byte> body)
    {
        string id = "", underlying = "", currency = "", zone = "", group = "";
        decimal multiplier = 0, tick = 0, low = 0, high = 0, headroom = 0;
        int kind = 0, digits = 0, scale = 0, band = 0, jump = 0, cutOff = 0;
        long staleness = 0, expiry = 0, maxQuantity = 0;
        bool negative = false, weekends = false;
        List<DateOnly> holidays = [];
        OptionTerms? option = null;
        PerpetualTerms? perpetual = null;
        long window = 0;
        var windowMarks = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: id = IdPool.Intern(r.Bytes); break;
                case 2: kind = r.Int32; break;
                case 3: underlying = IdPool.Intern(r.Bytes); break;
                case 4: multiplier = Number(r.String); break;
                case 5: currency = IdPool.Intern(r.Bytes); break;
                case 6: digits = r.Int32; break;
                case 7: scale = r.Int32; break;
                case 8: tick = Number(r.String); break;
                case 9: low = Number(r.String); break;
                case 10: high = Number(r.String); break;
                case 11: band = r.Int32; break;
                case 12: jump = r.Int32; break;
                case 13: staleness = r.Int64; break;
                case 14: negative = r.Bool; break;
                case 15: expiry = r.Int64; break;
                case 16: maxQuantity = r.Int64; break;
                case 17: headroom = Number(r.String); break;
                case 18: zone = r.String; break;
                case 19: cutOff = r.Int32; break;
                case 20: holidays.Add(Dates.FromInt(r.Int32)); break;
                case 21: weekends = r.Bool; break;
                case 22: group = r.String; break;
                case 23: option = ReadOption(r.Bytes); break;
                case 24: perpetual = ReadPerpetual(r.Bytes); break;
                case 25: window = r.Int64; break;
                case 26: windowMarks = r.Int32; break;
                default: throw TradeWire.Unknown("InstrumentDefined", r.Number);
            }
        }

        var definition = new InstrumentDefinition
        {
            Id = id,
            Kind = (InstrumentKind)kind,
            Underlying = underlying,
            Multiplier = multiplier,
            Currency = new Currency(currency, digits),
            PriceScale = scale,
            Tick = tick,
            PriceLow = low,
            PriceHigh = high,
            TradeBandBps = band == 0 ? null : band,
            MarkJumpBps = jump,
            MarkStalenessNs = staleness,
            AllowsNegativePrices = negative,
            Expiry = expiry == 0 ? null : expiry,
            MaxTradeQuantity = maxQuantity,
            HeadroomPerLot = headroom,
            Calendar = new ClearingCalendar(zone, TimeOnly.FromTimeSpan(TimeSpan.FromSeconds(cutOff)), holidays, weekends),
            ProductGroup = group,
            Option = option,
            Perpetual = perpetual,
            ExpiryWindowNs = window == 0 ? InstrumentDefinition.DefaultExpiryWindowNs : window,
            ExpiryMarks = windowMarks == 0 ? InstrumentDefinition.DefaultExpiryMarks : windowMarks,
        };
        var errors = definition.Validate(out var instrument);
        return instrument is null ? throw new InvalidDataException($"instrument {id}: {string.Join("; ", errors)}") : new InstrumentDefined(instrument);
    }

    internal static void Write(WireWriter w, in MemberSuspended e)
    {
        w.Field(1, e.Member.Value);
        w.Field(2, e.SuspendedAt);
    }

    internal static MemberSuspended ReadSuspended(ReadOnlySpan<byte> body)
    {
        var e = default(MemberSuspended);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Member = Ids.Member(r.Bytes) },
                2 => e with { SuspendedAt = r.Int64 },
                _ => throw TradeWire.Unknown("MemberSuspended", r.Number),
            };
        }

        return e;
    }

    internal static void Write(WireWriter w, in TradeSourceDefined e)
    {
        w.Field(1, e.Source.Value);
        w.Field(2, e.Lanes);
    }

    internal static TradeSourceDefined ReadSource(ReadOnlySpan<byte> body)
    {
        var e = default(TradeSourceDefined);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Source = Ids.Source(r.Bytes) },
                2 => e with { Lanes = r.Int32 },
                _ => throw TradeWire.Unknown("TradeSourceDefined", r.Number),
            };
        }

        return e;
    }

    internal static void Write(WireWriter w, in CycleOpened e)
    {
        w.Field(1, e.Cycle);
        w.Field(2, Dates.ToInt(e.BusinessDate));
    }

    internal static CycleOpened ReadCycle(ReadOnlySpan<byte> body)
    {
        var e = default(CycleOpened);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Cycle = r.Int64 },
                2 => e with { BusinessDate = Dates.FromInt(r.Int32) },
                _ => throw TradeWire.Unknown("CycleOpened", r.Number),
            };
        }

        return e;
    }

    internal static void Write(WireWriter w, in ExpiryPriceSet e)
    {
        w.Field(1, e.Instrument.Value);
        w.FieldZigZag(2, e.PriceUnits);
    }

    internal static ExpiryPriceSet ReadExpiryPrice(ReadOnlySpan<byte> body)
    {
        var e = default(ExpiryPriceSet);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Instrument = Ids.Instrument(r.Bytes) },
                2 => e with { PriceUnits = r.ZigZag },
                _ => throw TradeWire.Unknown("ExpiryPriceSet", r.Number),
            };
        }

        return e;
    }

    /// <summary>The only field of a message that has one: its bytes, or none.</summary>
    internal static ReadOnlySpan<byte> OnlyBytes(ReadOnlySpan<byte> body)
    {
        var r = new WireReader(body);
        return r.Next() ? r.Bytes : default;
    }

    /// <summary>The only field of a message that has one: its number, or 0.</summary>
    internal static long OnlyNumber(ReadOnlySpan<byte> body)
    {
        var r = new WireReader(body);
        return r.Next() ? r.Int64 : 0;
    }

    private static OptionTerms ReadOption(ReadOnlySpan<byte> body)
    {
        var option = new OptionTerms(default, 0, default, default, "", 0, 0);
        var r = new WireReader(body);
        while (r.Next())
        {
            option = r.Number switch
            {
                1 => option with { Type = (OptionType)r.Int32 },
                2 => option with { Strike = Number(r.String) },
                3 => option with { Style = (ExerciseStyle)r.Int32 },
                4 => option with { PremiumStyle = (PremiumStyle)r.Int32 },
                5 => option with { Reference = r.String },
                6 => option with { ExerciseCutOff = r.Int64 },
                7 => option with { AutomaticThreshold = Number(r.String) },
                _ => throw TradeWire.Unknown("OptionTerms", r.Number),
            };
        }

        return option;
    }

    private static PerpetualTerms ReadPerpetual(ReadOnlySpan<byte> body)
    {
        var perpetual = new PerpetualTerms(false, 0, "", 0, 0, 0);
        var r = new WireReader(body);
        while (r.Next())
        {
            perpetual = r.Number switch
            {
                1 => perpetual with { Inverse = r.Bool },
                2 => perpetual with { FaceValue = Number(r.String) },
                3 => perpetual with { Index = r.String },
                4 => perpetual with { FundingIntervalHours = r.Int32 },
                5 => perpetual with { Interest = Number(r.String) },
                6 => perpetual with { Cap = Number(r.String) },
                _ => throw TradeWire.Unknown("PerpetualTerms", r.Number),
            };
        }

        return perpetual;
    }

    internal static string Text(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    internal static decimal Number(string text) => decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new InvalidDataException($"'{text}' is no decimal");
}
