namespace ClearingActors.Domain.Instruments;

/// <summary>How a contract ends (rulebook 2). The numbers are journaled and never change.</summary>
public enum SettlementMethod
{
    None = 0,
    Cash = 1,
}
