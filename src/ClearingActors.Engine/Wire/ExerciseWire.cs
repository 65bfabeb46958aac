using ClearingActors.Actors.Wire;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Wire;

/// <summary>Notices, exercise and assignment between the domain and the journal's wire format (journal.proto).</summary>
internal static class ExerciseWire
{
    internal static void Write(WireWriter w, in ExerciseNotice notice)
    {
        w.Field(1, notice.Position.Instrument.Value);
        w.Field(2, notice.Position.Client.Value);
        w.Field(3, (long)notice.Kind);
        w.Field(4, notice.Lots);
        w.Field(5, notice.Cycle);
    }

    internal static ExerciseNotice ReadNotice(ReadOnlySpan<byte> body)
    {
        var notice = default(ExerciseNotice);
        var r = new WireReader(body);
        while (r.Next())
        {
            notice = r.Number switch
            {
                1 => notice with { Position = notice.Position with { Instrument = Ids.Instrument(r.Bytes) } },
                2 => notice with { Position = notice.Position with { Client = Ids.Client(r.Bytes) } },
                3 => notice with { Kind = (ExerciseNoticeKind)r.Int32 },
                4 => notice with { Lots = r.Int64 },
                5 => notice with { Cycle = r.Int64 },
                _ => throw TradeWire.Unknown("ExerciseNotice", r.Number),
            };
        }

        return notice;
    }

    internal static void Write(WireWriter w, in OptionExercised e) => WriteLots(w, e.Position, e.Lots, 0, e.Cycle, e.Requirement);

    internal static OptionExercised ReadExercised(ReadOnlySpan<byte> body, AccountId account)
    {
        var (position, lots, _, cycle, requirement) = ReadLots(body);
        return new OptionExercised(account, position, lots, cycle, requirement);
    }

    internal static void Write(WireWriter w, in FutureDelivered e) => WriteLots(w, e.Position, e.Lots, e.PriceUnits, e.Cycle, e.Requirement);

    internal static FutureDelivered ReadDelivered(ReadOnlySpan<byte> body, AccountId account, HouseDirectory directory)
    {
        var (position, lots, price, cycle, requirement) = ReadLots(body);
        return new FutureDelivered(account, position, TradeWire.InstrumentOf(position.Instrument, directory).Currency, lots, price, cycle, requirement);
    }

    internal static void Write(WireWriter w, int field, in SeriesTerms series)
    {
        var start = w.Begin(field);
        w.Field(1, series.Option.Value);
        w.FieldZigZag(2, series.ReferenceUnits);
        w.Field(3, series.AtExpiry);
        w.Field(4, series.Delivers);
        w.End(start);
    }

    internal static SeriesTerms ReadSeries(ReadOnlySpan<byte> body)
    {
        var series = default(SeriesTerms);
        var r = new WireReader(body);
        while (r.Next())
        {
            series = r.Number switch
            {
                1 => series with { Option = Ids.Instrument(r.Bytes) },
                2 => series with { ReferenceUnits = r.ZigZag },
                3 => series with { AtExpiry = r.Bool },
                4 => series with { Delivers = r.Bool },
                _ => throw TradeWire.Unknown("ExerciseSeries", r.Number),
            };
        }

        return series;
    }

    internal static void Write(WireWriter w, int field, in AssignedLots lots)
    {
        var start = w.Begin(field);
        w.Field(1, lots.Option.Value);
        w.Field(2, lots.Account.Value);
        w.Field(3, lots.Client.Value);
        w.Field(4, lots.Lots);
        w.End(start);
    }

    internal static AssignedLots ReadAssigned(ReadOnlySpan<byte> body)
    {
        var lots = default(AssignedLots);
        var r = new WireReader(body);
        while (r.Next())
        {
            lots = r.Number switch
            {
                1 => lots with { Option = Ids.Instrument(r.Bytes) },
                2 => lots with { Account = Ids.Account(r.Bytes) },
                3 => lots with { Client = Ids.Client(r.Bytes) },
                4 => lots with { Lots = r.Int64 },
                _ => throw TradeWire.Unknown("AssignedLots", r.Number),
            };
        }

        return lots;
    }

    /// <summary>A cycle and the series that it exercises.</summary>
    internal static void WriteStarted(WireWriter w, long cycle, IReadOnlyList<SeriesTerms> series)
    {
        w.Field(1, cycle);
        foreach (var one in series)
        {
            Write(w, 2, one);
        }
    }

    internal static (long Cycle, IReadOnlyList<SeriesTerms> Series) ReadStarted(ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        List<SeriesTerms> series = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: cycle = r.Int64; break;
                case 2: series.Add(ReadSeries(r.Bytes)); break;
                default: throw TradeWire.Unknown("ExerciseStarted", r.Number);
            }
        }

        return (cycle, series);
    }

    /// <summary>A cycle and what is assigned in it.</summary>
    internal static void WriteAssigned(WireWriter w, long cycle, IReadOnlyList<AssignedLots> assigned)
    {
        w.Field(1, cycle);
        foreach (var lots in assigned)
        {
            Write(w, 2, lots);
        }
    }

    internal static IReadOnlyList<AssignedLots> ReadAssignedList(ReadOnlySpan<byte> body)
    {
        List<AssignedLots> assigned = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: break;
                case 2: assigned.Add(ReadAssigned(r.Bytes)); break;
                default: throw TradeWire.Unknown("ExerciseAssigned", r.Number);
            }
        }

        return assigned;
    }

    private static void WriteLots(WireWriter w, PositionKey position, long lots, long price, long cycle, long requirement)
    {
        w.Field(1, position.Instrument.Value);
        w.Field(2, position.Client.Value);
        w.FieldZigZag(3, lots);
        w.FieldZigZag(4, price);
        w.Field(5, cycle);
        w.Field(6, requirement);
    }

    private static (PositionKey Position, long Lots, long Price, long Cycle, long Requirement) ReadLots(ReadOnlySpan<byte> body)
    {
        InstrumentId instrument = default;
        ClientId client = default;
        long lots = 0, price = 0, cycle = 0, requirement = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: instrument = Ids.Instrument(r.Bytes); break;
                case 2: client = Ids.Client(r.Bytes); break;
                case 3: lots = r.ZigZag; break;
                case 4: price = r.ZigZag; break;
                case 5: cycle = r.Int64; break;
                case 6: requirement = r.Int64; break;
                default: throw TradeWire.Unknown("ExercisedLots", r.Number);
            }
        }

        return (new PositionKey(instrument, client), lots, price, cycle, requirement);
    }
}
