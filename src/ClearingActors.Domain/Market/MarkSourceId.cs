namespace ClearingActors.Domain.Market;

/// <summary>The id of a source of marks, or of the operator who confirms one (rulebook 5). 1 to 64 characters of <c>[A-Za-z0-9._-]</c>, compared ordinally. The default value is no id.</summary>
public readonly struct MarkSourceId : IEquatable<MarkSourceId>, IComparable<MarkSourceId>
{
    private readonly string? _value;
    private readonly int _hash;

    private MarkSourceId(string value)
    {
        _value = value;
        _hash = IdText.HashOf(value);
    }

    /// <summary>The text; empty for the default value.</summary>
    public string Value => _value ?? "";

    /// <summary>True for the default value, which is no id.</summary>
    public bool IsNone => _value is null;

    /// <summary>False, and the default value, if <paramref name="text"/> breaks the rule.</summary>
    public static bool TryParse(string? text, out MarkSourceId id)
    {
        var valid = text is not null && IdText.IsValid(text);
        id = valid ? new MarkSourceId(text!) : default;
        return valid;
    }

    /// <exception cref="FormatException">The text breaks the rule; the message holds both.</exception>
    public static MarkSourceId Parse(string? text) => TryParse(text, out var id) ? id : throw IdText.Refusal("mark source id", text);

    /// <inheritdoc/>
    public bool Equals(MarkSourceId other) => _hash == other._hash && string.Equals(_value, other._value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MarkSourceId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>Ordinal, which for these characters is the order of the UTF-8 bytes.</summary>
    public int CompareTo(MarkSourceId other) => string.CompareOrdinal(_value, other._value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    public static bool operator ==(MarkSourceId left, MarkSourceId right) => left.Equals(right);

    public static bool operator !=(MarkSourceId left, MarkSourceId right) => !left.Equals(right);

    public static bool operator <(MarkSourceId left, MarkSourceId right) => left.CompareTo(right) < 0;

    public static bool operator <=(MarkSourceId left, MarkSourceId right) => left.CompareTo(right) <= 0;

    public static bool operator >(MarkSourceId left, MarkSourceId right) => left.CompareTo(right) > 0;

    public static bool operator >=(MarkSourceId left, MarkSourceId right) => left.CompareTo(right) >= 0;
}
