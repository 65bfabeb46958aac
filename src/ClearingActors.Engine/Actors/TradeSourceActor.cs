using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// One lane of a trade source: where a trade enters, and what makes its id unique whatever accounts the report names. It keeps the first answer for repeats.
/// </summary>
internal sealed class TradeSourceActor : Actor
{
    /// <summary>Callers that may wait for pending trades of a lane; further repeats are told to come again.</summary>
    private const int MaxWaiting = 65_536;

    private readonly EngineScope _scope;
    private readonly Dictionary<TradeId, List<ReplyTo>> _waiting = [];
    private TradeSourceState _state;
    private int _waitingCount;

    internal TradeSourceActor(EngineScope scope, string key)
    {
        _scope = scope;
        var slash = key.LastIndexOf('/');
        _state = new TradeSourceState(SourceId.Parse(key[..slash]), int.Parse(key.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture));
    }

    public override bool Exists => _state.Count > 0 || _state.LastExpiredDate != default;

    public override IEnumerable<ReplyTo> Waiting => _waiting.Values.SelectMany(static w => w);

    internal int Pending => _state.PendingCount;

    /// <summary>The address of the lane that a trade id belongs to.</summary>
    internal static ActorAddress AddressOf(AddressBook book, SourceId source, int lane) => book.Of(ActorKinds.TradeSource, LaneKeys.Of(source, lane));

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case SubmitTrade submit:
                Submit(submit, turn);
                break;
            case CancelTrade cancel:
                Cancel(cancel, turn);
                break;
            case TradeDecided { Type: MessageTypes.TradeDecided } decided:
                Emit(turn, new TradeAnswered(new TradeKey(_state.Source, decided.TradeId), decided.ExecutionDate, decided.Outcome));
                AnswerWaiting(turn, decided.TradeId, decided.Outcome);
                break;
            case TradeDecided decided:
                var reason = decided.Outcome.Kind == TradeOutcomeKind.Cancelled ? RejectReason.None : decided.Outcome.Reason;
                Emit(turn, new CancelAnswered(new TradeKey(_state.Source, decided.TradeId), decided.ExecutionDate, reason), decided.Outcome);
                AnswerWaiting(turn, decided.TradeId, decided.Outcome);
                break;
            default:
                throw new InvalidOperationException($"a trade source takes no {message.GetType().Name}");
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.TradeReceived:
                Apply(ReadReceived(body));
                break;
            case EventTypes.TradeAnswered:
                TradeDecided.ReadBody(body, out var id, out var date, out var outcome);
                Apply(new TradeAnswered(new TradeKey(_state.Source, id), date, outcome));
                break;
            case EventTypes.CancelReceived:
                TradeDecided.ReadBody(body, out id, out date, out _);
                Apply(new CancelReceived(new TradeKey(_state.Source, id), date));
                break;
            case EventTypes.CancelAnswered:
                TradeDecided.ReadBody(body, out id, out date, out outcome);
                Apply(new CancelAnswered(new TradeKey(_state.Source, id), date, outcome.Kind == TradeOutcomeKind.Cancelled ? RejectReason.None : outcome.Reason));
                break;
            case EventTypes.TradeIdsExpired:
                _state.Apply(new TradeIdsExpired(_state.Source, Dates.FromInt((int)HouseWire.OnlyNumber(body))));
                break;
            default:
                throw new InvalidDataException($"event type {type} of a trade source is unknown to this program");
        }
    }

    public override void Save(WireWriter writer, SnapshotParts parts) => TradeSourceSnapshots.Save(writer, parts, _state.ToSnapshot());

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        _state = TradeSourceState.Restore(TradeSourceSnapshots.Load(body, parts, _state.Source, _state.Lane));
        _scope.OpenWork += _state.PendingCount;
        _scope.Sources.Add(this);
    }

    /// <summary>Drops the ids of dates that are stale by now; called by the shard's directory when the business date moves.</summary>
    internal void ExpireIds(Turn turn)
    {
        var first = true;
        while (TradeSourceDecisions.TryDecideExpiry(_state, _scope.Directory, out var expired))
        {
            if (first)
            {
                turn.Continue(Address);
                first = false;
            }

            turn.BeginEvent(EventTypes.TradeIdsExpired).Field(1, Dates.ToInt(expired.ExecutionDate));
            turn.EndEvent();
            _state.Apply(expired);
        }
    }

    private void Submit(SubmitTrade submit, Turn turn)
    {
        var report = submit.Report;
        if (!TradeWire.Fits(report.Price))
        {
            Refuse(submit, turn, RejectReason.Malformed);
            return;
        }

        var decision = TradeSourceDecisions.DecideReceive(_state, report, submit.Fingerprint, _scope.Directory, _scope.TradeIdLimits);
        switch (decision.Kind)
        {
            case SourceDecisionKind.Forward:
                Emit(turn, decision.Received, null);
                turn.Send(new ReserveTrade(_scope.Book.Of(ActorKinds.Account, report.Seller.Account.Value), report, _state.Lane) { ReplyTo = submit.ReplyTo });
                break;
            case SourceDecisionKind.RecordRejected:
                Emit(turn, decision.Received, report);
                Emit(turn, decision.Answered);
                turn.Reply(submit.ReplyTo, new TradeReply(decision.Outcome));
                break;
            case SourceDecisionKind.RepeatPending:
                Wait(submit, report.TradeId, turn);
                break;
            case SourceDecisionKind.RepeatAnswered:
                turn.Reply(submit.ReplyTo, new TradeReply(decision.Outcome));
                break;
            case SourceDecisionKind.RefuseUnrecorded:
                Refuse(submit, turn, decision.Reason);
                break;
            case SourceDecisionKind.Full:
                turn.Reply(submit.ReplyTo, new CommandFailure(CommandFailureKind.ResourceExhausted, $"source {_state.Source}, lane {_state.Lane} holds {_state.Count} trade ids, its limit; ids are dropped two business days after their trade date"));
                break;
            default:
                throw new InvalidOperationException($"source decision {decision.Kind}");
        }
    }

    private void Cancel(CancelTrade cancel, Turn turn)
    {
        var report = cancel.Report;
        if (!TradeWire.Fits(report.Price))
        {
            Refuse(cancel, turn, RejectReason.Malformed);
            return;
        }

        var decision = TradeSourceDecisions.DecideCancel(_state, report, cancel.Fingerprint, _scope.Directory);
        switch (decision.Kind)
        {
            case CancelDecisionKind.Forward:
                var received = decision.Received;
                var writer = turn.BeginEvent(EventTypes.CancelReceived);
                writer.Field(1, received.Key.Trade.Value);
                writer.Field(2, Dates.ToInt(received.ExecutionDate));
                turn.EndEvent();
                Apply(received);
                turn.Send(new ReserveReversal(_scope.Book.Of(ActorKinds.Account, report.Seller.Account.Value), report, _state.Lane, decision.Outcome.Cycle, decision.Outcome.ClearingDate) { ReplyTo = cancel.ReplyTo });
                break;
            case CancelDecisionKind.RepeatPending:
                Wait(cancel, report.TradeId, turn);
                break;
            case CancelDecisionKind.RepeatCancelled:
                turn.Reply(cancel.ReplyTo, new TradeReply(decision.Outcome));
                break;
            case CancelDecisionKind.TradePending:
                turn.Reply(cancel.ReplyTo, new CommandFailure(CommandFailureKind.Unavailable, $"trade {report.TradeId} has no answer yet; cancel it again when it has"));
                break;
            case CancelDecisionKind.Refuse:
                Refuse(cancel, turn, decision.Reason);
                break;
            default:
                throw new InvalidOperationException($"cancel decision {decision.Kind}");
        }
    }

    private void Refuse(Command command, Turn turn, RejectReason reason)
    {
        _scope.Counters.CountRefused(reason);
        turn.Reply(command.ReplyTo, new TradeReply(TradeOutcome.Rejected(reason)));
    }

    private void Wait(Command command, TradeId id, Turn turn)
    {
        if (command.ReplyTo.Sink is null)
        {
            return;
        }

        if (_waitingCount >= MaxWaiting)
        {
            turn.Reply(command.ReplyTo, new CommandFailure(CommandFailureKind.ResourceExhausted, $"{_waitingCount} repeats wait for pending trades of {_state.Source}, the limit; send the same id again later"));
            return;
        }

        if (!_waiting.TryGetValue(id, out var waiting))
        {
            _waiting.Add(id, waiting = []);
        }

        waiting.Add(command.ReplyTo);
        _waitingCount++;
    }

    private void AnswerWaiting(Turn turn, TradeId id, in TradeOutcome outcome)
    {
        if (_waitingCount > 0 && _waiting.Remove(id, out var waiting))
        {
            _waitingCount -= waiting.Count;
            var reply = new TradeReply(outcome);
            foreach (var replyTo in waiting)
            {
                turn.Reply(replyTo, reply);
            }
        }
    }

    private void Emit(Turn turn, in TradeReceived e, TradeReport? rejected)
    {
        Span<byte> fingerprint = stackalloc byte[TradeFingerprint.Size];
        e.Fingerprint.WriteTo(fingerprint);
        var writer = turn.BeginEvent(EventTypes.TradeReceived);
        writer.Field(1, e.Key.Trade.Value);
        writer.Field(2, Dates.ToInt(e.ExecutionDate));
        writer.Field(3, fingerprint);
        if (rejected is not null)
        {
            TradeWire.WriteReport(writer, 4, rejected);
        }

        turn.EndEvent();
        Apply(e);
    }

    private void Emit(Turn turn, in TradeAnswered e)
    {
        TradeDecided.WriteBody(turn.BeginEvent(EventTypes.TradeAnswered), e.Key.Trade, e.ExecutionDate, e.Outcome);
        turn.EndEvent();
        Apply(e);
        _scope.Counters.Count(e.Outcome);
    }

    private void Emit(Turn turn, in CancelAnswered e, in TradeOutcome outcome)
    {
        TradeDecided.WriteBody(turn.BeginEvent(EventTypes.CancelAnswered), e.Key.Trade, e.ExecutionDate, outcome);
        turn.EndEvent();
        Apply(e);
        _scope.Counters.Count(outcome);
    }

    private void Apply(in TradeReceived e)
    {
        if (_state.Count == 0)
        {
            _scope.Sources.Add(this);
        }

        _state.Apply(e);
        _scope.OpenWork++;
    }

    private void Apply(in TradeAnswered e)
    {
        _state.Apply(e);
        _scope.OpenWork--;
    }

    private void Apply(in CancelReceived e)
    {
        _state.Apply(e);
        _scope.OpenWork++;
    }

    private void Apply(in CancelAnswered e)
    {
        _state.Apply(e);
        _scope.OpenWork--;
    }

    private TradeReceived ReadReceived(ReadOnlySpan<byte> body)
    {
        TradeId id = default;
        DateOnly date = default;
        TradeFingerprint fingerprint = default;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: id = TradeId.Parse(r.String); break;
                case 2: date = Dates.FromInt(r.Int32); break;
                case 3: fingerprint = TradeFingerprint.Read(r.Bytes); break;
                case 4: break;
                default: throw TradeWire.Unknown("TradeReceived", r.Number);
            }
        }

        return new TradeReceived(new TradeKey(_state.Source, id), fingerprint, date);
    }
}
