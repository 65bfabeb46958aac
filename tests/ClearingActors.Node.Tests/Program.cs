using Xunit.Runner.InProc.SystemConsole;

namespace ClearingActors.Node.Tests;

/// <summary>Runs the tests; or, for tests that kill a node, is that node.</summary>
internal static class Program
{
    internal const string ServeArgument = "serve-node";

    public static async Task<int> Main(string[] arguments) => arguments is [ServeArgument, var settings, var data]
        ? await NodeHost.RunAsync(settings, data, Console.Out, Console.Error)
        : await ConsoleRunner.Run(arguments);
}
