using ClearingActors.Actors.Wire;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>A directory in a snapshot.</summary>
internal static class DirectorySnapshots
{
    internal static void Save(WireWriter w, int field, HouseDirectory directory)
    {
        var start = w.Begin(field);
        w.Field(1, directory.BusinessTime);
        w.Field(2, directory.CurrentCycle);
        w.Field(3, Dates.ToInt(directory.BusinessDate));
        w.Field(4, directory.Halted);
        foreach (var listed in directory.SortedInstruments())
        {
            var entry = w.Begin(5);
            var definition = w.Begin(1);
            HouseWire.Write(w, new InstrumentDefined(listed.Instrument));
            w.End(definition);
            w.Field(2, listed.Halted);
            w.Field(3, listed.LastSettlementCycle);
            w.FieldZigZag(4, listed.LastSettlementUnits);
            w.Field(5, (long)listed.Expiry);
            w.FieldZigZag(6, listed.FinalUnits);
            w.End(entry);
        }

        foreach (var listed in directory.SortedMembers())
        {
            var entry = w.Begin(6);
            w.Field(1, listed.Member.Value);
            w.Field(2, (long)listed.Status.Standing);
            w.Field(3, listed.Status.SuspendedAt);
            w.End(entry);
        }

        foreach (var listed in directory.SortedSources())
        {
            var entry = w.Begin(7);
            HouseWire.Write(w, new TradeSourceDefined(listed.Source, listed.Lanes));
            w.End(entry);
        }

        if (!directory.Risk.IsEmpty)
        {
            RiskWire.Write(w, 8, directory.Risk);
        }

        if (!directory.Collateral.IsEmpty)
        {
            CollateralWire.Write(w, 140, directory.Collateral);
        }

        if (directory.Payment != PaymentTerms.None)
        {
            var terms = w.Begin(110);
            PaymentWire.Write(w, directory.Payment);
            w.End(terms);
        }

        foreach (var number in directory.OpenDefaults)
        {
            w.Field(180, number);
        }

        w.Field(181, directory.DefaultEpoch);
        w.End(start);
    }

    internal static HouseDirectory Load(ReadOnlySpan<byte> body)
    {
        long time = 0, cycle = 0;
        DateOnly date = default;
        var halted = false;
        List<ListedInstrument> instruments = [];
        List<ListedMember> members = [];
        List<ListedSource> sources = [];
        RiskBook? risk = null;
        CollateralBook? collateral = null;
        var payment = PaymentTerms.None;
        List<long> open = [];
        long epoch = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: time = r.Int64; break;
                case 2: cycle = r.Int64; break;
                case 3: date = Dates.FromInt(r.Int32); break;
                case 4: halted = r.Bool; break;
                case 5: instruments.Add(LoadInstrument(r.Bytes)); break;
                case 6: members.Add(LoadMember(r.Bytes)); break;
                case 7:
                    var source = HouseWire.ReadSource(r.Bytes);
                    sources.Add(new ListedSource(source.Source, source.Lanes));
                    break;
                case 180: open.Add(r.Int64); break;
                case 181: epoch = r.Int64; break;
                case 110: payment = PaymentWire.ReadTerms(r.Bytes); break;
                case 8: risk = RiskWire.ReadBook(r.Bytes); break;
                case 140: collateral = CollateralWire.ReadBook(r.Bytes); break;
                default: throw TradeWire.Unknown("the snapshot of a directory", r.Number);
            }
        }

        return HouseDirectory.Restore(new HouseDirectorySnapshot(time, cycle, date, halted, instruments, members, sources) { Payment = payment, OpenDefaults = open, DefaultEpoch = epoch }, risk, collateral);
    }

    private static ListedInstrument LoadInstrument(ReadOnlySpan<byte> body)
    {
        Instrument? instrument = null;
        var halted = false;
        long cycle = 0, units = 0, final = 0;
        var expiry = ExpiryStage.None;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: instrument = HouseWire.ReadInstrument(r.Bytes).Instrument; break;
                case 2: halted = r.Bool; break;
                case 3: cycle = r.Int64; break;
                case 4: units = r.ZigZag; break;
                case 5: expiry = (ExpiryStage)r.Int32; break;
                case 6: final = r.ZigZag; break;
                default: throw TradeWire.Unknown("the snapshot of an instrument", r.Number);
            }
        }

        return new ListedInstrument(instrument ?? throw new InvalidDataException("the snapshot of an instrument has no definition"), halted, cycle, units, expiry, final);
    }

    private static ListedMember LoadMember(ReadOnlySpan<byte> body)
    {
        MemberId member = default;
        MemberStanding standing = default;
        long since = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: member = Ids.Member(r.Bytes); break;
                case 2: standing = (MemberStanding)r.Int32; break;
                case 3: since = r.Int64; break;
                default: throw TradeWire.Unknown("the snapshot of a member", r.Number);
            }
        }

        return new ListedMember(member, new MemberStatus(standing, since));
    }
}
