namespace ClearingActors.Domain.Default;

/// <summary>What survivors are asked for.</summary>
/// <param name="Shares">By member id, with those who pay nothing.</param>
/// <param name="Unplaced">Beyond all caps, minor units, 0 or more.</param>
public sealed record AssessmentResult(IReadOnlyList<MemberUse> Shares, long Unplaced);

/// <summary>
/// Assessments (rulebook 11.4): pro rata to the prefunded contributions at declaration, by largest remainder, ties by id ascending. No share passes the member's cap; the
/// excess is shared again among the others.
/// </summary>
public static class Assessments
{
    /// <summary>
    /// The shares and what is unplaced sum to the amount. A member at its cap takes no part in the next round; a member of weight 0 pays nothing, whatever its cap.
    /// </summary>
    /// <param name="amount">Minor units, 0 or more.</param>
    /// <param name="members">Each once, in any order: the amount is its cap, the weight its contribution.</param>
    /// <exception cref="ArgumentException">A negative number, or a member twice.</exception>
    public static AssessmentResult Share(long amount, IEnumerable<LayerMember> members)
    {
        if (amount < 0)
        {
            throw new ArgumentException($"{amount} cannot be assessed; 0 or more is needed", nameof(amount));
        }

        var ordered = CappedShares.Ordered(members, "the assessment");
        var (shares, unplaced) = CappedShares.Of(amount, ordered);
        return new AssessmentResult([.. ordered.Select((m, i) => new MemberUse(m.Member, 0, shares[i]))], unplaced);
    }

    /// <summary>What a member can still be asked for: the lower of what is left of its cap for this default and of its cap for the year; 0 or more.</summary>
    /// <param name="perDefault">Cap, minor units, 0 or more.</param>
    /// <param name="assessedInDefault">Asked for in this default already.</param>
    /// <param name="perYear">Cap, minor units, 0 or more.</param>
    /// <param name="assessedInYear">Asked for in the year, in this default and in others.</param>
    /// <exception cref="ArgumentException">A negative number.</exception>
    public static long RemainingCap(long perDefault, long assessedInDefault, long perYear, long assessedInYear) =>
        perDefault < 0 || assessedInDefault < 0 || perYear < 0 || assessedInYear < 0
            ? throw new ArgumentException($"caps {perDefault} and {perYear} with {assessedInDefault} and {assessedInYear} assessed: 0 or more is needed")
            : Math.Max(0, Math.Min(perDefault - assessedInDefault, perYear - assessedInYear));
}
