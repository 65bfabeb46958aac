using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Backtests;
using ClearingActors.Journal;
using ClearingActors.Risk.Backtests;
using Spectre.Console;

namespace ClearingActors.Cli.Backtesting;

/// <summary><c>clearing model backtest --journal</c>: the accounts of a house against what came (rulebook 9).</summary>
internal static class LiveBacktestRun
{
    private static readonly TimeSpan ReportedEvery = TimeSpan.FromSeconds(5);

    /// <summary>Replays, prints and writes; 1 if an account is red.</summary>
    /// <param name="source">Names the journal.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="only">One account; null for all.</param>
    /// <param name="json">Where every figure goes; null for nowhere.</param>
    /// <param name="svg">Where the picture of the one account goes; null for nowhere.</param>
    /// <param name="details">Prints one back-test with its exceptions.</param>
    /// <param name="cancellation">Ends it between two shards.</param>
    /// <exception cref="CommandException">The journal, the account or a file cannot be used.</exception>
    internal static int Run(
        JournalSource source, ParseResult parsed, string? only, FileInfo? json, FileInfo? svg, Action<BacktestResult, TextWriter> details, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        AccountId? account = only is null ? null : AccountId.TryParse(only, out var id) ? id : throw new CommandException($"--account {only} is no account id: 1 to 64 characters of A-Z a-z 0-9 . _ - are allowed");
        var options = new LiveBacktestOptions { Account = account, KeepsPeriods = account is not null || json is not null };
        LiveBacktestResult result;
        try
        {
            using var journal = source.Open(parsed);
            result = WithProgress(parsed, progress => LiveBacktest.Run(journal, options, progress, cancellation));
        }
        catch (Exception e) when (e is JournalException or ArgumentException or InvalidDataException)
        {
            throw new CommandException(Refusal.Of(e), e);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            parsed.InvocationConfiguration.Error.WriteLine("stopped before the end; nothing is known of the accounts");
            return ExitCode.Failed;
        }

        LiveBacktestReport.Print(result, output);
        if (account is not null)
        {
            PrintAccount(result, svg, details, output);
        }

        if (json is not null)
        {
            OutputFile.Write(json, LiveBacktestReport.ToJson(result));
        }

        return result.CountOf(TrafficLightZone.Red) > 0 ? ExitCode.Failed : ExitCode.Ok;
    }

    private static void PrintAccount(LiveBacktestResult result, FileInfo? svg, Action<BacktestResult, TextWriter> details, TextWriter output)
    {
        foreach (var one in result.Accounts)
        {
            if (LiveBacktestReport.Of(one) is { } periods)
            {
                output.WriteLine();
                output.WriteLine(LiveBacktestReport.Title(one));
                details(periods, output);
            }
        }

        if (svg is null)
        {
            return;
        }

        var drawn = result.Accounts.Where(a => a.Periods > 0).MaxBy(a => a.Periods)
            ?? throw new CommandException("--svg: the account has no margin period, so there is nothing to draw; leave it out");
        OutputFile.Write(svg, BacktestPicture.Of(LiveBacktestReport.Of(drawn)!, LiveBacktestReport.Title(drawn)));
        if (result.Accounts.Count > 1)
        {
            output.WriteLine($"{svg.Name} shows the one with the most periods: {LiveBacktestReport.Title(drawn)}");
        }
    }

    /// <summary>A bar on a terminal; otherwise a line on standard error every few seconds.</summary>
    private static LiveBacktestResult WithProgress(ParseResult parsed, Func<IProgress<double>, LiveBacktestResult> work)
    {
        if (!ReferenceEquals(parsed.InvocationConfiguration.Output, Console.Out) || Console.IsOutputRedirected)
        {
            return work(new Lines(parsed.InvocationConfiguration.Error));
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context => work(new Bar(context.AddTask("replaying the journal", maxValue: 1.0))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }

    private sealed class Lines(TextWriter error) : IProgress<double>
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public void Report(double value)
        {
            if (_watch.Elapsed > ReportedEvery)
            {
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value:0 %} of the journal replayed"));
                _watch.Restart();
            }
        }
    }
}
