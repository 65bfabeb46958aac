using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.Margin;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// Margin computed again (rulebook 8.7 to 8.9): when the replay comes to what a run found in a shard, every account of it is assessed by the canonical routine, with the inputs that
/// the run fixed and the state that the replay has, and called by the same rule. One run is under way at a time, so nothing is kept of older ones.
/// </summary>
internal sealed class MarginCheck(StepAt at, ExpectedEvents expected) : IMarginRunObserver
{
    private const string Assessment = "margin-assessment";
    private const string Call = "margin-call";
    private readonly Dictionary<string, OpenCalls> _calls = new(StringComparer.Ordinal);
    private readonly Dictionary<int, SortedDictionary<Currency, MarginTotal>> _totals = [];
    private readonly HashSet<int> _decided = [];
    private MarginInputs? _inputs;
    private string _failure = "";
    private long _came;
    private long _credited;
    private long _openBefore;
    private bool _valued;

    /// <summary>Margin runs started.</summary>
    internal long Runs { get; private set; }

    /// <summary>Accounts assessed again.</summary>
    internal long Assessments { get; private set; }

    /// <summary>Margin calls issued.</summary>
    internal long Calls { get; private set; }

    public void Started(MarginInputs inputs)
    {
        Runs++;
        _inputs = inputs;
        _decided.Clear();
    }

    public void Assessed(EngineScope scope, AccountActor account, MarginAssessed recorded)
    {
        // All accounts of a shard are assessed in one turn, so at the first of them the state is what the run found.
        if (!_decided.Add(scope.Shard))
        {
            return;
        }

        if (_inputs is not { } inputs || inputs.Run != recorded.Run)
        {
            _failure = $"account {account.State.Id} is assessed by run {recorded.Run}, and run {_inputs?.Run ?? 0} is under way";
            return;
        }

        try
        {
            Decide(scope, inputs);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            _failure = $"run {inputs.Run} cannot be computed again: {e.Message}";
        }
    }

    /// <summary>An event of an account's margin.</summary>
    internal void Event(int type, ReadOnlySpan<byte> body, HouseReplay house)
    {
        switch (type)
        {
            case EventTypes.MarginAssessed:
                Assessments++;
                expected.Seen(type, body, Assessment);
                Total(MarginWire.ReadAssessed(body), house);
                break;
            case EventTypes.MarginCallIssued:
                expected.Seen(type, body, Call);
                Issued(MarginWire.ReadIssued(body), house);
                break;
            case EventTypes.MarginCallCredited:
                var (number, amount) = MarginWire.ReadCall(body);
                Credit(number, amount);
                break;
            case EventTypes.MarginCallMissed:
                (number, amount) = MarginWire.ReadCall(body);
                Miss(number, amount, house);
                break;
            case EventTypes.MarginCallWithdrawn:
                var withdrawn = MarginWire.ReadWithdrawn(body);
                if (withdrawn.Run > 0)
                {
                    expected.Seen(type, body, Call);
                }

                if (OpenOf(at.Key).Remaining(withdrawn.Number) == 0)
                {
                    at.Find(Call, $"call {withdrawn.Number} of account {at.Key} is taken back and is not open");
                }

                Take(withdrawn.Number, OpenOf(at.Key).Remaining(withdrawn.Number));
                break;
            default:
                break;
        }
    }

    /// <summary>A shard reports what a run found there.</summary>
    internal void Reported(ReadOnlySpan<byte> body)
    {
        var report = ReportAssessed.Read(default!, body);
        var found = _totals.Remove(report.Shard, out var totals) ? totals : [];
        if (!report.Totals.OrderBy(t => t.Currency).SequenceEqual(found.Values))
        {
            at.Find("margin-totals", $"shard {report.Shard} reports {string.Join(", ", report.Totals)} for run {report.Run}, its accounts were assessed at {string.Join(", ", found.Values)}");
        }
    }

    /// <summary>Cash or an asset came into the account of the step, or left it; what it covers of open calls follows in the same step.</summary>
    /// <param name="amount">Minor units of the margin currency; null for anything else, whose value is that of the newest prices when it came.</param>
    internal void Came(long? amount)
    {
        if (_calls.TryGetValue(at.Key, out var calls))
        {
            _openBefore = _credited > 0 ? _openBefore : calls.Sum;
            _came = checked(_came + (amount ?? 0));
            _valued |= amount is null;
        }
    }

    /// <summary>The step ends: what came in the margin currency covers open calls in full; what must be valued, up to all that is called.</summary>
    internal void EndStep()
    {
        if (!_valued && _credited != Math.Min(Math.Max(0, _came), _openBefore))
        {
            at.Find("margin-credit", $"account {at.Key} received {_came} minor units with calls of {_openBefore} open, and {_credited} were credited");
        }

        (_came, _credited, _openBefore, _valued) = (0, 0, 0, false);
    }

    /// <summary>The row ends.</summary>
    internal void End()
    {
        if (_failure.Length > 0)
        {
            at.Find(Assessment, _failure);
            _failure = "";
        }
    }

