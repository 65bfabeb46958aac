using System.CommandLine;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Backtests;
using ClearingActors.Journal;
using ClearingActors.Risk.Backtests;

namespace ClearingActors.Cli.Backtesting;

/// <summary><c>clearing model backtest --journal</c>: the accounts of a house against what came (rulebook 9).</summary>
internal static class LiveBacktestRun
{
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
            result = ReplayProgress.Run(parsed, progress => LiveBacktest.Run(journal, options, progress, cancellation));
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
}
