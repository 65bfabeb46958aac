using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Defaults;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The default manager (rulebook 11): from a trigger to the last minor unit of the loss. Every step is an event, every wait has a timer, a message or an operator that ends it, and
/// all that it asks of accounts goes by durable messages, so it goes on from wherever a crash left it. Several defaults may be open; each is a case of its own.
/// </summary>
internal sealed partial class DefaultActor : Actor
{
    /// <summary>Refusals kept of a default; older ones stay in the journal.</summary>
    private const int RefusalsKept = 100;

    private const int MaxReason = 500;
    private const int MaxRequestId = 64;

    private readonly EngineScope _scope;
    private readonly List<DefaultSnapshot> _defaults = [];
    private readonly List<Claim> _claims = [];

    /// <summary>Bids of auctions that are open, by lot, in the order in which they came.</summary>
    private readonly SortedDictionary<string, List<SealedBid>> _bids = new(StringComparer.Ordinal);
    private long _closedCycle;
    private string _terms = "";
    private DefaultTerms? _parsed;

    internal DefaultActor(EngineScope scope)
    {
        _scope = scope;
    }

    public override bool Exists => _terms.Length > 0 || _claims.Count > 0;

    private DefaultTerms Terms => _parsed ??= DefaultTermsFile.Parse(_terms);

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case DefaultCommand command:
                Decide(command, turn);
                break;
            case DefaultQuery { Request: GetDefaultsRequest get } query:
                turn.Reply(query.ReplyTo, View(get.Number, turn.BusinessTime));
                break;
            case DefaultQuery { Request: GetAuctionsRequest get } query:
                TellAuctions(get.Member, query, turn);
                break;
            case DefaultMessage { Body: TriggerReported trigger }:
                Trigger(trigger, turn);
                break;
            case DefaultMessage { Body: Claim claim }:
                Emit(turn, EventTypes.ClaimReported, claim);
                Trigger(new TriggerReported { Member = claim.Member, Cause = Cause.MissedPayment, Detail = $"account {claim.Account} has not paid for cycle {claim.Cycle}" }, turn);
                break;
            case DefaultMessage { Body: AccountsSeized seized }:
                Seized(seized, turn);
                break;
            case DefaultMessage { Body: HoldingsTold told }:
                Told(told, turn);
                break;
            case DefaultMessage { Body: PortingEnded ended }:
                Ported(ended, turn);
                break;
            case DefaultMessage { Body: CycleSeen seen }:
                Seen(seen, turn);
                break;
            case DefaultMessage { Body: FundTold told }:
                Told(told, turn);
                break;
            case DefaultMessage { Body: GainsTold told }:
                Told(told, turn);
                break;
            case DefaultMessage { Body: HoldersTold told }:
                Told(told, turn);
                break;
            case TradeDecided decided:
                LegDecided(decided, turn);
                break;
            default:
                throw new InvalidOperationException($"the default manager takes no {message.GetType().Name}");
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        var parser = ParserOf(type) ?? throw new InvalidDataException($"event type {type} of the default manager is unknown to this program");
        if (type == EventTypes.DefaultTermsSet)
        {
            ApplyTerms(RiskWire.ReadParameters(body));
            return;
        }

