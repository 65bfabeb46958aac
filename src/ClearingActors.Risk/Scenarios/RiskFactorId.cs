namespace ClearingActors.Risk.Scenarios;

/// <summary>What a risk factor measures.</summary>
public enum RiskFactorKind
{
    None = 0,

    /// <summary>The price of an underlying at a tenor node.</summary>
    Price = 1,

    /// <summary>The implied volatility of an underlying at a tenor node.</summary>
    Volatility = 2,

    /// <summary>Units of the margin currency for one unit of another currency.</summary>
    Currency = 3,
}

/// <summary>
/// A risk factor (rulebook 8.1): an underlying at a tenor node, its implied volatility there, or a currency. Compared and ordered ordinally. The default value is
/// no factor.
/// </summary>
/// <param name="Kind">What it measures.</param>
/// <param name="Name">The underlying's id or the currency's code.</param>
/// <param name="Node">The tenor node, such as an expiry month; empty where the underlying has only one, and for currencies.</param>
public readonly record struct RiskFactorId(RiskFactorKind Kind, string Name, string Node) : IComparable<RiskFactorId>
{
    /// <summary>The price of an underlying at a node.</summary>
    public static RiskFactorId Price(string underlying, string node = "") => new(RiskFactorKind.Price, underlying, node);

    /// <summary>The implied volatility of an underlying at a node.</summary>
    public static RiskFactorId Volatility(string underlying, string node = "") => new(RiskFactorKind.Volatility, underlying, node);

    /// <summary>The rate of a currency into the margin currency.</summary>
    public static RiskFactorId Currency(string code) => new(RiskFactorKind.Currency, code, "");

    public int CompareTo(RiskFactorId other)
    {
        var byKind = Kind.CompareTo(other.Kind);
        var byName = byKind != 0 ? byKind : string.CompareOrdinal(Name, other.Name);
        return byName != 0 ? byName : string.CompareOrdinal(Node, other.Node);
    }

    /// <inheritdoc/>
    public override string ToString() => string.IsNullOrEmpty(Node) ? $"{Kind} {Name}" : $"{Kind} {Name} at {Node}";

    public static bool operator <(RiskFactorId left, RiskFactorId right) => left.CompareTo(right) < 0;

    public static bool operator <=(RiskFactorId left, RiskFactorId right) => left.CompareTo(right) <= 0;

    public static bool operator >(RiskFactorId left, RiskFactorId right) => left.CompareTo(right) > 0;

    public static bool operator >=(RiskFactorId left, RiskFactorId right) => left.CompareTo(right) >= 0;
}
