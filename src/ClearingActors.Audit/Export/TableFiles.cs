using System.Text;

namespace ClearingActors.Audit.Export;

/// <summary>A text file per table, UTF-8 without a mark; what is appended is held until it is worth a write.</summary>
internal sealed class TableFiles : IDisposable
{
    private const int HeldCharacters = 32 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<ExportTable, (FileStream File, StringBuilder Held)> _files = new(ReferenceEqualityComparer.Instance);

    internal TableFiles(string folder, string extension, IReadOnlyList<ExportTable> tables)
    {
        foreach (var table in tables)
        {
            _files.Add(table, (new FileStream(Path.Combine(folder, $"{table.Name}.{extension}"), FileMode.CreateNew, FileAccess.Write), new StringBuilder()));
        }
    }

    /// <summary>Where a table's next line goes.</summary>
    internal StringBuilder this[ExportTable table] => _files[table].Held;

    /// <summary>A line is complete.</summary>
    internal void Written(ExportTable table)
    {
        var (file, held) = _files[table];
        if (held.Length >= HeldCharacters)
        {
            Flush(file, held);
        }
    }

    internal void Complete()
    {
        foreach (var (file, held) in _files.Values)
        {
            Flush(file, held);
            file.Flush(flushToDisk: true);
            file.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var (file, _) in _files.Values)
        {
            file.Dispose();
        }
    }

    private static void Flush(FileStream file, StringBuilder held)
    {
        file.Write(Utf8.GetBytes(held.ToString()));
        held.Clear();
    }
}
