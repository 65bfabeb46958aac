using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>A day's last cycle hands its settlement prices to the registry, which puts them behind the histories of the factors that they feed (rulebook 8.1).</summary>
/// <param name="to">The registry.</param>
/// <param name="date">The cycle's business date.</param>
/// <param name="prices">By instrument.</param>
internal sealed class ExtendHistories(ActorAddress to, DateOnly date, IReadOnlyList<PricePoint> prices) : Message(to)
{
    public override int Type => MessageTypes.ExtendHistories;

    internal DateOnly Date { get; } = date;

    internal IReadOnlyList<PricePoint> Prices { get; } = prices;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Dates.ToInt(Date));
        foreach (var price in Prices)
        {
            PricePoint.Write(writer, 2, price);
        }
    }

    internal static ExtendHistories Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        DateOnly date = default;
        List<PricePoint> prices = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: date = Dates.FromInt(r.Int32); break;
                case 2: prices.Add(PricePoint.Read(r.Bytes)); break;
                default: throw TradeWire.Unknown("ExtendHistories", r.Number);
            }
        }

        return new ExtendHistories(to, date, prices);
    }
}

/// <summary>The registry tells the margin runs when to begin by themselves, behind the model that says so.</summary>
internal sealed class ScheduleRuns(ActorAddress to, RunSchedule schedule) : Message(to)
{
    public override int Type => MessageTypes.ScheduleRuns;

    internal RunSchedule Schedule { get; } = schedule;

    public override void Write(WireWriter writer) => Schedule.Write(writer);

    internal static ScheduleRuns Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, RunSchedule.Read(body));
}
