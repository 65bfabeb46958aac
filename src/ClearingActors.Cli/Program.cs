using System.CommandLine;
using ClearingActors.Cli;
using ClearingActors.Cli.Commands;
using ClearingActors.Cli.Demo;

var root = new RootCommand("A central counterparty's clearing engine: run it, try it, measure it.");
root.Subcommands.Add(DemoCommand.Create(DemoNode.StartAsync));
root.Subcommands.Add(NodeCommand.Create());
root.Subcommands.Add(BenchCommand.Create());
root.Subcommands.Add(BenchClientCommand.Create());
root.Subcommands.Add(SimulateCommand.Create());
root.Subcommands.Add(SoakCommand.Create());
root.Subcommands.Add(ModelCommand.Create());
root.Subcommands.Add(StressCommand.Create());
root.Subcommands.Add(DrillCommand.Create());
root.Subcommands.Add(MarginCommand.Create());
return await CommandLineRunner.RunAsync(root, args, Console.Out, Console.Error);
