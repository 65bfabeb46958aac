using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>The market of an underlying: accepts, holds and rejects marks, and numbers those it accepts. An accepted mark is published when it is durable.</summary>
internal sealed class MarketActor : Actor
{
    private readonly EngineScope _scope;
    private readonly SortedDictionary<InstrumentId, string> _overdue = [];
    private MarketState _state;

    internal MarketActor(EngineScope scope, string underlying)
    {
        _scope = scope;
        _state = new MarketState(UnderlyingId.Parse(underlying));
    }

    public override bool Exists => !_state.IsEmpty || _overdue.Count > 0;

    /// <summary>What the clock could not start, and why: an operator must look.</summary>
    internal IReadOnlyDictionary<InstrumentId, string> Overdue => _overdue;

    /// <summary>The instruments whose marks wait to be confirmed.</summary>
    internal IEnumerable<InstrumentMarks> Held => _state.Held;

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case PublishMark publish:
                Take(MarkDecisions.DecideMark(_state, publish.Report, _scope.Directory), publish, turn);
                break;
            case DecideHeldMark { Seen: { } looked } decide when _state.MarksOf(decide.Instrument) is { IsHeld: true } now && now.Held.PriceUnits != looked:
                turn.Reply(decide.ReplyTo, new Refused($"the mark of {decide.Instrument} that is held is at {PriceOf(decide.Instrument, now.Held.PriceUnits)} now, not at {PriceOf(decide.Instrument, looked)}: look at it and decide again"));
                break;
            case DecideHeldMark { Confirm: true } confirm:
                var decision = MarkDecisions.DecideConfirmHeld(_state, confirm.Instrument, _state.MarksOf(confirm.Instrument).Held, OperatorId(confirm), _scope.Directory);
                if (decision.Kind == MarkDecisionKind.Accepted)
                {
                    Emit(turn, decision.Accepted);
                    turn.Reply(confirm.ReplyTo, new HeldMarkDecided(decision.Accepted.Mark.PriceUnits));
                }
                else
                {
                    turn.Reply(confirm.ReplyTo, new Refused($"no mark of {confirm.Instrument} is held"));
                }

