using ClearingActors.Journal;

namespace ClearingActors.Audit.Export;

/// <summary>Writes what a journal tells into tables that people and their tools read: one pass over the replay, whatever the journal's length.</summary>
internal static class HouseExport
{
    internal const string Csv = "csv";
    internal const string JsonLines = "jsonl";
    internal const string Sqlite = "sqlite";

    /// <summary>The formats that there are.</summary>
    internal static IReadOnlyList<string> Formats { get; } = [Csv, JsonLines, Sqlite];

    private static readonly string[] Notes =
    [
        "Turns are shard:position of the journal. Columns named recorded_at are the journal's time, all other times are business time; both are UTC.",
        "Amounts are exact: decimal text in CSV and JSON; in SQLite whole minor units in columns that end in _minor, with the decimal places in the row's digits column.",
        "CSV: text that begins with = + - @ (or their full-width forms), a tab, a line end or an apostrophe has an apostrophe in front, so that no spreadsheet takes it for a formula; take one leading apostrophe off to have the text. JSON and SQLite hold the text as it is.",
    ];

    /// <summary>Writes the tables into a new folder; it appears when it is complete.</summary>
    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <param name="cut">Where the export ends.</param>
    /// <param name="target">A folder that is not there yet.</param>
    /// <param name="tables">Of <see cref="ExportTables.All"/>.</param>
    /// <param name="formats">Of <see cref="Formats"/>.</param>
    /// <param name="progress">Is told the share of the turns that is done; null for nobody.</param>
    /// <param name="cancellation">Ends it; nothing is left behind.</param>
    /// <exception cref="IOException">The target is there already, or cannot be written.</exception>
    /// <exception cref="JournalException">A log cannot be read.</exception>
    /// <exception cref="InvalidDataException">The journal is not what it must be.</exception>
    internal static ExportManifest Run(
        IJournalStore journal, JournalCut cut, string target, IReadOnlyList<ExportTable> tables, IReadOnlyList<string> formats, IProgress<double>? progress, CancellationToken cancellation)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (Path.Exists(target))
        {
            throw new IOException($"{target} is there already; an export goes to a folder of its own that is not there yet");
        }

        var partial = $"{target}.partial-{Guid.NewGuid():N}";
        Directory.CreateDirectory(partial);
        try
        {
            var manifest = WriteTo(partial, journal, cut, tables, formats, progress, cancellation);
            manifest.Write(partial);
            Directory.Move(partial, target);
            return manifest;
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    private static ExportManifest WriteTo(
        string folder, IJournalStore journal, JournalCut cut, IReadOnlyList<ExportTable> tables, IReadOnlyList<string> formats, IProgress<double>? progress, CancellationToken cancellation)
    {
        List<ITableFormat> writers = [];
        try
        {
            foreach (var format in formats)
            {
                writers.Add(format switch
                {
                    Csv => new CsvTables(folder, tables),
                    JsonLines => new JsonLinesTables(folder, tables),
                    Sqlite => new SqliteTables(folder, tables),
                    _ => throw new ArgumentException($"{format} is no format; there are {string.Join(", ", Formats)}", nameof(formats)),
                });
            }

            var rows = tables.Select(t => new RowWriter(t, writers)).ToList();
            using var house = new HouseReplay(journal, cut);
            var newest = Replay(house, ExportTables.PartsOf(house, rows), progress, cancellation);
            foreach (var writer in writers)
            {
                writer.Complete();
            }

            return new ExportManifest(
                ExportManifest.CurrentFormat, VersionOf(), journal.Identity.Id, journal.Identity.Generation, cut.Positions, newest,
                tables.ToDictionary(t => t.Name, t => new ExportTableNote(t.About, t.Columns.ToDictionary(c => c.Name, c => Words.Of(c.Kind)))), Notes, [.. FilesOf(folder, rows)]);
        }
        finally
        {
            writers.ForEach(w => w.Dispose());
        }
    }

    private static long Replay(HouseReplay house, IReadOnlyList<ExportPart> parts, IProgress<double>? progress, CancellationToken cancellation)
    {
        var newest = 0L;
        while (house.Turns.TryPeek(out var row))
        {
            var turn = new ExportTurn(row) { BusinessTime = house.Turns[row.Shard].BusinessTime };
            turn.BusinessTime = turn.Content.BusinessTime == 0 ? turn.BusinessTime : turn.Content.BusinessTime;
            house.Turns.Next();
            newest = row.RecordedTime;
            foreach (var step in turn.Content.Steps)
            {
                turn.BusinessTime = step.BusinessTime == 0 ? turn.BusinessTime : step.BusinessTime;
                foreach (var part in parts)
                {
                    part.Step(turn, step);
                }
            }

            foreach (var part in parts)
            {
                part.TurnEnded(turn);
            }

            if (house.Turns.Replayed % 1024 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((double)house.Turns.Replayed / house.Turns.Rows);
            }
        }

        foreach (var part in parts)
        {
            part.End();
        }

        return newest;
    }

    private static IEnumerable<ExportFile> FilesOf(string folder, IReadOnlyList<RowWriter> rows)
    {
        foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            var (bytes, sha256) = ExportManifest.Describe(path);
            yield return new ExportFile(name, rows.Where(r => name == SqliteTables.FileName || Path.GetFileNameWithoutExtension(name) == r.Table.Name).ToDictionary(r => r.Table.Name, r => r.Rows), bytes, sha256);
        }
    }

    private static string VersionOf() => typeof(HouseExport).Assembly.GetName().Version!.ToString();
}
