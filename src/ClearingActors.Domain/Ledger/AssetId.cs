namespace ClearingActors.Domain.Ledger;

/// <summary>The id of a security or coin that is taken as collateral (rulebook 3). 1 to 64 characters of <c>[A-Za-z0-9._-]</c>, compared ordinally. The default value is no id.</summary>
public readonly struct AssetId : IEquatable<AssetId>, IComparable<AssetId>
{
    private readonly string? _value;
    private readonly int _hash;

    private AssetId(string value)
    {
        _value = value;
        _hash = IdText.HashOf(value);
    }

    /// <summary>The text; empty for the default value.</summary>
    public string Value => _value ?? "";

    /// <summary>True for the default value, which is no id.</summary>
    public bool IsNone => _value is null;

    /// <summary>False, and the default value, if <paramref name="text"/> breaks the rule.</summary>
    public static bool TryParse(string? text, out AssetId id)
    {
        var valid = text is not null && IdText.IsValid(text);
        id = valid ? new AssetId(text!) : default;
        return valid;
    }

    /// <exception cref="FormatException">The text breaks the rule; the message holds both.</exception>
    public static AssetId Parse(string? text) => TryParse(text, out var id) ? id : throw IdText.Refusal("asset id", text);

    /// <inheritdoc/>
    public bool Equals(AssetId other) => _hash == other._hash && string.Equals(_value, other._value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AssetId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>Ordinal, which for these characters is the order of the UTF-8 bytes.</summary>
    public int CompareTo(AssetId other) => string.CompareOrdinal(_value, other._value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    public static bool operator ==(AssetId left, AssetId right) => left.Equals(right);

    public static bool operator !=(AssetId left, AssetId right) => !left.Equals(right);

    public static bool operator <(AssetId left, AssetId right) => left.CompareTo(right) < 0;

    public static bool operator <=(AssetId left, AssetId right) => left.CompareTo(right) <= 0;

    public static bool operator >(AssetId left, AssetId right) => left.CompareTo(right) > 0;

    public static bool operator >=(AssetId left, AssetId right) => left.CompareTo(right) >= 0;
}
