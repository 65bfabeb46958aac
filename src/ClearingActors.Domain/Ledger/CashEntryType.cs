namespace ClearingActors.Domain.Ledger;

/// <summary>Why cash moved (rulebook 3). The numbers are journaled and never change.</summary>
public enum CashEntryType
{
    None = 0,
    VariationMargin = 1,
    Premium = 2,
    Funding = 3,
    Exercise = 4,
    Collateral = 5,
    Interest = 6,
    Fee = 7,
    Default = 8,
    Rounding = 9,
}

/// <summary>What entry types mean.</summary>
public static class CashEntryTypes
{
    /// <summary>True for what a settlement cycle computes for an account and then books.</summary>
    public static bool IsSettled(this CashEntryType type) =>
        type is CashEntryType.VariationMargin or CashEntryType.Premium or CashEntryType.Funding or CashEntryType.Exercise;
}
