using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ClearingActors.Audit.Export;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Audit;

/// <summary>What <c>clearing audit export</c> does once the command line is read.</summary>
internal static class ExportRun
{
    private static readonly TimeSpan ReportedEvery = TimeSpan.FromSeconds(5);

    /// <summary>Writes the tables and says what was written.</summary>
    /// <exception cref="CommandException">The journal or the target cannot be used, or a table or format does not exist.</exception>
    internal static int Write(JournalSource source, ParseResult parsed, string target, string? at, string? tables, string formats, CancellationToken cancellation)
    {
        var chosen = TablesOf(tables);
        var named = FormatsOf(formats);
        try
        {
            using var journal = source.Open(parsed);
            var manifest = HouseExport.Run(journal, CutOf(journal, at), target, chosen, named, new Lines(parsed.InvocationConfiguration.Error), cancellation);
            var output = parsed.InvocationConfiguration.Output;
            foreach (var file in manifest.Files)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Name,-24} {file.Rows.Values.Sum(),12:N0} rows {file.Bytes,15:N0} bytes"));
            }

            output.WriteLine($"{target}: {manifest.Cut.Sum().ToString("N0", CultureInfo.InvariantCulture)} turns of journal {manifest.JournalId:D}, generation {manifest.Generation}, up to {manifest.UpToText}");
            return ExitCode.Ok;
        }
        catch (InvalidDataException e)
        {
            // Not the command line is at fault but the journal.
            parsed.InvocationConfiguration.Error.WriteLine($"error: the journal cannot be exported: {e.Message}");
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is JournalException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(e.Message, e);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            parsed.InvocationConfiguration.Error.WriteLine("stopped before the end; nothing was left behind");
            return ExitCode.Failed;
        }
    }

    /// <summary>Compares a folder with its manifest.</summary>
    /// <returns>1 if a file differs, is missing or does not belong there.</returns>
    /// <exception cref="CommandException">The folder has no manifest that can be read.</exception>
    internal static int Check(string folder, TextWriter output)
    {
        try
        {
            var manifest = ExportManifest.Read(folder);
            var wrong = manifest.Check(folder);
            foreach (var line in wrong)
            {
                output.WriteLine(line);
            }

            output.WriteLine(wrong.Count == 0
                ? $"{folder}: {manifest.Files.Count} files are as the manifest says: journal {manifest.JournalId:D}, generation {manifest.Generation}, {manifest.Cut.Sum().ToString("N0", CultureInfo.InvariantCulture)} turns"
                : $"{folder}: {wrong.Count} of {manifest.Files.Count} files are not as the manifest says");
            return wrong.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(e.Message, e);
        }
    }

    private static IReadOnlyList<ExportTable> TablesOf(string? names)
    {
        if (names is null)
        {
            return [.. ExportTables.All.Where(t => !t.IsOptional)];
        }

        var chosen = Split(names);
        var unknown = chosen.FirstOrDefault(name => name != "all" && ExportTables.All.All(t => t.Name != name));
        return unknown is null
            ? [.. ExportTables.All.Where(t => chosen.Contains("all") || chosen.Contains(t.Name))]
            : throw new CommandException($"--tables {unknown}: there is no such table; there are all, {string.Join(", ", ExportTables.All.Select(t => t.Name))}");
    }

    private static IReadOnlyList<string> FormatsOf(string names)
    {
        var chosen = Split(names);
        return chosen.FirstOrDefault(name => !HouseExport.Formats.Contains(name)) is { } unknown
            ? throw new CommandException($"--format {unknown}: there is no such format; there are {string.Join(", ", HouseExport.Formats)}")
            : chosen.Count == 0 ? throw new CommandException($"--format names no format; there are {string.Join(", ", HouseExport.Formats)}") : chosen;
    }

    private static List<string> Split(string names) => [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];

    private static JournalCut CutOf(IJournalStore journal, string? at)
    {
        if (at is null or "head")
        {
            return JournalCut.AtHeads(journal);
        }

        if (at.Split(':') is [var shardText, var positionText] && int.TryParse(shardText, NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            && long.TryParse(positionText, NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            try
            {
                return JournalCut.AtTurn(journal, shard, position);
            }
            catch (ArgumentOutOfRangeException e)
            {
                throw new CommandException($"--at {at}: {e.Message}", e);
            }
        }

        return DateTime.TryParseExact(at, ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? JournalCut.AtTime(journal, checked((time - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick))
            : throw new CommandException($"--at {at} is no moment; give a time such as 2026-03-12T16:00:00Z (when turns were recorded), SHARD:POSITION, or head");
    }

    /// <summary>A line every few seconds.</summary>
    private sealed class Lines(TextWriter error) : IProgress<double>
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public void Report(double value)
        {
            if (_watch.Elapsed > ReportedEvery)
            {
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value:0 %} of the journal exported"));
                _watch.Restart();
            }
        }
    }
}
