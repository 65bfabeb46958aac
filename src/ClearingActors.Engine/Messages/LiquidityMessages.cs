using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>A margin run has a shard measure its accounts' lots and stand-alone liquidity figures, before it assesses them.</summary>
internal sealed class MeasureMargin(ActorAddress to, MarginInputs inputs) : Message(to)
{
    public override int Type => MessageTypes.MeasureMargin;

    internal MarginInputs Inputs { get; } = inputs;

    public override void Write(WireWriter writer) => Inputs.Write(writer);

    internal static MeasureMargin Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, MarginInputs.Read(body));
}

/// <summary>A member's net lots of an instrument in one shard.</summary>
internal readonly record struct MemberLots(MemberId Member, InstrumentId Instrument, long Lots);

/// <summary>The order of members and underlyings: ordinal.</summary>
internal static class MemberUnderlying
{
    internal static IComparer<(MemberId Member, string Underlying)> Order { get; } = Comparer<(MemberId Member, string Underlying)>.Create(
        static (left, right) => left.Member.CompareTo(right.Member) is var byMember && byMember != 0 ? byMember : string.CompareOrdinal(left.Underlying, right.Underlying));
}

/// <summary>The sum of a member's stand-alone figures of an underlying in one shard, minor units of its reference's currency.</summary>
internal readonly record struct MemberFigures(MemberId Member, string Underlying, Int128 Figures);

/// <summary>A shard tells a margin run what it measured, or why it could not. All numbers are integers, so that their sums are the same in any order.</summary>
internal sealed class ReportMeasured(ActorAddress to, long run, int shard, IReadOnlyList<MemberLots> lots, IReadOnlyList<MemberFigures> figures, string failure) : Message(to)
{
    public override int Type => MessageTypes.ReportMeasured;

    internal long Run { get; } = run;

    internal int Shard { get; } = shard;

    internal IReadOnlyList<MemberLots> Lots { get; } = lots;

    internal IReadOnlyList<MemberFigures> Figures { get; } = figures;

    internal string Failure { get; } = failure;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Run);
        writer.Field(2, Shard);
        foreach (var (member, instrument, lots) in Lots)
        {
            WriteLots(writer, 3, member, instrument, lots);
        }

        foreach (var (member, underlying, figures) in Figures)
        {
            WriteFigures(writer, 4, member, underlying, figures);
        }

        writer.Field(5, Failure);
    }

    internal static ReportMeasured Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long run = 0;
        var shard = 0;
        var failure = "";
        List<MemberLots> lots = [];
        List<MemberFigures> figures = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: run = r.Int64; break;
                case 2: shard = r.Int32; break;
                case 3: lots.Add(ReadLots(r.Bytes)); break;
                case 4: figures.Add(ReadFigures(r.Bytes)); break;
                case 5: failure = r.String; break;
                default: throw TradeWire.Unknown("ShardMeasured", r.Number);
            }
        }

        return new ReportMeasured(to, run, shard, lots, figures, failure);
    }

    internal static void WriteLots(WireWriter w, int field, MemberId member, InstrumentId instrument, long lots)
    {
        var start = w.Begin(field);
        w.Field(1, member.Value);
        w.Field(2, instrument.Value);
        w.FieldZigZag(3, lots);
        w.End(start);
    }

    internal static void WriteFigures(WireWriter w, int field, MemberId member, string underlying, Int128 figures)
    {
        var start = w.Begin(field);
        w.Field(1, member.Value);
        w.Field(2, underlying);
        MarginTotal.WriteWide(w, 3, figures);
        w.End(start);
    }

    internal static MemberLots ReadLots(ReadOnlySpan<byte> body)
    {
        var lots = default(MemberLots);
        var r = new WireReader(body);
        while (r.Next())
        {
            lots = r.Number switch
            {
                1 => lots with { Member = Ids.Member(r.Bytes) },
                2 => lots with { Instrument = Ids.Instrument(r.Bytes) },
                3 => lots with { Lots = r.ZigZag },
                _ => throw TradeWire.Unknown("MemberLots", r.Number),
            };
        }

        return lots;
    }

    internal static MemberFigures ReadFigures(ReadOnlySpan<byte> body)
    {
        var figures = new MemberFigures(default, "", 0);
        var r = new WireReader(body);
        while (r.Next())
        {
            figures = r.Number switch
            {
                1 => figures with { Member = Ids.Member(r.Bytes) },
                2 => figures with { Underlying = IdPool.Intern(r.Bytes) },
                3 => figures with { Figures = MarginTotal.ReadWide(r.Bytes) },
                _ => throw TradeWire.Unknown("MemberFigures", r.Number),
            };
        }

        return figures;
    }
}

/// <summary>A margin run tells a shard the members' liquidity add-ons, or why there are none: then the shard assesses nothing and reports that.</summary>
internal sealed class TellLiquidity(ActorAddress to, long run, IReadOnlyList<MemberCharge> charges, string failure) : Message(to)
{
    public override int Type => MessageTypes.TellLiquidity;

    internal long Run { get; } = run;

    internal IReadOnlyList<MemberCharge> Charges { get; } = charges;

    internal string Failure { get; } = failure;

    public override void Write(WireWriter writer)
    {
        WriteCharges(writer, Run, Charges);
        writer.Field(3, Failure);
    }

    internal static void WriteCharges(WireWriter w, long run, IEnumerable<MemberCharge> charges)
    {
        w.Field(1, run);
        foreach (var (member, underlying, addOn, figures) in charges)
        {
            var start = w.Begin(2);
            w.Field(1, member.Value);
            w.Field(2, underlying);
            w.FieldFixed64(3, BitConverter.DoubleToUInt64Bits(addOn));
            MarginTotal.WriteWide(w, 4, figures);
            w.End(start);
        }
    }

    internal static TellLiquidity Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long run = 0;
        var failure = "";
        List<MemberCharge> charges = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: run = r.Int64; break;
                case 2: charges.Add(ReadCharge(r.Bytes)); break;
                case 3: failure = r.String; break;
                default: throw TradeWire.Unknown("LiquidityTold", r.Number);
            }
        }

        return new TellLiquidity(to, run, charges, failure);
    }

    private static MemberCharge ReadCharge(ReadOnlySpan<byte> body)
    {
        var charge = new MemberCharge(default, "", 0.0, 0);
        var r = new WireReader(body);
        while (r.Next())
        {
            charge = r.Number switch
            {
                1 => charge with { Member = Ids.Member(r.Bytes) },
                2 => charge with { Underlying = IdPool.Intern(r.Bytes) },
                3 => charge with { AddOn = BitConverter.UInt64BitsToDouble(r.UInt64) },
                4 => charge with { Figures = MarginTotal.ReadWide(r.Bytes) },
                _ => throw TradeWire.Unknown("MemberCharge", r.Number),
            };
        }

        return charge;
    }
}
