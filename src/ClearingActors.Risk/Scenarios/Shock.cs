namespace ClearingActors.Risk.Scenarios;

/// <summary>Moves a price by a shock of a kind.</summary>
public static class Shock
{
    /// <summary>The lowest relative shock: a price never falls by more than 99 % (rulebook 8.1).</summary>
    public const double LowestRelative = -0.99;

    /// <summary>price x (1 + shock), or price + shock.</summary>
    public static double Apply(double price, double shock, ChangeKind kind) => kind switch
    {
        ChangeKind.Relative => price * (1.0 + shock),
        ChangeKind.Absolute => price + shock,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Relative or Absolute is allowed"),
    };
}
