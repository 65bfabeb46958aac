using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The settlement process of the house (rulebook 6.5): freezes a cycle in every shard, waits for the cut, fixes the prices, has every shard compute, checks that the
/// sum is exactly zero, has every shard book, and closes. It goes on from wherever a crash left it, since every step is a durable message.
/// </summary>
internal sealed class SettlementActor : Actor
{
    /// <summary>Business time after which a stage that has not ended is reported as blocked, and shards that reported a hindrance are asked again.</summary>
    private const long StageTimeout = 60_000_000_000;

    private const string StageTimer = "stage";
    private readonly EngineScope _scope;
    private readonly SortedDictionary<(Currency, CashEntryType), (long Received, long Paid)> _flows = [];
    private readonly List<ReplyTo> _waiting = [];
    private SettlementCycleState _state;
    private readonly SortedDictionary<InstrumentId, long> _fundedTo = [];
    private IReadOnlyList<PricePoint> _given = [];
    private List<FundingRateFixed> _fundingQueue = [];
    private IReadOnlyList<FundingRateFixed> _fundings = [];
    private IReadOnlyList<InstrumentId> _expiring = [];
    private readonly ExerciseStage _exercise;
    private readonly List<ClaimOpened> _claims = [];
    private string _blocked = "";

    internal SettlementActor(EngineScope scope)
    {
        _scope = scope;
        _state = new SettlementCycleState(scope.Book.ShardCount);
        _exercise = new ExerciseStage(scope.Book.ShardCount);
    }

    public override bool Exists => _state.Cycle > 0 || _fundedTo.Count > 0;

    /// <summary>What is settled: everything but indices and what has expired for good.</summary>
    private IEnumerable<ListedInstrument> Contracts => _scope.Directory.SortedInstruments().Where(static l => l.Instrument.IsContract && l.Expiry != ExpiryStage.Closed);

    public override IEnumerable<ReplyTo> Waiting => _waiting;

