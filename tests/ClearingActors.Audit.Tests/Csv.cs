using System.Text;
using ClearingActors.Audit.Export;

namespace ClearingActors.Audit.Tests;

/// <summary>A reader by RFC 4180, to look at what was written.</summary>
internal static class Csv
{
    internal static List<List<string>> Read(string path)
    {
        var text = File.ReadAllText(path, Encoding.UTF8);
        List<List<string>> lines = [[]];
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (quoted && text[i] == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && text[i] == ',')
            {
                lines[^1].Add(field.ToString());
                field.Clear();
            }
            else if (!quoted && text[i] == '\r' && text[i + 1] == '\n')
            {
                lines[^1].Add(field.ToString());
                field.Clear();
                lines.Add([]);
                i++;
            }
            else
            {
                field.Append(text[i]);
            }
        }

        lines[^1].ShouldBeEmpty("the file ends with a line end");
        lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    /// <summary>What stands in the file for a text.</summary>
    internal static string Guard(in ExportColumn column, string text) =>
        column.Kind == ColumnKind.Text && text.Length > 0 && "=+-@\t\r\n'".Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;
}
