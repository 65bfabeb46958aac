using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ClearingActors.Audit.Export;

/// <summary>A file per table with an object per line, in the order of the columns. Integers are numbers; exact decimals are strings, since a reader may take numbers for doubles.</summary>
internal sealed class JsonLinesTables : ITableFormat
{
    private readonly TableFiles _files;

    /// <param name="folder">Where the files go.</param>
    /// <param name="tables">Each gets its file, with or without rows.</param>
    internal JsonLinesTables(string folder, IReadOnlyList<ExportTable> tables) => _files = new TableFiles(folder, "jsonl", tables);

    public void Write(ExportTable table, ReadOnlySpan<ExportValue> row)
    {
        var line = _files[table];
        for (var i = 0; i < row.Length; i++)
        {
            ref readonly var value = ref row[i];
            line.Append(i == 0 ? '{' : ',').Append('"').Append(table.Columns[i].Name).Append("\":");
            if (value.IsNull)
            {
                line.Append("null");
            }
            else if (value.Kind == ColumnKind.Integer)
            {
                line.Append(CultureInfo.InvariantCulture, $"{value.Number}");
            }
            else if (value.Kind == ColumnKind.Flag)
            {
                line.Append(value.ToText());
            }
            else
            {
                line.Append('"').Append(JsonEncodedText.Encode(value.ToText(), JavaScriptEncoder.UnsafeRelaxedJsonEscaping)).Append('"');
            }
        }

        line.Append("}\n");
        _files.Written(table);
    }

    public void Complete() => _files.Complete();

    public void Dispose() => _files.Dispose();
}
