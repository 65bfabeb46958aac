using System.Numerics;
using ClearingActors.Actors;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.DefaultFund;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Commands;

/// <summary>Sets the house's stress scenarios. Answered by <see cref="Done"/> or <see cref="Refused"/>.</summary>
public sealed class SetScenarios(ActorAddress to, string principal, string text) : Command(to, principal)
{
    /// <summary>JSON: a list of scenarios.</summary>
    public string Text { get; } = text;
}

/// <summary>Sets the default fund's terms. Answered by <see cref="Done"/> or <see cref="Refused"/>.</summary>
public sealed class SetFundTerms(ActorAddress to, string principal, string text) : Command(to, principal)
{
    /// <summary>JSON.</summary>
    public string Text { get; } = text;
}

/// <summary>Runs every scenario over the house as the last cycle left it. Answered by <see cref="StressRunView"/> or <see cref="Refused"/>.</summary>
public sealed class RunStress(ActorAddress to, string principal) : Command(to, principal);

/// <summary>Hands in what came of the run that is under way, computed between turns. Refused if it is of another run.</summary>
internal sealed class EndStress(ActorAddress to, string principal, StressOutcome outcome) : Command(to, principal)
{
    internal StressOutcome Outcome { get; } = outcome;
}

/// <summary>Reads the last stress runs. Answered by <see cref="StressRunsView"/>.</summary>
public sealed class GetStressRuns(ActorAddress to, string principal) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;
}

/// <summary>Asks for the house as the last run found it, to be studied off the shard. Answered by a study or <see cref="Refused"/>.</summary>
internal sealed class GetStressStudy(ActorAddress to, string principal) : Command(to, principal)
{
    public override bool IsRead => true;
}

/// <summary>Sizes the default fund from the last run and calls its contributions. Answered by <see cref="FundSizeView"/> or <see cref="Refused"/>.</summary>
public sealed class SizeDefaultFund(ActorAddress to, string principal, bool dryRun) : Command(to, principal)
{
    /// <summary>True to compute only.</summary>
    public bool DryRun { get; } = dryRun;
}

/// <summary>Reads the fund. Answered by <see cref="FundView"/>.</summary>
public sealed class GetDefaultFund(ActorAddress to, string principal) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;
}

/// <summary>A stress run.</summary>
/// <param name="Inputs">What it was computed from.</param>
/// <param name="Outcome">Null while it is under way.</param>
public sealed record StressRunView(StressInputs Inputs, StressOutcome? Outcome);

/// <summary>The last stress runs, oldest first, and what is set.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Scenarios">The library's text; empty before the first.</param>
/// <param name="Terms">The fund's terms; empty before the first.</param>
public sealed record StressRunsView(IReadOnlyList<StressRunView> Runs, string Scenarios, string Terms);

/// <summary>The smallest shock, and what it sets off.</summary>
/// <param name="Run">The stress run whose house it is.</param>
/// <param name="Result">The search.</param>
/// <param name="Outcome">At the shock; null if none exhausts.</param>
public sealed record ReverseStressView(long Run, ReverseStressResult Result, ScenarioOutcome? Outcome);

/// <summary>What a failure sets off.</summary>
/// <param name="Run">The stress run whose house it is.</param>
/// <param name="Result">Where it comes to rest.</param>
/// <param name="Smallest">The smallest set of first failures that exhausts the resources; null if it was not looked for.</param>
public sealed record PropagationView(long Run, PropagationResult Result, FirstFailures? Smallest);

/// <summary>An account's gearing in a scenario; minor units of the fund's currency.</summary>
public sealed record GearedAccount(AccountId Account, MemberId Member, long Loss, long Collateral, BigInteger Equity, decimal? Gearing);

/// <summary>The highest gearing first; accounts without equity before all others.</summary>
public sealed record GearingView(long Run, IReadOnlyList<GearedAccount> Accounts);

/// <summary>A size of the fund.</summary>
/// <param name="Sized">With its contributions; call 0 if it was computed only.</param>
/// <param name="Demands">By scenario.</param>
public sealed record FundSizeView(FundSized Sized, IReadOnlyList<ScenarioDemand> Demands);

/// <summary>The fund as it stands.</summary>
/// <param name="Sized">The last sizing; null before the first.</param>
/// <param name="Held">By member.</param>
/// <param name="Terms">JSON.</param>
public sealed record FundView(FundSized? Sized, IReadOnlyList<FundCashReported> Held, string Terms);
