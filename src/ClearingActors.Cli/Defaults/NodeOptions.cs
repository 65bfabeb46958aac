using System.CommandLine;
using ClearingActors.Cli.Stress;
using ClearingActors.Client;

namespace ClearingActors.Cli.Defaults;

/// <summary>The options of every command on a running node.</summary>
internal sealed class NodeOptions(string whose)
{
    internal Option<string> Node { get; } = new("--node") { Description = "The address of a running node, such as http://127.0.0.1:50051.", Required = true };

    internal Option<string?> Token { get; } = new("--token") { Description = $"The token of {whose}." };

    internal Option<FileInfo?> Json { get; } = new("--json") { Description = "Writes the node's answer to this file." };

    internal void AddTo(Command command)
    {
        command.Options.Add(Node);
        command.Options.Add(Token);
        command.Options.Add(Json);
    }

    internal ClearingConnection Connect(ParseResult parsed) => LiveHouse.Connect(parsed.GetRequiredValue(Node), parsed.GetValue(Token));
}
