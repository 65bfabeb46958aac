namespace ClearingActors.Domain.Margin;

/// <summary>
/// What an account's requirement stands against, in minor units of its margin currency (rulebook 8.7). Risk numbers have become money before they come here, rounded up
/// against the member.
/// </summary>
/// <param name="Requirement">Initial margin with add-ons and floors; 0 or more.</param>
/// <param name="Collateral">After haircuts and concentration limits; negative if the account owes cash.</param>
/// <param name="NetOptionValue">Of equity-style options, long less short, at current marks; signed.</param>
/// <param name="PremiumReceivable">Premium that the next settlement pays to the account; 0 or more.</param>
/// <param name="PremiumPayable">Premium that the next settlement takes; 0 or more.</param>
/// <param name="AccruedVariationMargin">At current marks since the last settlement; a gain does not count before it is settled.</param>
/// <param name="Unpaid">Variation margin and funding computed and not yet paid; 0 or more.</param>
public readonly record struct Coverage(
    long Requirement,
    long Collateral,
    long NetOptionValue,
    long PremiumReceivable,
    long PremiumPayable,
    long AccruedVariationMargin,
    long Unpaid)
{
    /// <summary>The most minor units of any one figure: seven of them always sum in 64 bits.</summary>
    public const long MaxAmount = 1_000_000_000_000_000_000;

    /// <summary>What the option book adds or takes: a positive value counts at most up to the requirement, so that it never pays anything out.</summary>
    public long OptionValue => Math.Min(checked(NetOptionValue + PremiumReceivable - PremiumPayable), Requirement);

    /// <summary>Collateral + option value + min(0, accrued) - unpaid - requirement; below zero the account is short.</summary>
    public long Excess => checked(Collateral + OptionValue + Math.Min(0, AccruedVariationMargin) - Unpaid - Requirement);

    /// <summary>What is wrong with the figures, or null.</summary>
    public string? Refuse()
    {
        foreach (var (name, value, least) in new[]
        {
            (nameof(Requirement), Requirement, 0), (nameof(Collateral), Collateral, -MaxAmount), (nameof(NetOptionValue), NetOptionValue, -MaxAmount),
            (nameof(PremiumReceivable), PremiumReceivable, 0), (nameof(PremiumPayable), PremiumPayable, 0), (nameof(AccruedVariationMargin), AccruedVariationMargin, -MaxAmount),
            (nameof(Unpaid), Unpaid, 0),
        })
        {
            if (value < least || value > MaxAmount)
            {
                return $"{name} of {value} minor units: {least} to {MaxAmount} are allowed";
            }
        }

        return null;
    }
}
