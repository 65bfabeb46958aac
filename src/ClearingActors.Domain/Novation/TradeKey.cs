namespace ClearingActors.Domain.Novation;

/// <summary>Names a trade in the whole house: the source and its id for it (rulebook 4).</summary>
public readonly record struct TradeKey(SourceId Source, TradeId Trade);
