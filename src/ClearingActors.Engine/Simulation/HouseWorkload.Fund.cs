using ClearingActors.Actors;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Engine.Simulation;

/// <summary>What operators do with stress runs and the default fund, and members with its accounts.</summary>
internal sealed partial class HouseWorkload
{
    private const string ScenariosText = """
        [
          { "id": "fall", "name": "Fall", "type": "hypothetical", "othersUnmoved": true, "shocks": [
            { "factor": "price", "name": "U0", "kind": "relative", "shock": -0.6, "assumed": "for the simulation" }, { "factor": "price", "name": "U1", "kind": "absolute", "shock": -40, "assumed": "for the simulation" }] },
          { "id": "rise", "name": "Rise", "type": "hypothetical", "othersUnmoved": true, "shocks": [
            { "factor": "price", "name": "U0", "kind": "relative", "shock": 0.9, "assumed": "for the simulation" }] }
        ]
        """;

    private const string FundTermsText = """
        { "currency": "USD", "minorDigits": 2, "bufferPercent": 10, "minimumContribution": 250, "minutesToMeet": 3, "juniorCapital": 100, "seniorCapital": 200, "trailingDays": 5, "affiliates": { "M0": "G", "M1": "G" } }
        """;

    private ActorAddress StressRuns => _book.Of(ActorKinds.Stress, ActorKinds.House);

    private void SetUpFund()
    {
        Ask("scenarios", 1, to => new SetScenarios(StressRuns, "operator:ann", ScenariosText) { ReplyTo = to }, static answer => answer is Done);
        Ask("fund terms", 1, to => new SetFundTerms(StressRuns, "operator:ann", FundTermsText) { ReplyTo = to }, static answer => answer is Done);
    }

    /// <summary>The end of a cycle is when houses decide about the buffer, run margin and stress, size the fund and collect what it calls.</summary>
    private void StressTheClosed()
    {
        if (_random.Chance(0.3))
        {
            DecideBuffer(RunTheClosed);
        }
        else
        {
            RunTheClosed();
        }
    }

    private void RunTheClosed() => RunMargin(() => RunStress(answer =>
    {
        if (answer is StressRunView && _random.Chance(0.8))
        {
            Size();
        }
    }));

    /// <summary>More often released than restored, since runs are rare and only one after a release tells of it.</summary>
    private void DecideBuffer(Action then)
    {
        var told = false;
        var released = _random.Chance(0.7);
        Ask("decide buffer", 0, to => new DecideBuffer(Registry, "operator:ann", released, "drawn by lot") { ReplyTo = to }, answer =>
        {
            if (!told)
            {
                told = true;
                then();
            }

            return answer is Done or Refused;
        });
    }

    private void Stress()
    {
        switch (_random.Next(4))
        {
            case 0:
                Size();
                break;
            case 1:
                var account = FundAccounts.Of(_random.Pick(_members));
                Deposit(account, _random.Chance(0.7) ? _random.Between(1, 100_000_00) : -_random.Between(1, 10_000_00), 0);
                break;
            default:
                RunStress(static _ => { });
                break;
        }
    }

    private void RunStress(Action<object> then)
    {
        var told = false;
        Ask("stress run", 0, to => new RunStress(StressRuns, "operator:ann") { ReplyTo = to }, answer =>
        {
            if (answer is StressRunView view && view.Inputs.Run > _ledger.Fund.RunsEnded)
            {
                throw Broken("nothing acknowledged is lost", $"stress run {view.Inputs.Run} was answered, and no durable row says that it ended");
            }

            if (!told)
            {
                told = true;
                _cluster.Trace.Count(answer is StressRunView ? "stress runs answered" : "stress runs refused");
                then(answer);
            }

            return answer is StressRunView or Refused;
        });
    }

    private void Size()
    {
        var told = false;
        Ask("fund size", 0, to => new SizeDefaultFund(StressRuns, "operator:ann", false) { ReplyTo = to }, answer =>
        {
            if (answer is FundSizeView view)
            {
                if (!_ledger.Fund.IsSized(view.Sized))
                {
                    throw Broken("nothing acknowledged is lost", $"sizing {view.Sized.Call} was answered, and no durable row says so");
                }

                // Some pay all, some a part, some nothing, some draw out what they may not.
                foreach (var contribution in told ? [] : view.Sized.Contributions)
                {
                    if (_random.Chance(0.6))
                    {
                        Deposit(FundAccounts.Of(contribution.Member), _random.Chance(0.7) ? contribution.Minor + 1 : _random.Between(1, 1_000_00), 0);
                    }
                    else if (_random.Chance(0.3))
                    {
                        Deposit(FundAccounts.Of(contribution.Member), -_random.Between(1, 1_000_00), 0);
                    }
                }

                told = true;
            }

            return answer is FundSizeView or Refused;
        });
    }
}
