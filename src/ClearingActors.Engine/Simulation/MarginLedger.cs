using ClearingActors.Actors.Simulation;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Simulation;

/// <summary>What must hold of margin runs and calls, by durable events alone, kept apart from the states that it checks.</summary>
/// <param name="shards">Shards of the journal.</param>
/// <param name="minimumTransfer">Of the model's terms, minor units.</param>
/// <param name="callUnit">Of the model's terms, minor units.</param>
internal sealed class MarginLedger(int shards, long minimumTransfer, long callUnit)
{
    private readonly Dictionary<AccountId, Calls> _accounts = [];
    private readonly HashSet<(AccountId, long)> _handedOn = [];
    private readonly HashSet<int> _reported = [];
    private readonly HashSet<int> _measured = [];
    private readonly Dictionary<(MemberId, string), Int128> _figures = [];
    private List<MemberCharge>? _told;
    private Int128 _requirementOfRun;
    private Int128 _requirementReported;

    internal long Run { get; private set; }

    internal long CallsIssued { get; private set; }

    internal long CallsMissed { get; private set; }

    internal void AccountEvent(AccountId account, int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.MarginAssessed:
                Assessed(Of(account), account, MarginWire.ReadAssessed(body));
                break;
            case EventTypes.MarginCallIssued:
                Issued(Of(account), account, MarginWire.ReadIssued(body));
                break;
            case EventTypes.MarginCallCredited:
                var (number, amount) = MarginWire.ReadCall(body);
                Take(Of(account), account, number, amount);
                break;
            case EventTypes.MarginCallMissed:
                (number, amount) = MarginWire.ReadCall(body);
                Take(Of(account), account, number, amount);
                Require(amount > 0 && !Of(account).Open.ContainsKey(number), "margin calls add up", $"call {number} of {account} is missed by {amount}, which is not what it lacked");
                Of(account).Missed.Add(number);
                CallsMissed++;
                break;
            case EventTypes.MarginCallWithdrawn:
                number = MarginWire.ReadWithdrawn(body).Number;
                Require(Of(account).Open.Remove(number), "margin calls add up", $"call {number} of {account} is withdrawn and was not open");
                break;
            default:
                break;
        }
    }

    /// <summary>Cash left the account on a request.</summary>
    internal void Withdrawn(AccountId account) =>
        Require(!_accounts.TryGetValue(account, out var calls) || calls.Open.Count == 0, "nothing leaves while a call is open", $"account {account} paid out with {(calls?.Open.Count ?? 0)} calls open");

    internal void RunEvent(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.MarginRunStarted:
                var inputs = MarginInputs.Read(body);
                Require(inputs.Run == Run + 1 && (Run == 0 || _reported.Count == shards), "one margin run at a time", $"run {inputs.Run} starts after run {Run}, which {_reported.Count} of {shards} shards have reported");
                Run = inputs.Run;
                _reported.Clear();
                _measured.Clear();
                _figures.Clear();
                _told = null;
                _requirementReported = 0;
                break;
            case EventTypes.ShardMeasured:
                var measured = ReportMeasured.Read(default!, body);
                Require(measured.Run == Run && _measured.Add(measured.Shard) && _reported.Count == 0, "a shard measures once, and before any is assessed", $"shard {measured.Shard} measured run {measured.Run} in run {Run}");
                foreach (var figures in measured.Figures)
                {
                    _figures[(figures.Member, figures.Underlying)] = _figures.GetValueOrDefault((figures.Member, figures.Underlying)) + figures.Figures;
                }

                break;
            case EventTypes.ShardAssessed:
                var report = ReportAssessed.Read(default!, body);
                Require(report.Run == Run && _reported.Add(report.Shard), "a shard reports once", $"shard {report.Shard} reports run {report.Run} in run {Run}");
                foreach (var total in report.Totals)
                {
                    _requirementReported += total.Requirement;
                }

                if (_reported.Count == shards)
                {
                    Require(_requirementReported == _requirementOfRun, "a run adds up", $"run {Run} reports requirements of {_requirementReported}, its accounts have {_requirementOfRun}");
                    _requirementOfRun = 0;
                }

                break;
            case EventTypes.CallMissedReported:
                var missed = MissedCall.Read(body);
                Require(Of(missed.Account).Missed.Contains(missed.Call) && _handedOn.Add((missed.Account, missed.Call)), "a missed call is handed on once", $"call {missed.Call} of {missed.Account} is handed on");
                break;
            default:
                break;
        }
    }

    /// <summary>A shard was told the members' add-ons.</summary>
    internal void Told(ReadOnlySpan<byte> body)
    {
        var told = TellLiquidity.Read(default!, body);
        Require(told.Run == Run && _measured.Count == shards, "add-ons of members follow when all is measured", $"run {told.Run} told add-ons in run {Run}, when {_measured.Count} of {shards} shards had measured");
        foreach (var charge in told.Charges)
        {
            Require(
                charge.AddOn >= 0 && charge.Figures == _figures.GetValueOrDefault((charge.Member, charge.Underlying)),
                "members' figures add up",
                $"{charge.Member} is charged {charge.AddOn} in {charge.Underlying} over {charge.Figures}, measured were {_figures.GetValueOrDefault((charge.Member, charge.Underlying))}");
        }

        _told ??= [.. told.Charges];
        Require(_told.SequenceEqual(told.Charges), "every shard is told the same", $"run {Run}: {string.Join(", ", told.Charges)} and {string.Join(", ", _told)}");
    }

    internal void CheckQuiet()
    {
        Require(Run == 0 || _reported.Count == shards, "liveness", $"margin run {Run} was reported by {_reported.Count} of {shards} shards");
        foreach (var (account, calls) in _accounts)
        {
            foreach (var call in calls.Missed)
            {
                Require(_handedOn.Contains((account, call)), "a missed call is handed on once", $"call {call} of {account} was missed and nobody was told");
            }
        }
    }

    private static void Require(bool holds, string name, string what)
    {
        if (!holds)
        {
            throw new InvariantBrokenException(name, what);
        }
    }

    private static void Take(Calls calls, AccountId account, long number, long amount)
    {
        Require(calls.Open.TryGetValue(number, out var open) && amount > 0 && amount <= open, "margin calls add up", $"{amount} is taken from call {number} of {account}, which lacks {open}");
        calls.Open[number] = open - amount;
        if (open == amount)
        {
            calls.Open.Remove(number);
        }
    }

    private void Assessed(Calls calls, AccountId account, MarginAssessed e)
    {
        Require(e.Run > calls.LastRun && e.Run == Run, "a run assesses once", $"account {account} is assessed by run {e.Run} after run {calls.LastRun}, in run {Run}");
        Require(e.Parts.Sum(p => p.AmountMinor) == e.Coverage.Requirement, "parts add up", $"account {account}: {e.Coverage.Requirement} of {string.Join(", ", e.Parts)}");
        calls.LastRun = e.Run;
        calls.Excess = e.Coverage.Collateral + Math.Min(0, e.Coverage.AccruedVariationMargin) - e.Coverage.Unpaid - e.Coverage.Requirement;
        _requirementOfRun += e.Coverage.Requirement;
    }

    private void Issued(Calls calls, AccountId account, in MarginCallIssued e)
    {
        var open = calls.Open.Values.Sum();
        Require(e.Number == calls.Last + 1 && e.AmountMinor > 0 && e.AmountMinor % callUnit == 0, "margin calls add up", $"call {e.Number} of {e.AmountMinor} on {account} follows call {calls.Last}");
        Require(-calls.Excess > minimumTransfer && open + e.AmountMinor >= -calls.Excess && open + e.AmountMinor - callUnit < -calls.Excess, "a call is what is missing", $"account {account} lacks {-calls.Excess}, {open} is called, {e.AmountMinor} more");
        calls.Last = e.Number;
        calls.Open.Add(e.Number, e.AmountMinor);
        CallsIssued++;
    }

    private Calls Of(AccountId account)
    {
        if (!_accounts.TryGetValue(account, out var calls))
        {
            _accounts.Add(account, calls = new Calls());
        }

        return calls;
    }

    private sealed class Calls
    {
        internal long LastRun { get; set; }

        internal long Excess { get; set; }

        internal long Last { get; set; }

        internal Dictionary<long, long> Open { get; } = [];

        internal HashSet<long> Missed { get; } = [];
    }
}
