using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace ClearingActors.Cli;

/// <summary>How far the replay of a journal is: a bar on a terminal; otherwise a line on standard error every few seconds.</summary>
internal static class ReplayProgress
{
    private static readonly TimeSpan ReportedEvery = TimeSpan.FromSeconds(5);

    /// <summary>Does the work, which tells the share that is done.</summary>
    /// <param name="parsed">Where output goes.</param>
    /// <param name="work">The work.</param>
    /// <param name="bar">False where standard output is for a program.</param>
    /// <param name="doing">What is being done.</param>
    internal static T Run<T>(ParseResult parsed, Func<IProgress<double>, T> work, bool bar = true, string doing = "replaying the journal")
    {
        if (!bar || !ReferenceEquals(parsed.InvocationConfiguration.Output, Console.Out) || Console.IsOutputRedirected)
        {
            return work(new Lines(parsed.InvocationConfiguration.Error, doing));
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .AutoClear(true)
            .Start(context => work(new Bar(context.AddTask(doing, maxValue: 1.0))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }

    private sealed class Lines(TextWriter error, string doing) : IProgress<double>
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public void Report(double value)
        {
            if (_watch.Elapsed > ReportedEvery)
            {
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{doing}: {value:0 %}"));
                _watch.Restart();
            }
        }
    }
}
