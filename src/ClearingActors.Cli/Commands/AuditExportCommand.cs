using System.CommandLine;
using ClearingActors.Cli.Audit;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit export</c>: a journal as tables that people and their tools read.</summary>
public static class AuditExportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var source = new JournalSource();
        var to = new Option<string?>("--to") { Description = "A folder that is not there yet; it appears when it is complete.", HelpName = "FOLDER" };
        var format = new Option<string>("--format") { Description = "csv, jsonl, sqlite, or several with commas.", DefaultValueFactory = _ => "csv", HelpName = "FORMATS" };
        var at = Moment.Option("--at", "The moment at which it ends; the head if not given");
        var tables = new Option<string?>("--tables") { Description = "Their names with commas, or all; the default leaves out the bulky ones.", HelpName = "TABLES" };
        var check = new Option<string?>("--check") { Description = "Compares the files of an export with its manifest instead. Exit code 1 if one differs.", HelpName = "FOLDER" };
        var command = new Command("export", "Writes trades, positions, cash flows and more as CSV, JSON Lines or one SQLite file, with a manifest of hashes.")
        {
            source.Journal, source.Store, source.Connection, source.Schema, to, format, at, tables, check,
        };
        command.AddExamples(
            ("clearing audit export --journal house.db --to 2026-03", "CSV files with a manifest"),
            ("clearing audit export --journal house.db --to 2026-03 --format sqlite --at 2026-03-31T22:00:00Z", "one file for SQL, as of a moment"),
            ("clearing audit export --journal house.db --to all --format csv,jsonl,sqlite --tables all", "everything"),
            ("clearing audit export --check 2026-03", "is each file as it was written?"));
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                if (parsed.GetValue(check) is { } folder)
                {
                    return parsed.GetValue(to) is not null || source.IsNamed(parsed)
                        ? throw new CommandException("--check looks at an export that is there; leave --to and the journal out")
                        : ExportRun.Check(folder, parsed.InvocationConfiguration.Output);
                }

                return parsed.GetValue(to) is { } target
                    ? ExportRun.Write(source, parsed, target, parsed.GetValue(at) ?? "head", parsed.GetValue(tables), parsed.GetRequiredValue(format), cancellation)
                    : throw new CommandException("--to FOLDER is needed: where the export goes");
            },
            cancellation));
        return command;
    }
}
