using System.Numerics;
using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;
using ClearingActors.Risk.DefaultFund;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The house's stress runs and its default fund (rulebook 10). A run fixes its inputs, has every shard tell its accounts as the last cycle left them, computes when all have, a
/// piece between two turns, and records what came of it; a sizing calls the members' contributions. It goes on from wherever a crash left it: what it computes from is durable.
/// </summary>
internal sealed partial class StressActor : Actor
{
    /// <summary>Runs kept; older ones stay in the journal.</summary>
    private const int RunsKept = 20;

    private readonly EngineScope _scope;
    private readonly List<ReplyTo> _waiting = [];
    private readonly List<StressRunView> _runs = [];
    private List<FrozenAccount> _gathered = [];
    private List<FrozenAccount> _frozen = [];
    private HashSet<int> _missing = [];
    private FundState _fund = new();
    private string _scenarios = "";
    private string _terms = "";
    private string _failure = "";

    internal StressActor(EngineScope scope)
    {
        _scope = scope;
        scope.StressActor = this;
    }

    public override bool Exists => _scenarios.Length > 0 || _terms.Length > 0;

    public override IEnumerable<ReplyTo> Waiting => _waiting;

    /// <summary>The default fund as it stands.</summary>
    internal FundView FundView() => new(_fund.Sized, [.. _fund.Held.Values], _terms);

    public override void Receive(Message message, Turn turn)
    {
        _rests &= message is Command { IsRead: true };
        switch (message)
        {
            case SetScenarios set:
                Set(turn, set.ReplyTo, EventTypes.ScenariosSet, set.Text, RefuseScenarios(set.Text));
                break;
            case SetFundTerms set:
                Set(turn, set.ReplyTo, EventTypes.FundTermsSet, set.Text, RefuseTerms(set.Text));
                break;
            case RunStress run:
                Run(run, turn);
                break;
            case ReportPositions report:
                Report(report, turn);
                break;
            case EndStress end:
                End(end, turn);
                break;
            case ReportFundCash report:
                FundWire.Write(turn.BeginEvent(EventTypes.FundCashReported), report.Report);
                turn.EndEvent();
                _fund.Apply(report.Report);
                break;
            case SizeDefaultFund size:
                Size(size, turn);
                break;
            case DefaultMessage { Body: ClearingActors.Contracts.Journal.Defaults.V1.FundAsked asked }:
                TellFund(asked, turn);
                break;
            case DefaultMessage { Body: ClearingActors.Contracts.Journal.Defaults.V1.FundReplenished replenish }:
                Replenish(replenish, turn);
                break;
            case GetStressRuns get:
                turn.Reply(get.ReplyTo, new StressRunsView([.. _runs], _scenarios, _terms));
                break;
            case GetDefaultFund get:
                turn.Reply(get.ReplyTo, FundView());
                break;
            case GetStressStudy get:
                turn.Reply(get.ReplyTo, Study());
                break;
            default:
                throw new InvalidOperationException($"the stress runs take no {message.GetType().Name}");
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.ScenariosSet or EventTypes.FundTermsSet:
                ApplySet(type, RiskWire.ReadParameters(body));
                break;
            case EventTypes.StressRunStarted:
                Apply(StressInputs.Read(body));
                break;
            case EventTypes.PositionsGathered:
                Apply(ReportPositions.Read(Address, body));
                break;
            case EventTypes.StressRunEnded:
                Apply(StressOutcome.Read(body));
                break;
            case EventTypes.FundSized:
                _fund.Apply(FundWire.ReadSized(body));
                break;
            case EventTypes.FundCashReported:
                _fund.Apply(FundWire.ReadCash(body));
                break;
            default:
                throw new InvalidDataException($"event type {type} of the stress runs is unknown to this program");
        }
    }

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        writer.Field(1, _scenarios);
        writer.Field(2, _terms);
        writer.Field(3, _failure);
        foreach (var shard in _missing.Order())
        {
            // A shard of 0 must be written too.
            writer.Field(4, shard + 1);
        }

