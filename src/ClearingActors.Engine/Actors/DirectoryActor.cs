using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// What a shard knows of the house, and what it does as a whole: it takes the registry's changes, opens cycles, reports the cut, and settles and books all its
/// accounts in one turn.
/// </summary>
internal sealed partial class DirectoryActor : Actor
{
    private readonly EngineScope _scope;
    private long _awaitedCut;
    private long _computedCycle;
    private long _bookedCycle;
    private long _liquidityRun;

    internal DirectoryActor(EngineScope scope)
    {
        _scope = scope;
        scope.DirectoryActor = this;
    }

    public override bool Exists => true;

    private HouseDirectory Directory => _scope.Directory;

    private ActorAddress Registry => _scope.Book.Of(ActorKinds.Registry, ActorKinds.House);

    private ActorAddress Settlement => _scope.Book.Of(ActorKinds.Settlement, ActorKinds.House);

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case ChangeDirectory change:
                Change(change, turn);
                break;
            case OpenCycle open:
                Open(open, turn);
                break;
            case ComputeCycle compute:
                Compute(compute, turn);
                break;
            case GatherExercise gather:
                Gather(gather, turn);
                break;
            case BookCycle book:
                Book(book, turn);
                break;
            case MeasureMargin measure:
                Measure(measure.Inputs, turn);
                break;
            case TellLiquidity told:
                Told(told, turn);
                break;
            case GatherPositions gather:
                Gather(gather, turn);
                break;
            case DefaultMessage { Body: ClearingActors.Contracts.Journal.Defaults.V1.SeizeAccounts seize }:
                Seize(seize, turn);
                break;
            case DefaultMessage { Body: ClearingActors.Contracts.Journal.Defaults.V1.GatherStarted gather }:
                Gather(gather, turn);
                break;
            case AssessMargin assess:
                Assess(assess.Inputs, turn);
                break;
            default:
                throw new InvalidOperationException($"a directory takes no {message.GetType().Name}");
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        _scope.Cycles?.Changing(_scope, type);
        switch (type)
        {
            case EventTypes.CutAwaited:
                _awaitedCut = HouseWire.OnlyNumber(body);
                break;
            case EventTypes.ShardCut:
                _awaitedCut = 0;
                break;
            case EventTypes.SettlementPricesSet:
                ApplyPrices(MoneyWire.ReadPrices(HouseWire.OnlyBytes(body), Directory));
                _scope.Cycles?.Priced(_scope);
                break;
            case EventTypes.CycleBooked:
                _bookedCycle = HouseWire.OnlyNumber(body);
                break;
            case EventTypes.LiquidityTold:
                ApplyLiquidity(TellLiquidity.Read(Address, body));
                break;
            default:
                DirectoryEvents.Apply(Directory, type, body);
                if (type == EventTypes.TradeSourceDefined)
                {
                    var source = HouseWire.ReadSource(body);
                    _scope.Counters.Lanes[source.Source] = source.Lanes;
                }

                break;
        }
    }

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        DirectorySnapshots.Save(writer, 1, Directory);
        writer.Field(2, _awaitedCut);
        writer.Field(3, _computedCycle);
        writer.Field(4, _bookedCycle);
        if (_scope.Prices is { } prices)
        {
            MoneyWire.WritePrices(writer, 5, prices);
        }

        if (_liquidityRun > 0)
        {
            var start = writer.Begin(130);
            TellLiquidity.WriteCharges(writer, _liquidityRun, _scope.Liquidity.Values.OrderBy(c => c.Member).ThenBy(c => c.Underlying, StringComparer.Ordinal));
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
                case 1: _scope.Directory = DirectorySnapshots.Load(r.Bytes); break;
                case 2: _awaitedCut = r.Int64; break;
                case 3: _computedCycle = r.Int64; break;
                case 4: _bookedCycle = r.Int64; break;
                case 5: _scope.Prices = MoneyWire.ReadPrices(r.Bytes, Directory); break;
                case 130: ApplyLiquidity(TellLiquidity.Read(Address, r.Bytes)); break;
                default: throw TradeWire.Unknown("the snapshot of a directory", r.Number);
            }
        }

        foreach (var source in Directory.SortedSources())
        {
            _scope.Counters.Lanes[source.Source] = source.Lanes;
        }
    }

    /// <summary>Reports the cut when the last reservation of the frozen cycle has ended; called by an account after it ended one.</summary>
    internal void ReportCutIfReached(Turn turn)
    {
        if (_awaitedCut != 0 && !_scope.HasOpenReservations(_awaitedCut))
        {
            turn.Continue(Address);
            ReportCut(turn);
        }
    }

    private void Change(ChangeDirectory change, Turn turn)
    {
        foreach (var e in change.Events)
        {
            // The settlement process may have opened the first cycle here before the registry's word came.
            if (e.Type == EventTypes.CycleOpened && HouseWire.ReadCycle(e.Body.Span).Cycle <= Directory.CurrentCycle)
            {
                continue;
            }

            if (IsOvertakenByDefault(e))
            {
                continue;
            }

            turn.BeginEvent(e.Type).Raw(e.Body.Span);
            turn.EndEvent();
            Apply(e.Type, e.Body.Span);
            if (e.Type == EventTypes.InstrumentDefined)
            {
                ArmMarket(HouseWire.ReadInstrument(e.Body.Span).Instrument, turn);
            }

            if (e.Type == EventTypes.BusinessTimeAdvanced && Directory.BusinessTime > turn.BusinessTime)
            {
                turn.AdvanceBusinessTime(Directory.BusinessTime);
            }
        }

        if (change.Change > 0)
        {
            turn.Send(new DirectoryChanged(Registry, change.Change, _scope.Shard));
        }
    }

    /// <summary>The default manager's word may come before the registry's; of a member in default, nothing that the registry had still under way holds.</summary>
    private bool IsOvertakenByDefault(in DirectoryEvent e) => e.Type switch
    {
        EventTypes.MemberDefaulted => IsDefaulted(DirectoryEvents.ReadDefaulted(e.Body.Span).Member),
        EventTypes.MemberSuspended => IsDefaulted(HouseWire.ReadSuspended(e.Body.Span).Member),
        EventTypes.MemberReinstated => IsDefaulted(Ids.Member(HouseWire.OnlyBytes(e.Body.Span))),
        _ => false,
    };

    private bool IsDefaulted(MemberId member) => Directory.MemberStatusOf(member).Standing == MemberStanding.Defaulted;

    /// <summary>In the shard of the instrument's market the clock is set with the very turn that takes the definition, so neither is ever without the other.</summary>
    private void ArmMarket(Domain.Instruments.Instrument instrument, Turn turn)
    {
        var market = _scope.Book.Of(ActorKinds.Market, instrument.Underlying.Value);
        if (market.Shard == _scope.Shard && (instrument.Perpetual is not null || instrument.Definition.Expiry is not null))
        {
            turn.Continue(market);
            MarketClock.Arm(instrument, turn);
            turn.Continue(Address);
        }
    }

    private void Open(OpenCycle open, Turn turn)
    {
        if (Directory.CurrentCycle == open.Cycle - 2)
        {
            OpenCycle(turn, new CycleOpened(open.Cycle - 1, open.PreviousDate));
        }

        OpenCycle(turn, new CycleOpened(open.Cycle, open.Date));
        var frozen = open.Cycle - 1;
        turn.BeginEvent(EventTypes.CutAwaited).Field(1, frozen);
        turn.EndEvent();
        _awaitedCut = frozen;
        if (!_scope.HasOpenReservations(frozen))
        {
            ReportCut(turn);
        }

        foreach (var source in _scope.Sources)
        {
            if (!turn.IsQuarantined(source.Address))
            {
                source.ExpireIds(turn);
            }
        }
    }

    private void OpenCycle(Turn turn, in CycleOpened e)
    {
        HouseWire.Write(turn.BeginEvent(EventTypes.CycleOpened), e);
        turn.EndEvent();
        Directory.Apply(e);
    }

    private void ReportCut(Turn turn)
    {
        var cycle = _awaitedCut;
        turn.BeginEvent(EventTypes.ShardCut).Field(1, cycle);
        turn.EndEvent();
        _awaitedCut = 0;
        var noticed = _scope.Accounts.SelectMany(static a => a.State.Notices).Where(n => OptionExercise.IsDue(n, cycle)).Select(static n => n.Position.Instrument).Distinct().Order();
        turn.Send(new ShardReport(Settlement, MessageTypes.ReportCut, cycle, _scope.Shard, []) { Noticed = [.. noticed] });
    }

    /// <summary>
    /// What the shard's accounts exercise and who is short, at the cut. It changes nothing: positions and notices of a frozen cycle stand still until it is computed.
    /// </summary>
    private void Gather(GatherExercise gather, Turn turn)
    {
        if (_computedCycle >= gather.Cycle)
        {
            return;
        }

        var exercised = new long[gather.Series.Count];
        List<AssignedLots> shorts = [];
        var series = SeriesOf(gather.Series);
        foreach (var account in _scope.Accounts)
        {
            if (turn.IsQuarantined(account.Address))
            {
                Block(turn, gather.Cycle, $"account {account.State.Id} is quarantined; release it");
                return;
            }

            foreach (var position in account.State.Positions)
            {
                var i = series.FindIndex(s => s.Option.Id == position.Key.Instrument);
                if (i < 0)
                {
                    continue;
                }

                exercised[i] = checked(exercised[i] + OptionExercise.LotsOf(account.State, position, series[i], gather.Cycle));
                if (OptionExercise.ShortLotsOf(position, gather.Cycle) is var lots and > 0)
                {
                    shorts.Add(new AssignedLots(series[i].Option.Id, account.State.Id, position.Key.Client, lots));
                }
            }
        }

        var byOption = shorts.OrderBy(static s => s.Account).ThenBy(static s => s.Client).ToLookup(static s => s.Option);
        turn.Send(new ReportExercise(Settlement, gather.Cycle, _scope.Shard, [.. series.Select((s, i) => new SeriesLots(s.Option.Id, exercised[i], [.. byOption[s.Option.Id]]))]));
    }

    private List<ExerciseSeries> SeriesOf(IReadOnlyList<SeriesTerms> terms) => [.. terms.Select(t => ExerciseSeries.Of(t, Directory)).OfType<ExerciseSeries>()];

    /// <summary>All accounts of the shard are settled in this one turn, or none: what stands in the way is found before anything changes.</summary>
    private void Compute(ComputeCycle compute, Turn turn)
    {
        if (_computedCycle >= compute.Cycle)
        {
            return;
        }

        List<SettlementPrice> points = [];
        foreach (var point in compute.Prices)
        {
            if (Directory.TryGetInstrument(point.Instrument, out var listed))
            {
                points.Add(new SettlementPrice(listed.Instrument, point.Units));
            }
        }

        // An instrument that the shard does not know yet is held by none of its accounts.
        List<FundingPayment> fundings = [];
        foreach (var funding in compute.Fundings)
        {
            if (Directory.TryGetInstrument(funding.Instrument, out var listed))
            {
                fundings.Add(new FundingPayment(listed.Instrument, funding));
            }
        }

        var expiring = compute.Expiring.Where(i => Directory.TryGetInstrument(i, out _)).ToList();
        var prices = new SettlementPrices(compute.Cycle, compute.Date, points, fundings, expiring);
        var series = SeriesOf(compute.Series);
        var assigned = compute.Assigned.ToLookup(a => a.Account);
        var exercises = new AccountExercise[_scope.Accounts.Count];
        var decisions = new VariationMarginDecision[_scope.Accounts.Count];
        for (var i = 0; i < decisions.Length; i++)
        {
            var account = _scope.Accounts[i];
            if (turn.IsQuarantined(account.Address))
            {
                Block(turn, compute.Cycle, $"account {account.State.Id} is quarantined; release it");
                return;
            }

            exercises[i] = series.Count == 0 ? AccountExercise.None : OptionExercise.Decide(account.State, series, [.. assigned[account.State.Id]], compute.Cycle);
            decisions[i] = account.DecideVariationMargin(prices, exercises[i]);
            if (decisions[i].Kind == VariationMarginDecisionKind.MissingPrice)
            {
                Block(turn, compute.Cycle, $"account {account.State.Id} holds {decisions[i].MissingPriceOf}, which has no settlement price in cycle {compute.Cycle}");
                return;
            }
        }

        MoneyWire.WritePrices(turn.BeginEvent(EventTypes.SettlementPricesSet), 1, prices);
        turn.EndEvent();
        ApplyPrices(prices);
        var flows = new SortedDictionary<(Currency, CashEntryType), ShardFlow>();
        for (var i = 0; i < decisions.Length; i++)
        {
            if (decisions[i].Kind == VariationMarginDecisionKind.Settled)
            {
                _scope.Accounts[i].Settle(turn, decisions[i].Event, exercises[i]);
                Add(flows, decisions[i].Event.Amounts);
            }
        }

        turn.Continue(Address);
        turn.Send(new ShardReport(Settlement, MessageTypes.ReportComputed, compute.Cycle, _scope.Shard, [.. flows.Values]));
    }

    private void Book(BookCycle book, Turn turn)
    {
        if (_bookedCycle >= book.Cycle)
        {
            return;
        }

        foreach (var account in _scope.Accounts)
        {
            if (turn.IsQuarantined(account.Address))
            {
                Block(turn, book.Cycle, $"account {account.State.Id} is quarantined; release it");
                return;
            }
        }

        turn.BeginEvent(EventTypes.CycleBooked).Field(1, book.Cycle);
        turn.EndEvent();
        _bookedCycle = book.Cycle;
        foreach (var account in _scope.Accounts)
        {
            account.BookVariationMargin(turn, book.Cycle, book.ValueDate);
        }

        turn.Continue(Address);
        turn.Send(new ShardReport(Settlement, MessageTypes.ReportBooked, book.Cycle, _scope.Shard, []));
    }

    /// <summary>What the shard's accounts hold, by member, for the add-on of whole members.</summary>
    private void Measure(MarginInputs inputs, Turn turn)
    {
        var lots = new SortedDictionary<(MemberId Member, InstrumentId Instrument), long>();
        var figures = new SortedDictionary<(MemberId Member, string Underlying), Int128>(MemberUnderlying.Order);
        var failure = "";
        try
        {
            var charges = CalculatorOf(inputs).Liquidity;
            foreach (var account in _scope.Accounts)
            {
                RequireSound(account, turn);
                account.Measure(charges, lots, figures);
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            failure = e.Message;
            lots.Clear();
            figures.Clear();
        }

        turn.Send(new ReportMeasured(
            _scope.Book.Of(ActorKinds.Margin, ActorKinds.House),
            inputs.Run,
            _scope.Shard,
            [.. lots.Select(l => new MemberLots(l.Key.Member, l.Key.Instrument, l.Value))],
            [.. figures.Select(f => new MemberFigures(f.Key.Member, f.Key.Underlying, f.Value))],
            failure));
    }

    /// <summary>The run goes on with these add-ons, or ends here with the reason why there are none.</summary>
    private void Told(TellLiquidity told, Turn turn)
    {
        if (told.Failure.Length > 0)
        {
            turn.Send(new ReportAssessed(_scope.Book.Of(ActorKinds.Margin, ActorKinds.House), told.Run, _scope.Shard, [], told.Failure));
            return;
        }

        TellLiquidity.WriteCharges(turn.BeginEvent(EventTypes.LiquidityTold), told.Run, told.Charges);
        turn.EndEvent();
        ApplyLiquidity(told);
    }

    private void ApplyLiquidity(TellLiquidity told)
    {
        _liquidityRun = told.Run;
        _scope.Liquidity.Clear();
        foreach (var charge in told.Charges)
        {
            _scope.Liquidity.Add((charge.Member, charge.Underlying), charge);
        }
    }

    private MarginCalculator CalculatorOf(MarginInputs inputs)
    {
        var calculator = _scope.Calculator(inputs.Marks, inputs.At, inputs.Collateral);
        return calculator.ScenarioVersion == inputs.ScenarioSet && calculator.ModelVersion == inputs.ModelVersion && calculator.BufferReleased == inputs.BufferReleased
            ? calculator
            : throw new ArgumentException($"the risk book has changed since the run fixed scenario set {inputs.ScenarioSet[..8]}; run margin again", nameof(inputs));
    }

    private static void RequireSound(AccountActor account, Turn turn)
    {
        if (turn.IsQuarantined(account.Address))
        {
            throw new ArgumentException($"account {account.State.Id} is quarantined; release it", nameof(account));
        }
    }

    /// <summary>All accounts of the shard are assessed in this one turn, or none: what stands in the way is found before anything changes.</summary>
    private void Assess(MarginInputs inputs, Turn turn)
    {
        var found = new List<(AccountActor Account, MarginAssessed Assessed, MarginTerms Terms)>();
        var failure = "";
        try
        {
            var calculator = CalculatorOf(inputs);
            foreach (var account in _scope.Accounts)
            {
                RequireSound(account, turn);
                if (account.DecideAssessment(calculator, inputs) is { } assessed)
                {
                    var refused = assessed.Coverage.Refuse();
                    found.Add((account, assessed, refused is null ? calculator.TermsOf(account.State.MarginCurrency) : throw new ArgumentException($"account {account.State.Id}: {refused}", nameof(inputs))));
                }
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            failure = e.Message;
            found.Clear();
        }

        var totals = new SortedDictionary<Currency, MarginTotal>();
        foreach (var (account, assessed, terms) in found)
        {
            var issued = account.Assess(turn, assessed, terms);
            var excess = assessed.Coverage.Excess;
            var total = new MarginTotal(terms.Currency, 1, assessed.Coverage.Requirement, Math.Max(0, -excess), issued is null ? 0 : 1, issued?.AmountMinor ?? 0);
            totals[terms.Currency] = totals.TryGetValue(terms.Currency, out var sum) ? sum + total : total;
        }

        turn.Continue(Address);
        turn.Send(new ReportAssessed(_scope.Book.Of(ActorKinds.Margin, ActorKinds.House), inputs.Run, _scope.Shard, [.. totals.Values], failure) { Assessed = true });
    }

    private void Block(Turn turn, long cycle, string reason) => turn.Send(new ReportBlocked(Settlement, cycle, _scope.Shard, reason));

    private void ApplyPrices(SettlementPrices prices)
    {
        foreach (var price in prices.Sorted())
        {
            Directory.Apply(new SettlementPriceSet(price.Instrument.Id, prices.Cycle, price.PriceUnits));
        }

        foreach (var instrument in prices.Expiring)
        {
            Directory.Apply(new InstrumentClosed(instrument));
        }

        _scope.Prices = prices;
        _computedCycle = prices.Cycle;
    }

    private static void Add(SortedDictionary<(Currency, CashEntryType), ShardFlow> flows, IReadOnlyList<VariationMarginAmount> amounts)
    {
        foreach (var amount in amounts)
        {
            var key = (amount.Currency, amount.Type);
            var sum = flows.GetValueOrDefault(key, new ShardFlow(new ShardTotal(amount.Currency, ExactAmount.Zero, 0, amount.Type), 0, 0));
            flows[key] = new ShardFlow(
                new ShardTotal(amount.Currency, sum.Total.Exact + amount.Exact, checked(sum.Total.RoundedMinor + amount.AmountMinor), amount.Type),
                checked(sum.Received + Math.Max(0, amount.AmountMinor)),
                checked(sum.Paid + Math.Max(0, -amount.AmountMinor)));
        }
    }
}
