using ClearingActors.Actors.Simulation;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Simulation;

/// <summary>What must hold of stress runs and the default fund, by durable events alone, kept apart from the states that it checks.</summary>
/// <param name="shards">Shards of the journal.</param>
internal sealed class FundLedger(int shards)
{
    private readonly Dictionary<long, FundSized> _sized = [];
    private readonly Dictionary<AccountId, FundRequirementSet> _asked = [];
    private readonly Dictionary<AccountId, long> _cash = [];
    private readonly Dictionary<MemberId, long> _told = [];
    private readonly HashSet<int> _reported = [];
    private readonly SortedDictionary<InstrumentId, Int128> _lots = [];
    private bool _ended = true;
    private bool _failed;

    internal long Run { get; private set; }

    internal long RunsEnded { get; private set; }

    internal long RunsDone { get; private set; }

    internal long Sizings => _sized.Count;

    internal long Missed { get; private set; }

    internal bool IsSized(FundSized sized) => _sized.TryGetValue(sized.Call, out var durable) && durable.Fund == sized.Fund;

    /// <summary>Cash was booked on an account of the fund, or left it; a default draws what the fund has called.</summary>
    internal void CashBooked(AccountId account, long minor, bool ofDefault)
    {
        var cash = _cash[account] = _cash.GetValueOrDefault(account) + minor;
        Require(minor > 0 || ofDefault || cash >= _asked.GetValueOrDefault(account).RequiredMinor, "what the fund has called stays", $"account {account} paid out {-minor} and is left with {cash} of {_asked.GetValueOrDefault(account).RequiredMinor}");
    }

    internal void AccountEvent(AccountId account, int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.FundRequirementSet:
                var asked = FundWire.ReadRequirement(body);
                var before = _asked.GetValueOrDefault(account);
                var deadline = _cash.GetValueOrDefault(account) < before.RequiredMinor ? before.Deadline : long.MaxValue;
                Require(
                    _sized.TryGetValue(asked.Call, out var sized) && Math.Min(sized.Deadline, deadline) == asked.Deadline && sized.Contributions.Any(c => FundAccounts.Of(c.Member) == account && c.Minor == asked.RequiredMinor)
                        && asked.Call > before.Call,
                    "a contribution is what the sizing says", $"account {account} is asked for {asked.RequiredMinor} by sizing {asked.Call}");
                _asked[account] = asked;
                break;
            case EventTypes.ContributionMissed:
                var (call, missing) = MarginWire.ReadCall(body);
                Require(
                    _asked[account].Call == call && missing > 0 && missing == _asked[account].RequiredMinor - _cash.GetValueOrDefault(account),
                    "a missed contribution is what lacks", $"account {account} missed {missing} of sizing {call}");
                Missed++;
                break;
            default:
                break;
        }
    }

    internal void RunEvent(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.StressRunStarted:
                var inputs = StressInputs.Read(body);
                Require(_ended && inputs.Run == Run + 1, "one stress run at a time", $"stress run {inputs.Run} starts behind run {Run}");
                Run = inputs.Run;
                _ended = false;
                _failed = false;
                _reported.Clear();
                _lots.Clear();
                break;
            case EventTypes.PositionsGathered:
                var report = ReportPositions.Read(default!, body);
                Require(report.Run == Run && _reported.Add(report.Shard), "a shard reports once", $"shard {report.Shard} reports stress run {report.Run} in run {Run}");
                _failed |= report.Failure.Length > 0;
                foreach (var lots in report.Accounts.SelectMany(static a => a.Lots))
                {
                    _lots[lots.Instrument] = _lots.GetValueOrDefault(lots.Instrument) + lots.Units;
                }

                break;
            case EventTypes.StressRunEnded:
                var outcome = StressOutcome.Read(body);
                Require(!_ended && _reported.Count == shards && outcome.Run == Run, "a stress run ends when all have told", $"stress run {outcome.Run} ends with {_reported.Count} of {shards} shards");
                Require(_failed || _lots.Values.All(static l => l == 0), "a settled book is matched", $"stress run {Run} gathered {string.Join(", ", _lots)}");
                RunsDone += outcome.Failure.Length == 0 ? 1 : 0;
                RunsEnded = Run;
                _ended = true;
                break;
            case EventTypes.FundSized:
                var sized = FundWire.ReadSized(body);
                Require(sized.Contributions.Sum(c => c.Minor) == sized.Fund && _sized.TryAdd(sized.Call, sized), "contributions sum to the fund", $"sizing {sized.Call} of {sized.Fund}");
                break;
            case EventTypes.FundCashReported:
                var told = FundWire.ReadCash(body);
                _told[told.Member] = told.CashMinor;
                break;
            default:
                break;
        }
    }

    internal void CheckQuiet()
    {
        Require(_ended, "liveness", $"stress run {Run} was reported by {_reported.Count} of {shards} shards");
        foreach (var (member, told) in _told)
        {
            Require(told == _cash.GetValueOrDefault(FundAccounts.Of(member)), "the fund knows its cash", $"the fund believes that {member} holds {told}; it holds {_cash.GetValueOrDefault(FundAccounts.Of(member))}");
        }

        foreach (var account in _cash.Keys)
        {
            Require(_asked.ContainsKey(account), "the fund's cash is of members who were asked", $"account {account} holds {_cash[account]} and was never asked");
        }
    }

    private static void Require(bool holds, string name, string what)
    {
        if (!holds)
        {
            throw new InvariantBrokenException(name, what);
        }
    }
}
