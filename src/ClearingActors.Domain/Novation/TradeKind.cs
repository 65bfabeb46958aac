namespace ClearingActors.Domain.Novation;

/// <summary>What a report does (rulebook 4). The numbers are journaled and never change.</summary>
public enum TradeKind
{
    None = 0,
    Trade = 1,

    /// <summary>Moves a position to another account at the last settlement price.</summary>
    Transfer = 2,

    /// <summary>Moves a trade to another member at its own price.</summary>
    GiveUp = 3,

    /// <summary>Corrects an earlier trade by a further one.</summary>
    Adjustment = 4,
}
