using System.CommandLine;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit rotate-key</c>: makes the key that a node hands over to with its next checkpoint.</summary>
public static class AuditRotateKeyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var key = new Option<FileInfo>("--key") { Description = "The node's signing key: checkpoints.keyFile, by default the journal's path with .checkpoint-key.", Required = true, HelpName = "FILE" };
        var command = new Command("rotate-key", "Makes a new signing key beside the node's. The node's next checkpoint names it, signed by the old one; from then on the new one signs and the old one is gone.") { key };
        command.SetAction(parsed =>
        {
            var file = parsed.GetRequiredValue(key);
            try
            {
                var id = CheckpointKeyFile.MakeNext(file.FullName);
                parsed.InvocationConfiguration.Output.WriteLine($"The next key is {Convert.ToHexStringLower(id.Span)}. It comes into force with the node's next checkpoint; then back up {file} again, and give auditors {CheckpointKeyFile.PublicPathOf(file.ToString())}.");
                return ExitCode.Ok;
            }
            catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
            {
                throw new CommandException(e.Message, e);
            }
        });
        command.AddExamples(("clearing audit rotate-key --key data/clearing.journal.checkpoint-key", "while the node runs, or before it starts"));
        return command;
    }
}
