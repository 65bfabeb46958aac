namespace ClearingActors.Domain.Margin;

/// <summary>Where a margin call stands (rulebook 8.8). The numbers are journaled and never change.</summary>
public enum MarginCallStatus
{
    None = 0,

    /// <summary>Issued and not yet covered.</summary>
    Issued = 1,

    /// <summary>What came in since the issue has covered it: deposits, and variation margin and funding received.</summary>
    Met = 2,

    /// <summary>Its deadline passed before it was covered: the member's default may be declared upon it.</summary>
    Missed = 3,

    /// <summary>A later run found the account covered, or an operator took it back; with a reason.</summary>
    Withdrawn = 4,
}

/// <summary>A call for margin on one account.</summary>
/// <param name="Number">From 1, without gaps in the account.</param>
/// <param name="Run">The margin run whose figures it rests on; 0 for one between runs.</param>
/// <param name="AmountMinor">What was called, in minor units of the margin currency; above 0, a multiple of the call unit.</param>
/// <param name="CreditedMinor">What came in since and covered of it.</param>
/// <param name="IssuedAt">UTC ns of business time.</param>
/// <param name="Deadline">UTC ns of business time.</param>
/// <param name="Status">See <see cref="MarginCallStatus"/>.</param>
public readonly record struct MarginCall(long Number, long Run, long AmountMinor, long CreditedMinor, long IssuedAt, long Deadline, MarginCallStatus Status)
{
    /// <summary>What is still to come; 0 unless issued.</summary>
    public long RemainingMinor => Status == MarginCallStatus.Issued ? AmountMinor - CreditedMinor : 0;
}
