using System.CommandLine;
using ClearingActors.Cli.Commands;

var root = new RootCommand("A central counterparty's clearing engine: run it, try it, measure it.");
root.Subcommands.Add(NodeCommand.Create());
return await root.Parse(args).InvokeAsync();
