using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The house's margin runs (rulebook 8.8, 8.9): a run fixes its inputs, has every shard assess its accounts with them, and ends when all have reported. It goes on from
/// wherever a crash left it, since every step is a durable message. Missed calls end here, where the default manager finds them.
/// </summary>
internal sealed partial class MarginActor : Actor
{
    /// <summary>Missed calls kept; older ones stay in the journal.</summary>
    private const int MissedCallsKept = 1000;

    private readonly EngineScope _scope;
    private readonly List<ReplyTo> _waiting = [];
    private readonly List<MissedCall> _missed = [];
    private readonly SortedDictionary<Currency, MarginTotal> _totals = [];
    private MarginInputs? _last;
    private HashSet<int> _missing = [];
    private string _failure = "";

    // What the shards have measured of members, until the last has: integers, so that the order does not matter.
    private readonly HashSet<int> _measured = [];
    private readonly SortedDictionary<(MemberId Member, InstrumentId Instrument), long> _lots = [];
    private readonly SortedDictionary<(MemberId Member, string Underlying), Int128> _figures = new(MemberUnderlying.Order);
    private string _measureFailure = "";

    internal MarginActor(EngineScope scope)
    {
        _scope = scope;
    }

    public override bool Exists => _last is not null || _missed.Count > 0 || _recent.Count > 0 || _schedule.CheckSeconds > 0;

