using Xunit.Runner.InProc.SystemConsole;

namespace ClearingActors.Journal.Tests;

/// <summary>Runs the tests; or, for tests that need a second process, a writer of journals.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments) =>
        arguments is [WriterProcess.Argument, var path] ? WriterProcess.Run(path) : await ConsoleRunner.Run(arguments);
}