    /// <summary>The cycle being settled, or the last; 0 before the first.</summary>
    internal long Cycle => _state.Cycle;

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case RunSettlementCycle run:
                Run(run, turn);
                break;
            case GetSettlement get:
                turn.Reply(get.ReplyTo, View());
                break;
            case ShardReport { Type: MessageTypes.ReportCut } report:
                OnCut(report, turn);
                break;
            case ShardReport { Type: MessageTypes.ReportComputed } report:
                OnComputed(report, turn);
                break;
            case ShardReport { Type: MessageTypes.ReportBooked } report:
                OnBooked(report, turn);
                break;
            case ReportUnpaid report:
                OpenClaim(report, turn);
                break;
            case ReportExercise report:
                OnExercise(report, turn);
                break;
            case QueueFunding queue:
                Queue(queue, turn);
                break;
            case ReportBlocked report:
                Block(turn, report.Cycle, $"shard {report.Shard}: {report.Reason}");
                PassOver(report, turn);
                break;
            default:
                throw new InvalidOperationException($"the settlement takes no {message.GetType().Name}");
        }
    }

    /// <summary>Where settlement stands.</summary>
    internal SettlementView View() =>
        new(_scope.Directory.CurrentCycle, _scope.Directory.BusinessDate, _scope.Directory.BusinessTime, _state.Stage, _blocked) { Claims = [.. _claims] };

    public override void TimerFired(string timer, Turn turn)
    {
        if (_state.IsIdle)
        {
            return;
        }

        if (_state.Stage == SettlementStage.Computing && _state.Prices is null)
        {
            FixPrices(turn);
            turn.SetTimer(StageTimer, turn.BusinessTime + StageTimeout);
            return;
        }

        var missing = Enumerable.Range(0, _state.Shards).Where(s => _exercise.IsOpen ? !_exercise.HasReported(s) : !_state.Reported.Contains(s)).ToList();
        if (_blocked.Length == 0)
        {
            Block(turn, _state.Cycle, $"{(_exercise.IsOpen ? "exercise" : _state.Stage)} waits for {missing.Count} of {_state.Shards} shards, the first is {missing.FirstOrDefault(-1)}");
        }

        foreach (var shard in missing)
        {
            if (_exercise.IsOpen)
            {
                turn.Send(new GatherExercise(AddressBook.OfShard(ActorKinds.Directory, shard), _state.Cycle, _exercise.Series));
            }
            else if (_state.Stage == SettlementStage.Computing && _state.Prices is not null)
            {
                turn.Send(ComputeMessage(shard));
            }
            else if (_state.Stage == SettlementStage.Confirming)
            {
                turn.Send(BookMessage(shard));
            }
        }

        turn.SetTimer(StageTimer, turn.BusinessTime + StageTimeout);
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.CycleFrozen:
                ReadFrozen(body, out var frozen, out var given, out var fundings, out var expiring);
                Apply(frozen, given, fundings, expiring);
                break;
            case EventTypes.ShardCutReported:
                ShardReport.ReadBody(body, out var cycle, out var shard, out _, out var noticed);
                ApplyCut(new ShardCut(cycle, shard), noticed);
                break;
            case EventTypes.SettlementPricesFixed:
                _state.Apply(new SettlementPricesFixed(MoneyWire.ReadPrices(HouseWire.OnlyBytes(body), _scope.Directory)));
                break;
            case EventTypes.ShardComputed:
                ShardReport.ReadBody(body, out cycle, out shard, out var flows, out _);
                ApplyComputed(cycle, shard, flows);
                break;
            case EventTypes.CycleBalanced:
                _state.Apply(new CycleBalanced(_state.Cycle, _state.Totals));
                break;
            case EventTypes.CycleUnbalanced:
                _state.Apply(new CycleUnbalanced(_state.Cycle, _state.Totals));
                break;
            case EventTypes.CycleInstructed:
                _state.Apply(new CycleInstructed(HouseWire.OnlyNumber(body)));
                break;
            case EventTypes.ShardConfirmed:
                ShardReport.ReadBody(body, out cycle, out shard, out _, out _);
                _state.Apply(new ShardConfirmed(cycle, shard));
                break;
            case EventTypes.CycleClosed:
                _state.Apply(new CycleClosed(HouseWire.OnlyNumber(body)));
                _blocked = "";
                break;
            case EventTypes.CycleBlocked:
                _blocked = ReadReason(body);
                break;
            case EventTypes.ExerciseStarted:
                _exercise.Start(ExerciseWire.ReadStarted(body).Series);
                break;
            case EventTypes.ShardExerciseReported:
                var reported = ReportExercise.ReadBody(body);
                _exercise.Report(reported.Shard, reported.Series);
                break;
            case EventTypes.ExerciseAssigned:
                _exercise.Assign(ExerciseWire.ReadAssignedList(body));
                break;
            case EventTypes.ClaimOpened:
                _claims.Add(PaymentWire.ReadClaim(body));
                break;
            case EventTypes.FundingQueued:
                Apply(FundingWire.ReadFixed(body));
                break;
            default:
                throw new InvalidDataException($"event type {type} of the settlement is unknown to this program");
        }
    }

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        var s = _state.ToSnapshot();
        writer.Field(1, (long)s.Stage);
        writer.Field(2, s.Cycle);
        writer.Field(3, Dates.ToInt(s.BusinessDate));
        writer.Field(4, Dates.ToInt(s.NextDate));
        if (s.Prices is { } prices)
        {
            MoneyWire.WritePrices(writer, 5, prices);
        }

        foreach (var shard in s.Reported)
        {
            writer.Field(6, shard + 1);
        }

        foreach (var total in s.Totals)
        {
            var (received, paid) = _flows.GetValueOrDefault((total.Currency, total.Type));
            MoneyWire.WriteAmount(writer, 7, total.Currency, total.Type, total.Exact, total.RoundedMinor, received, paid);
        }

        foreach (var price in _given)
        {
            PricePoint.Write(writer, 8, price);
        }

        writer.Field(9, _blocked);
        foreach (var funding in _fundingQueue)
        {
            FundingWire.WriteFixed(writer, 10, funding);
        }

        foreach (var funding in _fundings)
        {
            FundingWire.WriteFixed(writer, 11, funding);
        }

        foreach (var instrument in _expiring)
        {
            writer.Field(13, instrument.Value);
        }

        foreach (var (instrument, until) in _fundedTo)
        {
            var start = writer.Begin(12);
            writer.Field(1, instrument.Value);
            writer.Field(2, until);
            writer.End(start);
        }

        _exercise.Save(writer);
        foreach (var claim in _claims)
        {
            var start = writer.Begin(116);
            PaymentWire.Write(writer, claim);
            writer.End(start);
        }
    }

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        var stage = 0;
        long cycle = 0;
        DateOnly date = default, next = default;
        SettlementPrices? prices = null;
        List<int> reported = [];
        List<ShardTotal> totals = [];
        List<PricePoint> given = [];
        List<FundingRateFixed> fundings = [];
        List<InstrumentId> expiring = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: stage = r.Int32; break;
                case 2: cycle = r.Int64; break;
                case 3: date = Dates.FromInt(r.Int32); break;
                case 4: next = Dates.FromInt(r.Int32); break;
                case 5: prices = MoneyWire.ReadPrices(r.Bytes, _scope.Directory); break;
                case 6: reported.Add(r.Int32 - 1); break;
                case 7:
                    var amount = MoneyWire.ReadAmount(r.Bytes, out var received, out var paid);
                    totals.Add(new ShardTotal(amount.Currency, amount.Exact, amount.AmountMinor, amount.Type));
                    _flows[(amount.Currency, amount.Type)] = (received, paid);
                    break;
                case 8: given.Add(PricePoint.Read(r.Bytes)); break;
                case 9: _blocked = r.String; break;
                case 10: _fundingQueue.Add(FundingWire.ReadFixed(r.Bytes)); break;
                case 11: fundings.Add(FundingWire.ReadFixed(r.Bytes)); break;
                case 12:
                    var (instrument, until) = ReadFundedTo(r.Bytes);
                    _fundedTo.Add(instrument, until);
                    break;
                case 13: expiring.Add(Ids.Instrument(r.Bytes)); break;
                case 116: _claims.Add(PaymentWire.ReadClaim(r.Bytes)); break;
                default:
                    if (!_exercise.Load(r))
                    {
                        throw TradeWire.Unknown("the snapshot of the settlement", r.Number);
                    }

                    break;
            }
        }

        _given = given;
        _fundings = fundings;
        _expiring = expiring;
        _state = SettlementCycleState.Restore(new SettlementCycleSnapshot(_scope.Book.ShardCount, (SettlementStage)stage, cycle, date, next, prices, reported, totals));
    }

    private void Run(RunSettlementCycle run, Turn turn)
    {
        if (!_state.IsIdle && run.NextDate == _state.NextDate)
        {
            // The same command again, or a second operator's: both get the cycle's result.
            _waiting.Add(run.ReplyTo);
            return;
        }

        var directory = _scope.Directory;
        var e = new CycleFrozen(directory.CurrentCycle, directory.BusinessDate, run.NextDate);
        var refused = directory.CurrentCycle == 0 ? "the house has not opened: advance business time first" : SettlementCycleDecisions.RefuseFreeze(_state, e, directory);
        refused ??= RefusePrices(run.Prices);
        if (refused is not null)
        {
            turn.Reply(run.ReplyTo, new Refused(refused));
            return;
        }

        IReadOnlyList<PricePoint> prices = [.. run.Prices, .. FirstPrices(run.Prices)];
        var writer = turn.BeginEvent(EventTypes.CycleFrozen);
        writer.Field(1, e.Cycle);
        writer.Field(2, Dates.ToInt(e.BusinessDate));
        writer.Field(3, Dates.ToInt(e.NextDate));
        foreach (var price in prices)
        {
            PricePoint.Write(writer, 4, price);
        }

        IReadOnlyList<FundingRateFixed> fundings = [.. _fundingQueue];
        foreach (var funding in fundings)
        {
            FundingWire.WriteFixed(writer, 5, funding);
        }

        IReadOnlyList<InstrumentId> expiring = [.. Contracts.Where(static l => l.Expiry == ExpiryStage.Confirmed).Select(static l => l.Instrument.Id)];
        foreach (var instrument in expiring)
        {
            writer.Field(6, instrument.Value);
        }

        turn.EndEvent();
        Apply(e, prices, fundings, expiring);
        _waiting.Add(run.ReplyTo);
        for (var shard = 0; shard < _state.Shards; shard++)
        {
            turn.Send(new OpenCycle(AddressBook.OfShard(ActorKinds.Directory, shard), e.Cycle + 1, e.NextDate, e.BusinessDate));
        }

        turn.SetTimer(StageTimer, turn.BusinessTime + StageTimeout);
    }

    /// <summary>Every instrument must have a price before anything is frozen, so that no shard is stopped for the lack of one.</summary>
    private string? RefusePrices(IReadOnlyList<PricePoint> given)
    {
        var named = new HashSet<InstrumentId>();
        foreach (var price in given)
        {
            if (!_scope.Directory.TryGetInstrument(price.Instrument, out var listed))
            {
                return $"instrument {price.Instrument} is not defined";
            }

            if (!listed.Instrument.IsContract)
            {
                return $"instrument {price.Instrument} is an index and has no settlement price; leave it out";
            }

            if (listed.Expiry is ExpiryStage.Confirmed or ExpiryStage.Closed)
            {
                return $"instrument {price.Instrument} settles for the last time at its final price {FinalPriceDecisions.PricedBy(listed.Instrument, _scope.Directory).ToPrice(listed.FinalUnits)}, or did; leave it out";
            }

            if (!named.Add(price.Instrument))
            {
                return $"instrument {price.Instrument} is given two settlement prices";
            }

            if (price.Units < listed.Instrument.PriceLowUnits || price.Units > listed.Instrument.PriceHighUnits || price.Units % listed.Instrument.TickUnits != 0)
            {
                return $"settlement price {listed.Instrument.ToPrice(price.Units)} of {price.Instrument} must be a multiple of {listed.Instrument.ToPrice(listed.Instrument.TickUnits)} between {listed.Instrument.ToPrice(listed.Instrument.PriceLowUnits)} and {listed.Instrument.ToPrice(listed.Instrument.PriceHighUnits)}";
            }
        }

        foreach (var listed in Contracts)
        {
            if (listed.Expiry == ExpiryStage.Confirmed || named.Contains(listed.Instrument.Id))
            {
                continue;
            }

            if (!TryDefaultPrice(listed, out var units))
            {
                return $"instrument {listed.Instrument.Id} has no mark and no earlier settlement price: give its settlement price";
            }

            if (units < listed.Instrument.PriceLowUnits || units > listed.Instrument.PriceHighUnits)
            {
                return $"the last price {listed.Instrument.ToPrice(units)} of {listed.Instrument.Id} is outside {listed.Instrument.ToPrice(listed.Instrument.PriceLowUnits)} to {listed.Instrument.ToPrice(listed.Instrument.PriceHighUnits)}: give its settlement price";
            }
        }

        return null;
    }

    /// <summary>
    /// The prices of instruments that have only a mark to be settled at: fixed with the freeze, because the node that goes on with the cycle may be another one,
    /// which has not seen the mark, and then the cycle could never close.
    /// </summary>
    private IEnumerable<PricePoint> FirstPrices(IReadOnlyList<PricePoint> given)
    {
        foreach (var listed in Contracts)
        {
            if (listed.LastSettlementCycle == 0 && listed.Expiry != ExpiryStage.Confirmed && given.All(p => p.Instrument != listed.Instrument.Id) && TryDefaultPrice(listed, out var units))
            {
                yield return new PricePoint(listed.Instrument.Id, units);
            }
        }
    }

    private bool TryDefaultPrice(in ListedInstrument listed, out long units)
    {
        units = 0;
        if (_scope.Marks.TryGet(listed.Instrument.Id, out var mark))
        {
            // Half-even to the tick: a mark may stand between two.
            var tick = listed.Instrument.TickUnits;
            units = (long)decimal.Round((decimal)mark.PriceUnits / tick, MidpointRounding.ToEven) * tick;
            return true;
        }

        units = listed.LastSettlementUnits;
        return listed.LastSettlementCycle > 0;
    }

    private void OnCut(ShardReport report, Turn turn)
    {
        var e = new ShardCut(report.Cycle, report.Shard);
        if (SettlementCycleDecisions.OnCut(_state, e) != ShardReportDecision.Record)
        {
            return;
        }

        ShardReport.WriteBody(turn.BeginEvent(EventTypes.ShardCutReported), report.Cycle, report.Shard, [], report.Noticed);
        turn.EndEvent();
        ApplyCut(e, report.Noticed);
        if (_state.Stage == SettlementStage.Computing)
        {
            FixPrices(turn);
        }
    }

    private void FixPrices(Turn turn)
    {
        List<SettlementPrice> fixedPrices = [];
        foreach (var listed in Contracts)
        {
            var given = _given.FirstOrDefault(p => p.Instrument == listed.Instrument.Id);
            if (_expiring.Contains(listed.Instrument.Id))
            {
                // What an option is worth in its last cycle is exercised; the option itself ends at zero.
                fixedPrices.Add(new SettlementPrice(listed.Instrument, listed.Instrument.Option is null ? listed.FinalUnits : 0));
            }
            else if (!given.Instrument.IsNone)
            {
                fixedPrices.Add(new SettlementPrice(listed.Instrument, given.Units));
            }
            else if (TryDefaultPrice(listed, out var units))
            {
                fixedPrices.Add(new SettlementPrice(listed.Instrument, units));
            }
            else
            {
                // Defined since the freeze. A shard that the freeze reached late may have traded it in this cycle, and prices once fixed are fixed.
                Block(turn, _state.Cycle, $"instrument {listed.Instrument.Id} was defined while cycle {_state.Cycle} was being cut and has no mark: publish one");
                return;
            }
        }

        var fundings = _fundings.Select(f => new FundingPayment(TradeWire.InstrumentOf(f.Instrument, _scope.Directory), f)).ToList();
        var prices = new SettlementPrices(_state.Cycle, _state.BusinessDate, fixedPrices, fundings, _expiring);
        if (SettlementCycleDecisions.RefusePrices(_state, prices) is { } refused)
        {
            // Bands were drawn anew since the cycle was frozen. It waits until they are wide enough.
            Block(turn, _state.Cycle, refused);
            return;
        }

        MoneyWire.WritePrices(turn.BeginEvent(EventTypes.SettlementPricesFixed), 1, prices);
        turn.EndEvent();
        _state.Apply(new SettlementPricesFixed(prices));
        var series = SeriesOfCycle();
        if (series.Count == 0)
        {
            Compute(turn);
            return;
        }

        ExerciseWire.WriteStarted(turn.BeginEvent(EventTypes.ExerciseStarted), _state.Cycle, series);
        turn.EndEvent();
        _exercise.Start(series);
        for (var shard = 0; shard < _state.Shards; shard++)
        {
            turn.Send(new GatherExercise(AddressBook.OfShard(ActorKinds.Directory, shard), _state.Cycle, series));
        }

        turn.SetTimer(StageTimer, turn.BusinessTime + StageTimeout);
    }

    /// <summary>
    /// What the cycle exercises: options in their last cycle, and American ones of which there are notices. Where an index has no mark, its options' notices stay
    /// for the next cycle.
    /// </summary>
    private List<SeriesTerms> SeriesOfCycle()
    {
        List<SeriesTerms> series = [];
        foreach (var listed in Contracts)
        {
            var option = listed.Instrument;
            if (option.Option is null)
            {
                continue;
            }

            var reference = FinalPriceDecisions.PricedBy(option, _scope.Directory);
            if (_expiring.Contains(option.Id))
            {
                series.Add(new SeriesTerms(option.Id, listed.FinalUnits, true, reference.Kind == InstrumentKind.Future && reference.Expiry != option.Expiry));
            }
            else if (option.Option.Style == ExerciseStyle.American && _exercise.Noticed.Contains(option.Id)
                && listed.Expiry == ExpiryStage.None && !option.IsExpiredAt(_scope.Directory.BusinessTime))
            {
                if (reference.Kind == InstrumentKind.Future)
                {
                    series.Add(new SeriesTerms(option.Id, 0, false, true));
                }
                else if (_scope.Marks.TryGet(reference.Id, out var mark))
                {
                    series.Add(new SeriesTerms(option.Id, mark.PriceUnits, false, false));
                }
            }
        }

        return series;
    }

    private void Compute(Turn turn)
    {
        for (var shard = 0; shard < _scope.ShardsAtOnce; shard++)
        {
            turn.Send(ComputeMessage(shard));
        }

        turn.SetTimer(StageTimer, turn.BusinessTime + StageTimeout);
    }

    /// <summary>
    /// The shard whose turn it is when another has done its part; null if it has done its own. A chain that breaks, because another node goes on in other steps, is
    /// mended by the stage's timer, which asks all that are missing.
    /// </summary>
    private int? NextBehind(int shard) => shard + _scope.ShardsAtOnce is var next && next < _state.Shards && !_state.Reported.Contains(next) ? next : null;

    /// <summary>A shard that is hindered does not hold up the others.</summary>
    private void PassOver(ReportBlocked report, Turn turn)
    {
        if (report.Cycle != _state.Cycle || _exercise.IsOpen || NextBehind(report.Shard) is not { } next)
        {
            return;
        }

        if (_state.Stage == SettlementStage.Computing && _state.Prices is not null)
        {
            turn.Send(ComputeMessage(next));
        }
        else if (_state.Stage == SettlementStage.Confirming)
        {
            turn.Send(BookMessage(next));
        }
    }

    private BookCycle BookMessage(int shard) => new(AddressBook.OfShard(ActorKinds.Directory, shard), _state.Cycle, _state.BusinessDate);

    private ComputeCycle ComputeMessage(int shard) => new(
        AddressBook.OfShard(ActorKinds.Directory, shard), _state.Cycle, _state.BusinessDate, [.. _state.Prices!.Sorted().Select(p => new PricePoint(p.Instrument.Id, p.PriceUnits))], _fundings, _expiring)
    {
        Series = _exercise.Series,
        Assigned = [.. _exercise.Assigned.Where(a => _scope.Book.Of(ActorKinds.Account, a.Account.Value).Shard == shard)],
    };

    /// <summary>When every shard has reported, the exercised lots are assigned over the short positions of the whole house, once.</summary>
    private void OnExercise(ReportExercise report, Turn turn)
    {
        if (report.Cycle != _state.Cycle || !_exercise.IsOpen || _exercise.HasReported(report.Shard))
        {
            return;
        }

        ReportExercise.WriteBody(turn.BeginEvent(EventTypes.ShardExerciseReported), report.Cycle, report.Shard, report.Series);
        turn.EndEvent();
        _exercise.Report(report.Shard, report.Series);
        if (!_exercise.IsComplete)
        {
            return;
        }

        var assigned = _exercise.DecideAssignment();
        ExerciseWire.WriteAssigned(turn.BeginEvent(EventTypes.ExerciseAssigned), _state.Cycle, assigned);
        turn.EndEvent();
        _exercise.Assign(assigned);
        Compute(turn);
    }

    private void ApplyCut(in ShardCut e, IReadOnlyList<InstrumentId> noticed)
    {
        _state.Apply(e);
        _exercise.AddNoticed(noticed);
    }

    private void OnComputed(ShardReport report, Turn turn)
    {
        var e = new ShardComputed(report.Cycle, report.Shard, [.. report.Flows.Select(f => f.Total)]);
        if (SettlementCycleDecisions.OnComputed(_state, e) != ShardReportDecision.Record)
        {
            return;
        }

        ShardReport.WriteBody(turn.BeginEvent(EventTypes.ShardComputed), report.Cycle, report.Shard, report.Flows, []);
        turn.EndEvent();
        ApplyComputed(report.Cycle, report.Shard, report.Flows);
        if (NextBehind(report.Shard) is { } next)
        {
            turn.Send(ComputeMessage(next));
        }

        var balance = SettlementCycleDecisions.DecideBalance(_state);
        switch (balance.Kind)
        {
            case BalanceDecisionKind.Incomplete:
                return;
            case BalanceDecisionKind.Unbalanced:
                WriteTotals(turn.BeginEvent(EventTypes.CycleUnbalanced), balance.Unbalanced.Cycle, balance.Unbalanced.Totals);
                turn.EndEvent();
                _state.Apply(balance.Unbalanced);
                Block(turn, _state.Cycle, $"what cycle {_state.Cycle} settles does not sum to zero: {string.Join(", ", balance.Unbalanced.Totals.Select(t => $"{t.Type} {t.Exact} {t.Currency}"))}");
                return;
            default:
                Instruct(turn, balance.Balanced);
                return;
        }
    }

    private void Instruct(Turn turn, in CycleBalanced balanced)
    {
        WriteTotals(turn.BeginEvent(EventTypes.CycleBalanced), balanced.Cycle, balanced.Totals);
        turn.EndEvent();
        _state.Apply(balanced);
        foreach (var entry in SettlementCycleDecisions.HouseEntries(balanced, _state.BusinessDate))
        {
            turn.Send(new BookCash(_scope.Book.Of(ActorKinds.Account, entry.Account.Value), entry));
        }

        turn.BeginEvent(EventTypes.CycleInstructed).Field(1, _state.Cycle);
        turn.EndEvent();
        _state.Apply(new CycleInstructed(_state.Cycle));
        for (var shard = 0; shard < _scope.ShardsAtOnce; shard++)
        {
            turn.Send(BookMessage(shard));
        }

        turn.SetTimer(StageTimer, turn.BusinessTime + StageTimeout);
    }

    private void OnBooked(ShardReport report, Turn turn)
    {
        var e = new ShardConfirmed(report.Cycle, report.Shard);
        if (SettlementCycleDecisions.OnConfirmed(_state, e) != ShardReportDecision.Record)
        {
            return;
        }

        ShardReport.WriteBody(turn.BeginEvent(EventTypes.ShardConfirmed), report.Cycle, report.Shard, [], []);
        turn.EndEvent();
        _state.Apply(e);
        if (NextBehind(report.Shard) is { } next)
        {
            turn.Send(BookMessage(next));
        }

        if (!SettlementCycleDecisions.TryDecideClose(_state, out var closed))
        {
            return;
        }

        turn.BeginEvent(EventTypes.CycleClosed).Field(1, closed.Cycle);
        turn.EndEvent();
        _state.Apply(closed);
        _blocked = "";
        turn.CancelTimer(StageTimer);
        var result = new CycleResult(closed.Cycle, _state.BusinessDate, [.. _state.Totals.Select(t =>
        {
            var (received, paid) = _flows.GetValueOrDefault((t.Currency, t.Type));
            return new CurrencyFlow(t.Currency, t.Type, received, paid, -t.RoundedMinor);
        })]);
        if (_state.NextDate > _state.BusinessDate && _scope.Directory.Risk.Parameters.Length > 0)
        {
            // The day is over: its prices go behind the histories, and whoever waits may then run margin on them.
            PricePoint[] prices = [.. _state.Prices!.Sorted().Select(p => new PricePoint(p.Instrument.Id, p.PriceUnits))];
            turn.Send(new ExtendHistories(_scope.Book.Of(ActorKinds.Registry, ActorKinds.House), _state.BusinessDate, prices)
            {
                ReplyTo = new ReplyTo(new ForwardedAnswer([.. _waiting], result), 0),
            });
        }
        else
        {
            foreach (var replyTo in _waiting)
            {
                turn.Reply(replyTo, result);
            }
        }

        _waiting.Clear();
        if (_scope.Directory.OpenDefaults.Count > 0)
        {
            turn.Send(new DefaultMessage(DefaultManager, MessageTypes.TellCycleClosed, new ClearingActors.Contracts.Journal.Defaults.V1.CycleSeen { Cycle = closed.Cycle }));
        }
    }

    /// <summary>The claim on a payer that has not paid is funded from the sources in order and kept, where the default process finds it.</summary>
    private void OpenClaim(ReportUnpaid report, Turn turn)
    {
        var claim = Payments.DecideClaim(_claims.Count + 1, report.Missed, _scope.Directory.Payment, Drawn);
        PaymentWire.Write(turn.BeginEvent(EventTypes.ClaimOpened), claim);
        turn.EndEvent();
        _claims.Add(claim);
        foreach (var entry in Payments.EntriesOf(claim, _scope.Directory.BusinessDate))
        {
            turn.Send(new BookCash(_scope.Book.Of(ActorKinds.Account, entry.Account.Value), entry));
        }

        turn.Send(new DefaultMessage(DefaultManager, MessageTypes.ReportClaim, new ClearingActors.Contracts.Defaults.V1.Claim
        {
            Account = claim.Missed.Account.Value,
            Member = claim.Missed.Member.Value,
            Amount = new() { Currency = claim.Missed.Missing.Currency.Code, Digits = claim.Missed.Missing.Currency.Digits, Minor = claim.Missed.Missing.MinorUnits },
            Cycle = claim.Missed.Cycle,
        }));
    }

    private ActorAddress DefaultManager => _scope.Book.Of(ActorKinds.Default, ActorKinds.House);

    private long Drawn(string source, Currency currency) =>
        _claims.SelectMany(static c => c.Draws).Where(d => d.Source == source && d.Amount.Currency == currency).Sum(static d => d.Amount.MinorUnits);

    private void Block(Turn turn, long cycle, string reason)
    {
        if (cycle != _state.Cycle || _state.IsIdle || string.Equals(reason, _blocked, StringComparison.Ordinal))
        {
            return;
        }

        var writer = turn.BeginEvent(EventTypes.CycleBlocked);
        writer.Field(1, cycle);
        writer.Field(2, reason);
        turn.EndEvent();
        _blocked = reason;
    }

    /// <summary>Takes a fixed funding once, however often it is handed over, and says so.</summary>
    private void Queue(QueueFunding message, Turn turn)
    {
        if (message.Funding.To > _fundedTo.GetValueOrDefault(message.Funding.Instrument))
        {
            FundingWire.WriteFixed(turn.BeginEvent(EventTypes.FundingQueued), message.Funding);
            turn.EndEvent();
            Apply(message.Funding);
        }

        turn.Reply(message.ReplyTo, new FundingResult(message.Funding));
    }

    private void Apply(in FundingRateFixed funding)
    {
        _fundingQueue.Add(funding);
        _fundedTo[funding.Instrument] = funding.To;
    }

    private void Apply(in CycleFrozen e, IReadOnlyList<PricePoint> given, IReadOnlyList<FundingRateFixed> fundings, IReadOnlyList<InstrumentId> expiring)
    {
        _state.Apply(e);
        _given = given;
        _fundings = fundings;
        _expiring = expiring;
        _fundingQueue = [];
        _exercise.Reset();
        _flows.Clear();
        _blocked = "";
    }

    private void ApplyComputed(long cycle, int shard, IReadOnlyList<ShardFlow> flows)
    {
        _state.Apply(new ShardComputed(cycle, shard, [.. flows.Select(f => f.Total)]));
        foreach (var flow in flows)
        {
            var key = (flow.Total.Currency, flow.Total.Type);
            var (received, paid) = _flows.GetValueOrDefault(key);
            _flows[key] = (checked(received + flow.Received), checked(paid + flow.Paid));
        }
    }

    private static void WriteTotals(WireWriter writer, long cycle, IReadOnlyList<ShardTotal> totals)
    {
        writer.Field(1, cycle);
        foreach (var total in totals)
        {
            MoneyWire.WriteAmount(writer, 2, total.Currency, total.Type, total.Exact, total.RoundedMinor);
        }
    }

    private static void ReadFrozen(ReadOnlySpan<byte> body, out CycleFrozen frozen, out IReadOnlyList<PricePoint> given, out IReadOnlyList<FundingRateFixed> fundings, out IReadOnlyList<InstrumentId> expiring)
    {
        List<FundingRateFixed> paid = [];
        List<InstrumentId> last = [];
        frozen = default;
        List<PricePoint> prices = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: frozen = frozen with { Cycle = r.Int64 }; break;
                case 2: frozen = frozen with { BusinessDate = Dates.FromInt(r.Int32) }; break;
                case 3: frozen = frozen with { NextDate = Dates.FromInt(r.Int32) }; break;
                case 4: prices.Add(PricePoint.Read(r.Bytes)); break;
                case 5: paid.Add(FundingWire.ReadFixed(r.Bytes)); break;
                case 6: last.Add(Ids.Instrument(r.Bytes)); break;
                default: throw TradeWire.Unknown("CycleFrozen", r.Number);
            }
        }

        given = prices;
        fundings = paid;
        expiring = last;
    }

    private static (InstrumentId Instrument, long Until) ReadFundedTo(ReadOnlySpan<byte> body)
    {
        InstrumentId instrument = default;
        long until = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: instrument = Ids.Instrument(r.Bytes); break;
                case 2: until = r.Int64; break;
                default: throw TradeWire.Unknown("the snapshot of a funding", r.Number);
            }
        }

        return (instrument, until);
    }

    private static string ReadReason(ReadOnlySpan<byte> body)
    {
        var reason = "";
        var r = new WireReader(body);
        while (r.Next())
        {
            reason = r.Number switch { 1 => reason, 2 => r.String, _ => throw TradeWire.Unknown("CycleBlocked", r.Number) };
        }

        return reason;
    }
}
