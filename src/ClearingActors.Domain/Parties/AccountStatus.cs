namespace ClearingActors.Domain.Parties;

/// <summary>An account's life (rulebook 1, 4). The numbers are journaled and never change.</summary>
public enum AccountStatus
{
    /// <summary>Nobody has defined the account; a trade that names it is refused as unknown.</summary>
    Undefined = 0,

    /// <summary>Takes trades.</summary>
    Active = 1,

    /// <summary>Flat, empty and final.</summary>
    Closed = 2,
}
