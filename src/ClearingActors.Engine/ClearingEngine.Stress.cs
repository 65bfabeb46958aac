using ClearingActors.Actors;
using ClearingActors.Engine.Commands;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine;

/// <summary>Stress runs and the default fund (rulebook 10).</summary>
public sealed partial class ClearingEngine
{
    private ActorAddress StressAddress => _book.Of(ActorKinds.Stress, ActorKinds.House);

    /// <summary>Sets the stress scenarios, a JSON list of them.</summary>
    public Task SetScenariosAsync(string principal, string text, CancellationToken cancellation = default) =>
        DoneAsync(new SetScenarios(StressAddress, principal, text), cancellation);

    /// <summary>Sets the default fund's terms, JSON.</summary>
    public Task SetFundTermsAsync(string principal, string text, CancellationToken cancellation = default) =>
        DoneAsync(new SetFundTerms(StressAddress, principal, text), cancellation);

    /// <summary>Runs every scenario over the house as the last cycle left it; completes when the result is durable.</summary>
    public Task<StressRunView> RunStressAsync(string principal, CancellationToken cancellation = default) =>
        AskAsync<StressRunView>(new RunStress(StressAddress, principal), cancellation);

    /// <summary>The last stress runs, the scenarios and the terms.</summary>
    public Task<StressRunsView> GetStressRunsAsync(string principal, CancellationToken cancellation = default) =>
        AskAsync<StressRunsView>(new GetStressRuns(StressAddress, principal), cancellation);

    /// <summary>The smallest shock of a price factor that exhausts the resources of the house as the last run found it.</summary>
    public Task<ReverseStressView> RunReverseStressAsync(string principal, string factor, ChangeKind kind, double furthest, int steps, double tolerance, CancellationToken cancellation = default) =>
        AskAsync<ReverseStressView>(new RunReverseStress(StressAddress, principal, factor, kind, furthest, steps, tolerance), cancellation);

    /// <summary>What the failure of some members sets off in a scenario of the last run; of the two largest groups if none are named.</summary>
    public Task<PropagationView> PropagateFailureAsync(string principal, string scenario, IReadOnlyList<string> firstFailures, int searchUpTo, CancellationToken cancellation = default) =>
        AskAsync<PropagationView>(new PropagateFailure(StressAddress, principal, scenario, firstFailures, searchUpTo), cancellation);

    /// <summary>The accounts with the highest gearing in a scenario.</summary>
    public Task<GearingView> StressGearingAsync(string principal, string scenario, int count, CancellationToken cancellation = default) =>
        AskAsync<GearingView>(new StressGearing(StressAddress, principal, scenario, count), cancellation);

    /// <summary>Sizes the default fund from the last run and, unless it is only to be computed, calls its contributions.</summary>
    public Task<FundSizeView> SizeDefaultFundAsync(string principal, bool dryRun, CancellationToken cancellation = default) =>
        AskAsync<FundSizeView>(new SizeDefaultFund(StressAddress, principal, dryRun), cancellation);

    /// <summary>The fund as it stands.</summary>
    public Task<FundView> GetDefaultFundAsync(string principal, CancellationToken cancellation = default) =>
        AskAsync<FundView>(new GetDefaultFund(StressAddress, principal), cancellation);
}