    private void Decide(EngineScope scope, MarginInputs inputs)
    {
        var calculator = scope.Calculator(inputs.Marks, inputs.At, inputs.Collateral);
        if (calculator.BufferReleased != inputs.BufferReleased || calculator.ScenarioVersion != inputs.ScenarioSet || calculator.ModelVersion != inputs.ModelVersion)
        {
            _failure = $"run {inputs.Run} names scenario set {inputs.ScenarioSet} and model {inputs.ModelVersion}, with the buffer {(inputs.BufferReleased ? "released" : "held")}; the shard has {calculator.ScenarioVersion}, {calculator.ModelVersion}, {(calculator.BufferReleased ? "released" : "held")}";
            return;
        }

        foreach (var account in scope.Accounts)
        {
            if (account.DecideAssessment(calculator, inputs) is { } assessed)
            {
                var id = account.State.Id.Value;
                expected.Expect(id, EventTypes.MarginAssessed, Bytes(assessed, MarginWire.Write), Assessment);
                var decision = MarginDecisions.DecideAssessment(account.State.Margin ?? new MarginState(), assessed, calculator.TermsOf(account.State.MarginCurrency));
                foreach (var withdrawn in decision.Withdrawn)
                {
                    expected.Expect(id, EventTypes.MarginCallWithdrawn, Bytes(withdrawn, static (w, e) => MarginWire.Write(w, e)), Call);
                }

                if (decision.Issued is { } issued)
                {
                    expected.Expect(id, EventTypes.MarginCallIssued, Bytes(issued, static (w, e) => MarginWire.Write(w, e)), Call);
                }
            }
        }
    }

    private void Total(MarginAssessed assessed, HouseReplay house)
    {
        var currency = house.Account(at.Key)!.State.MarginCurrency;
        Add(new MarginTotal(currency, 1, assessed.Coverage.Requirement, Math.Max(0, -assessed.Coverage.Excess), 0, 0));
        if (assessed.Parts.Aggregate(Int128.Zero, static (sum, p) => sum + p.AmountMinor) != assessed.Coverage.Requirement)
        {
            at.Find(Assessment, $"account {at.Key}: the parts of its requirement of {assessed.Coverage.Requirement} sum to another");
        }
    }

    private void Issued(in MarginCallIssued issued, HouseReplay house)
    {
        Calls++;
        OpenOf(at.Key).Open.Add((issued.Number, issued.AmountMinor, issued.Deadline));
        Add(new MarginTotal(house.Account(at.Key)!.State.MarginCurrency, 0, 0, 0, 1, issued.AmountMinor));
    }

    private void Credit(long number, long amount)
    {
        var calls = OpenOf(at.Key);
        _credited += amount;
        var oldest = calls.Open.Count > 0 ? calls.Open[0] : default;
        if (oldest.Number != number || amount <= 0 || amount > oldest.Remaining)
        {
            at.Find("margin-credit", $"call {number} of account {at.Key} is credited {amount} minor units; the oldest open call is {oldest.Number} and lacks {oldest.Remaining}");
        }

        Take(number, amount);
    }

    private void Miss(long number, long amount, HouseReplay house)
    {
        var call = OpenOf(at.Key).Open.Find(c => c.Number == number);
        var now = house.Turns[at.Shard].BusinessTime;
        if (call.Number != number || amount != call.Remaining || now < call.Deadline)
        {
            at.Find("margin-missed", $"call {number} of account {at.Key} is missed by {amount} minor units at {now}; it lacks {call.Remaining} and is due at {call.Deadline}");
        }

        Take(number, call.Remaining);
    }

    private void Take(long number, long amount)
    {
        var calls = OpenOf(at.Key);
        var index = calls.Open.FindIndex(c => c.Number == number);
        if (index >= 0)
        {
            var call = calls.Open[index];
            calls.Open[index] = call with { Remaining = call.Remaining - amount };
            if (call.Remaining <= amount)
            {
                calls.Open.RemoveAt(index);
            }
        }

        if (calls.Open.Count == 0)
        {
            _calls.Remove(at.Key);
        }
    }

    private void Add(in MarginTotal total)
    {
        var totals = _totals.TryGetValue(at.Shard, out var known) ? known : _totals[at.Shard] = [];
        totals[total.Currency] = totals.TryGetValue(total.Currency, out var sum) ? sum + total : total;
    }

    private OpenCalls OpenOf(string account)
    {
        if (!_calls.TryGetValue(account, out var calls))
        {
            _calls.Add(account, calls = new OpenCalls());
        }

        return calls;
    }

    private static byte[] Bytes<T>(T e, Action<WireWriter, T> write)
    {
        var writer = new WireWriter();
        write(writer, e);
        return writer.ToArray();
    }

    /// <summary>The open calls of an account, oldest first.</summary>
    private sealed class OpenCalls
    {
        internal List<(long Number, long Remaining, long Deadline)> Open { get; } = [];

        internal long Sum => Open.Sum(static c => c.Remaining);

        internal long Remaining(long number) => Open.Find(c => c.Number == number).Remaining;
    }
}
