using System.Buffers;
using System.Text;

namespace ClearingActors.Audit.Export;

/// <summary>
/// A file per table by RFC 4180, UTF-8, with a header line. Text that a spreadsheet would take for a formula (it begins with = + - @, their full-width forms, a tab or a line end), or
/// that begins with an apostrophe, gets an apostrophe in front: whoever reads the file takes one leading apostrophe off text columns and has the text again. Numbers are left as they are.
/// </summary>
internal sealed class CsvTables : ITableFormat
{
    private const string Formulas = "=+-@\t\r\n'\uFF1D\uFF0B\uFF0D\uFF20";
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n;\t");

    private readonly TableFiles _files;

    /// <param name="folder">Where the files go.</param>
    /// <param name="tables">Each gets its file, with or without rows.</param>
    internal CsvTables(string folder, IReadOnlyList<ExportTable> tables)
    {
        _files = new TableFiles(folder, "csv", tables);
        foreach (var table in tables)
        {
            var file = _files[table];
            file.AppendJoin(',', table.Columns.Select(c => c.Name)).Append("\r\n");
            _files.Written(table);
        }
    }

    public void Write(ExportTable table, ReadOnlySpan<ExportValue> row)
    {
        var line = _files[table];
        for (var i = 0; i < row.Length; i++)
        {
            if (i > 0)
            {
                line.Append(',');
            }

            Append(line, row[i]);
        }

        line.Append("\r\n");
        _files.Written(table);
    }

    public void Complete() => _files.Complete();

    public void Dispose() => _files.Dispose();

    private static void Append(StringBuilder line, in ExportValue value)
    {
        var text = value.ToText();
        if (value.Kind != ColumnKind.Text)
        {
            line.Append(text);
            return;
        }

        var quoted = text.AsSpan().ContainsAny(Quoted);
        if (quoted)
        {
            line.Append('"');
        }

        if (Formulas.Contains(text[0], StringComparison.Ordinal))
        {
            line.Append('\'');
        }

        line.Append(quoted ? text.Replace("\"", "\"\"", StringComparison.Ordinal) : text);
        if (quoted)
        {
            line.Append('"');
        }
    }
}
