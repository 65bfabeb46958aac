using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The id book of a trade source in a snapshot. Sealed segments of ids are parts that are written once; a chunk of answers is written again when one of it changes.
/// </summary>
internal static class TradeSourceSnapshots
{
    internal static void Save(WireWriter writer, SnapshotParts parts, TradeSourceSnapshot snapshot)
    {
        writer.Field(1, Dates.ToInt(snapshot.LastExpiredDate));
        foreach (var day in snapshot.Days)
        {
            var start = writer.Begin(2);
            writer.Field(1, Dates.ToInt(day.ExecutionDate));
            writer.Field(2, day.Count);
            for (var i = 0; i < day.IdSegments.Count - 1; i++)
            {
                writer.Field(3, parts.Add(day.IdSegments[i]) + 1);
            }

            if (day.IdSegments.Count > 0)
            {
                writer.Field(4, day.IdSegments[^1].Span);
            }

            for (var i = 0; i < day.AnswerChunks.Count - 1; i++)
            {
                writer.Field(5, parts.Add(day.AnswerChunks[i].ToArray()) + 1);
            }

            if (day.AnswerChunks.Count > 0)
            {
                writer.Field(6, day.AnswerChunks[^1].Span);
            }

            foreach (var stamp in day.Stamps)
            {
                var inner = writer.Begin(7);
                writer.Field(1, stamp.Cycle);
                writer.Field(2, Dates.ToInt(stamp.ClearingDate));
                writer.End(inner);
            }

            writer.End(start);
        }
    }

    internal static TradeSourceSnapshot Load(ReadOnlySpan<byte> body, SnapshotParts parts, SourceId source, int lane)
    {
        DateOnly expired = default;
        List<TradeIdDaySnapshot> days = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: expired = Dates.FromInt(r.Int32); break;
                case 2: days.Add(LoadDay(r.Bytes, parts)); break;
                default: throw TradeWire.Unknown("the snapshot of a trade source", r.Number);
            }
        }

        return new TradeSourceSnapshot(source, lane, expired, days);
    }

    private static TradeIdDaySnapshot LoadDay(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        DateOnly date = default;
        var count = 0;
        List<ReadOnlyMemory<byte>> segments = [], answers = [];
        List<NovationStamp> stamps = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: date = Dates.FromInt(r.Int32); break;
                case 2: count = r.Int32; break;
                case 3: segments.Add(parts.Read(r.Int32 - 1)); break;
                case 4: segments.Add(r.Bytes.ToArray()); break;
                case 5: answers.Add(parts.Read(r.Int32 - 1)); break;
                case 6: answers.Add(r.Bytes.ToArray()); break;
                case 7: stamps.Add(LoadStamp(r.Bytes)); break;
                default: throw TradeWire.Unknown("the snapshot of a day's trade ids", r.Number);
            }
        }

        return new TradeIdDaySnapshot(date, count, segments, answers, stamps);
    }

    private static NovationStamp LoadStamp(ReadOnlySpan<byte> body)
    {
        var stamp = default(NovationStamp);
        var r = new WireReader(body);
        while (r.Next())
        {
            stamp = r.Number switch
            {
                1 => stamp with { Cycle = r.Int64 },
                2 => stamp with { ClearingDate = Dates.FromInt(r.Int32) },
                _ => throw TradeWire.Unknown("a novation stamp", r.Number),
            };
        }

        return stamp;
    }
}
