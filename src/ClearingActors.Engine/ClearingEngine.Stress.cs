using ClearingActors.Actors;
using ClearingActors.Domain;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine;

/// <summary>Stress runs and the default fund (rulebook 10).</summary>
public sealed partial class ClearingEngine
{
    private ActorAddress StressAddress => _book.Of(ActorKinds.Stress, ActorKinds.House);

    /// <summary>The currency of a fund's terms.</summary>
    /// <exception cref="FormatException">They are malformed; the engine holds none that are.</exception>
    public static Currency CurrencyOfFund(string terms) => FundTermsFile.Parse(terms).Currency;

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
        StudyAsync(principal, study => study.Reverse(factor, kind, furthest, steps, tolerance, cancellation), cancellation);

    /// <summary>What the failure of some members sets off in a scenario of the last run; of the two largest groups if none are named.</summary>
    public Task<PropagationView> PropagateFailureAsync(string principal, string scenario, IReadOnlyList<string> firstFailures, int searchUpTo, CancellationToken cancellation = default) =>
        StudyAsync(principal, study => study.Propagate(scenario, firstFailures, searchUpTo, cancellation), cancellation);

    /// <summary>The accounts with the highest gearing in a scenario.</summary>
    public Task<GearingView> StressGearingAsync(string principal, string scenario, int count, CancellationToken cancellation = default) =>
        StudyAsync(principal, study => study.Gearing(scenario, count), cancellation);

    /// <summary>Sizes the default fund from the last run and, unless it is only to be computed, calls its contributions.</summary>
    public Task<FundSizeView> SizeDefaultFundAsync(string principal, bool dryRun, CancellationToken cancellation = default) =>
        AskAsync<FundSizeView>(new SizeDefaultFund(StressAddress, principal, dryRun), cancellation);

    /// <summary>The fund as it stands.</summary>
    public Task<FundView> GetDefaultFundAsync(string principal, CancellationToken cancellation = default) =>
        AskAsync<FundView>(new GetDefaultFund(StressAddress, principal), cancellation);

    /// <summary>One study at a time: each takes a core, and the others wait.</summary>
    /// <exception cref="RefusedException">There is no run to study, or the question is wrong.</exception>
    private async Task<T> StudyAsync<T>(string principal, Func<StressStudy, T> study, CancellationToken cancellation)
    {
        await _studies.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var house = await AskAsync<StressStudy>(new GetStressStudy(StressAddress, principal), cancellation).ConfigureAwait(false);
            return await Task.Factory.StartNew(() => study(house), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw new RefusedException(e.Message);
        }
        finally
        {
            _studies.Release();
        }
    }
}
