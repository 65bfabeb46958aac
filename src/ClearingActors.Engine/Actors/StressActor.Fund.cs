using System.Numerics;
using ClearingActors.Actors;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Wire;
using ClearingActors.Risk.DefaultFund;

namespace ClearingActors.Engine.Actors;

/// <summary>Sizing the fund and calling its contributions, and the house as the last run found it for those who study it.</summary>
internal sealed partial class StressActor
{
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
        _ = CalculatorOf(run.Inputs);
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

    private object Study()
    {
        try
        {
            var last = LastDone();
            return new StressStudy(last, _scenarios, BasisOf(last.Inputs), _frozen);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return new Refused(e.Message);
        }
    }

    /// <exception cref="ArgumentException">What the run was computed from has changed since.</exception>
    private StressBasis BasisOf(StressInputs inputs)
    {
        var calculator = CalculatorOf(inputs);
        var directory = HouseDirectory.Restore(_scope.Directory.ToSnapshot(), collateral: CollateralBook.Restore(_scope.Directory.Collateral.ToSnapshot()));
        return new StressBasis(
            FundTermsFile.Parse(_terms), new Dictionary<MemberId, FundCashReported>(_fund.Held), directory,
            calculator.With(directory, inputs.Prices.ToDictionary(p => p.Instrument, p => p.Units), inputs.At, new PerLotCache(), inputs.Collateral));
    }
}
