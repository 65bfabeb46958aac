using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>The registry tells a shard's directory what has changed. The events are kept as written, since every shard gets the same.</summary>
internal sealed class ChangeDirectory(ActorAddress to, long change, IReadOnlyList<DirectoryEvent> events) : Message(to)
{
    public override int Type => MessageTypes.ChangeDirectory;

    /// <summary>The change to confirm; 0 if none is to be.</summary>
    internal long Change { get; } = change;

    internal IReadOnlyList<DirectoryEvent> Events { get; } = events;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Change);
        foreach (var e in Events)
        {
            var start = writer.Begin(2);
            var inner = writer.Begin(e.Type);
            writer.Raw(e.Body.Span);
            writer.End(inner);
            writer.End(start);
        }
    }

    internal static ChangeDirectory Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long change = 0;
        List<DirectoryEvent> events = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1:
                    change = r.Int64;
                    break;
                case 2:
                    var inner = new WireReader(r.Bytes);
                    if (!inner.Next())
                    {
                        throw new InvalidDataException("a change of the directory has an empty event");
                    }

                    events.Add(new DirectoryEvent(inner.Number, inner.Bytes.ToArray()));
                    break;
                default:
                    throw TradeWire.Unknown("DirectoryChange", r.Number);
            }
        }

        return new ChangeDirectory(to, change, events);
    }
}

/// <summary>An event of the directory, as written.</summary>
internal readonly record struct DirectoryEvent(int Type, ReadOnlyMemory<byte> Body);

/// <summary>A shard tells the registry that it has committed a change.</summary>
internal sealed class DirectoryChanged(ActorAddress to, long change, int shard) : Message(to)
{
    public override int Type => MessageTypes.DirectoryChanged;

    internal long Change { get; } = change;

    internal int Shard { get; } = shard;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Change);
        writer.Field(2, Shard);
    }

    internal static DirectoryChanged Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long change = 0;
        var shard = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: change = r.Int64; break;
                case 2: shard = r.Int32; break;
                default: throw TradeWire.Unknown("DirectoryChanged", r.Number);
            }
        }

        return new DirectoryChanged(to, change, shard);
    }
}

/// <summary>The settlement process freezes a cycle in a shard: trades are stamped with the next one from here on.</summary>
internal sealed class OpenCycle(ActorAddress to, long cycle, DateOnly date, DateOnly previousDate) : Message(to)
{
    public override int Type => MessageTypes.OpenCycle;

    /// <summary>The cycle that opens; the one before it is frozen.</summary>
    internal long Cycle { get; } = cycle;

    internal DateOnly Date { get; } = date;

    internal DateOnly PreviousDate { get; } = previousDate;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Cycle);
        writer.Field(2, Dates.ToInt(Date));
        writer.Field(3, Dates.ToInt(PreviousDate));
    }

    internal static OpenCycle Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        DateOnly date = default, previous = default;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: cycle = r.Int64; break;
                case 2: date = Dates.FromInt(r.Int32); break;
                case 3: previous = Dates.FromInt(r.Int32); break;
                default: throw TradeWire.Unknown("OpenCycle", r.Number);
            }
        }

        return new OpenCycle(to, cycle, date, previous);
    }
}

/// <summary>A shard's total of a cycle, one type in one currency, and what its accounts received and paid, both positive, in minor units.</summary>
internal readonly record struct ShardFlow(ShardTotal Total, long Received, long Paid);

/// <summary>A shard reports that it is cut, has computed, or has booked.</summary>
internal sealed class ShardReport(ActorAddress to, int type, long cycle, int shard, IReadOnlyList<ShardFlow> flows) : Message(to)
{
    public override int Type { get; } = type;

    internal long Cycle { get; } = cycle;

    internal int Shard { get; } = shard;

    internal IReadOnlyList<ShardFlow> Flows { get; } = flows;

    /// <summary>In the report of a cut: the options of which accounts of the shard have notices that the cycle may carry out.</summary>
    internal IReadOnlyList<InstrumentId> Noticed { get; init; } = [];

    public override void Write(WireWriter writer) => WriteBody(writer, Cycle, Shard, Flows, Noticed);

