using Spectre.Console;

namespace ClearingActors.Cli;

/// <summary>Tables without colours and without wrapping, for a writer that may be a file.</summary>
public static class PlainConsole
{
    private const int Columns = 400;

    /// <summary>A console on a writer.</summary>
    public static IAnsiConsole On(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = Columns;
        return console;
    }
}
