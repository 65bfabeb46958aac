using System.CommandLine;
using System.Globalization;
using ClearingActors.Audit.Export;

namespace ClearingActors.Cli.Audit;

/// <summary>What <c>clearing audit export</c> does once the command line is read.</summary>
internal static class ExportRun
{
    /// <summary>Writes the tables and says what was written.</summary>
    /// <exception cref="CommandException">The journal or the target cannot be used, or a table or format does not exist.</exception>
    internal static int Write(JournalSource source, ParseResult parsed, string target, string at, string? tables, string formats, CancellationToken cancellation)
    {
        var chosen = TablesOf(tables);
        var named = FormatsOf(formats);
        return AuditRun.WithJournal(source, parsed, journal =>
        {
            try
            {
                var cut = Moment.Read(journal, "--at", at);
                var manifest = ReplayProgress.Run(parsed, progress => HouseExport.Run(journal, cut, target, chosen, named, progress, cancellation), doing: "exporting the journal");
                Tell(manifest, target, parsed.InvocationConfiguration.Output);
                return ExitCode.Ok;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(e.Message, e);
            }
        });
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

    private static void Tell(ExportManifest manifest, string target, TextWriter output)
    {
        foreach (var file in manifest.Files)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Name,-24} {file.Rows.Values.Sum(),12:N0} rows {file.Bytes,15:N0} bytes"));
        }

        output.WriteLine($"{target}: {manifest.Cut.Sum().ToString("N0", CultureInfo.InvariantCulture)} turns of journal {manifest.JournalId:D}, generation {manifest.Generation}, up to {manifest.UpToText}");
    }
}
