namespace ClearingActors.Domain.Parties;

/// <summary>How an account's assets are kept apart (rulebook 1; EMIR Art. 39). The numbers are journaled and never change.</summary>
public enum Segregation
{
    /// <summary>Not defined; never valid.</summary>
    None = 0,

    /// <summary>The member's own positions.</summary>
    House = 1,

    /// <summary>All clients of the account in one net position per instrument.</summary>
    ClientOmnibusNet = 2,

    /// <summary>A sub-position per client, margined gross; every trade names its client.</summary>
    ClientOmnibusGross = 3,

    /// <summary>One client's own account.</summary>
    ClientIndividual = 4,

    /// <summary>A member's contribution to the default fund (rulebook 10.2): cash only. Defined by the fund itself.</summary>
    DefaultFund = 5,
}