        Apply(parser.ParseFrom(body.ToArray()));
    }

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        var snapshot = new DefaultManagerSnapshot { Terms = _terms, ClosedCycle = _closedCycle };
        snapshot.Defaults.Add(_defaults);
        snapshot.Bids.Add(_bids.SelectMany(b => b.Value));
        snapshot.Claims.Add(_claims);
        writer.Raw(snapshot.ToByteArray());
    }

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        var snapshot = DefaultManagerSnapshot.Parser.ParseFrom(body.ToArray());
        ApplyTerms(snapshot.Terms);
        _closedCycle = snapshot.ClosedCycle;
        _defaults.AddRange(snapshot.Defaults);
        _claims.AddRange(snapshot.Claims);
        foreach (var bid in snapshot.Bids)
        {
            Keep(bid);
        }
    }

    private static MessageParser? ParserOf(int type) => type switch
    {
        EventTypes.DefaultTermsSet => GetDefaultsResponse.Parser,
        EventTypes.DefaultTriggered => DefaultTriggered.Parser,
        EventTypes.DefaultDecided => DefaultDecided.Parser,
        EventTypes.DefaultRefused => DefaultRefused.Parser,
        EventTypes.DefaultNoted => DefaultNoted.Parser,
        EventTypes.DefaultStageEntered => DefaultStageEntered.Parser,
        EventTypes.ClaimReported => Claim.Parser,
        EventTypes.AccountsSeized => AccountsSeized.Parser,
        EventTypes.SeizedAccountChanged => SeizedAccountChanged.Parser,
        EventTypes.HoldingsAsked => HoldingsAsked.Parser,
        EventTypes.HoldingsTold => HoldingsTold.Parser,
        EventTypes.LegsOrdered => LegsOrdered.Parser,
        EventTypes.LegEnded => LegEnded.Parser,
        EventTypes.PortingOffered => PortingOffered.Parser,
        EventTypes.AuctionOpened => AuctionOpened.Parser,
        EventTypes.BidSealed => BidSealed.Parser,
        EventTypes.AuctionClosed => AuctionClosed.Parser,
        EventTypes.FundTold => FundTold.Parser,
        EventTypes.LossAllocated => LossAllocated.Parser,
        EventTypes.GatherStarted => GatherStarted.Parser,
        EventTypes.GainsTold => GainsTold.Parser,
        EventTypes.HoldersTold => HoldersTold.Parser,
        EventTypes.RecoveryTaken => RecoveryTaken.Parser,
        EventTypes.RecoveryRecorded => RecoveryRecorded.Parser,
        EventTypes.CycleSeen => CycleSeen.Parser,
        _ => null,
    };

    /// <summary>
    /// The state takes what the journal has, not the object: that one may be the body of a message, which stands in a shard's outbox until it is acknowledged and must stay as
    /// it was sent.
    /// </summary>
    private void Emit(Turn turn, int type, IMessage e)
    {
        var body = e.ToByteArray();
        turn.BeginEvent(type).Raw(body);
        turn.EndEvent();
        Apply(ParserOf(type)!.ParseFrom(body));
    }

    private void Apply(IMessage message)
    {
        switch (message)
        {
            case DefaultTriggered e: Apply(e); break;
            case DefaultDecided e: Apply(e); break;
            case DefaultRefused e: Apply(e); break;
            case DefaultNoted e: Of(e.Number).Default.Notes.Add(e.Note); break;
            case DefaultStageEntered e: Apply(e); break;
            case Claim e: Apply(e); break;
            case AccountsSeized e: Apply(e); break;
            case SeizedAccountChanged e: Apply(e); break;
            case HoldingsAsked e: Of(e.Number, e.Account).Asked = e.Ask; break;
            case HoldingsTold e: Apply(e); break;
            case LegsOrdered e: Apply(e); break;
            case LegEnded e: Apply(e); break;
            case PortingOffered e: Apply(e); break;
            case AuctionOpened e: Apply(e); break;
            case BidSealed e: Apply(e); break;
            case AuctionClosed e: Apply(e); break;
            case FundTold e: Apply(e); break;
            case LossAllocated e: Apply(e); break;
            case GatherStarted e: Apply(e); break;
            case GainsTold e: Of(e.Number).Gains.Add(e); break;
            case HoldersTold e: Of(e.Number).Holders.Add(e); break;
            case RecoveryTaken e: Apply(e); break;
            case RecoveryRecorded e: Of(e.Number).Default.Recoveries.Add(e.Recovery); break;
            case CycleSeen e: _closedCycle = e.Cycle; break;
            default: throw new InvalidOperationException($"the default manager applies no {message.Descriptor.Name}");
        }
    }

    private void ApplyTerms(string terms)
    {
        _terms = terms;
        _parsed = null;
    }

    private DefaultSnapshot Of(long number) => number >= 1 && number <= _defaults.Count ? _defaults[(int)number - 1] : throw new InvalidOperationException($"there is no default {number}");

    private SeizedAccount Of(long number, string account) =>
        Of(number).Default.Accounts.FirstOrDefault(a => a.Account == account) ?? throw new InvalidOperationException($"default {number} has no account {account}");

    private ActorAddress AccountAddress(string account) => _scope.Book.Of(ActorKinds.Account, account);

    private void Send(Turn turn, ActorAddress to, int type, IMessage body) => turn.Send(new DefaultMessage(to, type, body));

    private void SendToAllShards(Turn turn, int type, IMessage body)
    {
        for (var shard = 0; shard < _scope.Book.ShardCount; shard++)
        {
            Send(turn, AddressBook.OfShard(ActorKinds.Directory, shard), type, body);
        }
    }

    /// <summary>As it is told: proposals that have lapsed by the time are left out.</summary>
    private Default Shown(Default d, long now)
    {
        var shown = d.Clone();
        Replace(shown.Proposals, shown.Proposals.Where(p => IsAlive(p, now)));
        return shown;
    }

    /// <summary>Sealed bids are in no view; what there is of them opens with the close. Proposals that have lapsed by the time are left out.</summary>
    internal GetDefaultsResponse View(long number, long now = 0)
    {
        var response = new GetDefaultsResponse { Terms = _terms };
        response.Defaults.Add(_defaults.Select(d => d.Default).Where(d => number == 0 || d.Number == number).Select(d => Shown(d, now)));
        return response;
    }

    private static string TimerOf(string what, long number, long index = 0) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{what}-{number}-{index}");

    private static void Replace<T>(RepeatedField<T> list, IEnumerable<T> items)
    {
        T[] kept = [.. items];
        list.Clear();
        list.Add(kept);
    }
}