                break;
            case DecideHeldMark drop:
                Drop(drop, turn);
                break;
            case FundPerpetual fund:
                Fund(fund.Instrument, fund.Until, fund.ReplyTo, turn);
                break;
            case FixFinalPrice fix:
                Fix(fix, turn);
                break;
            default:
                throw new InvalidOperationException($"a market takes no {message.GetType().Name}");
        }
    }

    public override void TimerFired(string timer, Turn turn)
    {
        var funding = MarketClock.IsFunding(timer, out var instrument);
        if (!_scope.Directory.TryGetInstrument(instrument, out var listed))
        {
            throw new InvalidOperationException($"timer {timer} is of an instrument that the shard does not know");
        }

        if (funding && listed.Instrument.Perpetual is { } perpetual)
        {
            Start(turn, instrument, Fund(instrument, MarketClock.LastFunding(perpetual, turn.BusinessTime), default, turn));
            turn.SetTimer(timer, MarketClock.NextFunding(perpetual, turn.BusinessTime));
        }
        else
        {
            Start(turn, instrument, Fix(new FixFinalPrice(Address, "", instrument, null, ""), turn));
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        InstrumentId instrument = default;
        MarkSourceId source = default, other = default;
        long price = 0, number = 0, time = 0, keepFrom = 0;
        var r = new WireReader(body);
        switch (type)
        {
            case EventTypes.MarkAccepted:
                while (r.Next())
                {
                    switch (r.Number)
                    {
                        case 1: instrument = Ids.Instrument(r.Bytes); break;
                        case 2: price = r.ZigZag; break;
                        case 3: number = r.Int64; break;
                        case 4: time = r.Int64; break;
                        case 5: source = Ids.MarkSource(r.Bytes); break;
                        case 6: other = Ids.MarkSource(r.Bytes); break;
                        case 7: keepFrom = r.Int64; break;
                        default: throw TradeWire.Unknown("MarkAccepted", r.Number);
                    }
                }

                var mark = new Mark(price, number, time);
                _state.Apply(new MarkAccepted(_state.Underlying, instrument, mark, source, other, keepFrom));
                _scope.Publish(_state.Underlying, instrument, mark, source);
                break;
            case EventTypes.MarkHeld:
                while (r.Next())
                {
                    switch (r.Number)
                    {
                        case 1: instrument = Ids.Instrument(r.Bytes); break;
                        case 2: price = r.ZigZag; break;
                        case 3: time = r.Int64; break;
                        case 4: source = Ids.MarkSource(r.Bytes); break;
                        default: throw TradeWire.Unknown("MarkHeld", r.Number);
                    }
                }

                _state.Apply(new MarkHeld(_state.Underlying, instrument, new HeldMark(price, time, source)));
                break;
            case EventTypes.HeldMarkDropped:
                while (r.Next())
                {
                    switch (r.Number)
                    {
                        case 1: instrument = Ids.Instrument(r.Bytes); break;
                        case 2: other = Ids.MarkSource(r.Bytes); break;
                        default: throw TradeWire.Unknown("HeldMarkDropped", r.Number);
                    }
                }

                _state.Apply(new HeldMarkDropped(_state.Underlying, instrument, other));
                break;
            case EventTypes.FundingRateFixed:
                Apply(FundingWire.ReadFixed(body));
                break;
            case EventTypes.FinalPriceFixed:
                Apply(FundingWire.ReadFinal(body));
                break;
            case EventTypes.ClockRefused:
                var (refused, reason) = ReadOverdue(body);
                _overdue[refused] = reason;
                break;
            default:
                throw new InvalidDataException($"event type {type} of a market is unknown to this program");
        }
    }

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        var snapshot = _state.ToSnapshot();
        writer.Field(1, snapshot.LastNumber);
        foreach (var marks in snapshot.Instruments)
        {
            var start = writer.Begin(2);
            writer.Field(1, marks.Instrument.Value);
            writer.FieldZigZag(2, marks.Last.PriceUnits);
            writer.Field(3, marks.Last.Number);
            writer.Field(4, marks.Last.Time);
            writer.Field(5, marks.LastSource.Value);
            writer.Field(6, marks.IsHeld);
            writer.FieldZigZag(7, marks.Held.PriceUnits);
            writer.Field(8, marks.Held.Time);
            writer.Field(9, marks.Held.Source.Value);
            if (snapshot.Histories.TryGetValue(marks.Instrument, out var history))
            {
                SaveHistory(writer, 10, history);
            }

            writer.End(start);
        }

        foreach (var funding in snapshot.Fundings)
        {
            var start = writer.Begin(3);
            FundingWire.WriteFixed(writer, funding);
            writer.End(start);
        }

        foreach (var final in snapshot.FinalPrices)
        {
            var start = writer.Begin(4);
            FundingWire.WriteFinal(writer, final);
            writer.End(start);
        }

        foreach (var (overdue, reason) in _overdue)
        {
            var start = writer.Begin(110);
            WriteOverdue(writer, overdue, reason);
            writer.End(start);
        }
    }

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        long last = 0;
        List<InstrumentMarks> instruments = [];
        var histories = new Dictionary<InstrumentId, MarkHistorySnapshot>();
        List<FundingRateFixed> fundings = [];
        List<FinalPriceFixed> finals = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: last = r.Int64; break;
                case 2: instruments.Add(LoadMarks(r.Bytes, histories)); break;
                case 3: fundings.Add(FundingWire.ReadFixed(r.Bytes)); break;
                case 4: finals.Add(FundingWire.ReadFinal(r.Bytes)); break;
                case 110:
                    var (overdue, reason) = ReadOverdue(r.Bytes);
                    _overdue.Add(overdue, reason);
                    break;
                default: throw TradeWire.Unknown("the snapshot of a market", r.Number);
            }
        }

        _state = MarketState.Restore(new MarketSnapshot(_state.Underlying, last, instruments, histories, fundings, finals));
        foreach (var marks in instruments.Where(m => m.Last.Number > 0))
        {
            _scope.Publish(_state.Underlying, marks.Instrument, marks.Last, marks.LastSource);
        }
    }

    /// <summary>Times and prices as differences to the one before, since there may be very many.</summary>
    private static void SaveHistory(WireWriter writer, int field, MarkHistorySnapshot history)
    {
        var start = writer.Begin(field);
        writer.Field(1, history.Dropped);
        var before = default(MarkPoint);
        foreach (var point in history.Points)
        {
            var entry = writer.Begin(2);
            writer.Field(1, point.Time - before.Time);
            writer.FieldZigZag(2, point.PriceUnits - before.PriceUnits);
            writer.End(entry);
            before = point;
        }

        writer.End(start);
    }

    private static MarkHistorySnapshot LoadHistory(ReadOnlySpan<byte> body)
    {
        var dropped = false;
        List<MarkPoint> points = [];
        var point = default(MarkPoint);
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1:
                    dropped = r.Bool;
                    break;
                case 2:
                    var entry = new WireReader(r.Bytes);
                    while (entry.Next())
                    {
                        point = entry.Number switch
                        {
                            1 => point with { Time = point.Time + entry.Int64 },
                            2 => point with { PriceUnits = point.PriceUnits + entry.ZigZag },
                            _ => throw TradeWire.Unknown("the snapshot of a mark's history", entry.Number),
                        };
                    }

                    points.Add(point);
                    break;
                default:
                    throw TradeWire.Unknown("the snapshot of a history", r.Number);
            }
        }

        return new MarkHistorySnapshot(dropped, points);
    }

    private static InstrumentMarks LoadMarks(ReadOnlySpan<byte> body, Dictionary<InstrumentId, MarkHistorySnapshot> histories)
    {
        var marks = default(InstrumentMarks);
        var r = new WireReader(body);
        while (r.Next())
        {
            if (r.Number == 10)
            {
                histories.Add(marks.Instrument, LoadHistory(r.Bytes));
                continue;
            }

            marks = r.Number switch
            {
                1 => marks with { Instrument = Ids.Instrument(r.Bytes) },
                2 => marks with { Last = marks.Last with { PriceUnits = r.ZigZag } },
                3 => marks with { Last = marks.Last with { Number = r.Int64 } },
                4 => marks with { Last = marks.Last with { Time = r.Int64 } },
                5 => marks with { LastSource = Ids.MarkSource(r.Bytes) },
                6 => marks with { IsHeld = r.Bool },
                7 => marks with { Held = marks.Held with { PriceUnits = r.ZigZag } },
                8 => marks with { Held = marks.Held with { Time = r.Int64 } },
                9 => marks with { Held = marks.Held with { Source = Ids.MarkSource(r.Bytes) } },
                _ => throw TradeWire.Unknown("the snapshot of a mark", r.Number),
            };
        }

        return marks;
    }

    private decimal PriceOf(InstrumentId instrument, long units) => _scope.Directory.TryGetInstrument(instrument, out var listed) ? listed.Instrument.ToPrice(units) : units;

    /// <summary>Who confirms or drops, as a mark source; a principal such as <c>operator:anna</c> becomes <c>operator.anna</c>.</summary>
    private static MarkSourceId OperatorId(Command command) => MarkSourceId.Parse(command.Principal.Replace(':', '.'));

    private void Take(in MarkDecision decision, PublishMark publish, Turn turn)
    {
        switch (decision.Kind)
        {
            case MarkDecisionKind.Accepted:
                Emit(turn, decision.Accepted);
                break;
            case MarkDecisionKind.Held:
                var held = decision.Held;
                var writer = turn.BeginEvent(EventTypes.MarkHeld);
                writer.Field(1, held.Instrument.Value);
                writer.FieldZigZag(2, held.Held.PriceUnits);
                writer.Field(3, held.Held.Time);
                writer.Field(4, held.Held.Source.Value);
                turn.EndEvent();
                _state.Apply(held);
                break;
            case MarkDecisionKind.Rejected:
                break;
            default:
                throw new InvalidOperationException($"mark decision {decision.Kind}");
        }

        turn.Reply(publish.ReplyTo, new MarkReply(decision.Kind, decision.Reason));
    }

    private void Drop(DecideHeldMark drop, Turn turn)
    {
        var seen = _state.MarksOf(drop.Instrument).Held;
        var decision = MarkDecisions.DecideDropHeld(_state, drop.Instrument, seen, OperatorId(drop));
        if (decision.Reason != MarkRejectReason.None)
        {
            turn.Reply(drop.ReplyTo, new Refused($"no mark of {drop.Instrument} is held"));
            return;
        }

        var writer = turn.BeginEvent(EventTypes.HeldMarkDropped);
        writer.Field(1, decision.Event.Instrument.Value);
        writer.Field(2, decision.Event.DroppedBy.Value);
        turn.EndEvent();
        _state.Apply(decision.Event);
        turn.Reply(drop.ReplyTo, new HeldMarkDecided(seen.PriceUnits));
    }

    /// <summary>Fixes the rate and hands it to the settlement, which answers; a repeat is handed over again, so that its answer too means that it will be paid.</summary>
    /// <returns>Why it was refused; null if it was not.</returns>
    private string? Fund(InstrumentId perpetual, long until, ReplyTo replyTo, Turn turn)
    {
        var decision = FundingDecisions.Decide(_state, perpetual, until, _scope.Directory);
        if (decision.Kind == FundingDecisionKind.Refused)
        {
            turn.Reply(replyTo, new Refused(decision.Reason));
            return decision.Reason;
        }

        if (decision.Kind == FundingDecisionKind.Fixed)
        {
            FundingWire.WriteFixed(turn.BeginEvent(EventTypes.FundingRateFixed), decision.Event);
            turn.EndEvent();
            Apply(decision.Event);
        }

        turn.Send(new QueueFunding(_scope.Book.Of(ActorKinds.Settlement, ActorKinds.House), decision.Event) { ReplyTo = replyTo });
        return null;
    }

    /// <summary>Fixes the final price and hands it to the registry, which answers when every shard knows it; a repeat is handed over again.</summary>
    /// <returns>Why it was refused; null if it was not.</returns>
    private string? Fix(FixFinalPrice command, Turn turn)
    {
        var decision = FinalPriceDecisions.Decide(_state, command.Instrument, command.Units, command.Principal, command.Reason, _scope.Directory);
        if (decision.Kind == FinalPriceDecisionKind.Refused)
        {
            turn.Reply(command.ReplyTo, new Refused(decision.Refusal));
            return decision.Refusal;
        }

        if (decision.Kind == FinalPriceDecisionKind.Fixed)
        {
            FundingWire.WriteFinal(turn.BeginEvent(EventTypes.FinalPriceFixed), decision.Event);
            turn.EndEvent();
            Apply(decision.Event);

            // A future may have waited for its option's price, or an option for its future's.
            foreach (var waiting in _overdue.Keys.Where(i => _scope.Directory.TryGetInstrument(i, out var listed) && listed.Instrument.Perpetual is null))
            {
                turn.SetTimer(MarketClock.FinalTimer(waiting), turn.BusinessTime + 1);
            }
        }

        var registry = _scope.Book.Of(ActorKinds.Registry, ActorKinds.House);
        turn.Send(new SetExpiryPrice(registry, decision.Event.Instrument, decision.Event.PriceUnits) { ReplyTo = command.ReplyTo });
        return null;
    }

    /// <summary>What the clock could not start is recorded once per reason and shown until it is done.</summary>
    private void Start(Turn turn, InstrumentId instrument, string? refused)
    {
        if (refused is null || (_overdue.TryGetValue(instrument, out var known) && string.Equals(known, refused, StringComparison.Ordinal)))
        {
            return;
        }

        WriteOverdue(turn.BeginEvent(EventTypes.ClockRefused), instrument, refused);
        turn.EndEvent();
        _overdue[instrument] = refused;
    }

    private void Apply(in FundingRateFixed e)
    {
        _state.Apply(e);
        _overdue.Remove(e.Instrument);
    }

    private void Apply(in FinalPriceFixed e)
    {
        _state.Apply(e);
        _overdue.Remove(e.Instrument);
    }

    private static void WriteOverdue(WireWriter writer, InstrumentId instrument, string reason)
    {
        writer.Field(1, instrument.Value);
        writer.Field(2, reason);
    }

    private static (InstrumentId Instrument, string Reason) ReadOverdue(ReadOnlySpan<byte> body)
    {
        InstrumentId instrument = default;
        var reason = "";
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: instrument = Ids.Instrument(r.Bytes); break;
                case 2: reason = r.String; break;
                default: throw TradeWire.Unknown("ClockRefused", r.Number);
            }
        }

        return (instrument, reason);
    }

    private void Emit(Turn turn, in MarkAccepted e)
    {
        var writer = turn.BeginEvent(EventTypes.MarkAccepted);
        writer.Field(1, e.Instrument.Value);
        writer.FieldZigZag(2, e.Mark.PriceUnits);
        writer.Field(3, e.Mark.Number);
        writer.Field(4, e.Mark.Time);
        writer.Field(5, e.Source.Value);
        writer.Field(6, e.ConfirmedBy.Value);
        writer.Field(7, e.KeepFrom);
        turn.EndEvent();
        _state.Apply(e);
        turn.Reply(new ReplyTo(_scope.MarkSink, 0), new AcceptedMark(_state.Underlying, e.Instrument, e.Mark, e.Source));
    }
}
