namespace ClearingActors.Domain.Instruments;

/// <summary>What a contract is (rulebook 2). The numbers are journaled and never change. Only futures are accepted so far.</summary>
public enum InstrumentKind
{
    None = 0,
    Future = 1,
    Option = 2,
    Perpetual = 3,
}
