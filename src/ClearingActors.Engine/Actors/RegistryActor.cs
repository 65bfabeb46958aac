using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The house's register: operators change it, every shard's directory follows, and the operator is answered when all of them have committed the change. A new
/// instrument takes trades only then, so that no shard meets a trade in an instrument it does not know.
/// </summary>
internal sealed class RegistryActor : Actor
{
    private readonly EngineScope _scope;
    private readonly Dictionary<long, Change> _open = [];
    private readonly Dictionary<long, List<ReplyTo>> _waiting = [];
    private HouseDirectory _directory = new();
    private long _lastChange;

    internal RegistryActor(EngineScope scope)
    {
        _scope = scope;
    }

    public override bool Exists => _lastChange > 0;

    public override IEnumerable<ReplyTo> Waiting => _waiting.Values.SelectMany(static w => w);

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case AdvanceBusinessTime advance:
                Advance(advance, turn);
                break;
            case RegistryCommand command:
                Decide(command, turn);
                break;
            case DirectoryChanged changed:
                Confirm(changed, turn);
                break;
            case SetExpiryPrice expiry:
                Expire(expiry, turn);
                break;
            case DefaultMessage { Body: ClearingActors.Contracts.Journal.Defaults.V1.StandingChange change }:
                ChangeStanding(change, turn);
                break;
            case ExtendHistories extend:
                Extend(extend, turn);
                break;
            default:
                throw new InvalidOperationException($"the registry takes no {message.GetType().Name}");
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.ChangeStarted:
                ReadStarted(body, out var number, out var events, out var afterwards);
                ApplyStarted(number, events, afterwards);
                break;
            case EventTypes.ChangeConfirmed:
                var r = new WireReader(body);
                long change = 0;
                var shard = 0;
                while (r.Next())
                {
                    switch (r.Number)
                    {
                        case 1: change = r.Int64; break;
                        case 2: shard = r.Int32; break;
                        default: throw TradeWire.Unknown("ChangeConfirmed", r.Number);
                    }
                }

