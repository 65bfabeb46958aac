using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Ledger;
using ClearingActors.Engine;
using ClearingActors.Engine.Wire;
using ClearingActors.Journal;
using LegEnded = ClearingActors.Contracts.Journal.Defaults.V1.LegEnded;
using LegsOrdered = ClearingActors.Contracts.Journal.Defaults.V1.LegsOrdered;

namespace ClearingActors.Audit.Rulebook;

/// <summary>Reads a turn's bytes once, after it has been replayed, and shows each check what concerns it.</summary>
internal sealed class TurnWalk(HouseReplay house, StepAt at, Channels channels, Ledger ledger, CycleCheck cycles, TradeCheck trades, BookCheck books, ExpectedEvents expected, SettledCheck settled, MarginCheck margin, DefaultCheck defaults, PaymentCheck payments, TimerCheck timers, ActionCheck actions)
{
    private readonly HashSet<(int Shard, int Kind, string Key)> _setAside = [];
    private bool _closed;
    private bool _booked;

    /// <summary>Events seen.</summary>
    internal long Events { get; private set; }

    /// <exception cref="InvalidDataException">It is malformed.</exception>
    internal void Row(in JournalRow row)
    {
        at.Begin(row);
        channels.Begin(row);
        timers.Begin();
        (_closed, _booked) = (false, false);
        var timed = false;
        var reader = new WireReader(row.Payload.Span);
        while (reader.Next())
        {
            if (reader.Number == TurnFields.BusinessTime)
            {
                channels.BusinessTime(reader.Int64, moved: false);
                timed = true;
                continue;
            }

            if (!timed)
            {
                channels.BusinessTime(0, moved: false);
                timed = true;
            }

            if (reader.Number == TurnFields.Step)
            {
                Step(reader.Bytes, reader.BytesOffset);
            }
            else if (reader.Number == TurnFields.Consumed)
            {
                Consumed(reader.Bytes);
            }
        }

        channels.End();
        expected.End();
        settled.End();
        margin.End();
        ledger.End(house);
        if (_booked)
        {
            cycles.ShardBooked(at);
        }

        if (_closed)
        {
            books.Check(house);
            books.CheckSettlementAccount(house);
        }
    }

    private void Step(ReadOnlySpan<byte> body, int offset)
    {
        at.BeginStep();
        var begun = false;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            if (reader.Number <= TurnFields.StepTimer)
            {
                if (begun)
                {
                    throw new InvalidDataException($"a step of {at.Key} has field {reader.Number} behind what it decided");
                }

                Header(reader, offset);
                continue;
            }

            if (!begun)
            {
                begun = true;
                BeginStep();
            }

            switch (reader.Number)
            {
                case TurnFields.StepEvent:
                    var inner = new WireReader(reader.Bytes);
                    inner.Next();
                    Events++;
                    Event(inner.Number, inner.Bytes);
                    break;
                case TurnFields.StepSent:
                    Sent(reader.Bytes, offset + reader.BytesOffset);
                    break;
                case TurnFields.StepBusinessTime:
                    channels.BusinessTime(reader.Int64, moved: true);
                    break;
                case TurnFields.StepTimerChange:
                    timers.Changed(reader.Bytes);
                    break;
                case TurnFields.StepQuarantined:
                    _setAside.Add((at.Shard, at.Kind, at.Key));
                    break;
                case TurnFields.StepParked:
                    channels.Parked();
                    break;
                case TurnFields.StepReleased:
                    _setAside.Remove((at.Shard, at.Kind, at.Key));
                    channels.Released();
                    break;
                default:
                    break;
            }
        }

        if (!begun)
        {
            BeginStep();
        }

