using ClearingActors.Domain;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine.Reports;

/// <summary>Whose figures an account's requirement and excess are.</summary>
public enum MarginBasis
{
    /// <summary>An account of the house itself: it has no requirement, and its cash is no collateral.</summary>
    None = 0,

    /// <summary>The monitor's, at the marks that it has reached (rulebook 8.9).</summary>
    Indicative = 1,

    /// <summary>The last margin run's: the monitor has none.</summary>
    Official = 2,

    /// <summary>The configured amounts per lot, or what the default fund asks for: no margin run has assessed the account.</summary>
    Configured = 3,
}

/// <summary>An account in a line, as its shard has it. Amounts are minor units of the margin currency.</summary>
public readonly record struct AccountSummary
{
    /// <summary>The account.</summary>
    public required AccountId Id { get; init; }

    /// <summary>Its member.</summary>
    public required MemberId Member { get; init; }

    /// <summary>How its assets are kept apart.</summary>
    public required Segregation Segregation { get; init; }

    /// <summary>The margin currency.</summary>
    public required Currency Currency { get; init; }

    /// <summary>Active or closed.</summary>
    public required AccountStatus Status { get; init; }

    /// <summary>Positions with lots held, unsettled or in flight.</summary>
    public int Positions { get; init; }

    /// <summary>The sum of |lots| over the positions.</summary>
    public long GrossLots { get; init; }

    /// <summary>Cash in the margin currency; below zero it is owed.</summary>
    public long Cash { get; init; }

    /// <summary>What counts as collateral by <see cref="Basis"/>, haircuts taken off.</summary>
    public long Collateral { get; init; }

    /// <summary>By the last margin run; null before the first.</summary>
    public long? Official { get; init; }

    /// <summary>By the monitor; null where it has no figure.</summary>
    public long? Indicative { get; init; }

    /// <summary>The requirement by <see cref="Basis"/>.</summary>
    public long Requirement { get; init; }

    /// <summary>The excess by <see cref="Basis"/> (rulebook 8.7): below zero the account is short.</summary>
    public long Excess { get; init; }

    /// <summary>Whose figures <see cref="Collateral"/>, <see cref="Requirement"/> and <see cref="Excess"/> are.</summary>
    public MarginBasis Basis { get; init; }

    /// <summary>Marks accepted since those in the indicative figure, of the underlying that is farthest behind.</summary>
    public long MarksBehind { get; init; }

    /// <summary>Why there is no figure at the newest marks; empty if there is or will be as soon as the monitor has come to it.</summary>
    public string Stale { get; init; }

    /// <summary>Margin calls that are open.</summary>
    public int OpenCalls { get; init; }

    /// <summary>UTC ns of business time: the earliest deadline of an open call; 0 if there is none.</summary>
    public long CallDeadline { get; init; }

    /// <summary>What open calls still ask for.</summary>
    public long CallRemaining { get; init; }

    /// <summary>What is missing: minus the excess where it is below zero, else 0.</summary>
    public long Shortfall => Math.Max(0, checked(-Excess));
}

/// <summary>A margin call that is open.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Member">Its member.</param>
/// <param name="Number">In the account, from 1.</param>
/// <param name="Run">The margin run behind it; 0 for one between runs.</param>
/// <param name="Amount">What was called.</param>
/// <param name="Remaining">What is still to come.</param>
/// <param name="IssuedAt">UTC ns of business time.</param>
/// <param name="Deadline">UTC ns of business time.</param>
public readonly record struct OpenCall(AccountId Account, MemberId Member, long Number, long Run, Money Amount, Money Remaining, long IssuedAt, long Deadline);
