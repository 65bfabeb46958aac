using System.CommandLine;
using ClearingActors.Audit.Proofs;
using ClearingActors.Cli.Audit;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit prove</c>: writes a proof of a trade, or of a row, that can be checked without the journal.</summary>
public static class AuditProveCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var source = new JournalSource();
        var trade = new Option<string?>("--trade") { Description = "A trade, by its source and its id there. What is written shows one side of it and nothing else.", HelpName = "SOURCE/ID" };
        var account = new Option<string?>("--account") { Description = "The account of the side that is proved." };
        var cancelled = new Option<bool>("--cancelled") { Description = "Proves that the trade was cancelled, in place of that it was novated." };
        var row = new Option<string?>("--row") { Description = "A whole row. What is written shows all that stands in it.", HelpName = "SHARD:POSITION" };
        var output = new Option<FileInfo>("--out") { Description = "The file to write.", Required = true, HelpName = "FILE" };
        var command = new Command("prove", "Writes a small file that proves a trade to its member, or a row to an auditor: clearing audit verify-proof checks it without the journal.");
        foreach (var option in new Option[] { source.Journal, source.Store, source.Connection, source.Schema, trade, account, cancelled, row, output })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.Run(() => AuditRun.WithJournal(source, parsed, journal =>
        {
            var prover = new Prover((ICheckpointStore)journal);
            var proof = (parsed.GetValue(trade), parsed.GetValue(row)) switch
            {
                ({ } named, null) => AuditProof.OfTrade((ICheckpointStore)journal, prover, named, parsed.GetValue(account), parsed.GetValue(cancelled), cancellation),
                (null, { } named) => AuditProof.OfRow((ICheckpointStore)journal, prover, named),
                _ => throw new CommandException("--trade SOURCE/ID with --account, or --row SHARD:POSITION, is needed: one of them"),
            };
            var file = parsed.GetRequiredValue(output);
            if (file.Exists)
            {
                throw new CommandException($"--out {file}: the file exists; name a new one");
            }

            OutputFile.Write(file, System.Text.Encoding.UTF8.GetString(proof));
            parsed.InvocationConfiguration.Output.WriteLine($"{file}: {proof.Length:#,0} bytes. Check it with: clearing audit verify-proof {file} --key KEYS.pub");
            return ExitCode.Ok;
        })));
        command.AddExamples(
            ("clearing audit prove --journal clearing.journal --trade XEUR/4711 --account ALPHA-HOUSE --out 4711.proof", "for the member of ALPHA-HOUSE"),
            ("clearing audit prove --journal clearing.journal --row 3:1042 --out row.proof", "for another auditor"));
        return command;
    }
}
