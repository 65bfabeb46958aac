using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
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
using Google.Protobuf;
using AccountPorted = ClearingActors.Domain.Parties.AccountPorted;
using Coverage = ClearingActors.Domain.Margin.Coverage;

namespace ClearingActors.Engine.Actors;

/// <summary>An account as an actor: the seller's and the buyer's part of novation, cash, settlement. The rules are the domain's; here they meet the turn.</summary>
internal sealed partial class AccountActor : Actor
{
    private const string CallTimer = "call-";
    private const string PayTimer = "pay-";
    private readonly EngineScope _scope;
    private AccountState _state;

    internal AccountActor(EngineScope scope, string id)
    {
        _scope = scope;
        _state = new AccountState(AccountId.Parse(id), scope.Reservations);
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
                TellIfQuiet(turn);
                _scope.DirectoryActor!.ReportCutIfReached(turn);
                break;
            case SellerReservation { Type: MessageTypes.ReleaseTrade } release:
                Emit(turn, SellerSide.DecideRelease(_state, release.Reservation, _scope.Directory));
                TellIfQuiet(turn);
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
                TellIfQuiet(turn);
                _scope.DirectoryActor!.ReportCutIfReached(turn);
                break;
            case BookCash book:
                BookCash(book, turn);
                break;
            case BookAsset book:
                BookAsset(book, turn);
                break;
            case MoveAsset move:
                Move(move, turn);
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
            case CallContribution call:
                CallContribution(call, turn);
                break;
            case DefaultMessage { Body: ClearingActors.Contracts.Journal.Defaults.V1.HoldingsAsked asked }:
                Ask(asked, turn);
                break;
            case DefaultMessage { Body: ClearingActors.Contracts.Journal.Defaults.V1.AccountPorted port }:
                Port(port, turn);
                break;
            case BookDefaultEntry book:
                BookDefault(book.Entry, turn);
                break;
            case BookDefaultAsset book:
                BookDefault(book.Entry, turn);
                break;
            case WithdrawMarginCall withdraw:
                Withdraw(withdraw, turn);
                break;
            case DeclareUnpaid declare:
                DeclareUnpaid(declare, turn);
                break;
            case GiveExerciseNotice give:
                GiveNotice(give, turn);
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
        if (timer == FundTimer)
        {
            ContributionDue(turn);
            return;
        }

        if (timer.StartsWith(PayTimer, StringComparison.Ordinal))
        {
            // A flat account may have been closed meanwhile; it owes nothing. What a defaulter owes is part of its default's loss and no claim of its own.
            if (_state.Status == AccountStatus.Active && !IsInDefault)
            {
                EndPayments(turn, long.Parse(timer.AsSpan(PayTimer.Length), System.Globalization.CultureInfo.InvariantCulture), "", "");
            }

            return;
        }

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
                var assessed = MarginWire.ReadAssessed(body);
                _scope.Runs?.Assessed(_scope, this, assessed);
                _state.Apply(assessed);
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
            case EventTypes.FundRequirementSet:
                _state.Apply(FundWire.ReadRequirement(body));
                break;
            case EventTypes.ContributionMissed:
                (call, amount) = MarginWire.ReadCall(body);
                _state.Apply(new ContributionMissed(call, amount));
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
                Apply(new CashBooked(MoneyWire.ReadEntry(body)));
                break;
            case EventTypes.AccountPorted:
                _state.Apply(new AccountPorted(_state.Id, MemberId.Parse(ClearingActors.Contracts.Journal.Defaults.V1.AccountPorted.Parser.ParseFrom(body.ToArray()).Member)));
                break;
            case EventTypes.HoldingsAwaited:
                _awaited = ClearingActors.Contracts.Journal.Defaults.V1.HoldingsAsked.Parser.ParseFrom(body.ToArray());
                break;
            case EventTypes.HoldingsTold:
                _awaited = null;
                break;
            case EventTypes.AssetBooked:
                _state.Apply(new AssetBooked(CollateralWire.ReadEntry(body)));
                break;
            case EventTypes.VariationMarginSettled:
                _state.Apply(ReadSettled(body));
                _scope.Cycles?.Settled(_scope, this);
                break;
            case EventTypes.ExerciseNoticeGiven:
                _state.Apply(new ExerciseNoticeGiven(_state.Id, ExerciseWire.ReadNotice(body)));
                break;
            case EventTypes.PaymentFellDue:
                _state.Apply(new PaymentFellDue(_state.Id, PaymentWire.ReadDue(body)));
                break;
            case EventTypes.PaymentEnded:
                _state.Apply(PaymentWire.ReadEnded(body, _state.Id));
                break;
            case EventTypes.OptionExercised:
                _state.Apply(ExerciseWire.ReadExercised(body, _state.Id));
                break;
            case EventTypes.FutureDelivered:
                _state.Apply(ExerciseWire.ReadDelivered(body, _state.Id, _scope.Directory));
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

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        AccountSnapshots.Save(writer, _state);
        if (_awaited is not null)
        {
            writer.Field(181, _awaited.ToByteArray());
        }
    }

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        var snapshot = AccountSnapshots.Load(body, _state.Id, _scope.Directory, out _awaited);
        _state = AccountState.Restore(snapshot, _scope.Reservations);
        foreach (var reservation in snapshot.Reservations)
        {
            _scope.CountReservation(reservation.Leg.Cycle, 1);
        }

