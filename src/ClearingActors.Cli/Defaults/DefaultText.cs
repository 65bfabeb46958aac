using System.Globalization;
using System.Text;
using ClearingActors.Contracts.Defaults.V1;

namespace ClearingActors.Cli.Defaults;

/// <summary>Figures of default management as people read and write them.</summary>
internal static class DefaultText
{
    /// <summary>Whole minor units with thousands and the currency's digits, as in -1,234,567.89.</summary>
    internal static string Amount(long minor, int digits)
    {
        var text = decimal.Abs(minor).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var whole = decimal.Parse(text[..^digits], CultureInfo.InvariantCulture).ToString("N0", CultureInfo.InvariantCulture);
        return $"{(minor < 0 ? "-" : "")}{whole}{(digits > 0 ? $".{text[^digits..]}" : "")}";
    }

    internal static string Amount(Cash cash) => $"{Amount(cash.Minor, cash.Digits)} {cash.Currency}";

    /// <summary>An instant in UTC to the second; a dash for none.</summary>
    internal static string Time(long nanoseconds) => nanoseconds == 0 ? "-" : DateTime.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    internal static string Lots(IEnumerable<HeldLots> positions) =>
        string.Join(", ", positions.Select(p => $"{p.Lots.ToString("N0", CultureInfo.InvariantCulture)} {p.Instrument}{(p.Client.Length > 0 ? $" of {p.Client}" : "")}")) is { Length: > 0 } text ? text : "flat";

    /// <summary>A name of the contract as words: ClosingOut as "closing out".</summary>
    internal static string Words(Enum value)
    {
        var words = new StringBuilder();
        foreach (var letter in value.ToString())
        {
            words.Append(char.IsUpper(letter) && words.Length > 0 ? " " : "").Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }

    internal static string Kind(uint segregation) => segregation switch
    {
        1 => "house",
        2 => "net omnibus",
        3 => "gross omnibus",
        4 => "individual client",
        5 => "default fund",
        _ => "unknown",
    };

    internal static string Tier(uint tier) => tier switch
    {
        1 => "no bid",
        2 => "poor",
        3 => "fair",
        4 => "winner or near",
        _ => "-",
    };

    internal static string Greek(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);

    /// <summary>What was written on the command line, in whole minor units.</summary>
    /// <exception cref="CommandException">It has more decimal places than the currency, or too many digits.</exception>
    internal static long Minor(string option, decimal amount, string currency, int digits)
    {
        var scaled = amount;
        try
        {
            for (var i = 0; i < digits; i++)
            {
                scaled *= 10;
            }

            return scaled == decimal.Truncate(scaled) ? decimal.ToInt64(scaled) : throw new CommandException($"{option} is {amount.ToString(CultureInfo.InvariantCulture)}; {currency} has {digits} decimal places");
        }
        catch (OverflowException e)
        {
            throw new CommandException($"{option} is {amount.ToString(CultureInfo.InvariantCulture)}; at most {long.MaxValue} minor units of {currency} are allowed", e);
        }
    }
}
