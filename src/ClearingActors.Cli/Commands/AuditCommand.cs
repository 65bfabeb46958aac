using System.CommandLine;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit …</c>: what auditors ask of a journal. Reads only; a node may be writing it.</summary>
public static class AuditCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("audit", "Proves, replays and explains what a journal holds. Reads only; a node may be writing the journal.");
        command.Subcommands.Add(AuditVerifyCommand.Create());
        command.Subcommands.Add(AuditProveCommand.Create());
        command.Subcommands.Add(AuditVerifyProofCommand.Create());
        command.Subcommands.Add(AuditRotateKeyCommand.Create());
        command.Subcommands.Add(AuditReplayCommand.Create());
        command.Subcommands.Add(AuditExportCommand.Create());
        command.Subcommands.Add(AuditShowCommand.Create());
        command.Subcommands.Add(AuditDiffCommand.Create());
        command.Subcommands.Add(AuditExplainCommand.Create());
        return command;
    }
}
