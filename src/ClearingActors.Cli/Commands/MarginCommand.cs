using System.CommandLine;
using ClearingActors.Cli.Stress;
using ClearingActors.Contracts.Margin.V1;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing margin</c>: what an operator decides about the margin of a running node.</summary>
public static class MarginCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new("margin", "An operator's decisions about the margin of a running node.") { Buffer() };

    private static Command Buffer()
    {
        var node = new Option<string>("--node") { Description = "The address of a running node.", Required = true };
        var token = LiveHouse.Token();
        var release = new Option<bool>("--release") { Description = "From now on the buffer may be used up." };
        var restore = new Option<bool>("--restore") { Description = "From now on the buffer is whole again." };
        var reason = new Option<string>("--reason") { Description = "Why; recorded with who decided.", Required = true };
        var command = new Command("buffer", "Releases the 25 % buffer of the margin model, or restores it (rulebook 8.4). The next margin run goes by it.") { node, token, release, restore, reason };
        command.SetAction(async (parsed, cancellation) =>
        {
            var released = parsed.GetValue(release);
            if (released == parsed.GetValue(restore))
            {
                throw new CommandException("--release or --restore is needed, and not both");
            }

            using var connection = LiveHouse.Connect(parsed.GetRequiredValue(node), parsed.GetValue(token));
            var request = new DecideBufferRequest { Released = released, Reason = parsed.GetRequiredValue(reason) };
            await LiveHouse.CallAsync(() => connection.Margin.DecideBufferAsync(request, cancellation)).ConfigureAwait(false);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"The 25 % buffer is {(released ? "released" : "whole")}; every shard knows. Run margin to have it count.").ConfigureAwait(false);
            return ExitCode.Ok;
        });
        command.AddExamples(
            ("clearing margin buffer --node http://127.0.0.1:50051 --token T --release --reason \"the index fell by a tenth\"", "margin rises by what the buffer does not hold"),
            ("clearing margin buffer --node http://127.0.0.1:50051 --token T --restore --reason \"the market is calm\"", "the buffer is asked for again"));
        return command;
    }
}
