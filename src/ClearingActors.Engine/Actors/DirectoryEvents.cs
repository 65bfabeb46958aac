using ClearingActors.Actors.Wire;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;
using Google.Protobuf;

namespace ClearingActors.Engine.Actors;

/// <summary>The events of a directory, as the registry writes them once and every shard applies them.</summary>
internal static class DirectoryEvents
{
    internal static DirectoryEvent Of(in InstrumentDefined e)
    {
        var writer = new WireWriter();
        HouseWire.Write(writer, e);
        return new DirectoryEvent(EventTypes.InstrumentDefined, writer.ToArray());
    }

    internal static DirectoryEvent Of(in MemberSuspended e)
    {
        var writer = new WireWriter();
        HouseWire.Write(writer, e);
        return new DirectoryEvent(EventTypes.MemberSuspended, writer.ToArray());
    }

    internal static DirectoryEvent Of(in TradeSourceDefined e)
    {
        var writer = new WireWriter();
        HouseWire.Write(writer, e);
        return new DirectoryEvent(EventTypes.TradeSourceDefined, writer.ToArray());
    }

    internal static DirectoryEvent Of(in CycleOpened e)
    {
        var writer = new WireWriter();
        HouseWire.Write(writer, e);
        return new DirectoryEvent(EventTypes.CycleOpened, writer.ToArray());
    }

    internal static DirectoryEvent Of(in RiskModelSet e)
    {
        var writer = new WireWriter(e.Parameters.Length + 16);
        writer.Field(1, e.Parameters);
        return new DirectoryEvent(EventTypes.RiskModelSet, writer.ToArray());
    }

    internal static DirectoryEvent Of(BufferDecision e)
    {
        var writer = new WireWriter();
        RiskWire.Write(writer, e);
        return new DirectoryEvent(e.Released ? EventTypes.BufferReleased : EventTypes.BufferRestored, writer.ToArray());
    }

    internal static DirectoryEvent Of(FactorPricesSet e)
    {
        var writer = new WireWriter(RiskWire.BytesOf(e.Prices) + 100);
        RiskWire.Write(writer, e);
        return new DirectoryEvent(EventTypes.FactorPricesSet, writer.ToArray());
    }

    internal static DirectoryEvent Of(in ExpiryPriceSet e)
    {
        var writer = new WireWriter();
        HouseWire.Write(writer, e);
        return new DirectoryEvent(EventTypes.ExpiryPriceSet, writer.ToArray());
    }

    internal static DirectoryEvent Of(CollateralAssetDefined e)
    {
        var writer = new WireWriter();
        CollateralWire.Write(writer, e.Asset);
        return new DirectoryEvent(EventTypes.CollateralAssetDefined, writer.ToArray());
    }

    internal static DirectoryEvent Of(CollateralPricesSet e)
    {
        var writer = new WireWriter();
        CollateralWire.Write(writer, e);
        return new DirectoryEvent(EventTypes.CollateralPricesSet, writer.ToArray());
    }

    internal static DirectoryEvent Of(in PaymentTermsSet e)
    {
        var writer = new WireWriter();
        PaymentWire.Write(writer, e.Terms);
        return new DirectoryEvent(EventTypes.PaymentTermsSet, writer.ToArray());
    }

    internal static DirectoryEvent Of(in MemberDefaulted e) =>
        new(EventTypes.MemberDefaulted, new ClearingActors.Contracts.Journal.Defaults.V1.MemberDefaulted { Number = e.Number, Member = e.Member.Value, At = e.At }.ToByteArray());

    /// <summary>An event whose only field is an id.</summary>
    internal static DirectoryEvent Of(int type, string id)
    {
        var writer = new WireWriter();
        writer.Field(1, id);
        return new DirectoryEvent(type, writer.ToArray());
    }

    /// <summary>An event whose only field is a number.</summary>
    internal static DirectoryEvent Of(int type, long number)
    {
        var writer = new WireWriter();
        writer.Field(1, number);
        return new DirectoryEvent(type, writer.ToArray());
    }

    internal static void Apply(HouseDirectory directory, int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.InstrumentDefined: directory.Apply(HouseWire.ReadInstrument(body)); break;
            case EventTypes.InstrumentHalted: directory.Apply(new InstrumentHalted(Ids.Instrument(HouseWire.OnlyBytes(body)))); break;
            case EventTypes.InstrumentResumed: directory.Apply(new InstrumentResumed(Ids.Instrument(HouseWire.OnlyBytes(body)))); break;
            case EventTypes.HouseHalted: directory.Apply(default(HouseHalted)); break;
            case EventTypes.HouseResumed: directory.Apply(default(HouseResumed)); break;
            case EventTypes.MemberDefined: directory.Apply(new MemberDefined(Ids.Member(HouseWire.OnlyBytes(body)))); break;
            case EventTypes.MemberSuspended: directory.Apply(HouseWire.ReadSuspended(body)); break;
            case EventTypes.MemberReinstated: directory.Apply(new MemberReinstated(Ids.Member(HouseWire.OnlyBytes(body)))); break;
            case EventTypes.TradeSourceDefined: directory.Apply(HouseWire.ReadSource(body)); break;
            case EventTypes.BusinessTimeAdvanced: directory.Apply(new BusinessTimeAdvanced(HouseWire.OnlyNumber(body))); break;
            case EventTypes.RiskModelSet: directory.Risk.Apply(new RiskModelSet(RiskWire.ReadParameters(body))); break;
            case EventTypes.FactorPricesSet: directory.Risk.Apply(RiskWire.ReadPrices(body)); break;
            case EventTypes.BufferReleased: directory.Risk.Apply(RiskWire.ReadBuffer(body, released: true)); break;
            case EventTypes.BufferRestored: directory.Risk.Apply(RiskWire.ReadBuffer(body, released: false)); break;
            case EventTypes.CollateralAssetDefined: directory.Collateral.Apply(new CollateralAssetDefined(CollateralWire.ReadAsset(body))); break;
            case EventTypes.CollateralPricesSet: directory.Collateral.Apply(CollateralWire.ReadPricesSet(body)); break;
            case EventTypes.ExpiryPriceSet: directory.Apply(HouseWire.ReadExpiryPrice(body)); break;
            case EventTypes.ExpiryConfirmed: directory.Apply(new ExpiryConfirmed(Ids.Instrument(HouseWire.OnlyBytes(body)))); break;
            case EventTypes.PaymentTermsSet: directory.Apply(new PaymentTermsSet(PaymentWire.ReadTerms(body))); break;
            case EventTypes.MemberDefaulted: directory.Apply(ReadDefaulted(body)); break;
            case EventTypes.DefaultEnded: directory.Apply(new DefaultEnded(HouseWire.OnlyNumber(body))); break;
            case EventTypes.CycleOpened: directory.Apply(HouseWire.ReadCycle(body)); break;
            default: throw new InvalidDataException($"event type {type} of a directory is unknown to this program");
        }
    }

    internal static MemberDefaulted ReadDefaulted(ReadOnlySpan<byte> body)
    {
        var e = ClearingActors.Contracts.Journal.Defaults.V1.MemberDefaulted.Parser.ParseFrom(body.ToArray());
        return new MemberDefaulted(e.Number, MemberId.Parse(e.Member), e.At);
    }
}
