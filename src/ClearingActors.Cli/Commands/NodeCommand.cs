using System.CommandLine;
using ClearingActors.Node;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing node</c>: runs a clearing house until it is told to stop.</summary>
public static class NodeCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "The settings, JSON with comments.", DefaultValueFactory = _ => Path.Combine("config", "node.json") };
        var data = new Option<string?>("--data") { Description = "The data folder, in place of the one that the settings name." };
        var command = new Command("node", "Runs a clearing house: opens its journal and serves gRPC until SIGTERM or SIGINT, then answers what it has taken and writes snapshots.") { config, data };

        // Not an asynchronous action: those are ended two seconds after a signal, and the node takes the time that its settings allow.
        command.SetAction(parsed => NodeHost.RunAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(data), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error).GetAwaiter().GetResult());
        command.AddExamples(
            ("clearing node --config config/node.json", "a node with the settings of that file"),
            ("clearing node --config config/node.json --data /var/lib/clearing", "the same, with its journal and logs in another folder"));
        return command;
    }
}
