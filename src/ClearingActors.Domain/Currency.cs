using System.Buffers;

namespace ClearingActors.Domain;

/// <summary>
/// A currency and the number of decimal digits of its minor unit: USD has 2, JPY 0, BTC 8. The code is 2 to 12 characters of <c>[A-Z0-9]</c>, the digits
/// are 0 to 8. Both are fixed by configuration; the same code with other digits is another currency, and is refused where instruments are defined.
/// The default value is no currency.
/// </summary>
public readonly struct Currency : IEquatable<Currency>, IComparable<Currency>
{
    /// <summary>The most digits a minor unit may have.</summary>
    public const int MaxDigits = 8;

    private static readonly SearchValues<char> CodeCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private readonly string? _code;
    private readonly int _digits;

    /// <exception cref="FormatException">The code or the digits break the rule.</exception>
    public Currency(string code, int digits)
    {
        if (code is null || code.Length is < 2 or > 12 || code.AsSpan().IndexOfAnyExcept(CodeCharacters) >= 0)
        {
            throw new FormatException($"currency code \"{code}\" is not valid: 2 to 12 characters of A-Z 0-9 are allowed");
        }

        if (digits is < 0 or > MaxDigits)
        {
            throw new FormatException($"currency {code} has {digits} minor-unit digits: 0 to {MaxDigits} are allowed");
        }

        _code = code;
        _digits = digits;
    }

    public string Code => _code ?? "";

    /// <summary>Decimal digits of the minor unit, 0 to 8.</summary>
    public int Digits => _digits;

    public bool IsNone => _code is null;

    public bool Equals(Currency other) => _digits == other._digits && string.Equals(_code, other._code);

    public override bool Equals(object? obj) => obj is Currency other && Equals(other);

    public override int GetHashCode() => _code is null ? 0 : _code.GetHashCode() ^ _digits;

    /// <summary>Ordinal by code, then by digits.</summary>
    public int CompareTo(Currency other)
    {
        var byCode = string.CompareOrdinal(_code, other._code);
        return byCode != 0 ? byCode : _digits.CompareTo(other._digits);
    }

    public override string ToString() => Code;

    public static bool operator ==(Currency left, Currency right) => left.Equals(right);

    public static bool operator !=(Currency left, Currency right) => !left.Equals(right);

    public static bool operator <(Currency left, Currency right) => left.CompareTo(right) < 0;

    public static bool operator <=(Currency left, Currency right) => left.CompareTo(right) <= 0;

    public static bool operator >(Currency left, Currency right) => left.CompareTo(right) > 0;

    public static bool operator >=(Currency left, Currency right) => left.CompareTo(right) >= 0;
}
