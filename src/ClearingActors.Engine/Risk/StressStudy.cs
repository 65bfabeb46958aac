using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// What is asked of the house as the last stress run found it (rulebook 10.1, 10.3, 10.4). It takes seconds with many accounts, so it is computed on a thread of its own, from what no shard
/// changes. One thread at a time.
/// </summary>
/// <param name="run">The run, with its outcome.</param>
/// <param name="scenarios">The library's text.</param>
/// <param name="basis">The house as it stands now, with the run's prices.</param>
/// <param name="accounts">As the run's cycle left them.</param>
internal sealed class StressStudy(StressRunView run, string scenarios, StressBasis basis, IReadOnlyList<FrozenAccount> accounts)
{
    internal const int MaxReverseSteps = 2_000;
    internal const int MaxGeared = 1_000;

    /// <summary>The smallest shock of a price factor that exhausts the resources.</summary>
    /// <exception cref="ArgumentException">A value is out of range, or an instrument cannot be revalued.</exception>
    internal ReverseStressView Reverse(string factor, ChangeKind kind, double furthest, int steps, double tolerance, CancellationToken cancellation)
    {
        if (steps is < 1 or > MaxReverseSteps)
        {
            throw new ArgumentException($"steps is {steps}; 1 to {MaxReverseSteps} is allowed");
        }

        var stress = Stress();
        ScenarioOutcome At(double shock)
        {
            cancellation.ThrowIfCancellationRequested();
            return stress.Run(new StressScenario("reverse", [new StressShock(RiskFactorId.Price(factor), kind, shock)], otherFactorsUnmoved: true));
        }

        var result = ReverseStress.SmallestShock(shock => At(shock).Unallocated.Sign > 0, furthest, steps, tolerance);
        return new ReverseStressView(run.Inputs.Run, result, result.Found ? At(result.Shock) : null);
    }

    /// <summary>What the failure of some members sets off in a scenario of the run; of the two groups with the largest uncovered losses if none are named.</summary>
    /// <exception cref="ArgumentException">The scenario or a member is unknown.</exception>
    internal PropagationView Propagate(string scenario, IReadOnlyList<string> firstFailures, int searchUpTo, CancellationToken cancellation)
    {
        var all = run.Outcome!.Scenarios;
        var outcome = all.FirstOrDefault(s => s.Scenario == scenario)
            ?? throw new ArgumentException($"scenario \"{scenario}\" is none of stress run {run.Inputs.Run}: {string.Join(", ", all.Select(s => s.Scenario))}");
        var stress = Stress();
        var members = stress.Propagating(outcome.UncoveredLosses.ToDictionary(u => u.Member.Value, u => (BigInteger)u.Minor));
        IReadOnlyList<string> first = firstFailures.Count > 0 ? firstFailures : outcome.Failed.Count > 0 ? outcome.Failed[0] : [];
        var smallest = searchUpTo > 0 ? FailurePropagation.SmallestExhaustingSet(members, stress.Layers, searchUpTo, cancellation) : null;
        return new PropagationView(run.Inputs.Run, FailurePropagation.Run(members, stress.Layers, first), smallest);
    }

    /// <summary>The accounts with the highest gearing in a scenario of the library.</summary>
    /// <exception cref="ArgumentException">The scenario is unknown, the count out of range, or an instrument cannot be revalued.</exception>
    internal GearingView Gearing(string scenario, int count)
    {
        if (count is < 1 or > MaxGeared)
        {
            throw new ArgumentException($"count is {count}; 1 to {MaxGeared} is allowed");
        }

        var found = ScenarioLibrary.Parse(scenarios).Scenarios.FirstOrDefault(s => s.Id == scenario) ?? throw new ArgumentException($"scenario \"{scenario}\" is not in the library");
        var geared = Stress().Accounts(found)
            .OrderByDescending(a => a.Gearing.Gearing is null).ThenByDescending(a => a.Gearing.Gearing ?? default).ThenBy(a => a.Account.Account)
            .Take(count)
            .Select(a => new GearedAccount(
                a.Account.Account, a.Account.Member, a.Figures.StressLoss, a.Figures.RevaluedCollateral, a.Gearing.Equity,
                a.Gearing.Gearing?.RoundHalfEven(4).ToDecimal()));
        return new GearingView(run.Inputs.Run, [.. geared]);
    }

    private LiveStress Stress() => basis.Of(accounts);
}
