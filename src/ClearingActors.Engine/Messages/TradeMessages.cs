using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>The source asks the seller's account to reserve the trade; the lane is where the answer goes.</summary>
internal sealed class ReserveTrade(ActorAddress to, TradeReport report, int lane) : Message(to)
{
    public override int Type => MessageTypes.ReserveTrade;

    internal TradeReport Report { get; } = report;

    internal int Lane { get; } = lane;

    public override void Write(WireWriter writer)
    {
        TradeWire.WriteReport(writer, 1, Report);
        writer.Field(2, Lane);
    }

    internal static ReserveTrade Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        TradeReport? report = null;
        var lane = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: report = TradeWire.ReadReport(r.Bytes); break;
                case 2: lane = r.Int32; break;
                default: throw TradeWire.Unknown("ReserveTrade", r.Number);
            }
        }

        return new ReserveTrade(to, report ?? throw new InvalidDataException("ReserveTrade has no report"), lane);
    }
}

/// <summary>The seller's account asks the buyer's to novate a reserved trade, or to reverse a novated one.</summary>
internal sealed class NovateTrade(ActorAddress to, int type, NovationRequest request, int lane) : Message(to)
{
    private readonly NovationRequest _request = request;

    public override int Type { get; } = type;

    internal ref readonly NovationRequest Request => ref _request;

    internal int Lane { get; } = lane;

    public override void Write(WireWriter writer)
    {
        TradeWire.WriteReport(writer, 1, _request.Report);
        writer.Field(2, _request.SellerReservation);
        writer.Field(3, _request.Cycle);
        writer.Field(4, Dates.ToInt(_request.ClearingDate));
        writer.Field(5, Lane);
    }

    internal static NovateTrade Read(ActorAddress to, int type, ReadOnlySpan<byte> body)
    {
        TradeReport? report = null;
        long reservation = 0, cycle = 0;
        var lane = 0;
        DateOnly date = default;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: report = TradeWire.ReadReport(r.Bytes); break;
                case 2: reservation = r.Int64; break;
                case 3: cycle = r.Int64; break;
                case 4: date = Dates.FromInt(r.Int32); break;
                case 5: lane = r.Int32; break;
                default: throw TradeWire.Unknown("NovateTrade", r.Number);
            }
        }

        return new NovateTrade(to, type, new NovationRequest(report ?? throw new InvalidDataException("NovateTrade has no report"), reservation, cycle, date), lane);
    }
}

/// <summary>The buyer's account tells the seller's what to do with its reservation: confirm, release, or confirm a reversal.</summary>
internal sealed class SellerReservation(ActorAddress to, int type, long reservation) : Message(to)
{
    public override int Type { get; } = type;

    internal long Reservation { get; } = reservation;

    public override void Write(WireWriter writer) => writer.Field(1, Reservation);

    internal static SellerReservation Read(ActorAddress to, int type, ReadOnlySpan<byte> body) => new(to, type, HouseWire.OnlyNumber(body));
}

/// <summary>An account tells the source what became of a trade, or of its cancel; the source keeps the answer.</summary>
internal sealed class TradeDecided(ActorAddress to, int type, TradeId tradeId, DateOnly executionDate, TradeOutcome outcome) : Message(to)
{
    private readonly TradeOutcome _outcome = outcome;

    public override int Type { get; } = type;

    internal TradeId TradeId { get; } = tradeId;

    internal DateOnly ExecutionDate { get; } = executionDate;

    internal ref readonly TradeOutcome Outcome => ref _outcome;

    public override void Write(WireWriter writer) => WriteBody(writer, TradeId, ExecutionDate, _outcome);

    internal static TradeDecided Read(ActorAddress to, int type, ReadOnlySpan<byte> body)
    {
        ReadBody(body, out var id, out var date, out var outcome);
        return new TradeDecided(to, type, id, date, outcome);
    }

    /// <summary>TradeDecided, TradeAnswered and CancelAnswered are written alike.</summary>
    internal static void WriteBody(WireWriter writer, TradeId tradeId, DateOnly executionDate, in TradeOutcome outcome)
    {
        writer.Field(1, tradeId.Value);
        writer.Field(2, Dates.ToInt(executionDate));
        TradeWire.WriteOutcome(writer, 3, outcome);
    }

    internal static void ReadBody(ReadOnlySpan<byte> body, out TradeId tradeId, out DateOnly executionDate, out TradeOutcome outcome)
    {
        tradeId = default;
        executionDate = default;
        outcome = default;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: tradeId = TradeId.Parse(r.String); break;
                case 2: executionDate = Dates.FromInt(r.Int32); break;
                case 3: outcome = TradeWire.ReadOutcome(r.Bytes); break;
                default: throw TradeWire.Unknown("TradeDecided", r.Number);
            }
        }
    }
}

/// <summary>The source asks the seller's account to hold its cycle open for the reversal of a novated trade.</summary>
internal sealed class ReserveReversal(ActorAddress to, TradeReport report, int lane, long cycle, DateOnly clearingDate) : Message(to)
{
    public override int Type => MessageTypes.ReserveReversal;

    internal TradeReport Report { get; } = report;

    internal int Lane { get; } = lane;

    internal long Cycle { get; } = cycle;

    internal DateOnly ClearingDate { get; } = clearingDate;

    public override void Write(WireWriter writer)
    {
        TradeWire.WriteReport(writer, 1, Report);
        writer.Field(2, Cycle);
        writer.Field(3, Dates.ToInt(ClearingDate));
        writer.Field(4, Lane);
    }

    internal static ReserveReversal Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        TradeReport? report = null;
        long cycle = 0;
        var lane = 0;
        DateOnly date = default;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: report = TradeWire.ReadReport(r.Bytes); break;
                case 2: cycle = r.Int64; break;
                case 3: date = Dates.FromInt(r.Int32); break;
                case 4: lane = r.Int32; break;
                default: throw TradeWire.Unknown("ReserveReversal", r.Number);
            }
        }

        return new ReserveReversal(to, report ?? throw new InvalidDataException("ReserveReversal has no report"), lane, cycle, date);
    }
}
