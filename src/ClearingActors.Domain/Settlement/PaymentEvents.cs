using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>What an account must pay in after a cycle: what the cycle took its cash below zero by (rulebook 6.6).</summary>
/// <param name="Cycle">The cycle that booked it.</param>
/// <param name="Amount">Above 0.</param>
/// <param name="Deadline">UTC ns of business time; 0 if an operator tells.</param>
public readonly record struct PaymentDue(long Cycle, Money Amount, long Deadline);

/// <summary>The account's own cash collateral did not suffice for a cycle.</summary>
public readonly record struct PaymentFellDue(AccountId Account, PaymentDue Due);

/// <summary>A payment's deadline came, or an operator told that it will not be paid.</summary>
/// <param name="Account">The payer.</param>
/// <param name="Cycle">The cycle it was for.</param>
/// <param name="Missing">What has not been paid; 0 if all was.</param>
/// <param name="DecidedBy">The operator; empty if the deadline came.</param>
/// <param name="Reason">Of the operator; empty if the deadline came.</param>
public readonly record struct PaymentEnded(AccountId Account, long Cycle, Money Missing, string DecidedBy, string Reason);

/// <summary>A payer that has not paid, as the house is told of it.</summary>
/// <param name="Account">The payer.</param>
/// <param name="Member">Its member.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="Missing">Above 0.</param>
/// <param name="At">UTC ns of business time.</param>
/// <param name="DecidedBy">The operator; empty if the deadline came.</param>
/// <param name="Reason">Of the operator; empty if the deadline came.</param>
public readonly record struct MissedPayment(AccountId Account, MemberId Member, long Cycle, Money Missing, long At, string DecidedBy, string Reason);

/// <summary>What was drawn of a liquidity source for a claim.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Amount">Above 0.</param>
public readonly record struct LiquidityDraw(string Source, Money Amount);

/// <summary>The CCP's default account has a claim on a member, and how it was funded.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Missed">Whom it is on and why.</param>
/// <param name="Draws">In the order of the sources.</param>
/// <param name="Uncovered">What no source was left for; 0 or more.</param>
public sealed record ClaimOpened(long Number, MissedPayment Missed, IReadOnlyList<LiquidityDraw> Draws, Money Uncovered);
