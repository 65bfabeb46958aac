using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>The settlement asks a shard, which is cut, what its accounts exercise of these series and who is short of them.</summary>
internal sealed class GatherExercise(ActorAddress to, long cycle, IReadOnlyList<SeriesTerms> series) : Message(to)
{
    public override int Type => MessageTypes.GatherExercise;

    internal long Cycle { get; } = cycle;

    internal IReadOnlyList<SeriesTerms> Series { get; } = series;

    public override void Write(WireWriter writer) => ExerciseWire.WriteStarted(writer, Cycle, Series);

    internal static GatherExercise Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        var (cycle, series) = ExerciseWire.ReadStarted(body);
        return new GatherExercise(to, cycle, series);
    }
}

/// <summary>A series in a shard: the lots that its accounts exercise, and its short positions as if all of them were to be assigned.</summary>
internal readonly record struct SeriesLots(InstrumentId Option, long Exercised, IReadOnlyList<AssignedLots> Shorts);

/// <summary>A shard reports what it was asked to gather; it says the same however often it is asked in a cycle.</summary>
internal sealed class ReportExercise(ActorAddress to, long cycle, int shard, IReadOnlyList<SeriesLots> series) : Message(to)
{
    public override int Type => MessageTypes.ReportExercise;

    internal long Cycle { get; } = cycle;

    internal int Shard { get; } = shard;

    internal IReadOnlyList<SeriesLots> Series { get; } = series;

    public override void Write(WireWriter writer) => WriteBody(writer, Cycle, Shard, Series);

    internal static ReportExercise Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        var (cycle, shard, series) = ReadBody(body);
        return new ReportExercise(to, cycle, shard, series);
    }

    internal static void WriteBody(WireWriter writer, long cycle, int shard, IReadOnlyList<SeriesLots> series)
    {
        writer.Field(1, cycle);
        writer.Field(2, shard);
        foreach (var one in series)
        {
            WriteSeries(writer, 3, one);
        }
    }

    internal static (long Cycle, int Shard, IReadOnlyList<SeriesLots> Series) ReadBody(ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        var shard = 0;
        List<SeriesLots> series = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: cycle = r.Int64; break;
                case 2: shard = r.Int32; break;
                case 3: series.Add(ReadSeries(r.Bytes)); break;
                default: throw TradeWire.Unknown("ShardExercise", r.Number);
            }
        }

        return (cycle, shard, series);
    }

    internal static void WriteSeries(WireWriter writer, int field, in SeriesLots series)
    {
        var start = writer.Begin(field);
        writer.Field(1, series.Option.Value);
        writer.Field(2, series.Exercised);
        foreach (var lots in series.Shorts)
        {
            ExerciseWire.Write(writer, 3, lots);
        }

        writer.End(start);
    }

    internal static SeriesLots ReadSeries(ReadOnlySpan<byte> body)
    {
        InstrumentId option = default;
        long exercised = 0;
        List<AssignedLots> shorts = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: option = Ids.Instrument(r.Bytes); break;
                case 2: exercised = r.Int64; break;
                case 3: shorts.Add(ExerciseWire.ReadAssigned(r.Bytes)); break;
                default: throw TradeWire.Unknown("SeriesLots", r.Number);
            }
        }

        return new SeriesLots(option, exercised, shorts);
    }
}
