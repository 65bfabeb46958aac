namespace ClearingActors.Risk.Scenarios;

/// <summary>How a factor's daily change is measured, and so how a shock moves it.</summary>
public enum ChangeKind
{
    None = 0,

    /// <summary>p(t) / p(t-1) - 1. For factors that are always above zero.</summary>
    Relative = 1,

    /// <summary>p(t) - p(t-1), in price units. For factors that may be negative.</summary>
    Absolute = 2,
}