                ApplyConfirmed(change, shard);
                break;
            default:
                throw new InvalidDataException($"event type {type} of the registry is unknown to this program");
        }
    }

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        DirectorySnapshots.Save(writer, 1, _directory);
        writer.Field(2, _lastChange);
        foreach (var (number, change) in _open.OrderBy(c => c.Key))
        {
            var start = writer.Begin(3);
            writer.Field(1, number);
            foreach (var shard in change.Missing.Order())
            {
                // A shard of 0 must be written too.
                writer.Field(2, shard + 1);
            }

            foreach (var e in change.Afterwards)
            {
                WriteEvent(writer, 3, e);
            }

            writer.End(start);
        }
    }

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: _directory = DirectorySnapshots.Load(r.Bytes); break;
                case 2: _lastChange = r.Int64; break;
                case 3: LoadChange(r.Bytes); break;
                default: throw TradeWire.Unknown("the snapshot of the registry", r.Number);
            }
        }
    }

    private void Decide(RegistryCommand command, Turn turn)
    {
        List<DirectoryEvent> events = [];
        List<DirectoryEvent> afterwards = [];
        var (refused, same) = Decide(command, turn.BusinessTime, events, afterwards);
        if (refused is not null)
        {
            turn.Reply(command.ReplyTo, new Refused(refused));
        }
        else if (!same)
        {
            Start(turn, events, afterwards, [command.ReplyTo]);
            if (command is SetRiskModel set)
            {
                turn.Send(new ScheduleRuns(_scope.Book.Of(ActorKinds.Margin, ActorKinds.House), RiskModel.Parse(set.Change.Parameters).Runs));
            }
        }
        else
        {
            ReplyWhenKnown(command.ReplyTo, turn);
        }
    }

    /// <summary>The same content came before; it may still be on its way to some shard, so the answer waits for the newest change.</summary>
    private void ReplyWhenKnown(ReplyTo replyTo, Turn turn)
    {
        if (_open.Count == 0)
        {
            turn.Reply(replyTo, Done.Value);
            return;
        }

        var newest = _open.Keys.Max();
        (_waiting.TryGetValue(newest, out var waiting) ? waiting : _waiting[newest] = []).Add(replyTo);
    }

    /// <summary>Every shard first stops trades in the instrument; only when all have does the settlement take it for its last cycle, so no later trade can be left behind.</summary>
    private void Expire(SetExpiryPrice message, Turn turn)
    {
        var price = message.Price;
        if (_directory.TryGetInstrument(price.Instrument, out var listed) && listed.Expiry == ExpiryStage.None)
        {
            Start(turn, [DirectoryEvents.Of(price)], [DirectoryEvents.Of(EventTypes.ExpiryConfirmed, price.Instrument.Value)], [message.ReplyTo]);
        }
        else
        {
            ReplyWhenKnown(message.ReplyTo, turn);
        }
    }

    /// <summary>The default manager changes a member's standing. What is so already, or cannot be any more, changes nothing.</summary>
    private void ChangeStanding(ClearingActors.Contracts.Journal.Defaults.V1.StandingChange change, Turn turn)
    {
        var member = MemberId.Parse(change.Member);
        var standing = _directory.MemberStatusOf(member).Standing;
        DirectoryEvent? e = change.Standing switch
        {
            1 when standing == MemberStanding.Suspended => DirectoryEvents.Of(EventTypes.MemberReinstated, member.Value),
            2 when standing == MemberStanding.Active => DirectoryEvents.Of(new MemberSuspended(member, change.At)),
            3 when standing is MemberStanding.Active or MemberStanding.Suspended => DirectoryEvents.Of(new MemberDefaulted(change.Number, member, change.At)),
            4 when _directory.OpenDefaults.Contains(change.Number) => DirectoryEvents.Of(EventTypes.DefaultEnded, change.Number),
            _ => null,
        };
        if (e is { } decided)
        {
            Start(turn, [decided], [], []);
        }
    }

    /// <summary>The day's settlement prices reach every shard as one change; whoever asked for the cycle is answered when all have them.</summary>
    private void Extend(ExtendHistories message, Turn turn)
    {
        List<DirectoryEvent> events = _directory.Risk.Parameters.Length == 0
            ? []
            : [.. HistoryFeeds.Of(RiskModel.Parse(_directory.Risk.Parameters), _directory, message.Date, message.Prices).Select(DirectoryEvents.Of)];
        if (events.Count > 0)
        {
            Start(turn, events, [], [message.ReplyTo]);
        }
        else
        {
            turn.Reply(message.ReplyTo, Done.Value);
        }
    }

    private (string? Refused, bool Same) Decide(RegistryCommand command, long businessTime, List<DirectoryEvent> events, List<DirectoryEvent> afterwards)
    {
        switch (command)
        {
            case DefineInstrument define:
                return Define(define.Instrument, events, afterwards);
            case DefineMember define:
                if (define.Member == CcpAccounts.Member)
                {
                    return ("member CCP is the clearing house itself and is always there", false);
                }

                if (_directory.MemberStatusOf(define.Member).Standing != MemberStanding.Unknown)
                {
                    return (null, true);
                }

                events.Add(DirectoryEvents.Of(EventTypes.MemberDefined, define.Member.Value));
                return (HouseDecisions.Refuse(_directory, new MemberDefined(define.Member)), false);
            case DefineTradeSource define:
                var source = new TradeSourceDefined(define.Source, define.Lanes);
                events.Add(DirectoryEvents.Of(source));
                return _directory.LanesOf(define.Source) == define.Lanes && define.Lanes > 0 ? (null, true) : (HouseDecisions.Refuse(_directory, source), false);
            case SetHalt { Instrument.IsNone: true } halt:
                events.Add(new DirectoryEvent(halt.Halted ? EventTypes.HouseHalted : EventTypes.HouseResumed, default));
                return (null, _directory.Halted == halt.Halted);
            case SetHalt halt:
                if (!_directory.TryGetInstrument(halt.Instrument, out var listed))
                {
                    return ($"instrument {halt.Instrument} is not defined", false);
                }

                var resumed = DirectoryEvents.Of(EventTypes.InstrumentResumed, halt.Instrument.Value);
                if (halt.Halted && _open.Values.Any(change => change.Afterwards.Any(e => e.Type == resumed.Type && e.Body.Span.SequenceEqual(resumed.Body.Span))))
                {
                    // Its listing ends with a resumption, which would undo the halt that the operator was told of.
                    return ($"instrument {halt.Instrument} is being listed and takes no trades yet; halt it when that is done", false);
                }

                events.Add(halt.Halted ? DirectoryEvents.Of(EventTypes.InstrumentHalted, halt.Instrument.Value) : resumed);
                return (null, listed.Halted == halt.Halted);
            case SetSuspension { Suspended: true } suspend:
                var suspended = new MemberSuspended(suspend.Member, businessTime);
                events.Add(DirectoryEvents.Of(suspended));
                return _directory.MemberStatusOf(suspend.Member).Standing == MemberStanding.Suspended ? (null, true) : (HouseDecisions.Refuse(_directory, suspended), false);
            case SetSuspension reinstate:
                events.Add(DirectoryEvents.Of(EventTypes.MemberReinstated, reinstate.Member.Value));
                return _directory.MemberStatusOf(reinstate.Member).Standing == MemberStanding.Active ? (null, true) : (HouseDecisions.Refuse(_directory, new MemberReinstated(reinstate.Member)), false);
            case SetPaymentTerms set:
                events.Add(DirectoryEvents.Of(new PaymentTermsSet(set.Terms)));
                return _directory.Payment == set.Terms ? (null, true) : (set.Terms.Refuse(), false);
            case SetRiskModel set:
                events.Add(DirectoryEvents.Of(set.Change));
                return _directory.Risk.Parameters == set.Change.Parameters ? (null, true) : (RiskBook.Refuse(set.Change) ?? RiskModel.Refuse(set.Change.Parameters), false);
            case DecideBuffer decide:
                var decision = new BufferDecision(decide.Released, decide.Principal, decide.Reason, businessTime);
                events.Add(DirectoryEvents.Of(decision));
                return _directory.Risk.BufferReleased == decide.Released ? (null, true) : (decision.Refuse() ?? RefuseRelease(decide.Released), false);
            case DefineCollateralAsset define:
                var listing = new CollateralAssetDefined(define.Asset);
                events.Add(DirectoryEvents.Of(listing));
                return _directory.Collateral.Find(define.Asset.Id) == define.Asset ? (null, true) : (_directory.Collateral.Refuse(listing, _directory), false);
            case SetCollateralPrices set:
                events.Add(DirectoryEvents.Of(set.Change));
                return _directory.Collateral.HasAlready(set.Change) ? (null, true) : (_directory.Collateral.Refuse(set.Change), false);
            case SetFactorPrices set:
                events.Add(DirectoryEvents.Of(set.Change));
                return HasAlready(set.Change) ? (null, true) : (_directory.Risk.Refuse(set.Change), false);
            default:
                throw new InvalidOperationException($"the registry takes no {command.GetType().Name}");
        }
    }

    private string? RefuseRelease(bool released) =>
        !released ? null
        : _directory.Risk.Parameters.Length == 0 ? "the risk model is not set, so there is no buffer to release; set it first"
        : RiskModel.Parse(_directory.Risk.Parameters).Groups.Any(g => g.Tool == ProcyclicalityTool.Buffer25) ? null
        : "no product group of the risk model has buffer25, so there is nothing to release";

    /// <summary>True for the repeat of a command whose prices are the history's last, to the bit.</summary>
    private bool HasAlready(FactorPricesSet change)
    {
        var known = _directory.Risk.PricesOf(change.Factor);
        return known.Length >= change.Prices.Count && change.Prices.Count > 0 && (!change.Replaces || known.Length == change.Prices.Count)
            && known[^change.Prices.Count..].SequenceEqual([.. change.Prices]);
    }

    private (string? Refused, bool Same) Define(Instrument instrument, List<DirectoryEvent> events, List<DirectoryEvent> afterwards)
    {
        var e = new InstrumentDefined(instrument);
        var definition = DirectoryEvents.Of(e);
        if (_directory.TryGetInstrument(instrument.Id, out var known))
        {
            if (DirectoryEvents.Of(new InstrumentDefined(known.Instrument)).Body.Span.SequenceEqual(definition.Body.Span))
            {
                return (null, true);
            }

            events.Add(definition);
        }
        else
        {
            events.Add(definition);
            events.Add(DirectoryEvents.Of(EventTypes.InstrumentHalted, instrument.Id.Value));
            afterwards.Add(DirectoryEvents.Of(EventTypes.InstrumentResumed, instrument.Id.Value));
        }

        return (HouseDecisions.Refuse(_directory, e), false);
    }

    private void Advance(AdvanceBusinessTime command, Turn turn)
    {
        var e = new BusinessTimeAdvanced(command.Instant);
        if (HouseDecisions.Refuse(_directory, e) is { } reason)
        {
            turn.Reply(command.ReplyTo, new Refused(reason));
            return;
        }

        if (command.Instant == _directory.BusinessTime)
        {
            turn.Reply(command.ReplyTo, Done.Value);
            return;
        }

        List<DirectoryEvent> events = [DirectoryEvents.Of(EventTypes.BusinessTimeAdvanced, command.Instant)];
        if (_directory.CurrentCycle == 0)
        {
            events.Add(DirectoryEvents.Of(new CycleOpened(1, UtcTime.DateOf(command.Instant))));
            Start(turn, events, [], [command.ReplyTo]);
            return;
        }

        // Time comes every moment and nobody waits for all shards to know it.
        Journal(turn, 0, events, []);
        SendToAll(turn, 0, events);
        turn.Reply(command.ReplyTo, Done.Value);
    }

    private void Start(Turn turn, List<DirectoryEvent> events, List<DirectoryEvent> afterwards, List<ReplyTo> waiting)
    {
        var number = _lastChange + 1;
        Journal(turn, number, events, afterwards);
        SendToAll(turn, number, events);
        _waiting[number] = waiting;
    }

    private void Confirm(DirectoryChanged changed, Turn turn)
    {
        if (!_open.TryGetValue(changed.Change, out var change))
        {
            throw new InvalidOperationException($"shard {changed.Shard} confirms change {changed.Change}, which is not open");
        }

        var writer = turn.BeginEvent(EventTypes.ChangeConfirmed);
        writer.Field(1, changed.Change);
        writer.Field(2, changed.Shard);
        turn.EndEvent();
        ApplyConfirmed(changed.Change, changed.Shard);
        if (change.Missing.Count > 0)
        {
            return;
        }

        _waiting.Remove(changed.Change, out var waiting);
        if (change.Afterwards.Count > 0)
        {
            Start(turn, change.Afterwards, [], waiting ?? []);
            return;
        }

        foreach (var replyTo in waiting ?? [])
        {
            turn.Reply(replyTo, Done.Value);
        }
    }

    private void Journal(Turn turn, long number, List<DirectoryEvent> events, List<DirectoryEvent> afterwards)
    {
        var writer = turn.BeginEvent(EventTypes.ChangeStarted);
        writer.Field(1, number);
        foreach (var e in events)
        {
            WriteEvent(writer, 2, e);
        }

        foreach (var e in afterwards)
        {
            WriteEvent(writer, 3, e);
        }

        turn.EndEvent();
        ApplyStarted(number, events, afterwards);
    }

    private void SendToAll(Turn turn, long number, List<DirectoryEvent> events)
    {
        for (var shard = 0; shard < _scope.Book.ShardCount; shard++)
        {
            turn.Send(new ChangeDirectory(AddressBook.OfShard(ActorKinds.Directory, shard), number, events));
        }
    }

    private void ApplyStarted(long number, List<DirectoryEvent> events, List<DirectoryEvent> afterwards)
    {
        foreach (var e in events)
        {
            DirectoryEvents.Apply(_directory, e.Type, e.Body.Span);
        }

        if (number > 0)
        {
            _lastChange = number;
            _open.Add(number, new Change([.. Enumerable.Range(0, _scope.Book.ShardCount)], afterwards));
        }
    }

    private void ApplyConfirmed(long number, int shard)
    {
        var change = _open[number];
        if (!change.Missing.Remove(shard))
        {
            throw new InvalidOperationException($"shard {shard} has confirmed change {number} before");
        }

        if (change.Missing.Count == 0)
        {
            _open.Remove(number);
        }
    }

    private static void WriteEvent(WireWriter writer, int field, in DirectoryEvent e)
    {
        var start = writer.Begin(field);
        var inner = writer.Begin(e.Type);
        writer.Raw(e.Body.Span);
        writer.End(inner);
        writer.End(start);
    }

    private static DirectoryEvent ReadEvent(ReadOnlySpan<byte> body)
    {
        var r = new WireReader(body);
        return r.Next() ? new DirectoryEvent(r.Number, r.Bytes.ToArray()) : throw new InvalidDataException("an event of the registry is empty");
    }

    private static void ReadStarted(ReadOnlySpan<byte> body, out long number, out List<DirectoryEvent> events, out List<DirectoryEvent> afterwards)
    {
        number = 0;
        events = [];
        afterwards = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: number = r.Int64; break;
                case 2: events.Add(ReadEvent(r.Bytes)); break;
                case 3: afterwards.Add(ReadEvent(r.Bytes)); break;
                default: throw TradeWire.Unknown("ChangeStarted", r.Number);
            }
        }
    }

    private void LoadChange(ReadOnlySpan<byte> body)
    {
        long number = 0;
        HashSet<int> missing = [];
        List<DirectoryEvent> afterwards = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: number = r.Int64; break;
                case 2: missing.Add(r.Int32 - 1); break;
                case 3: afterwards.Add(ReadEvent(r.Bytes)); break;
                default: throw TradeWire.Unknown("the snapshot of a change", r.Number);
            }
        }

        _open.Add(number, new Change(missing, afterwards));
    }

    private sealed record Change(HashSet<int> Missing, List<DirectoryEvent> Afterwards);
}
