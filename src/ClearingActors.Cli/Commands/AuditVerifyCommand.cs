using System.CommandLine;
using ClearingActors.Cli.Audit;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit verify</c>: proves a journal, byte by byte and then rule by rule.</summary>
public static class AuditVerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var source = new JournalSource();
        var checkpoints = new Option<FileInfo?>("--checkpoints") { Description = "The file of checkpoints from outside the database. What it holds and the journal lacks was cut off.", HelpName = "FILE" };
        var key = new Option<FileInfo?>("--key") { Description = "The public keys that are trusted (PEM); without it signatures are not checked.", HelpName = "FILE" };
        var hashes = new Option<bool>("--hashes-only") { Description = "Ends after hashes, checkpoints and signatures: what the rows say is not looked at." };
        var json = new Option<string?>("--json") { Description = "Writes the report to this file; - for standard output, in place of the text.", HelpName = "FILE" };
        var command = new Command("verify", "Proves a journal: hashes, order, checkpoints and signatures, and then every rule of the rulebook by a replay. Exit code 0 if all is in order, 1 if not.");
        foreach (var option in new Option[] { source.Journal, source.Store, source.Connection, source.Schema, checkpoints, key, hashes, json })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.Run(
            () => AuditVerifyRun.Run(source, parsed, new VerifyOptions(parsed.GetValue(checkpoints), parsed.GetValue(key), parsed.GetValue(hashes), parsed.GetValue(json)), cancellation)));
        command.AddExamples(
            ("clearing audit verify --journal data/clearing.journal --checkpoints data/clearing.journal.checkpoints --key data/clearing.journal.checkpoint-key.pub", "all of it; a node may be writing the journal"),
            ("clearing audit verify --journal copy.journal --json report.json", "without signatures, with a report for a program"),
            ("clearing audit verify --store postgres --connection \"Host=db;Username=auditor;Database=clearing\" --key keys.pub", "a house on PostgreSQL"));
        return command;
    }
}
