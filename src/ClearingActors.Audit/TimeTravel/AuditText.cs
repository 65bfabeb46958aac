using System.Globalization;
using System.Numerics;
using System.Text;
using ClearingActors.Domain;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>Figures as auditors read them; the same words everywhere.</summary>
internal static class AuditText
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>An instant as ISO 8601 in UTC, with as many digits of a second as it has; a dash for 0, which stands for none.</summary>
    /// <param name="ns">UTC nanoseconds since 1970.</param>
    internal static string Time(long ns)
    {
        if (ns == 0)
        {
            return "-";
        }

        var seconds = Math.DivRem(ns, NanosecondsPerSecond, out var rest);
        (seconds, rest) = rest < 0 ? (seconds - 1, rest + NanosecondsPerSecond) : (seconds, rest);
        var fraction = rest == 0 ? "" : $".{rest.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0')}";
        return $"{DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)}{fraction}Z";
    }

    /// <summary>The same, null for none: for JSON.</summary>
    internal static string? TimeOrNull(long ns) => ns == 0 ? null : Time(ns);

    /// <summary>Whole minor units with thousands and the currency's digits, as in -1,234,567.89.</summary>
    internal static string Amount(Int128 minor, int digits)
    {
        var text = BigInteger.Abs(minor).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var whole = BigInteger.Parse(text[..^digits], CultureInfo.InvariantCulture).ToString("N0", CultureInfo.InvariantCulture);
        return $"{(minor < 0 ? "-" : "")}{whole}{(digits > 0 ? $".{text[^digits..]}" : "")}";
    }

    /// <summary>The same with the currency behind it.</summary>
    internal static string Amount(long minor, Currency currency) => $"{Amount(minor, currency.Digits)} {currency.Code}";

    internal static string Amount(Money money) => Amount(money.MinorUnits, money.Currency);

    /// <summary>Minor units as a number with the currency's digits: for JSON.</summary>
    /// <exception cref="OverflowException">It is beyond what a decimal holds, 7.9e28 minor units.</exception>
    internal static decimal Decimal(Int128 minor, int digits) => (decimal)minor * new decimal(1, 0, 0, false, (byte)digits);

    internal static string Number(Int128 value) => ((BigInteger)value).ToString("N0", CultureInfo.InvariantCulture);

    internal static string Plain(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A business date as it is journaled, yyyymmdd.</summary>
    internal static string Date(int date) => string.Create(CultureInfo.InvariantCulture, $"{date / 10_000:0000}-{date / 100 % 100:00}-{date % 100:00}");

    internal static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A name of the code as words: ClientOmnibusNet as "client omnibus net".</summary>
    internal static string Words(Enum value)
    {
        var words = new StringBuilder();
        foreach (var letter in value.ToString())
        {
            words.Append(char.IsUpper(letter) && words.Length > 0 ? " " : "").Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }
}