        foreach (var run in _runs)
        {
            var start = writer.Begin(5);
            var inputs = writer.Begin(1);
            run.Inputs.Write(writer);
            writer.End(inputs);
            if (run.Outcome is not null)
            {
                var outcome = writer.Begin(2);
                run.Outcome.Write(writer);
                writer.End(outcome);
            }

            writer.End(start);
        }

        _gathered.ForEach(account => account.Write(writer, 6));
        _frozen.ForEach(account => account.Write(writer, 7));
        if (_fund.Sized is { } sized)
        {
            var start = writer.Begin(8);
            FundWire.Write(writer, sized);
            writer.End(start);
        }

        foreach (var held in _fund.Held.Values)
        {
            var start = writer.Begin(9);
            FundWire.Write(writer, held);
            writer.End(start);
        }

        foreach (var day in _fund.Days)
        {
            FundWire.Write(writer, 10, day);
        }
    }

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        FundSized? sized = null;
        List<FundCashReported> held = [];
        List<DayMargins> days = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: _scenarios = r.String; break;
                case 2: _terms = r.String; break;
                case 3: _failure = r.String; break;
                case 4: _missing.Add(r.Int32 - 1); break;
                case 5: _runs.Add(LoadRun(r.Bytes)); break;
                case 6: _gathered.Add(FrozenAccount.Read(r.Bytes)); break;
                case 7: _frozen.Add(FrozenAccount.Read(r.Bytes)); break;
                case 8: sized = FundWire.ReadSized(r.Bytes); break;
                case 9: held.Add(FundWire.ReadCash(r.Bytes)); break;
                case 10: days.Add(FundWire.ReadDay(r.Bytes)); break;
                default: throw TradeWire.Unknown("the snapshot of the stress runs", r.Number);
            }
        }

        _fund = FundState.Restore(sized, held, days);
    }

    private static StressRunView LoadRun(ReadOnlySpan<byte> body)
    {
        StressInputs? inputs = null;
        StressOutcome? outcome = null;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: inputs = StressInputs.Read(r.Bytes); break;
                case 2: outcome = StressOutcome.Read(r.Bytes); break;
                default: throw TradeWire.Unknown("the snapshot of a stress run", r.Number);
            }
        }

        return new StressRunView(inputs ?? throw new InvalidDataException("the snapshot of a stress run has no inputs"), outcome);
    }

    private void Set(Turn turn, ReplyTo replyTo, int type, string text, string? refused)
    {
        if (refused is not null)
        {
            turn.Reply(replyTo, new Refused(refused));
            return;
        }

        if (text != (type == EventTypes.ScenariosSet ? _scenarios : _terms))
        {
            turn.BeginEvent(type).Field(1, text);
            turn.EndEvent();
            ApplySet(type, text);
        }

        turn.Reply(replyTo, Done.Value);
    }

    private void ApplySet(int type, string text)
    {
        if (type == EventTypes.ScenariosSet)
        {
            _scenarios = text;
        }
        else
        {
            _terms = text;
        }
    }

    private static string? RefuseScenarios(string text)
    {
        try
        {
            _ = ScenarioLibrary.Parse(text);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private string? RefuseTerms(string text)
    {
        try
        {
            var terms = FundTermsFile.Parse(text);
            return _fund.Sized is { } sized && sized.Currency != terms.Currency ? $"the fund's accounts hold {sized.Currency}; terms in {terms.Currency} are refused" : null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private void Run(RunStress run, Turn turn)
    {
        if (UnderWay)
        {
            // Whoever asks meanwhile gets its result.
            _waiting.Add(run.ReplyTo);
            return;
        }

        if (_scenarios.Length == 0 || _terms.Length == 0 || _scope.Prices is not { } settled)
        {
            turn.Reply(run.ReplyTo, new Refused(
                _scenarios.Length == 0 ? "no stress run: the scenarios are not set; set them first"
                : _terms.Length == 0 ? "no stress run: the fund's terms are not set; set them first"
                : "no stress run: no cycle has been settled yet; a run is of the house as a cycle left it"));
            return;
        }

        List<PricePoint> prices = [.. settled.Sorted().Select(p => new PricePoint(p.Instrument.Id, p.PriceUnits))];
        prices.AddRange(_scope.NewestMarks().Where(m => prices.All(p => p.Instrument != m.Instrument)));
        MarginCalculator calculator;
        try
        {
            calculator = _scope.Calculator(prices, turn.BusinessTime);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            turn.Reply(run.ReplyTo, new Refused($"no stress run: {e.Message}"));
            return;
        }

        var inputs = new StressInputs(
            (_runs.Count > 0 ? _runs[^1].Inputs.Run : 0) + 1, turn.BusinessTime, turn.Principal, settled.Cycle, settled.BusinessDate,
            ScenarioLibrary.VersionOf(_scenarios), ScenarioLibrary.VersionOf(_terms), calculator.ModelVersion, [.. prices.OrderBy(p => p.Instrument)])
        {
            Currency = FundTermsFile.Parse(_terms).Currency,
            Collateral = calculator.CollateralPrices,
            ShardsAtOnce = _scope.ShardsAtOnce,
        };
        inputs.Write(turn.BeginEvent(EventTypes.StressRunStarted));
        turn.EndEvent();
        Apply(inputs);
        _waiting.Add(run.ReplyTo);
        for (var shard = 0; shard < inputs.ShardsAtOnce; shard++)
        {
            turn.Send(new GatherPositions(AddressBook.OfShard(ActorKinds.Directory, shard), inputs.Run, inputs.Cycle));
        }
    }

    private void Report(ReportPositions report, Turn turn)
    {
        report.Write(turn.BeginEvent(EventTypes.PositionsGathered));
        turn.EndEvent();
        Apply(report);
        if (_runs[^1].Inputs is { ShardsAtOnce: > 0 and var step } inputs && report.Shard + step is var next && next < _scope.Book.ShardCount)
        {
            turn.Send(new GatherPositions(AddressBook.OfShard(ActorKinds.Directory, next), inputs.Run, inputs.Cycle));
        }
    }

    /// <exception cref="ArgumentException">What the run was computed from has changed since.</exception>
    private MarginCalculator CalculatorOf(StressInputs inputs)
    {
        var calculator = _scope.Calculator(inputs.Prices, inputs.At, inputs.Collateral);
        return calculator.ModelVersion == inputs.Model && ScenarioLibrary.VersionOf(_terms) == inputs.Terms && ScenarioLibrary.VersionOf(_scenarios) == inputs.Scenarios
            ? calculator
            : throw new ArgumentException($"the risk model, the scenarios or the fund's terms were set anew since stress run {inputs.Run}; run stress again", nameof(inputs));
    }

    private void Apply(StressInputs inputs)
    {
        _runs.Add(new StressRunView(inputs, null));
        if (_runs.Count > RunsKept)
        {
            _runs.RemoveAt(0);
        }

        _missing = [.. Enumerable.Range(0, _scope.Book.ShardCount)];
        _gathered = [];
        _failure = "";
        ForgetJob();
    }

    private void Apply(ReportPositions report)
    {
        if (_runs.Count == 0 || report.Run != _runs[^1].Inputs.Run || !_missing.Remove(report.Shard))
        {
            throw new InvalidOperationException($"shard {report.Shard} reports stress run {report.Run}, which does not wait for it");
        }

        _failure = _failure.Length == 0 && report.Failure.Length > 0 ? $"shard {report.Shard}: {report.Failure}" : _failure;
        _gathered.AddRange(report.Accounts);
    }

    private void Apply(StressOutcome outcome)
    {
        _runs[^1] = _runs[^1] with { Outcome = outcome };
        if (outcome.Margins is { } margins)
        {
            _frozen = _gathered;
            _fund.Apply(margins);
        }

        _gathered = [];
        ForgetJob();
    }
}
