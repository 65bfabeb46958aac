using System.Numerics;
using ClearingActors.Actors;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;
using ClearingActors.Risk.DefaultFund;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Actors;

/// <summary>Sizing the fund and calling its contributions, and what is asked of the house as the last run found it.</summary>
internal sealed partial class StressActor
{
    private const int MaxReverseSteps = 2_000;
    private const int MaxGeared = 1_000;

    private void Size(SizeDefaultFund command, Turn turn)
    {
        try
        {
            var view = SizeOf(turn.BusinessTime);
            if (command.DryRun)
            {
                turn.Reply(command.ReplyTo, view with { Sized = view.Sized with { Call = 0 } });
                return;
            }

            var sized = view.Sized;
            FundWire.Write(turn.BeginEvent(EventTypes.FundSized), sized);
            turn.EndEvent();
            _fund.Apply(sized);
            CallContributions(sized, turn);
            turn.Reply(command.ReplyTo, view);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            turn.Reply(command.ReplyTo, new Refused($"the default fund was not sized: {e.Message}"));
        }
    }

    private FundSizeView SizeOf(long now)
    {
        if (_terms.Length > 0 && FundTermsFile.Parse(_terms) is { Contributions.Count: > 0 } given)
        {
            return GivenSize(given, now);
        }

        var run = LastDone();
        _ = Live(run.Inputs, []);
        var terms = FundTermsFile.Parse(_terms);
        var trailing = _fund.TrailingMargins(terms.TrailingDays);
        var weights = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var member in LiveStress.MembersOf(_scope.Directory).Where(m => _scope.Directory.MemberStatusOf(m).Standing != MemberStanding.Defaulted))
        {
            weights.Add(member.Value, member.Value.Length <= FundAccounts.MaxMemberLength
                ? (decimal)trailing.GetValueOrDefault(member)
                : throw new ArgumentException($"member {member} has an id of {member.Value.Length} characters; its account in the fund needs one of at most {FundAccounts.MaxMemberLength}"));
        }

