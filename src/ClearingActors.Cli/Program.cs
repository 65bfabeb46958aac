using System.CommandLine;
using ClearingActors.Cli;

var root = new RootCommand("A central counterparty's clearing engine: run it, try it, measure it.");
return await CommandLineRunner.RunAsync(root, args, Console.Out, Console.Error);
