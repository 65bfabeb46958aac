using System.CommandLine;
using ClearingActors.Cli.Audit;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing audit verify-proof</c>: checks a proof with a public key and nothing else.</summary>
public static class AuditVerifyProofCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "The proof, as clearing audit prove or AuditService gave it." };
        var key = new Option<FileInfo>("--key") { Description = "The clearing house's public keys (PEM).", Required = true, HelpName = "FILE" };
        var command = new Command("verify-proof", "Checks a proof without the journal: says what it proves. Exit code 0 if it does, 1 if not.") { file, key };
        command.SetAction(parsed =>
        {
            using var keys = AuditProof.ReadKeys(parsed.GetRequiredValue(key));
            return AuditProof.Verify(parsed.GetRequiredValue(file), keys, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        });
        command.AddExamples(("clearing audit verify-proof 4711.proof --key clearing-house.pub", "as a member would"));
        return command;
    }
}
