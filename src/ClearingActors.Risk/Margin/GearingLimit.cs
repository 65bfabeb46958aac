using ClearingActors.Domain;

namespace ClearingActors.Risk.Margin;

/// <summary>The limit on an account's gross notional over its collateral (rulebook 8.6). It stops new risk and never the reduction of risk.</summary>
public static class GearingLimit
{
    /// <summary>True if the gross notional does not rise, or ends at or below maximumGearing x collateral.</summary>
    /// <param name="grossBefore">Gross notional before, 0 or more.</param>
    /// <param name="grossAfter">Gross notional after, 0 or more.</param>
    /// <param name="collateral">After haircut, in the same currency; what is below 0 counts as 0.</param>
    /// <param name="maximumGearing">Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static bool Allows(decimal grossBefore, decimal grossAfter, decimal collateral, decimal maximumGearing)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(grossBefore);
        ArgumentOutOfRangeException.ThrowIfNegative(grossAfter);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumGearing);
        return grossAfter <= grossBefore
            || ExactFraction.From(grossAfter) <= ExactFraction.From(maximumGearing) * ExactFraction.From(Math.Max(0m, collateral));
    }
}
