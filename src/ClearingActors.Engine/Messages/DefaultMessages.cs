using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain.Ledger;
using ClearingActors.Engine.Wire;
using Google.Protobuf;

namespace ClearingActors.Engine.Messages;

/// <summary>What the default manager and the rest of the house tell each other. It is rare, so the generated classes of the contract carry it.</summary>
internal sealed class DefaultMessage(ActorAddress to, int type, IMessage body) : Message(to)
{
    public override int Type { get; } = type;

    internal IMessage Body { get; } = body;

    public override void Write(WireWriter writer) => writer.Raw(Body.ToByteArray());

    internal static bool Knows(int type) => ParserOf(type) is not null;

    internal static DefaultMessage Read(ActorAddress to, int type, ReadOnlySpan<byte> body) => new(to, type, ParserOf(type)!.ParseFrom(body.ToArray()));

    private static MessageParser? ParserOf(int type) => type switch
    {
        MessageTypes.TriggerDefault => TriggerReported.Parser,
        MessageTypes.ReportClaim => Claim.Parser,
        MessageTypes.ChangeStanding => StandingChange.Parser,
        MessageTypes.SeizeAccounts => SeizeAccounts.Parser,
        MessageTypes.ReportSeized => AccountsSeized.Parser,
        MessageTypes.AskHoldings => HoldingsAsked.Parser,
        MessageTypes.TellHoldings => HoldingsTold.Parser,
        MessageTypes.PortAccount => AccountPorted.Parser,
        MessageTypes.TellPorted => PortingEnded.Parser,
        MessageTypes.TellCycleClosed => CycleSeen.Parser,
        MessageTypes.AskFund => FundAsked.Parser,
        MessageTypes.TellFund => FundTold.Parser,
        MessageTypes.ReplenishFund => FundReplenished.Parser,
        MessageTypes.Gather => GatherStarted.Parser,
        MessageTypes.TellGains => GainsTold.Parser,
        MessageTypes.TellHolders => HoldersTold.Parser,
        _ => null,
    };
}

/// <summary>The default manager has an account that is not the clearing house's own book an entry; the other half goes to the counter-account from there.</summary>
internal sealed class BookDefaultEntry(ActorAddress to, CashEntry entry) : Message(to)
{
    private readonly CashEntry _entry = entry;

    public override int Type => MessageTypes.BookDefaultEntry;

    internal ref readonly CashEntry Entry => ref _entry;

    public override void Write(WireWriter writer) => MoneyWire.WriteEntry(writer, _entry);

    internal static BookDefaultEntry Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, MoneyWire.ReadEntry(body));
}

/// <summary>The same for an entry in a security or coin.</summary>
internal sealed class BookDefaultAsset(ActorAddress to, AssetEntry entry) : Message(to)
{
    private readonly AssetEntry _entry = entry;

    public override int Type => MessageTypes.BookDefaultAsset;

    internal ref readonly AssetEntry Entry => ref _entry;

    public override void Write(WireWriter writer) => CollateralWire.Write(writer, _entry);

    internal static BookDefaultAsset Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, CollateralWire.ReadEntry(body));
}
