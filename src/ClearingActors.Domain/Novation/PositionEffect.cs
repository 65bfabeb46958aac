namespace ClearingActors.Domain.Novation;

/// <summary>What a side says the trade does to its position (rulebook 4): recorded, never enforced. The numbers are journaled and never change.</summary>
public enum PositionEffect
{
    Unspecified = 0,
    Open = 1,
    Close = 2,
}
