using ClearingActors.Actors;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>An account of the default fund: what it must hold, until when, and who is told what it does hold (rulebook 10.2).</summary>
internal sealed partial class AccountActor
{
    private const string FundTimer = "fund";

    /// <summary>A sizing of the fund asks for a contribution; the account defines itself with the first.</summary>
    private void CallContribution(CallContribution message, Turn turn)
    {
        if (_state.Status == AccountStatus.Undefined)
        {
            Emit(turn, new AccountDefined(_state.Id, message.Member, Segregation.DefaultFund, message.Currency, _scope.Directory.CurrentCycle));
        }

        var requirement = FundAccounts.DecideRequirement(_state, message.Requirement);
        FundWire.Write(turn.BeginEvent(EventTypes.FundRequirementSet), requirement);
        turn.EndEvent();
        _state.Apply(requirement);
        if (!_state.Fund!.IsMissed)
        {
            turn.SetTimer(FundTimer, Math.Max(1, requirement.Deadline));
        }

        TellFund(turn);
    }

    private void ContributionDue(Turn turn)
    {
        if (FundAccounts.DecideDeadline(_state, turn.BusinessTime) is not { } missed)
        {
            return;
        }

        MarginWire.WriteCall(turn.BeginEvent(EventTypes.ContributionMissed), missed.Call, missed.MissingMinor);
        turn.EndEvent();
        _state.Apply(missed);
        var report = new MissedCall(_state.Id, _state.Member, missed.Call, new Money(missed.MissingMinor, _state.MarginCurrency), turn.BusinessTime);
        turn.Send(new ReportMissedCall(_scope.Book.Of(ActorKinds.Margin, ActorKinds.House), report));
        TellFund(turn);
    }

    /// <summary>The fund is told what the account holds after every change of it; in other accounts nothing happens.</summary>
    private void TellFund(Turn turn)
    {
        if (_state.Fund is not { } fund)
        {
            return;
        }

        var cash = _state.BalanceOf(_state.MarginCurrency).Cash;
        var status = FundAccounts.StatusOf(fund, cash);
        if (status == ContributionStatus.Met)
        {
            turn.CancelTimer(FundTimer);
        }

        turn.Send(new ReportFundCash(_scope.Book.Of(ActorKinds.Stress, ActorKinds.House), new FundCashReported(_state.Member, fund.Call, cash, status)));
    }
}