        _scope.Accounts.Add(this);
    }

    /// <summary>What the account has to do in a cycle; changes nothing.</summary>
    internal VariationMarginDecision DecideVariationMargin(SettlementPrices prices, AccountExercise exercise) => VariationMargin.Decide(_state, prices, exercise);

    /// <summary>Records what the account exercises and what <see cref="DecideVariationMargin"/> decided; a step of the turn in which the shard's directory settles all its accounts.</summary>
    internal void Settle(Turn turn, in VariationMarginSettled settled, AccountExercise exercise)
    {
        turn.Continue(Address);
        foreach (var exercised in exercise.Exercised)
        {
            ExerciseWire.Write(turn.BeginEvent(EventTypes.OptionExercised), exercised);
            turn.EndEvent();
            _state.Apply(exercised);
        }

        foreach (var delivered in exercise.Delivered)
        {
            ExerciseWire.Write(turn.BeginEvent(EventTypes.FutureDelivered), delivered);
            turn.EndEvent();
            _state.Apply(delivered);
        }

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
        var before = entries.Select(e => e.Entry.Amount.Currency).Distinct().Select(c => _state.BalanceOf(c)).ToList();
        foreach (var entry in entries)
        {
            Emit(turn, entry);
        }

        if (_state.Margin is { OpenMinor: > 0 })
        {
            Credit(turn, ReceivedOf(entries));
        }

        if (IsInDefault)
        {
            return;
        }

        var deadline = _scope.Directory.Payment.DeadlineFrom(turn.BusinessTime);
        foreach (var balance in before)
        {
            if (Payments.DecideDue(_state, cycle, balance.Currency, balance.Cash, deadline) is { } due)
            {
                PaymentWire.Write(turn.BeginEvent(EventTypes.PaymentFellDue), due.Due);
                turn.EndEvent();
                _state.Apply(due);
                if (deadline > 0)
                {
                    turn.SetTimer(PayTimerOf(cycle), deadline);
                }
            }
        }
    }

    /// <summary>
    /// What a cycle adds to the collateral and no run has counted before: variation margin and funding, all currencies together. Premium was counted as receivable. Nothing
    /// if something is owed that cannot be converted.
    /// </summary>
    private long ReceivedOf(IReadOnlyList<CashBooked> entries)
    {
        var amounts = entries.Select(e => e.Entry).Where(e => e.Type is CashEntryType.VariationMargin or CashEntryType.Funding).GroupBy(e => e.Amount.Currency)
            .Select(g => new Money(g.Sum(e => e.Amount.MinorUnits), g.Key)).ToList();
        try
        {
            return _scope.Coverage().SumOf(_state.MarginCurrency, amounts);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Without a value nothing may count; the next run says what is missing.
            return 0;
        }
    }

    /// <summary>
    /// What a margin run finds of the account; changes nothing. Null if there is nothing to assess: no position, nothing left of what the last run found, nothing owed, no call open.
    /// </summary>
    /// <exception cref="ArgumentException">The figures cannot be computed; the message says why.</exception>
    internal MarginAssessed? DecideAssessment(MarginCalculator calculator, MarginInputs inputs)
    {
        if (_state.Status != AccountStatus.Active || _state.IsCcp || IsInDefault
            || (_state.PositionCount == 0 && _state.Margin is not ({ Last.Coverage.Requirement: > 0 } or { Last.GearingExceeded: true } or { OpenMinor: > 0 }) && !Owes()))
        {
            return null;
        }

        var requirement = calculator.RequirementOf(_state.MarginCurrency, _state.Member, [.. MarginCalculator.HoldingsOf(_state, _scope.Directory)], _scope.Liquidity, PreviousBuffered());
        var coverage = calculator.CoverageOf(_state, _scope.Directory, requirement.TotalMinor);
        return new MarginAssessed(inputs.Run, coverage, requirement.Parts, inputs.At)
        {
            GearingExceeded = IsGearingExceeded(calculator, requirement, coverage),
            Buffered = requirement.Buffered,
        };
    }

    /// <summary>What a released buffer compares with; null, which keeps it whole, if the last run is from before that was recorded.</summary>
    internal IReadOnlyList<BufferedMargin>? PreviousBuffered() => _state.Margin?.Last is { } last ? last.KnownBuffered : [];

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

    private bool Owes()
    {
        foreach (ref readonly var balance in _state.Balances)
        {
            if (balance.Cash < 0)
            {
                return true;
            }
        }

        return _state.UnbookedVariationMargin.Any(u => u.AmountMinor < 0);
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
        foreach (var withdrawn in decision.Withdrawn)
        {
            TakeBack(turn, withdrawn);
        }

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

        var view = IndicativeMargin.View(risk, _state.Margin?.ToSnapshot() ?? new MarginSnapshot(null, 0, []), requirement => _scope.Coverage().Of(_state, _scope.Directory, requirement));
        return view with { Collateral = Collateral(view.Indicative?.Requirement ?? 0) };
    }

    /// <summary>By the canonical routine at the newest marks.</summary>
    internal MarginView CanonicalMargin() => Margin([]);

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

            var requirement = calculator.RequirementOf(_state.MarginCurrency, _state.Member, holdings, _scope.Liquidity, PreviousBuffered());
            return new MarginView(_state.MarginCurrency, official, calculator.CoverageOf(_state, _scope.Directory, requirement.TotalMinor), requirement.Parts, "")
            {
                Collateral = Collateral(requirement.TotalMinor),
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return new MarginView(_state.MarginCurrency, official, null, [], e.Message) { Collateral = Collateral(official.Last?.Coverage.Requirement ?? 0) };
        }
    }

    /// <summary>By kind, at the newest prices; empty where a debt cannot be converted or the model cannot be read, which the view's reason says.</summary>
    private IReadOnlyList<CollateralLine> Collateral(long requirementMinor)
    {
        try
        {
            return _scope.Coverage().ValueOf(_state.MarginCurrency, AccountCoverage.HeldBy(_state, _scope.Directory), requirementMinor).Lines;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return [];
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

        TakeBack(turn, withdrawn);
        turn.Reply(command.ReplyTo, Done.Value);
    }

    private void TakeBack(Turn turn, in MarginCallWithdrawn withdrawn)
    {
        MarginWire.Write(turn.BeginEvent(EventTypes.MarginCallWithdrawn), withdrawn);
        turn.EndEvent();
        _state.Apply(withdrawn);
        turn.CancelTimer(TimerOf(withdrawn.Number));
    }

    /// <summary>What came in covers open calls, the oldest first.</summary>
    private void Credit(Turn turn, long valueMinor)
    {
        var margin = _state.Margin!;
        foreach (var credited in MarginDecisions.DecideDeposit(margin, valueMinor))
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

    /// <summary>What a deposit adds to the collateral that counts, at the newest prices and the last run's requirement; nothing where that cannot be said.</summary>
    private long AddedBy(CollateralHeld before, CollateralHeld after)
    {
        try
        {
            var coverage = _scope.Coverage();
            var requirement = _state.Margin?.Last?.Coverage.Requirement ?? 0;
            return checked(coverage.ValueOf(_state.MarginCurrency, after, requirement).TotalMinor - coverage.ValueOf(_state.MarginCurrency, before, requirement).TotalMinor);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Without a value nothing may count; the next run says what is missing.
            return 0;
        }
    }

    /// <summary>
    /// Why collateral must stay: after it has left, what is held now must cover the higher of the requirement that the last run found and that of the positions now, at the
    /// newest marks and prices, whichever trades in flight end well. An account that no run has assessed is held to the present requirement where the monitor decides
    /// its trades, so that what let a trade pass cannot leave before the first run; else to the headroom per lot, which cash in the margin currency is always held to.
    /// </summary>
    private string? RefuseWithdrawal(CollateralHeld after, bool inMarginCurrency = false)
    {
        var last = _state.Margin?.Last;
        if (last is null && (_state.PositionCount == 0 || _scope.Monitor.Of(this) is null))
        {
            return null;
        }

        if (_state.Margin is { OpenMinor: > 0 })
        {
            return MarginDecisions.RefuseWithdrawal(_state.Margin, default, 0);
        }

        try
        {
            var calculator = _scope.Calculator(_scope.NewestMarks(), _scope.Directory.BusinessTime);
            var requirement = last?.Coverage.Requirement ?? 0;
            foreach (var holdings in HoldingsInFlight())
            {
                requirement = Math.Max(requirement, calculator.RequirementOf(_state.MarginCurrency, _state.Member, holdings, _scope.Liquidity).TotalMinor);
            }

            var now = calculator.CoverageOf(_state, _scope.Directory, requirement);
            var left = _scope.Coverage().ValueOf(_state.MarginCurrency, after, requirement).TotalMinor;
            return MarginDecisions.RefuseWithdrawal(_state.Margin, now, checked(now.Collateral - left));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return last is null && inMarginCurrency ? null : $"its margin cannot be computed now, so nothing is paid out: {e.Message}";
        }
    }

    /// <summary>The holdings as they stand, and what they come to if the sales, or the reversals of sales, in flight end well.</summary>
    private IEnumerable<List<MarginHolding>> HoldingsInFlight()
    {
        List<MarginHolding> holdings = [.. MarginCalculator.HoldingsOf(_state, _scope.Directory)];
        yield return holdings;
        if (_state.OpenReservationCount > 0)
        {
            var positions = _state.Positions.ToDictionary(p => p.Key);
            yield return [.. holdings.Select(h => h with { Lots = checked(h.Lots - positions[new PositionKey(h.Instrument.Id, h.Client)].PendingSell) })];
            yield return [.. holdings.Select(h => h with { Lots = checked(h.Lots + positions[new PositionKey(h.Instrument.Id, h.Client)].PendingBuyBack) })];
        }
    }

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
        var source = report.IsOfHouse ? _scope.Book.Of(ActorKinds.Default, ActorKinds.House) : TradeSourceActor.AddressOf(_scope.Book, report.Source, lane);
        turn.Send(new TradeDecided(source, type, report.TradeId, report.ExecutionDate, outcome));
        turn.Reply(replyTo, new TradeReply(outcome));
    }

    /// <summary>One of the CCP's own accounts books the other half of an entry; it defines itself with its first.</summary>
    private void BookCash(BookCash message, Turn turn)
    {
        DefineOwn(turn, message.Entry.Amount.Currency);
        Emit(turn, new CashBooked(message.Entry));
    }

    /// <summary>One of the CCP's own accounts books the other half of an entry in a security or coin.</summary>
    private void BookAsset(BookAsset message, Turn turn)
    {
        DefineOwn(turn, message.Entry.Currency);
        Emit(turn, new AssetBooked(message.Entry));
    }

    private void DefineOwn(Turn turn, Currency currency)
    {
        if (_state.Status == AccountStatus.Undefined)
        {
            if (!_state.Id.Value.StartsWith("CCP.", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"account {_state.Id} is not defined and is not one of the CCP's own");
            }

            Emit(turn, new AccountDefined(_state.Id, CcpAccounts.Member, Segregation.House, currency, _scope.Directory.CurrentCycle));
        }
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
        var reason = FundAccounts.Is(command.Account)
            ? $"account {command.Account}: accounts whose ids begin with {FundAccounts.Prefix} are the default fund's and define themselves"
            : command.Member == CcpAccounts.Member || command.Account.Value.StartsWith("CCP.", StringComparison.Ordinal)
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
        if ((AccountOperations.Refuse(_state, e) ?? RefuseClosing()) is { } reason)
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
        if (decision.Kind == CashDecisionKind.Booked && RefuseInDefault() is { } held)
        {
            turn.Reply(command.ReplyTo, new Refused($"request {command.Request} of {amount}: {held}"));
            return;
        }

        var before = decision.Kind == CashDecisionKind.Booked ? AccountCoverage.HeldBy(_state, _scope.Directory) : null;
        if (before is not null && amount.MinorUnits < 0 && RefuseWithdrawal(before.With(amount), amount.Currency == _state.MarginCurrency) is { } refused)
        {
            turn.Reply(command.ReplyTo, new Refused($"request {command.Request} of {amount} on account {_state.Id}: {refused}"));
            return;
        }

        switch (decision.Kind)
        {
            case CashDecisionKind.Booked:
                Emit(turn, decision.Event);
                if (amount.MinorUnits > 0 && _state.Margin is { OpenMinor: > 0 })
                {
                    // In the margin currency it counts in full, whatever else cannot be valued.
                    Credit(turn, amount.Currency == _state.MarginCurrency ? amount.MinorUnits : AddedBy(before!, before!.With(amount)));
                }

                TellFund(turn);
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

    private void GiveNotice(GiveExerciseNotice command, Turn turn)
    {
        var decision = ExerciseNotices.Decide(_state, command.Instrument, command.Client, command.Kind, command.Lots, _scope.Directory);
        if (decision.Reason == ExerciseRejectReason.None)
        {
            ExerciseWire.Write(turn.BeginEvent(EventTypes.ExerciseNoticeGiven), decision.Event.Notice);
            turn.EndEvent();
            _state.Apply(decision.Event);
        }

        turn.Reply(command.ReplyTo, new ExerciseNoticeReply(decision.Reason, decision.Event.Notice.Cycle));
    }

    private void Move(MoveAsset command, Turn turn)
    {
        if (_scope.Directory.Collateral.Find(command.Asset) is not { } asset)
        {
            turn.Reply(command.ReplyTo, new Refused($"request {command.Request} on account {_state.Id}: asset {command.Asset} is not listed; list it first"));
            return;
        }

        if (FundAccounts.Is(_state.Id))
        {
            turn.Reply(command.ReplyTo, new Refused($"request {command.Request} of {asset.Id} on account {_state.Id}: a contribution to the default fund is cash; securities and coins are not taken"));
            return;
        }

        var decision = AssetRequests.Decide(_state, command.Request, asset, command.Units, _scope.Directory.BusinessDate);
        if (decision.Kind == AssetDecisionKind.Booked && RefuseInDefault() is { } seized)
        {
            turn.Reply(command.ReplyTo, new Refused($"request {command.Request} of {asset.ToQuantity(command.Units)} {asset.Id}: {seized}"));
            return;
        }

        var before = decision.Kind == AssetDecisionKind.Booked ? AccountCoverage.HeldBy(_state, _scope.Directory) : null;
        if (before is not null && command.Units < 0 && RefuseWithdrawal(before.With(asset, command.Units)) is { } refused)
        {
            turn.Reply(command.ReplyTo, new Refused($"request {command.Request} of {asset.ToQuantity(command.Units)} {asset.Id} on account {_state.Id}: {refused}"));
            return;
        }

        switch (decision.Kind)
        {
            case AssetDecisionKind.Booked:
                Emit(turn, decision.Event);
                if (command.Units > 0 && _state.Margin is { OpenMinor: > 0 })
                {
                    Credit(turn, AddedBy(before!, before!.With(asset, command.Units)));
                }

                turn.Send(new BookAsset(AccountAddress(CcpAccounts.Custody), decision.Event.Entry.Mirrored()));
                break;
            case AssetDecisionKind.AlreadyBooked:
                break;
            default:
                var held = asset.ToQuantity(_state.Assets?.UnitsOf(asset.Id) ?? 0);
                turn.Reply(command.ReplyTo, new Refused($"request {command.Request} of {asset.ToQuantity(command.Units)} {asset.Id} on account {_state.Id} ({_state.Status}, it holds {held}, at most {asset.ToQuantity(AssetRequests.MaxUnits)} are allowed): {decision.Kind}"));
                return;
        }

        turn.Reply(command.ReplyTo, new AssetMoved(_state.Assets!.UnitsOf(asset.Id)));
    }

    private static string PayTimerOf(long cycle) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{PayTimer}{cycle}");

    private void DeclareUnpaid(DeclareUnpaid command, Turn turn)
    {
        if ((RefuseInDefault() ?? Payments.Refuse(_state, command.Cycle, command.Reason)) is { } refused)
        {
            turn.Reply(command.ReplyTo, new Refused(refused));
            return;
        }

        turn.CancelTimer(PayTimerOf(command.Cycle));
        EndPayments(turn, command.Cycle, command.Principal, command.Reason);
        turn.Reply(command.ReplyTo, Done.Value);
    }

    /// <summary>What is missing is paid in the payer's place, and the claim on its member goes to the settlement.</summary>
    private void EndPayments(Turn turn, long cycle, string decidedBy, string reason)
    {
        foreach (var ended in Payments.DecideEnd(_state, cycle, decidedBy, reason))
        {
            PaymentWire.Write(turn.BeginEvent(EventTypes.PaymentEnded), ended);
            turn.EndEvent();
            _state.Apply(ended);
            if (ended.Missing.MinorUnits > 0)
            {
                var booked = Payments.EntryOf(ended, _scope.Directory.BusinessDate);
                Emit(turn, booked);
                turn.Send(new BookCash(AccountAddress(CcpAccounts.Default), booked.Entry.Mirrored()));
                var missed = new MissedPayment(_state.Id, _state.Member, cycle, ended.Missing, turn.BusinessTime, decidedBy, reason);
                turn.Send(new ReportUnpaid(_scope.Book.Of(ActorKinds.Settlement, ActorKinds.House), missed));
            }
        }
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

        var collateral = _scope.Directory.Collateral;
        return new AccountView(_state.ToSnapshot(), instruments)
        {
            Assets = (_state.Assets?.Held ?? []).Select(h => collateral.Find(h.Asset)).OfType<CollateralAsset>().ToDictionary(a => a.Id),
        };
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
        Apply(e);
    }

    private void Emit(Turn turn, in AssetBooked e)
    {
        CollateralWire.Write(turn.BeginEvent(EventTypes.AssetBooked), e.Entry);
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
