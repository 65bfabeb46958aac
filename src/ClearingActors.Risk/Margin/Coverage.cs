using ClearingActors.Domain;

namespace ClearingActors.Risk.Margin;

/// <summary>What covers an account and what has to be covered, in one currency (rulebook 8.7).</summary>
public sealed record Coverage
{
    /// <summary>Collateral after haircut, 0 or more.</summary>
    public required Money Collateral { get; init; }

    /// <summary>The net value of options with the premium paid up front; negative if net short.</summary>
    public required Money NetOptionValue { get; init; }

    /// <summary>Premium the account will receive, 0 or more.</summary>
    public required Money PremiumReceivable { get; init; }

    /// <summary>Premium the account will pay, 0 or more.</summary>
    public required Money PremiumPayable { get; init; }

    /// <summary>Variation margin accrued at current marks; a gain does not count.</summary>
    public required Money AccruedVariationMargin { get; init; }

    /// <summary>Variation margin and funding that is computed and not paid, 0 or more.</summary>
    public required Money Unpaid { get; init; }

    /// <summary>Initial margin with add-ons and floors, 0 or more.</summary>
    public required Money Requirement { get; init; }

    /// <summary>
    /// collateral + B + min(0, accrued variation margin) - unpaid - requirement, where B = net option value + premium receivable - premium payable; a positive B counts
    /// at most up to the requirement, so an option's value never pays for anything but margin.
    /// </summary>
    /// <exception cref="ArgumentException">An amount that must be 0 or more is below.</exception>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    /// <exception cref="OverflowException">The sum does not fit in 64 bits.</exception>
    public Money Excess()
    {
        NotNegative(Collateral, nameof(Collateral));
        NotNegative(PremiumReceivable, nameof(PremiumReceivable));
        NotNegative(PremiumPayable, nameof(PremiumPayable));
        NotNegative(Unpaid, nameof(Unpaid));
        NotNegative(Requirement, nameof(Requirement));
        var options = NetOptionValue + PremiumReceivable - PremiumPayable;
        var counted = options.MinorUnits > Requirement.MinorUnits ? Requirement : options;
        var accrued = AccruedVariationMargin with { MinorUnits = Math.Min(0, AccruedVariationMargin.MinorUnits) };
        return Collateral + counted + accrued - Unpaid - Requirement;
    }

    private static void NotNegative(Money amount, string name)
    {
        if (amount.MinorUnits < 0)
        {
            throw new ArgumentException($"{name} is {amount}; 0 or more is needed", name);
        }
    }
}