    internal static ShardReport Read(ActorAddress to, int type, ReadOnlySpan<byte> body)
    {
        ReadBody(body, out var cycle, out var shard, out var flows, out var noticed);
        return new ShardReport(to, type, cycle, shard, flows) { Noticed = noticed };
    }

    internal static void WriteBody(WireWriter writer, long cycle, int shard, IReadOnlyList<ShardFlow> flows, IReadOnlyList<InstrumentId> noticed)
    {
        writer.Field(1, cycle);
        writer.Field(2, shard);
        foreach (var flow in flows)
        {
            MoneyWire.WriteAmount(writer, 3, flow.Total.Currency, flow.Total.Type, flow.Total.Exact, flow.Total.RoundedMinor, flow.Received, flow.Paid);
        }

        foreach (var option in noticed)
        {
            writer.Field(110, option.Value);
        }
    }

    internal static void ReadBody(ReadOnlySpan<byte> body, out long cycle, out int shard, out IReadOnlyList<ShardFlow> flows, out IReadOnlyList<InstrumentId> noticed)
    {
        List<InstrumentId> options = [];
        cycle = 0;
        shard = 0;
        List<ShardFlow> read = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1:
                    cycle = r.Int64;
                    break;
                case 2:
                    shard = r.Int32;
                    break;
                case 3:
                    var amount = MoneyWire.ReadAmount(r.Bytes, out var received, out var paid);
                    read.Add(new ShardFlow(new ShardTotal(amount.Currency, amount.Exact, amount.AmountMinor, amount.Type), received, paid));
                    break;
                case 110:
                    options.Add(Ids.Instrument(r.Bytes));
                    break;
                default:
                    throw TradeWire.Unknown("ShardReport", r.Number);
            }
        }

        flows = read;
        noticed = options;
    }
}

/// <summary>The settlement process tells a shard to settle its accounts at the cycle's prices.</summary>
internal sealed class ComputeCycle(ActorAddress to, long cycle, DateOnly date, IReadOnlyList<PricePoint> prices, IReadOnlyList<FundingRateFixed> fundings, IReadOnlyList<InstrumentId> expiring) : Message(to)
{
    public override int Type => MessageTypes.ComputeCycle;

    internal long Cycle { get; } = cycle;

    internal DateOnly Date { get; } = date;

    internal IReadOnlyList<PricePoint> Prices { get; } = prices;

    internal IReadOnlyList<FundingRateFixed> Fundings { get; } = fundings;

    internal IReadOnlyList<InstrumentId> Expiring { get; } = expiring;

    /// <summary>The series that the cycle exercises.</summary>
    internal IReadOnlyList<SeriesTerms> Series { get; init; } = [];

    /// <summary>What is assigned to accounts of the shard.</summary>
    internal IReadOnlyList<AssignedLots> Assigned { get; init; } = [];

    public override void Write(WireWriter writer)
    {
        var start = writer.Begin(1);
        writer.Field(1, Cycle);
        writer.Field(2, Dates.ToInt(Date));
        foreach (var price in Prices)
        {
            PricePoint.Write(writer, 3, price);
        }

        foreach (var funding in Fundings)
        {
            FundingWire.WriteFixed(writer, 4, funding);
        }

        foreach (var instrument in Expiring)
        {
            writer.Field(5, instrument.Value);
        }

        writer.End(start);
        foreach (var series in Series)
        {
            ExerciseWire.Write(writer, 110, series);
        }

        foreach (var lots in Assigned)
        {
            ExerciseWire.Write(writer, 111, lots);
        }
    }