        var losses = run.Outcome!.Scenarios.ToDictionary(
            s => s.Scenario, s => (IReadOnlyDictionary<string, BigInteger>)s.UncoveredLosses.ToDictionary(u => u.Member.Value, u => (BigInteger)u.Minor), StringComparer.Ordinal);
        var size = DefaultFundSizing.Of(losses, new DefaultFundTerms
        {
            BufferPercent = terms.BufferPercent,
            MinimumContribution = terms.MinimumContribution,
            Weights = weights,
            AffiliateGroups = terms.Affiliates,
        });
        var sized = new FundSized(
            (_fund.Sized?.Call ?? 0) + 1, run.Inputs.Run, now, checked(now + terms.TimeToMeetNs), terms.Currency, checked((long)size.CoverTwo), size.Scenario, checked((long)size.Fund),
            [.. size.Contributions.Select(c => new MemberAmount(MemberId.Parse(c.Key), checked((long)c.Value)))]);
        return new FundSizeView(sized, size.Demands);
    }

    /// <summary>The contributions are in the terms: nothing is sized, and the record names no run and no scenario.</summary>
    private FundSizeView GivenSize(FundTerms terms, long now)
    {
        List<MemberAmount> contributions = [.. terms.Contributions.Select(c => new MemberAmount(MemberId.Parse(c.Key), c.Value)).OrderBy(c => c.Member)];
        foreach (var member in contributions.Select(c => c.Member))
        {
            var standing = _scope.Directory.MemberStatusOf(member).Standing;
            if (member == CcpAccounts.Member || standing is not (MemberStanding.Active or MemberStanding.Suspended))
            {
                throw new ArgumentException($"contributions.{member}: the member is {standing}; an active or suspended one is needed");
            }

            if (member.Value.Length > FundAccounts.MaxMemberLength)
            {
                throw new ArgumentException($"member {member} has an id of {member.Value.Length} characters; its account in the fund needs one of at most {FundAccounts.MaxMemberLength}");
            }
        }

        var fund = contributions.Aggregate(0L, (sum, c) => checked(sum + c.Minor));
        return new FundSizeView(new FundSized((_fund.Sized?.Call ?? 0) + 1, 0, now, checked(now + terms.TimeToMeetNs), terms.Currency, 0, "", fund, contributions), []);
    }

    /// <summary>What a default may draw on: the fund as it stands, and the clearing house's own layers.</summary>
    private void TellFund(ClearingActors.Contracts.Journal.Defaults.V1.FundAsked asked, Turn turn)
    {
        var told = new ClearingActors.Contracts.Journal.Defaults.V1.FundTold { Number = asked.Number };
        if (_terms.Length > 0)
        {
            var terms = FundTermsFile.Parse(_terms);
            told.Currency = terms.Currency.Code;
            told.Digits = terms.Currency.Digits;
            told.JuniorCapital = terms.JuniorCapital;
            told.SeniorCapital = terms.SeniorCapital;
            told.AssessmentMultiple = terms.AssessmentMultiple.ToString(System.Globalization.CultureInfo.InvariantCulture);
            foreach (var contribution in _fund.Sized?.Contributions ?? [])
            {
                told.Members.Add(new ClearingActors.Contracts.Journal.Defaults.V1.FundMember
                {
                    Member = contribution.Member.Value,
                    Required = contribution.Minor,
                    Cash = _fund.Held.TryGetValue(contribution.Member, out var held) ? held.CashMinor : 0,
                });
            }
        }

        turn.Send(new DefaultMessage(_scope.Book.Of(ActorKinds.Default, ActorKinds.House), MessageTypes.TellFund, told));
    }

    /// <summary>After a default the survivors are called for what it has drawn: the last sizing again, without the defaulter.</summary>
    private void Replenish(ClearingActors.Contracts.Journal.Defaults.V1.FundReplenished message, Turn turn)
    {
        if (_fund.Sized is not { } last || _terms.Length == 0)
        {
            return;
        }

        var contributions = last.Contributions.Where(c => c.Member.Value != message.Defaulter).ToList();
        var sized = last with
        {
            Call = last.Call + 1,
            At = turn.BusinessTime,
            Deadline = checked(turn.BusinessTime + FundTermsFile.Parse(_terms).TimeToMeetNs),
            Fund = contributions.Sum(c => c.Minor),
            Contributions = contributions,
        };
        FundWire.Write(turn.BeginEvent(EventTypes.FundSized), sized);
        turn.EndEvent();
        _fund.Apply(sized);
        CallContributions(sized, turn);
    }

    private void CallContributions(FundSized sized, Turn turn)
    {
        foreach (var contribution in sized.Contributions)
        {
            turn.Send(new CallContribution(
                _scope.Book.Of(ActorKinds.Account, FundAccounts.Of(contribution.Member).Value), contribution.Member, sized.Currency,
                new FundRequirementSet(sized.Call, contribution.Minor, sized.Deadline)));
        }
    }

    private StressRunView LastDone() => _runs.FindLast(r => r.Outcome is { Failure: "" }) ?? throw new ArgumentException("no stress run has come to an end; run stress first");

    private LiveStress Last(out long run)
    {
        var last = LastDone();
        run = last.Inputs.Run;
        return Live(last.Inputs, _frozen);
    }

    private static void Answer(Turn turn, ReplyTo replyTo, Func<object> compute)
    {
        object answer;
        try
        {
            answer = compute();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            answer = new Refused(e.Message);
        }

        turn.Reply(replyTo, answer);
    }

    private ReverseStressView Reverse(RunReverseStress command)
    {
        if (command.Steps is < 1 or > MaxReverseSteps)
        {
            throw new ArgumentException($"steps is {command.Steps}; 1 to {MaxReverseSteps} is allowed");
        }

        var stress = Last(out var run);
        ScenarioOutcome At(double shock) => stress.Run(new StressScenario("reverse", [new StressShock(RiskFactorId.Price(command.Factor), command.Kind, shock)], otherFactorsUnmoved: true));
        var result = ReverseStress.SmallestShock(shock => At(shock).Unallocated.Sign > 0, command.Furthest, command.Steps, command.Tolerance);
        return new ReverseStressView(run, result, result.Found ? At(result.Shock) : null);
    }

    private PropagationView Propagate(PropagateFailure command)
    {
        var stress = Last(out var run);
        var outcome = LastDone().Outcome!.Scenarios.FirstOrDefault(s => s.Scenario == command.Scenario)
            ?? throw new ArgumentException($"scenario \"{command.Scenario}\" is none of stress run {run}: {string.Join(", ", LastDone().Outcome!.Scenarios.Select(s => s.Scenario))}");
        var members = stress.Propagating(outcome.UncoveredLosses.ToDictionary(u => u.Member.Value, u => (BigInteger)u.Minor));
        IReadOnlyList<string> first = command.FirstFailures.Count > 0 ? command.FirstFailures : outcome.Failed.Count > 0 ? outcome.Failed[0] : [];
        var smallest = command.SearchUpTo > 0 ? FailurePropagation.SmallestExhaustingSet(members, stress.Layers, command.SearchUpTo) : null;
        return new PropagationView(run, FailurePropagation.Run(members, stress.Layers, first), smallest);
    }

    private GearingView Gearing(StressGearing command)
    {
        if (command.Count is < 1 or > MaxGeared)
        {
            throw new ArgumentException($"count is {command.Count}; 1 to {MaxGeared} is allowed");
        }

        var stress = Last(out var run);
        var scenario = ScenarioLibrary.Parse(_scenarios).Scenarios.FirstOrDefault(s => s.Id == command.Scenario) ?? throw new ArgumentException($"scenario \"{command.Scenario}\" is not in the library");
        var accounts = stress.Accounts(scenario)
            .OrderByDescending(a => a.Gearing.Gearing is null).ThenByDescending(a => a.Gearing.Gearing ?? default).ThenBy(a => a.Account.Account)
            .Take(command.Count)
            .Select(a => new GearedAccount(
                a.Account.Account, a.Account.Member, a.Figures.StressLoss, a.Figures.RevaluedCollateral, a.Gearing.Equity,
                a.Gearing.Gearing?.RoundHalfEven(4).ToDecimal()));
        return new GearingView(run, [.. accounts]);
    }
}