        ledger.EndStep();
        margin.EndStep();
        defaults.EndStep();
        payments.EndStep();
    }

    private void BeginStep()
    {
        channels.BeginStep();
        timers.BeginStep();
    }

    private void Header(in WireReader reader, int offset)
    {
        switch (reader.Number)
        {
            case TurnFields.StepActorKind:
                at.Kind = reader.Int32;
                break;
            case TurnFields.StepActorKey:
                at.Key = IdPool.Intern(reader.Bytes);
                at.KeyBytes = (offset + reader.BytesOffset, reader.Bytes.Length);
                break;
            case TurnFields.StepCauseShard:
                at.CauseShard = reader.Int32;
                break;
            case TurnFields.StepCauseSequence:
                at.CauseSequence = reader.Int64;
                break;
            case TurnFields.StepPrincipal:
                at.Principal = reader.String;
                break;
            case TurnFields.StepTimer:
                at.Timer = reader.String;
                break;
            default:
                break;
        }
    }

    private void Sent(ReadOnlySpan<byte> body, int offset)
    {
        int to = 0, toKind = 0, type = 0;
        long sequence = 0;
        (int At, int Length) key = default, message = default;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.SentToShard: to = reader.Int32; break;
                case TurnFields.SentSequence: sequence = reader.Int64; break;
                case TurnFields.SentToKind: toKind = reader.Int32; break;
                case TurnFields.SentToKey: key = (offset + reader.BytesOffset, reader.Bytes.Length); break;
                case TurnFields.SentBody:
                    var inner = new WireReader(reader.Bytes);
                    inner.Next();
                    type = inner.Number;
                    message = (offset + reader.BytesOffset + inner.BytesOffset, inner.Bytes.Length);
                    break;
                default:
                    break;
            }
        }

        var flight = new Flight(at.Payload, at.RecordedTime, type, toKind, key, message);
        channels.Sent(to, sequence, flight);
        if (at.Kind == ActorKinds.Account)
        {
            channels.Act(MessageActs.Answer | type);
        }

        ledger.Sent(type, flight.Body);
        if (at.Kind == ActorKinds.Default)
        {
            defaults.Sent(type, flight.Body);
        }
    }

    private void Consumed(ReadOnlySpan<byte> body)
    {
        var from = 0;
        long sequence = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.ConsumedFromShard: from = reader.Int32; break;
                case TurnFields.ConsumedSequence: sequence = reader.Int64; break;
                default: break;
            }
        }

        channels.Consume(from, sequence);
    }

    private void Event(int type, ReadOnlySpan<byte> body)
    {
        // An account that ends its last trade reports the cut for its shard's directory, whatever has become of that.
        if (_setAside.Count > 0 && at.Kind != ActorKinds.Directory && _setAside.Contains((at.Shard, at.Kind, at.Key)))
        {
            at.Find("set-aside", $"{at.Key} was set aside and does event {type}; nobody has released it");
        }

        switch (at.Kind)
        {
            case ActorKinds.Account:
                channels.Act(type);
                AccountEvent(type, body);
                break;
            case ActorKinds.TradeSource:
                channels.Act(type);
                SourceEvent(type, body);
                break;
            case ActorKinds.Settlement:
                SettlementEvent(type, body);
                break;
            case ActorKinds.Directory:
                DirectoryEvent(type, body);
                break;
            case ActorKinds.Margin when type == EventTypes.ShardAssessed:
                margin.Reported(body);
                break;
            case ActorKinds.Default:
                DefaultEvent(type, body);
                break;
            case ActorKinds.Actions:
                actions.Event(type, body);
                break;
            default:
                break;
        }
    }

    private void AccountEvent(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.TradeReserved or EventTypes.ReversalReserved:
                trades.Reserved(body, type == EventTypes.ReversalReserved, ref channels.Cause(), house);
                break;
            case EventTypes.TradeNovated:
                trades.NovatedBy(body);
                break;
            case EventTypes.TradeConfirmed or EventTypes.ReservationReleased:
                trades.Ended(body, type == EventTypes.TradeConfirmed);
                break;
            case EventTypes.TradeReversed:
                trades.ReversedBy(body);
                break;
            case EventTypes.CashBooked:
                var entry = ledger.Booked(body, ref channels.Cause());
                payments.Booked(entry);
                Came(entry);
                break;
            case EventTypes.PaymentFellDue:
                payments.FellDue(body);
                break;
            case EventTypes.PaymentEnded:
                payments.Ended(body);
                break;
            case EventTypes.AssetBooked:
                ledger.AssetBooked(body, ref channels.Cause());
                margin.Came(null);
                break;
            case EventTypes.VariationMarginSettled:
                settled.Seen(type, body);
                cycles.Settled(at, body);
                break;
            case EventTypes.OptionExercised:
                settled.Seen(type, body);
                var exercised = ExerciseWire.ReadExercised(body, default);
                cycles.Move(exercised.Position.Instrument, -exercised.Lots);
                break;
            case EventTypes.FutureDelivered:
                settled.Seen(type, body);
                var delivered = ExerciseWire.ReadDelivered(body, default, house.Scopes[at.Shard].Directory);
                cycles.Move(delivered.Position.Instrument, delivered.Lots);
                break;
            case >= EventTypes.MarginAssessed and <= EventTypes.MarginCallWithdrawn:
                margin.Event(type, body, house);
                break;
            default:
                break;
        }
    }

    /// <summary>What brings open calls on: deposits and withdrawals, variation margin and funding. Premium was counted as receivable before.</summary>
    private void Came(in CashEntry entry)
    {
        if (entry.Type is CashEntryType.Collateral or CashEntryType.VariationMargin or CashEntryType.Funding)
        {
            margin.Came(entry.Amount.Currency == house.Account(at.Key)?.State.MarginCurrency ? entry.Amount.MinorUnits : null);
        }
    }

    private void SourceEvent(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.TradeReceived or EventTypes.CancelReceived:
                trades.Received(body, type == EventTypes.CancelReceived);
                break;
            case EventTypes.TradeAnswered or EventTypes.CancelAnswered:
                trades.Answered(body, type == EventTypes.CancelAnswered, ref channels.Cause());
                break;
            default:
                break;
        }
    }

    private void SettlementEvent(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.CycleFrozen:
                cycles.Frozen(at, body);
                settled.Frozen();
                break;
            case EventTypes.SettlementPricesFixed:
                settled.Fixed(body, house.Scopes[at.Shard].Directory);
                break;
            case EventTypes.ExerciseStarted:
                settled.ExerciseStarted(body);
                break;
            case EventTypes.ClaimOpened:
                payments.Claimed(body);
                break;
            case EventTypes.ShardExerciseReported:
                settled.Reported(body, house);
                break;
            case EventTypes.ExerciseAssigned:
                settled.Assigned(body);
                break;
            case EventTypes.ShardComputed:
                cycles.Computed(at, body);
                break;
            case EventTypes.CycleBalanced:
                cycles.Balanced(at, body);
                break;
            case EventTypes.CycleInstructed:
                cycles.InstructionsEnd(at);
                break;
            case EventTypes.CycleClosed:
                cycles.CycleClosed(at, body);
                _closed = true;
                break;
            default:
                break;
        }
    }

    private void DirectoryEvent(int type, ReadOnlySpan<byte> body)
    {
        _booked |= type == EventTypes.CycleBooked;
        defaults.DirectoryEvent(type, body);
        if (type == EventTypes.PaymentTermsSet)
        {
            payments.Terms(body);
        }
    }

    private void DefaultEvent(int type, ReadOnlySpan<byte> body)
    {
        defaults.Event(type, body);
        switch (type)
        {
            case EventTypes.LegsOrdered:
                trades.Ordered(LegsOrdered.Parser.ParseFrom(body));
                break;
            case EventTypes.LegEnded:
                trades.Ended(LegEnded.Parser.ParseFrom(body));
                break;
            default:
                break;
        }
    }
}
