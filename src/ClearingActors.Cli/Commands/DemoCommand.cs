using System.CommandLine;
using System.Globalization;
using ClearingActors.Cli.Demo;
using ClearingActors.Cli.History;
using ClearingActors.Grpc;
using Spectre.Console;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing demo</c>: a node, a dozen members and a crash, from an empty folder.</summary>
public static class DemoCommand
{
    private static readonly DateOnly DefaultFrom = new(2020, 2, 18);
    private static readonly DateOnly DefaultTo = new(2020, 4, 17);

    /// <param name="startNode">Starts a node that serves when the task ends; disposing it stops it.</param>
    public static Command Create(Func<DemoNodeSettings, CancellationToken, Task<IDemoNode>> startNode)
    {
        var history = new Option<string>("--history") { Description = "A CSV file with the columns date,open,high,low,close instead of the S&P 500. Margin and options need five years and more of it before the first day.", HelpName = "FILE.csv" };
        var from = new Option<DateOnly>("--from") { Description = "The first day.", DefaultValueFactory = _ => DefaultFrom, CustomParser = result => ParseDate(result), HelpName = "yyyy-MM-dd" };
        var to = new Option<DateOnly>("--to") { Description = "The last day.", DefaultValueFactory = _ => DefaultTo, CustomParser = result => ParseDate(result), HelpName = "yyyy-MM-dd" };
        var pace = new Option<double>("--pace") { Description = "Spreads each day over so many seconds, to watch it; 0 to 86400.", HelpName = "SECONDS_PER_DAY" };
        var exit = new Option<bool>("--exit") { Description = "Ends when done, instead of staying up to be looked at." };
        var json = new Option<string>("--json") { Description = "Writes the summary to a file.", HelpName = "FILE" };
        var defaulting = new Option<bool>("--default") { Description = "Has a member miss its margin calls on 2020-03-16 and manages its default, from the trigger to the last cent." };
        var seed = new Option<ulong>("--seed") { Description = "Decides paths and trades.", DefaultValueFactory = _ => 1 };
        var data = new Option<string>("--data") { Description = "Where the journal goes: a new or empty folder. The default is a new one for temporary files.", HelpName = "DIR" };
        var command = new Command("demo", "Starts a node on SQLite, clears and margins S&P 500 futures and options through the crash of 2020, then checks every promise.")
        {
            history, from, to, defaulting, pace, exit, json, seed, data,
        };
        command.AddExamples(
            ("clearing demo", "43 days as fast as may be, then stays up"),
            ("clearing demo --pace 10", "ten seconds a day, to watch"),
            ("clearing demo --default", "a member does not pay on 16 March: porting, auction, waterfall"),
            ("clearing demo --exit --json summary.json", "for a script: the exit code is 0 when every check passed"),
            ("clearing demo --history my.csv --from 2008-09-01 --to 2008-11-28", "another crash"));
        command.SetAction(async (result, cancellationToken) =>
        {
            var options = new DemoOptions
            {
                HistoryFile = result.GetValue(history),
                From = result.GetValue(from),
                To = result.GetValue(to),
                PaceSeconds = result.GetValue(pace),
                Exit = result.GetValue(exit),
                JsonFile = result.GetValue(json),
                Seed = result.GetValue(seed),
                Default = result.GetValue(defaulting),
                DataFolder = result.GetValue(data),
            };
            return await RunAsync(options, startNode, result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, cancellationToken);
        });
        return command;
    }

    internal static async Task<int> RunAsync(
        DemoOptions options, Func<DemoNodeSettings, CancellationToken, Task<IDemoNode>> startNode, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var (before, days) = options.LoadDays();
        var jsonFile = options.CheckedJsonFile();
        var pace = options.CheckedPace();
        var folder = options.OpenDataFolder();
        IDemoView view = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected ? new TerminalDemoView(AnsiConsole.Console) : new PlainDemoView(output);
        var members = new DemoHouse(new DemoInstrument(days)).Members;
        try
        {
            await using var node = await startNode(
                new DemoNodeSettings(folder, days[0].Date, [.. members.Select(member => member.Id)], DemoHouse.MarkSources), cancellationToken);
            view.Say($"A node on SQLite in {folder} serves gRPC at {node.GrpcAddress}");
            if (node.WebAddress is { } web)
            {
                view.Say($"Operators' page: {web} sign in as {string.Join(" or ", node.WebUsers)}, one-time password {node.WebPassword}");
            }

            var summary = await new DemoRun(node, new DemoSettings { Before = before, Days = days, Seed = options.Seed, Pace = pace, Default = options.Default }, view).RunAsync(cancellationToken);
            view.ShowSummary(summary);
            if (jsonFile is not null)
            {
                await DemoJson.WriteAsync(summary, jsonFile, cancellationToken);
            }

            if (!options.Exit)
            {
                await StayUpAsync(node, view, members[0].Id, cancellationToken);
            }

            await node.StopAsync(CancellationToken.None);
            return summary.Passed ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (RpcException e)
        {
            await error.WriteLineAsync($"error: the node ended the demo with {e.StatusCode}: {e.Status.Detail}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("stopped before the end; nothing was checked");
            return ExitCode.Failed;
        }
    }

    private static async Task StayUpAsync(IDemoNode node, IDemoView view, string member, CancellationToken cancellationToken)
    {
        view.Say($"gRPC      {node.GrpcAddress} (reflection is on)");
        if (node.WebAddress is { } web)
        {
            view.Say($"web page  {web}");
            view.Say($"          sign in as {string.Join(" or ", node.WebUsers)}, one-time password {node.WebPassword}");
        }

        view.Say($"operator  authorization: Bearer {node.OperatorToken}");
        view.Say($"{member,-8}  authorization: Bearer {node.TokenOfMember(member)}");
        view.Say("Ctrl-C ends it.");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static DateOnly ParseDate(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            result.AddError($"'{text}' is no date of the form 2020-03-16");
        }

        return date;
    }
}
