using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Risk.Monitor;
using ClearingActors.Engine.Wire;
using ClearingActors.Risk.Margin;
using Coverage = ClearingActors.Domain.Margin.Coverage;

namespace ClearingActors.Engine.Actors;

/// <summary>An account as an actor: the seller's and the buyer's part of novation, cash, settlement. The rules are the domain's; here they meet the turn.</summary>
internal sealed class AccountActor : Actor
{
    private const string CallTimer = "call-";
    private readonly EngineScope _scope;
    private AccountState _state;

    internal AccountActor(EngineScope scope, string id)
    {
        _scope = scope;
        _state = new AccountState(AccountId.Parse(id));
    }

    public override bool Exists => _state.Status != AccountStatus.Undefined;

    internal AccountState State => _state;

    /// <summary>The account's indicative figures, if the monitor follows it; derived, never journaled.</summary>
    internal AccountRisk? Risk { get; set; }

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case ReserveTrade reserve:
                Reserve(reserve, turn);
                break;
            case NovateTrade { Type: MessageTypes.NovateTrade } novate:
                Novate(novate, turn);
                break;
            case SellerReservation { Type: MessageTypes.ConfirmTrade } confirm:
                Emit(turn, SellerSide.DecideConfirm(_state, confirm.Reservation, _scope.Directory));
                _scope.DirectoryActor!.ReportCutIfReached(turn);
                break;
            case SellerReservation { Type: MessageTypes.ReleaseTrade } release:
                Emit(turn, SellerSide.DecideRelease(_state, release.Reservation, _scope.Directory));
                _scope.DirectoryActor!.ReportCutIfReached(turn);
                break;
            case ReserveReversal reversal:
                ReserveReversal(reversal, turn);
                break;
            case NovateTrade reverse:
                Reverse(reverse, turn);
                break;
            case SellerReservation { Type: MessageTypes.ConfirmReversal } confirm:
                Emit(turn, SellerSide.DecideReverse(_state, confirm.Reservation, _scope.Directory));
                _scope.DirectoryActor!.ReportCutIfReached(turn);
                break;
            case BookCash book:
                BookCash(book, turn);
                break;
            case DefineAccount define:
                Define(define, turn);
                break;
            case CloseAccount close:
                Close(close, turn);
                break;
            case BookCollateral collateral:
                BookCollateral(collateral, turn);
                break;
            case GetMargin get:
                turn.Reply(get.ReplyTo, _state.Status == AccountStatus.Undefined ? Done.Value : get.Hypothetical.Count > 0 ? Margin(get.Hypothetical) : Indicative());
                break;
            case WithdrawMarginCall withdraw:
                Withdraw(withdraw, turn);
                break;
            case GetAccount get:
                turn.Reply(get.ReplyTo, View());
                break;
            default:
                throw new InvalidOperationException($"an account takes no {message.GetType().Name}");
        }
    }

    public override void TimerFired(string timer, Turn turn)
    {
        var number = long.Parse(timer.AsSpan(CallTimer.Length), System.Globalization.CultureInfo.InvariantCulture);
        if (_state.Margin is { } margin && MarginDecisions.DecideDeadline(margin, number, turn.BusinessTime) is { } missed)
        {
            MarginWire.WriteCall(turn.BeginEvent(EventTypes.MarginCallMissed), missed.Number, missed.MissingMinor);
            turn.EndEvent();
            _state.Apply(missed);
            var report = new MissedCall(_state.Id, _state.Member, number, new Money(missed.MissingMinor, _state.MarginCurrency), turn.BusinessTime);
            turn.Send(new ReportMissedCall(_scope.Book.Of(ActorKinds.Margin, ActorKinds.House), report));
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.IndicativeMarginUsed:
                // A figure for who checks the decision; nothing follows from it.
                MarginWire.ReadIndicative(body);
                break;
            case EventTypes.MarginAssessed:
                _state.Apply(MarginWire.ReadAssessed(body));
                break;
            case EventTypes.MarginCallIssued:
                _state.Apply(MarginWire.ReadIssued(body));
                break;
            case EventTypes.MarginCallCredited:
                var (call, amount) = MarginWire.ReadCall(body);
                _state.Apply(new MarginCallCredited(call, amount));
                break;
            case EventTypes.MarginCallMissed:
                (call, amount) = MarginWire.ReadCall(body);
                _state.Apply(new MarginCallMissed(call, amount));
                break;
            case EventTypes.MarginCallWithdrawn:
                _state.Apply(MarginWire.ReadWithdrawn(body));
                break;
            case EventTypes.TradeReserved:
                var leg = TradeWire.ReadLeg(body, _state.Id, _scope.Directory, out var reservation, out var mark, out var requirement);
                Apply(new TradeReserved(leg, reservation, mark, requirement));
                break;
            case EventTypes.TradeNovated:
                leg = TradeWire.ReadLeg(body, _state.Id, _scope.Directory, out reservation, out mark, out requirement);
                Apply(new TradeNovated(leg, reservation, mark, requirement));
                break;
            case EventTypes.TradeConfirmed:
                leg = ReadEnded(body, out reservation, out requirement);
                Apply(new TradeConfirmed(leg, reservation, requirement));
                break;
            case EventTypes.ReservationReleased:
                leg = ReadEnded(body, out reservation, out requirement);
                Apply(new ReservationReleased(leg, reservation, requirement));
                break;
            case EventTypes.ReversalReserved:
                leg = TradeWire.ReadLeg(body, _state.Id, _scope.Directory, out reservation, out _, out requirement);
                Apply(new ReversalReserved(leg, reservation, requirement));
                break;
            case EventTypes.TradeReversed:
                leg = TradeWire.ReadLeg(body, _state.Id, _scope.Directory, out reservation, out _, out requirement);
                Apply(new TradeReversed(leg, reservation, requirement));
                break;
            case EventTypes.CashBooked:
                _state.Apply(new CashBooked(MoneyWire.ReadEntry(body)));
                break;
            case EventTypes.VariationMarginSettled:
                _state.Apply(ReadSettled(body));
                break;
            case EventTypes.AccountDefined:
                Apply(ReadDefined(body));
                break;
            case EventTypes.AccountClosed:
                _state.Apply(new AccountClosed(_state.Id));
                break;
            case EventTypes.IntradayLimitSet:
                _state.Apply(new IntradayLimitSet(_state.Id, ReadMoney(body)));
                break;
            default:
                throw new InvalidDataException($"event type {type} of an account is unknown to this program");
        }
    }

    public override void Save(WireWriter writer, SnapshotParts parts) => AccountSnapshots.Save(writer, _state);

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        var snapshot = AccountSnapshots.Load(body, _state.Id, _scope.Directory);
        _state = AccountState.Restore(snapshot);
        foreach (var reservation in snapshot.Reservations)
        {
            _scope.CountReservation(reservation.Leg.Cycle, 1);
        }

        _scope.Accounts.Add(this);
    }

    /// <summary>What the account has to do in a cycle; changes nothing.</summary>
    internal VariationMarginDecision DecideVariationMargin(SettlementPrices prices) => VariationMargin.Decide(_state, prices);

    /// <summary>Records what <see cref="DecideVariationMargin"/> decided; a step of the turn in which the shard's directory settles all its accounts.</summary>
    internal void Settle(Turn turn, in VariationMarginSettled settled)
    {
        turn.Continue(Address);
        var writer = turn.BeginEvent(EventTypes.VariationMarginSettled);
        writer.Field(1, settled.Prices.Cycle);
        foreach (var amount in settled.Amounts)
        {
            MoneyWire.WriteAmount(writer, 2, amount.Currency, amount.Type, amount.Exact, amount.AmountMinor);
        }

        turn.EndEvent();
        _state.Apply(settled);
        Risk?.TouchAll();
    }

    /// <summary>Books what the cycle computed; a step of the turn in which the shard's directory books all its accounts.</summary>
    internal void BookVariationMargin(Turn turn, long cycle, DateOnly valueDate)
    {
        var entries = VariationMargin.DecideBooking(_state, cycle, valueDate);
        if (entries.Count == 0)
        {
            return;
        }

        turn.Continue(Address);
        foreach (var entry in entries)
        {
            Emit(turn, entry);
        }
    }

    /// <summary>
    /// What a margin run finds of the account; changes nothing. Null if there is nothing to assess: no position, and none when the last run looked.
    /// </summary>
    /// <exception cref="ArgumentException">The figures cannot be computed; the message says why.</exception>
    internal MarginAssessed? DecideAssessment(MarginCalculator calculator, MarginInputs inputs)
    {
        if (_state.Status != AccountStatus.Active || _state.IsCcp || (_state.PositionCount == 0 && _state.Margin?.Last is not { Coverage.Requirement: > 0 }))
        {
            return null;
        }

        var requirement = calculator.RequirementOf(_state.MarginCurrency, _state.Member, [.. MarginCalculator.HoldingsOf(_state, _scope.Directory)], _scope.Liquidity);
        var coverage = calculator.CoverageOf(_state, _scope.Directory, requirement.TotalMinor);
        return new MarginAssessed(inputs.Run, coverage, requirement.Parts, inputs.At) { GearingExceeded = IsGearingExceeded(calculator, requirement, coverage) };
    }

    private bool IsGearingExceeded(MarginCalculator calculator, in Requirement requirement, in Coverage coverage) => calculator.MaximumGearing is { } maximum
        && !GearingLimit.Allows(0m, requirement.GrossNotional, new Money(coverage.Collateral, _state.MarginCurrency).ToDecimal(), maximum);

    /// <summary>Adds the account's lots and its stand-alone liquidity figures to its member's; changes nothing else.</summary>
    /// <exception cref="ArgumentException">The figures cannot be computed; the message says why.</exception>
    internal void Measure(LiquidityCharges charges, SortedDictionary<(MemberId, InstrumentId), long> lots, SortedDictionary<(MemberId, string), Int128> figures)
    {
        if (_state.Status != AccountStatus.Active || _state.IsCcp)
        {
            return;
        }

        var own = MarginCalculator.NetLots(MarginCalculator.HoldingsOf(_state, _scope.Directory));
        foreach (var (instrument, quantity) in own)
        {
            var key = (_state.Member, instrument);
            lots[key] = checked(lots.GetValueOrDefault(key) + quantity);
        }

        foreach (var (underlying, addOn) in charges.AddOnsOf(own))
        {
            var key = (_state.Member, underlying);
            figures[key] = figures.GetValueOrDefault(key) + charges.FigureOf(underlying, addOn);
        }
    }

    /// <summary>Records what a run found and calls what is missing; a step of the turn in which the shard's directory assesses all its accounts.</summary>
    /// <returns>The call, if one is issued.</returns>
    internal MarginCallIssued? Assess(Turn turn, MarginAssessed assessed, MarginTerms terms)
    {
        var decision = MarginDecisions.DecideAssessment(_state.Margin ?? new MarginState(), assessed, terms);
        if (decision.Assessed is null)
        {
            throw new InvalidOperationException($"account {_state.Id}: {decision.Refused}");
        }

        turn.Continue(Address);
        MarginWire.Write(turn.BeginEvent(EventTypes.MarginAssessed), assessed);
        turn.EndEvent();
        _state.Apply(assessed);
        if (decision.Issued is { } issued)
        {
            MarginWire.Write(turn.BeginEvent(EventTypes.MarginCallIssued), issued);
            turn.EndEvent();
            _state.Apply(issued);
            turn.SetTimer(TimerOf(issued.Number), issued.Deadline);
        }

        return decision.Issued;
    }

    private static string TimerOf(long call) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{CallTimer}{call}");

    /// <summary>The monitor's figures; where it does not follow every position or part of the requirement, the canonical routine's, if that can tell.</summary>
    private MarginView Indicative()
    {
        if (_scope.Monitor.Newest(this) is not { } risk)
        {
            return Margin([]);
        }

        if (!risk.FollowsAll && Margin([]) is { Indicative: not null } canonical)
        {
            return canonical with { Lags = [.. risk.Lags()] };
        }

        return IndicativeMargin.View(
            risk,
            _state.Margin?.ToSnapshot() ?? new MarginSnapshot(null, 0, []),
            requirement => _scope.Calculator(_scope.NewestMarks(), _scope.Directory.BusinessTime).CoverageOf(_state, _scope.Directory, requirement));
    }

    private MarginView Margin(IReadOnlyList<HypotheticalTrade> hypothetical)
    {
        var official = _state.Margin?.ToSnapshot() ?? new MarginSnapshot(null, 0, []);
        try
        {
            var calculator = _scope.Calculator(_scope.NewestMarks(), _scope.Directory.BusinessTime);
            List<MarginHolding> holdings = [.. MarginCalculator.HoldingsOf(_state, _scope.Directory)];
            foreach (var trade in hypothetical)
            {
                var instrument = _scope.Directory.TryGetInstrument(trade.Instrument, out var listed) ? listed.Instrument : throw new ArgumentException($"instrument {trade.Instrument} is not defined");
                var client = _state.Segregation == Segregation.ClientOmnibusGross ? trade.Client : ClientId.None;
                var index = holdings.FindIndex(h => h.Instrument.Id == trade.Instrument && h.Client == client);
                if (index < 0)
                {
                    holdings.Add(new MarginHolding(instrument, client, trade.Lots));
                }
                else
                {
                    holdings[index] = holdings[index] with { Lots = checked(holdings[index].Lots + trade.Lots) };
                }
            }

            var requirement = calculator.RequirementOf(_state.MarginCurrency, _state.Member, holdings, _scope.Liquidity);
            return new MarginView(_state.MarginCurrency, official, calculator.CoverageOf(_state, _scope.Directory, requirement.TotalMinor), requirement.Parts, "");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return new MarginView(_state.MarginCurrency, official, null, [], e.Message);
        }
    }

    private void Withdraw(WithdrawMarginCall command, Turn turn)
    {
        var withdrawn = default(MarginCallWithdrawn);
        var refused = _state.Margin is { } margin
            ? MarginDecisions.DecideWithdraw(margin, command.Call, command.Reason, out withdrawn)
            : "it was never assessed and has no margin calls";
        if (refused is not null)
        {
            turn.Reply(command.ReplyTo, new Refused($"account {_state.Id}: {refused}"));
            return;
        }

        MarginWire.Write(turn.BeginEvent(EventTypes.MarginCallWithdrawn), withdrawn);
        turn.EndEvent();
        _state.Apply(withdrawn);
        turn.CancelTimer(TimerOf(withdrawn.Number));
        turn.Reply(command.ReplyTo, Done.Value);
    }

    /// <summary>A deposit covers open calls, the oldest first.</summary>
    private void Credit(Turn turn, Money deposit)
    {
        if (_state.Margin is not { } margin || deposit.Currency != _state.MarginCurrency)
        {
            return;
        }

        foreach (var credited in MarginDecisions.DecideDeposit(margin, deposit.MinorUnits))
        {
            MarginWire.WriteCall(turn.BeginEvent(EventTypes.MarginCallCredited), credited.Number, credited.CreditMinor);
            turn.EndEvent();
            _state.Apply(credited);
            if (margin.TryGetCall(credited.Number, out var call) && call.Status == MarginCallStatus.Met)
            {
                turn.CancelTimer(TimerOf(credited.Number));
            }
        }
    }

    /// <summary>Why a payment out of the margin currency must wait: what the last run found the account to need stays, with the collateral counted as it is now.</summary>
    private string? RefuseWithdrawal(Money amount) =>
        _state.Margin is { Last: { } last } margin && amount.Currency == _state.MarginCurrency
            ? MarginDecisions.RefuseWithdrawal(margin, last.Coverage with { Collateral = _state.BalanceOf(amount.Currency).Cash }, amount.MinorUnits)
            : null;

    private void Reserve(ReserveTrade message, Turn turn)
    {
        var report = message.Report;
        var risk = RiskFor(report);
        var decision = SellerSide.DecideReserve(_state, report, _scope.Directory, _scope.Marks, risk is null ? HeadroomRule.AmountPerLot : HeadroomRule.Model);
        var e = decision.Event;
        var reason = decision.IsAccepted ? RefuseHeadroom(risk, e.Leg, e.Requirement, turn) : decision.Reason;
        if (reason != RejectReason.None)
        {
            Answer(turn, MessageTypes.TradeDecided, report, message.Lane, TradeOutcome.Rejected(reason), message.ReplyTo);
            return;
        }

        TradeWire.WriteLeg(turn.BeginEvent(EventTypes.TradeReserved), e.Leg, e.Reservation, e.MarkNumber, e.Requirement);
        turn.EndEvent();
        Apply(e);
        turn.Send(new NovateTrade(AccountAddress(report.Buyer.Account), MessageTypes.NovateTrade, new NovationRequest(report, e.Reservation, e.Leg.Cycle, e.Leg.ClearingDate), message.Lane) { ReplyTo = message.ReplyTo });
    }

    /// <summary>The commit point: when this turn is durable the trade is cleared, and the member is answered.</summary>
    private void Novate(NovateTrade message, Turn turn)
    {
        ref readonly var request = ref message.Request;
        var report = request.Report;
        var risk = RiskFor(report);
        var decision = BuyerSide.DecideNovate(_state, request, _scope.Directory, _scope.Marks, risk is null ? HeadroomRule.AmountPerLot : HeadroomRule.Model);
        var e = decision.Event;
        var reason = decision.IsAccepted ? RefuseHeadroom(risk, e.Leg, e.Requirement, turn) : decision.Reason;
        if (reason != RejectReason.None)
        {
            turn.Send(new SellerReservation(AccountAddress(report.Seller.Account), MessageTypes.ReleaseTrade, request.SellerReservation));
            Answer(turn, MessageTypes.TradeDecided, report, message.Lane, TradeOutcome.Rejected(reason), message.ReplyTo);
            return;
        }

        TradeWire.WriteLeg(turn.BeginEvent(EventTypes.TradeNovated), e.Leg, e.SellerReservation, e.MarkNumber, e.Requirement);
        turn.EndEvent();
        Apply(e);
        turn.Send(new SellerReservation(AccountAddress(report.Seller.Account), MessageTypes.ConfirmTrade, request.SellerReservation));
        Answer(turn, MessageTypes.TradeDecided, report, message.Lane, TradeOutcome.Novated(e.Leg.Cycle, e.Leg.ClearingDate, e.Leg.PriceUnits), message.ReplyTo);
    }

    /// <summary>
    /// The monitor's figures, where they decide the trade's headroom: not for a guaranteed trade, nor for an instrument without a vector in another currency than the margin
    /// currency, whose configured amount is held against that currency's cash.
    /// </summary>
    private AccountRisk? RiskFor(TradeReport report)
    {
        if (report.Guaranteed || _state.Status != AccountStatus.Active || !_scope.Directory.TryGetInstrument(report.Instrument, out var listed) || !listed.Instrument.IsContract)
        {
            return null;
        }

        return _scope.Monitor.Of(this) is { } risk && (listed.Instrument.Currency == _state.MarginCurrency || _scope.Monitor.PricedOf(report.Instrument, _state.MarginCurrency).Current is not null)
            ? risk
            : null;
    }

    /// <summary>Holds a trade that is right in all else against the indicative requirement, and records the figures that it was accepted with.</summary>
    private RejectReason RefuseHeadroom(AccountRisk? risk, in TradeLeg leg, long configured, Turn turn)
    {
        if (risk is null)
        {
            return RejectReason.None;
        }

        if (!risk.Carries(leg, configured, out var used))
        {
            return RejectReason.InsufficientHeadroom;
        }

        MarginWire.Write(turn.BeginEvent(EventTypes.IndicativeMarginUsed), used);
        turn.EndEvent();
        return RejectReason.None;
    }

    private void ReserveReversal(ReserveReversal message, Turn turn)
    {
        var report = message.Report;
        var decision = SellerSide.DecideReverseReserve(_state, report, message.Cycle, message.ClearingDate, _scope.Directory);
        if (!decision.IsAccepted)
        {
            Answer(turn, MessageTypes.CancelDecided, report, message.Lane, TradeOutcome.Rejected(decision.Reason), message.ReplyTo);
            return;
        }

        var e = decision.Event;
        TradeWire.WriteLeg(turn.BeginEvent(EventTypes.ReversalReserved), e.Leg, e.Reservation, 0, e.Requirement);
        turn.EndEvent();
        Apply(e);
        turn.Send(new NovateTrade(AccountAddress(report.Buyer.Account), MessageTypes.ReverseTrade, new NovationRequest(report, e.Reservation, e.Leg.Cycle, e.Leg.ClearingDate), message.Lane) { ReplyTo = message.ReplyTo });
    }

    private void Reverse(NovateTrade message, Turn turn)
    {
        ref readonly var request = ref message.Request;
        var e = BuyerSide.DecideReverse(_state, request, _scope.Directory);
        Emit(turn, e);
        turn.Send(new SellerReservation(AccountAddress(request.Report.Seller.Account), MessageTypes.ConfirmReversal, request.SellerReservation));
        Answer(turn, MessageTypes.CancelDecided, request.Report, message.Lane, TradeOutcome.Cancelled(e.Leg.Cycle, e.Leg.ClearingDate, e.Leg.PriceUnits), message.ReplyTo);
    }

    /// <summary>Tells the source, which keeps the answer for repeats, and answers the caller from here, two durable steps earlier than the source could.</summary>
    private void Answer(Turn turn, int type, TradeReport report, int lane, in TradeOutcome outcome, ReplyTo replyTo)
    {
        turn.Send(new TradeDecided(TradeSourceActor.AddressOf(_scope.Book, report.Source, lane), type, report.TradeId, report.ExecutionDate, outcome));
        turn.Reply(replyTo, new TradeReply(outcome));
    }

    /// <summary>One of the CCP's own accounts books the other half of an entry; it defines itself with its first.</summary>
    private void BookCash(BookCash message, Turn turn)
    {
        if (_state.Status == AccountStatus.Undefined)
        {
            if (!_state.Id.Value.StartsWith("CCP.", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"account {_state.Id} is not defined and is not one of the CCP's own");
            }

            Emit(turn, new AccountDefined(_state.Id, CcpAccounts.Member, Segregation.House, message.Entry.Amount.Currency, _scope.Directory.CurrentCycle));
        }

        Emit(turn, new CashBooked(message.Entry));
    }

    private void Define(DefineAccount command, Turn turn)
    {
        if (_state.Status == AccountStatus.Active && _state.Member == command.Member && _state.Segregation == command.Segregation && _state.MarginCurrency == command.Currency)
        {
            if (_state.IntradayLimit != command.IntradayLimit)
            {
                SetLimit(command, turn);
            }

            turn.Reply(command.ReplyTo, Done.Value);
            return;
        }

        var e = new AccountDefined(command.Account, command.Member, command.Segregation, command.Currency, _scope.Directory.CurrentCycle);
        var reason = command.Member == CcpAccounts.Member || command.Account.Value.StartsWith("CCP.", StringComparison.Ordinal)
            ? $"account {command.Account} of member {command.Member}: the clearing house's own accounts define themselves"
            : command.IntradayLimit < 0 ? $"account {command.Account}: an intraday limit of {command.IntradayLimit} is below zero"
            : AccountOperations.Refuse(_state, e, _scope.Directory);
        if (reason is not null)
        {
            turn.Reply(command.ReplyTo, new Refused(reason));
            return;
        }

        Emit(turn, e);
        if (command.IntradayLimit > 0)
        {
            SetLimit(command, turn);
        }

        turn.Reply(command.ReplyTo, Done.Value);
    }

    private void SetLimit(DefineAccount command, Turn turn)
    {
        var e = new IntradayLimitSet(_state.Id, new Money(command.IntradayLimit, command.Currency));
        if (AccountOperations.Refuse(_state, e) is { } reason)
        {
            throw new InvalidOperationException(reason);
        }

        var writer = turn.BeginEvent(EventTypes.IntradayLimitSet);
        writer.Field(1, e.Limit.Currency.Code);
        writer.Field(2, e.Limit.Currency.Digits);
        writer.Field(3, e.Limit.MinorUnits);
        turn.EndEvent();
        _state.Apply(e);
    }

    private void Close(CloseAccount command, Turn turn)
    {
        if (_state.Status == AccountStatus.Closed)
        {
            turn.Reply(command.ReplyTo, Done.Value);
            return;
        }

        var e = new AccountClosed(_state.Id);
        if (AccountOperations.Refuse(_state, e) is { } reason)
        {
            turn.Reply(command.ReplyTo, new Refused(reason));
            return;
        }

        turn.BeginEvent(EventTypes.AccountClosed);
        turn.EndEvent();
        _state.Apply(e);
        turn.Reply(command.ReplyTo, Done.Value);
    }

    private void BookCollateral(BookCollateral command, Turn turn)
    {
        var amount = command.Amount;
        var decision = amount.MinorUnits >= 0
            ? CashRequests.DecideDeposit(_state, command.Request, amount, _scope.Directory.BusinessDate)
            : CashRequests.DecideWithdraw(_state, command.Request, -amount, _scope.Directory.BusinessDate);
        if (decision.Kind == CashDecisionKind.Booked && amount.MinorUnits < 0 && RefuseWithdrawal(-amount) is { } refused)
        {
            turn.Reply(command.ReplyTo, new Refused($"request {command.Request} of {amount} on account {_state.Id}: {refused}"));
            return;
        }

        switch (decision.Kind)
        {
            case CashDecisionKind.Booked:
                Emit(turn, decision.Event);
                Credit(turn, amount);
                turn.Send(new BookCash(AccountAddress(CcpAccounts.Bank), decision.Event.Entry.Mirrored()));
                break;
            case CashDecisionKind.AlreadyBooked:
                break;
            default:
                turn.Reply(command.ReplyTo, new Refused($"request {command.Request} of {amount} on account {_state.Id} ({_state.Status}, cash {_state.BalanceOf(amount.Currency).Cash}, required {_state.BalanceOf(amount.Currency).Requirement} minor units): {decision.Kind}"));
                return;
        }

        turn.Reply(command.ReplyTo, new CollateralBooked(new Money(_state.BalanceOf(amount.Currency).Cash, amount.Currency)));
    }

    private AccountView View()
    {
        var instruments = new Dictionary<InstrumentId, Instrument>();
        foreach (var position in _state.Positions)
        {
            if (_scope.Directory.TryGetInstrument(position.Key.Instrument, out var listed))
            {
                instruments[position.Key.Instrument] = listed.Instrument;
            }
        }

        return new AccountView(_state.ToSnapshot(), instruments);
    }

    private ActorAddress AccountAddress(AccountId account) => _scope.Book.Of(ActorKinds.Account, account.Value);

    private void Emit(Turn turn, in TradeConfirmed e)
    {
        WriteEnded(turn.BeginEvent(EventTypes.TradeConfirmed), e.Leg, e.Reservation, e.Requirement);
        turn.EndEvent();
        Apply(e);
    }

    private void Emit(Turn turn, in ReservationReleased e)
    {
        WriteEnded(turn.BeginEvent(EventTypes.ReservationReleased), e.Leg, e.Reservation, e.Requirement);
        turn.EndEvent();
        Apply(e);
    }

    private void Emit(Turn turn, in TradeReversed e)
    {
        TradeWire.WriteLeg(turn.BeginEvent(EventTypes.TradeReversed), e.Leg, e.Reservation, 0, e.Requirement);
        turn.EndEvent();
        Apply(e);
    }

    private void Emit(Turn turn, in CashBooked e)
    {
        MoneyWire.WriteEntry(turn.BeginEvent(EventTypes.CashBooked), e.Entry);
        turn.EndEvent();
        _state.Apply(e);
    }

    private void Emit(Turn turn, in AccountDefined e)
    {
        var writer = turn.BeginEvent(EventTypes.AccountDefined);
        writer.Field(1, e.Member.Value);
        writer.Field(2, (long)e.Segregation);
        writer.Field(3, e.MarginCurrency.Code);
        writer.Field(4, e.MarginCurrency.Digits);
        writer.Field(5, e.Cycle);
        turn.EndEvent();
        Apply(e);
    }

    private void Apply(in AccountDefined e)
    {
        _state.Apply(e);
        _scope.Accounts.Add(this);
    }

    private void Apply(in TradeNovated e)
    {
        _state.Apply(e);
        Risk?.Touch(_state.KeyOf(e.Leg));
    }

    private void Apply(in TradeReserved e)
    {
        _state.Apply(e);
        Risk?.Touch(_state.KeyOf(e.Leg));
        _scope.CountReservation(e.Leg.Cycle, 1);
    }

    private void Apply(in TradeConfirmed e)
    {
        _state.Apply(e);
        Risk?.Touch(_state.KeyOf(e.Leg));
        _scope.CountReservation(e.Leg.Cycle, -1);
    }

    private void Apply(in ReservationReleased e)
    {
        _state.Apply(e);
        Risk?.Touch(_state.KeyOf(e.Leg));
        _scope.CountReservation(e.Leg.Cycle, -1);
    }

    private void Apply(in ReversalReserved e)
    {
        _state.Apply(e);
        Risk?.Touch(_state.KeyOf(e.Leg));
        _scope.CountReservation(e.Leg.Cycle, 1);
    }

    private void Apply(in TradeReversed e)
    {
        _state.Apply(e);
        Risk?.Touch(_state.KeyOf(e.Leg));
        if (e.Leg.Side == Side.Sell)
        {
            _scope.CountReservation(e.Leg.Cycle, -1);
        }
    }

    private static void WriteEnded(WireWriter writer, in TradeLeg leg, long reservation, long requirement)
    {
        writer.Field(1, leg.Key.Source.Value);
        writer.Field(2, leg.Key.Trade.Value);
        writer.Field(3, reservation);
        writer.Field(4, requirement);
    }

    /// <summary>The leg of an ended reservation is the one that it was opened with.</summary>
    private TradeLeg ReadEnded(ReadOnlySpan<byte> body, out long reservation, out long requirement)
    {
        reservation = 0;
        requirement = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1 or 2: break;
                case 3: reservation = r.Int64; break;
                case 4: requirement = r.Int64; break;
                default: throw TradeWire.Unknown("ReservationEnded", r.Number);
            }
        }

        return _state.TryGetReservation(reservation, out var open)
            ? open.Leg
            : throw new InvalidDataException($"account {_state.Id} has no open reservation {reservation}");
    }

    private VariationMarginSettled ReadSettled(ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        List<VariationMarginAmount> amounts = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: cycle = r.Int64; break;
                case 2: amounts.Add(MoneyWire.ReadAmount(r.Bytes)); break;
                default: throw TradeWire.Unknown("VariationMarginSettled", r.Number);
            }
        }

        return _scope.Prices is { } prices && prices.Cycle == cycle
            ? new VariationMarginSettled(_state.Id, prices, amounts)
            : throw new InvalidDataException($"account {_state.Id} was settled in cycle {cycle}, whose prices the shard does not hold");
    }

    private AccountDefined ReadDefined(ReadOnlySpan<byte> body)
    {
        MemberId member = default;
        Segregation segregation = default;
        var currency = "";
        var digits = 0;
        long cycle = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: member = Ids.Member(r.Bytes); break;
                case 2: segregation = (Segregation)r.Int32; break;
                case 3: currency = IdPool.Intern(r.Bytes); break;
                case 4: digits = r.Int32; break;
                case 5: cycle = r.Int64; break;
                default: throw TradeWire.Unknown("AccountDefined", r.Number);
            }
        }

        return new AccountDefined(_state.Id, member, segregation, new Currency(currency, digits), cycle);
    }

    private static Money ReadMoney(ReadOnlySpan<byte> body)
    {
        var currency = "";
        var digits = 0;
        long amount = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: currency = IdPool.Intern(r.Bytes); break;
                case 2: digits = r.Int32; break;
                case 3: amount = r.Int64; break;
                default: throw TradeWire.Unknown("IntradayLimitSet", r.Number);
            }
        }

        return new Money(amount, new Currency(currency, digits));
    }
}
