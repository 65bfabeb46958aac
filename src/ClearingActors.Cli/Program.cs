using System.CommandLine;
using ClearingActors.Cli;
using ClearingActors.Cli.Commands;

var root = new RootCommand("A central counterparty's clearing engine: run it, try it, measure it.");
root.Add(BenchClientCommand.Create());
return await CommandLineRunner.RunAsync(root, args, Console.Out, Console.Error);
