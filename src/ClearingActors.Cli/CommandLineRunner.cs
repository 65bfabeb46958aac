using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ClearingActors.Cli;

/// <summary>Runs a command line and turns what went wrong into one line on standard error and an exit code of <see cref="ExitCode"/>.</summary>
public static class CommandLineRunner
{
    /// <summary>Parses and runs. It ends with <see cref="ExitCode.BadInput"/> for a command line that does not parse, without running anything.</summary>
    /// <param name="root">The commands.</param>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="cancellationToken">Ends the command early.</param>
    public static async Task<int> RunAsync(
        RootCommand root, IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var result = root.Parse(args);
        if (result.Action is ParseErrorAction)
        {
            foreach (var parseError in result.Errors)
            {
                await error.WriteLineAsync($"error: {parseError.Message}");
            }

            await error.WriteLineAsync($"Try: {NameOf(result)} --help");
            return ExitCode.BadInput;
        }

        var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
        try
        {
            return await result.InvokeAsync(configuration, cancellationToken);
        }
        catch (CommandException e)
        {
            await error.WriteLineAsync($"error: {e.Message}");
            return ExitCode.BadInput;
        }
    }

    /// <summary>Adds a section of examples behind the command's help.</summary>
    /// <param name="command">The command.</param>
    /// <param name="examples">Command lines as one would type them, each with what it does.</param>
    public static void AddExamples(this Command command, params (string CommandLine, string What)[] examples)
    {
        var help = new HelpOption();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        command.Options.Add(help);
    }

    private static string NameOf(ParseResult result)
    {
        var command = result.CommandResult.Command;
        return command is RootCommand ? "clearing" : $"clearing {command.Name}";
    }

    private sealed class HelpWithExamples(HelpAction help, (string CommandLine, string What)[] examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var (commandLine, what) in examples)
            {
                output.WriteLine($"  {commandLine}");
                output.WriteLine($"      {what}");
            }

            output.WriteLine();
            return code;
        }
    }
}
