using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ClearingActors.Cli.Defaults;

/// <summary>A price or an amount on the command line. Commas are refused: who types 1,5 may mean 1.5, and must not get 15.</summary>
internal static class DecimalOption
{
    /// <summary>A required option of one decimal number: a sign, digits and a point.</summary>
    internal static Option<decimal> Of(string name, string description) => new(name) { Description = description, Required = true, CustomParser = result => Parse(name, result) };

    private static decimal Parse(string name, ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            result.AddError($"{name} is \"{text}\"; a decimal number without commas, such as 1234.50, is needed");
        }

        return value;
    }
}
