using Spectre.Console;

namespace ClearingActors.Cli;

/// <summary>Tables of plain text, for a writer that may be a file.</summary>
internal static class PlainTable
{
    /// <summary>Writes a table. A column whose title begins with &gt; is aligned to the right.</summary>
    internal static void Write(TextWriter output, IEnumerable<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var title in columns)
        {
            table.AddColumn(title.StartsWith('>') ? new TableColumn(Markup.Escape(title[1..])).RightAligned() : new TableColumn(Markup.Escape(title)));
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        PlainConsole.On(output).Write(table);
    }
}
