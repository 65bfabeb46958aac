namespace ClearingActors.Domain.Instruments;

/// <summary>What a contract is (rulebook 2). The numbers are journaled and never change.</summary>
public enum InstrumentKind
{
    None = 0,
    Future = 1,
    Option = 2,
    Perpetual = 3,

    /// <summary>No contract: a price that options and perpetuals refer to. It takes marks and no trades.</summary>
    Index = 4,
}