    public override IEnumerable<ReplyTo> Waiting => _waiting;

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case RunMargin run:
                Run(run, turn);
                break;
            case GetMarginRuns get:
                turn.Reply(get.ReplyTo, View());
                break;
            case ReportMeasured measured:
                Measured(measured, turn);
                break;
            case ReportAssessed report:
                Report(report, turn);
                break;
            case ReportMissedCall missed:
                missed.Missed.Write(turn.BeginEvent(EventTypes.CallMissedReported));
                turn.EndEvent();
                Apply(missed.Missed);
                turn.Send(new DefaultMessage(_scope.Book.Of(ActorKinds.Default, ActorKinds.House), MessageTypes.TriggerDefault, new ClearingActors.Contracts.Journal.Defaults.V1.TriggerReported
                {
                    Member = missed.Missed.Member.Value,
                    Cause = ClearingActors.Contracts.Defaults.V1.Cause.MissedCall,
                    Detail = $"account {missed.Missed.Account} has not met call {missed.Missed.Call}: {missed.Missed.Missing} is missing",
                }));
                break;
            case ScheduleRuns schedule:
                Schedule(schedule.Schedule, turn);
                break;
            default:
                throw new InvalidOperationException($"the margin runs take no {message.GetType().Name}");
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.MarginRunStarted:
                var inputs = MarginInputs.Read(body);
                _scope.Runs?.Started(inputs);
                Apply(inputs);
                break;
            case EventTypes.ShardMeasured:
                Apply(ReportMeasured.Read(Address, body));
                break;
            case EventTypes.ShardAssessed:
                Apply(ReportAssessed.Read(Address, body));
                break;
            case EventTypes.CallMissedReported:
                Apply(MissedCall.Read(body));
                break;
            case EventTypes.RunsScheduled:
                _schedule = RunSchedule.Read(body);
                break;
            case EventTypes.MarginRunNotBegun:
                ApplyNotBegun(RunSummary.Read(body));
                break;
            default:
                throw new InvalidDataException($"event type {type} of the margin runs is unknown to this program");
        }
    }

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        if (_last is { } last)
        {
            var start = writer.Begin(1);
            last.Write(writer);
            writer.End(start);
        }

        foreach (var shard in _missing.Order())
        {
            // A shard of 0 must be written too.
            writer.Field(2, shard + 1);
        }

        foreach (var total in _totals.Values)
        {
            MarginTotal.Write(writer, 3, total);
        }

        writer.Field(4, _failure);
        foreach (var missed in _missed)
        {
            var start = writer.Begin(5);
            missed.Write(writer);
            writer.End(start);
        }

        foreach (var shard in _measured.Order())
        {
            writer.Field(130, shard + 1);
        }

        foreach (var (key, lots) in _lots)
        {
            ReportMeasured.WriteLots(writer, 131, key.Member, key.Instrument, lots);
        }

        foreach (var (key, figures) in _figures)
        {
            ReportMeasured.WriteFigures(writer, 132, key.Member, key.Underlying, figures);
        }

        writer.Field(133, _measureFailure);
        var scheduled = writer.Begin(160);
        _schedule.Write(writer);
        writer.End(scheduled);
        foreach (var run in _recent)
        {
            var start = writer.Begin(161);
            run.Write(writer);
            writer.End(start);
        }

        writer.Field(162, _retries);
    }

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: _last = MarginInputs.Read(r.Bytes); break;
                case 2: _missing.Add(r.Int32 - 1); break;
                case 3:
                    var total = MarginTotal.Read(r.Bytes);
                    _totals[total.Currency] = total;
                    break;
                case 4: _failure = r.String; break;
                case 5: _missed.Add(MissedCall.Read(r.Bytes)); break;
                case 130: _measured.Add(r.Int32 - 1); break;
                case 131: Add(ReportMeasured.ReadLots(r.Bytes)); break;
                case 132: Add(ReportMeasured.ReadFigures(r.Bytes)); break;
                case 133: _measureFailure = r.String; break;
                case 160: _schedule = RunSchedule.Read(r.Bytes); break;
                case 161: _recent.Add(RunSummary.Read(r.Bytes)); break;
                case 162: _retries = r.Int32; break;
                default: throw TradeWire.Unknown("the snapshot of the margin runs", r.Number);
            }
        }
    }

    private void Run(RunMargin run, Turn turn)
    {
        if (_missing.Count > 0)
        {
            // A run is under way; whoever asks meanwhile gets its result.
            _waiting.Add(run.ReplyTo);
            return;
        }

        if (Start(turn, RunCause.Operator, turn.Principal) is { } refused)
        {
            turn.Reply(run.ReplyTo, new Refused($"no margin run: {refused}"));
            return;
        }

        _waiting.Add(run.ReplyTo);
    }

    /// <summary>Begins a run; why it cannot be begun, or null.</summary>
    private string? Start(Turn turn, RunCause cause, string by)
    {
        MarginCalculator calculator;
        var marks = _scope.NewestMarks();
        try
        {
            calculator = _scope.Calculator(marks, turn.BusinessTime);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return e.Message;
        }

        var inputs = new MarginInputs((_last?.Run ?? 0) + 1, turn.BusinessTime, calculator.ScenarioVersion, calculator.ModelVersion, marks) { Cause = cause, By = by, Collateral = calculator.CollateralPrices, BufferReleased = calculator.BufferReleased, ShardsAtOnce = _scope.ShardsAtOnce };
        inputs.Write(turn.BeginEvent(EventTypes.MarginRunStarted));
        turn.EndEvent();
        Apply(inputs);
        turn.CancelTimer(RetryTimer);
        for (var shard = 0; shard < inputs.ShardsAtOnce; shard++)
        {
            var directory = AddressBook.OfShard(ActorKinds.Directory, shard);
            turn.Send(calculator.Liquidity.Any ? new MeasureMargin(directory, inputs) : new AssessMargin(directory, inputs));
        }

        return null;
    }

    /// <summary>When the last shard has measured its accounts, members' add-ons are known, and the shards can assess.</summary>
    private void Measured(ReportMeasured report, Turn turn)
    {
        report.Write(turn.BeginEvent(EventTypes.ShardMeasured));
        turn.EndEvent();
        Apply(report);
        if (NextBehind(report.Shard) is { } next)
        {
            turn.Send(new MeasureMargin(next, _last!));
        }

        if (_measured.Count < _scope.Book.ShardCount)
        {
            return;
        }

        var failure = _measureFailure;
        List<MemberCharge> charges = [];
        try
        {
            charges = failure.Length == 0 ? ChargesOf(_last!) : [];
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            failure = e.Message;
        }

        for (var shard = 0; shard < _scope.Book.ShardCount; shard++)
        {
            var directory = AddressBook.OfShard(ActorKinds.Directory, shard);
            turn.Send(new TellLiquidity(directory, report.Run, charges, failure));
            if (failure.Length == 0 && (shard < _last!.ShardsAtOnce || _last.ShardsAtOnce == 0))
            {
                turn.Send(new AssessMargin(directory, _last));
            }
        }
    }

    /// <summary>The shard whose turn it is when another has done its part; null when there is none, or all were told at once.</summary>
    private ActorAddress? NextBehind(int shard) =>
        _last is { ShardsAtOnce: > 0 and var step } && shard + step < _scope.Book.ShardCount ? AddressBook.OfShard(ActorKinds.Directory, shard + step) : null;

    private List<MemberCharge> ChargesOf(MarginInputs inputs)
    {
        var calculator = _scope.Calculator(inputs.Marks, inputs.At, inputs.Collateral);
        if (calculator.ScenarioVersion != inputs.ScenarioSet || calculator.ModelVersion != inputs.ModelVersion || calculator.BufferReleased != inputs.BufferReleased)
        {
            throw new ArgumentException($"the risk book has changed since the run fixed scenario set {inputs.ScenarioSet[..8]}; run margin again", nameof(inputs));
        }

        List<MemberCharge> charges = [];
        foreach (var member in _lots.GroupBy(l => l.Key.Member, l => KeyValuePair.Create(l.Key.Instrument, l.Value)))
        {
            foreach (var (underlying, addOn) in calculator.Liquidity.AddOnsOf(member))
            {
                charges.Add(new MemberCharge(member.Key, underlying, addOn, _figures.GetValueOrDefault((member.Key, underlying))));
            }
        }

        return charges;
    }

    private void Report(ReportAssessed report, Turn turn)
    {
        ReportAssessed.WriteBody(turn.BeginEvent(EventTypes.ShardAssessed), report.Run, report.Shard, report.Totals, report.Failure);
        turn.EndEvent();
        Apply(report);
        if (report.Assessed && NextBehind(report.Shard) is { } next)
        {
            turn.Send(new AssessMargin(next, _last!));
        }

        if (_missing.Count > 0)
        {
            return;
        }

        if (_failure.Length > 0)
        {
            RetryLater(turn);
        }

        foreach (var waiting in _waiting)
        {
            turn.Reply(waiting, _failure.Length == 0 ? Result() : new Refused($"margin run {_last!.Run} did not assess every account: {_failure}"));
        }

        _waiting.Clear();
    }

    private void Apply(MarginInputs inputs)
    {
        _last = inputs;
        _missing = [.. Enumerable.Range(0, _scope.Book.ShardCount)];
        _totals.Clear();
        _failure = "";
        _measured.Clear();
        _lots.Clear();
        _figures.Clear();
        _measureFailure = "";
        Remember(new RunSummary(inputs.Run, inputs.At, inputs.Cause, inputs.By, ""));
    }

    private void Apply(ReportMeasured report)
    {
        if (report.Run != _last?.Run || !_missing.Contains(report.Shard) || !_measured.Add(report.Shard))
        {
            throw new InvalidOperationException($"shard {report.Shard} measured for margin run {report.Run}, which does not wait for it");
        }

        _measureFailure = _measureFailure.Length == 0 && report.Failure.Length > 0 ? $"shard {report.Shard}: {report.Failure}" : _measureFailure;
        foreach (var lots in report.Lots)
        {
            Add(lots);
        }

        foreach (var figures in report.Figures)
        {
            Add(figures);
        }
    }

    private void Add(in MemberLots lots) => _lots[(lots.Member, lots.Instrument)] = checked(_lots.GetValueOrDefault((lots.Member, lots.Instrument)) + lots.Lots);

    private void Add(in MemberFigures figures) =>
        _figures[(figures.Member, figures.Underlying)] = _figures.GetValueOrDefault((figures.Member, figures.Underlying)) + figures.Figures;

    private void Apply(ReportAssessed report)
    {
        if (report.Run != _last?.Run || !_missing.Remove(report.Shard))
        {
            throw new InvalidOperationException($"shard {report.Shard} reports margin run {report.Run}, which does not wait for it");
        }

        _failure = _failure.Length == 0 && report.Failure.Length > 0 ? $"shard {report.Shard}: {report.Failure}" : _failure;
        foreach (var total in report.Totals)
        {
            _totals[total.Currency] = _totals.TryGetValue(total.Currency, out var sum) ? sum + total : total;
        }

        if (_missing.Count == 0)
        {
            ApplyEnded();
        }
    }

    private void Apply(MissedCall missed)
    {
        _missed.Add(missed);
        if (_missed.Count > MissedCallsKept)
        {
            _missed.RemoveAt(0);
        }
    }

    private MarginRunResult Result() => new(_last!, [.. _totals.Values]);

    /// <summary>Where margin stands in the house.</summary>
    internal MarginRunsView View() => new(_last is null ? null : Result(), _missing.Count, _failure, [.. _missed]) { Recent = [.. _recent] };
}
