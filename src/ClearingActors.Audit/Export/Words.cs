using System.Text;

namespace ClearingActors.Audit.Export;

/// <summary>Names of a program's values as tables have them.</summary>
internal static class Words
{
    /// <summary>As in <c>variation_margin</c>; a value that this program does not know is its number.</summary>
    internal static string Of<T>(T value)
        where T : struct, Enum => OfName(value.ToString());

    /// <summary>Words joined by underscores instead of capitals.</summary>
    internal static string OfName(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