    internal static ComputeCycle Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        var compute = new ComputeCycle(to, 0, default, [], [], []);
        List<SeriesTerms> series = [];
        List<AssignedLots> assigned = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: compute = ReadPrices(to, r.Bytes); break;
                case 110: series.Add(ExerciseWire.ReadSeries(r.Bytes)); break;
                case 111: assigned.Add(ExerciseWire.ReadAssigned(r.Bytes)); break;
                default: throw TradeWire.Unknown("ComputeCycle", r.Number);
            }
        }

        return new ComputeCycle(to, compute.Cycle, compute.Date, compute.Prices, compute.Fundings, compute.Expiring) { Series = series, Assigned = assigned };
    }

    private static ComputeCycle ReadPrices(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        DateOnly date = default;
        List<PricePoint> prices = [];
        List<FundingRateFixed> fundings = [];
        List<InstrumentId> expiring = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: cycle = r.Int64; break;
                case 2: date = Dates.FromInt(r.Int32); break;
                case 3: prices.Add(PricePoint.Read(r.Bytes)); break;
                case 4: fundings.Add(FundingWire.ReadFixed(r.Bytes)); break;
                case 5: expiring.Add(Ids.Instrument(r.Bytes)); break;
                default: throw TradeWire.Unknown("SettlementPrices", r.Number);
            }
        }

        return new ComputeCycle(to, cycle, date, prices, fundings, expiring);
    }
}

/// <summary>The settlement process tells a shard to book what it computed.</summary>
internal sealed class BookCycle(ActorAddress to, long cycle, DateOnly valueDate) : Message(to)
{
    public override int Type => MessageTypes.BookCycle;

    internal long Cycle { get; } = cycle;

    internal DateOnly ValueDate { get; } = valueDate;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Cycle);
        writer.Field(2, Dates.ToInt(ValueDate));
    }

    internal static BookCycle Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        DateOnly date = default;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: cycle = r.Int64; break;
                case 2: date = Dates.FromInt(r.Int32); break;
                default: throw TradeWire.Unknown("BookCycle", r.Number);
            }
        }

        return new BookCycle(to, cycle, date);
    }
}

/// <summary>The other half of a cash entry, for one of the CCP's own accounts.</summary>
internal sealed class BookCash(ActorAddress to, CashEntry entry) : Message(to)
{
    private readonly CashEntry _entry = entry;

    public override int Type => MessageTypes.BookCash;

    internal ref readonly CashEntry Entry => ref _entry;

    public override void Write(WireWriter writer) => MoneyWire.WriteEntry(writer, _entry);

    internal static BookCash Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, MoneyWire.ReadEntry(body));
}

/// <summary>A shard cannot compute a cycle, and why; it tries again when told to.</summary>
internal sealed class ReportBlocked(ActorAddress to, long cycle, int shard, string reason) : Message(to)
{
    public override int Type => MessageTypes.ReportBlocked;

    internal long Cycle { get; } = cycle;

    internal int Shard { get; } = shard;

    internal string Reason { get; } = reason;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Cycle);
        writer.Field(2, Shard);
        writer.Field(3, Reason);
    }

    internal static ReportBlocked Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        var shard = 0;
        var reason = "";
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: cycle = r.Int64; break;
                case 2: shard = r.Int32; break;
                case 3: reason = r.String; break;
                default: throw TradeWire.Unknown("ShardBlocked", r.Number);
            }
        }

        return new ReportBlocked(to, cycle, shard, reason);
    }
}

/// <summary>A market hands a fixed funding rate to the settlement, which pays it in the next cycle that it freezes.</summary>
internal sealed class QueueFunding(ActorAddress to, FundingRateFixed funding) : Message(to)
{
    private readonly FundingRateFixed _funding = funding;

    public override int Type => MessageTypes.QueueFunding;

    internal ref readonly FundingRateFixed Funding => ref _funding;

    public override void Write(WireWriter writer) => FundingWire.WriteFixed(writer, _funding);

    internal static QueueFunding Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, FundingWire.ReadFixed(body));
}

/// <summary>A market tells the registry the final price of an instrument, so that every shard comes to know it.</summary>
internal sealed class SetExpiryPrice(ActorAddress to, InstrumentId instrument, long units) : Message(to)
{
    public override int Type => MessageTypes.SetExpiryPrice;

    internal ExpiryPriceSet Price { get; } = new(instrument, units);

    public override void Write(WireWriter writer) => HouseWire.Write(writer, Price);

    internal static SetExpiryPrice Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        var price = HouseWire.ReadExpiryPrice(body);
        return new SetExpiryPrice(to, price.Instrument, price.PriceUnits);
    }
}
