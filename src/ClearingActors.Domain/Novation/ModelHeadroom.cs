using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Novation;

/// <summary>By what a trade's headroom is decided (rulebook 4, 8.9).</summary>
public enum HeadroomRule
{
    /// <summary>The instrument's configured amount per lot.</summary>
    AmountPerLot = 0,

    /// <summary>The account's indicative requirement, by <see cref="ModelHeadroom"/> once all else is checked.</summary>
    Model = 1,
}

/// <summary>
/// The indicative figures that a trade was accepted with, in minor units of the margin currency. Recorded, so that the decision can be checked later; cash, limit and what is
/// unpaid are the account's own at that point. Nothing follows from it for the state.
/// </summary>
/// <param name="Requirement">With the trade and every trade in flight, 0 or more; at least the figure of the monitor, and at most a bound above it.</param>
/// <param name="OptionValue">Of equity-style options with their premium, the trade's own included where it takes.</param>
/// <param name="Accrued">Variation margin accrued at the marks that the monitor had; 0 or below.</param>
/// <param name="Collateral">
/// What coverage counts besides cash in the margin currency, less unpaid amounts in other currencies; below zero if debts weigh more, and less
/// <see cref="Coverage.MaxAmount"/> if a debt cannot be converted.
/// </param>
/// <param name="Reduces">True if the excess does not cover it, and the trade passed because it does not raise the requirement.</param>
public readonly record struct IndicativeMarginUsed(long Requirement, long OptionValue, long Accrued, long Collateral, bool Reduces = false);

/// <summary>
/// Whether an account can carry an indicative requirement (rulebook 8.7, 8.9): its excess and the intraday limit together are not below zero. Pure.
/// </summary>
public static class ModelHeadroom
{
    /// <summary>Excess (rulebook 8.7) plus the intraday limit, with the account's cash as it is; minor units of the margin currency. A figure beyond 10^18 counts as that.</summary>
    public static Int128 Of(AccountState account, in IndicativeMarginUsed figures)
    {
        Int128 unpaid = 0;
        foreach (var amount in account.UnbookedVariationMargin)
        {
            unpaid += amount.Currency == account.MarginCurrency ? Math.Max(0, -amount.AmountMinor) : 0;
        }

        return (Int128)account.BalanceOf(account.MarginCurrency).Cash
            + account.IntradayLimit
            + figures.Collateral
            + Math.Min(figures.OptionValue, figures.Requirement)
            + Math.Min(0, figures.Accrued)
            - unpaid
            - Math.Min(figures.Requirement, Coverage.MaxAmount);
    }

    /// <summary>True if the account can carry the requirement; one above <see cref="Coverage.MaxAmount"/> never.</summary>
    public static bool Covers(AccountState account, in IndicativeMarginUsed figures) => figures.Requirement <= Coverage.MaxAmount && Of(account, figures) >= 0;
}
