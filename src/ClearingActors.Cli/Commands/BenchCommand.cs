using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ClearingActors.Cli.Bench;
using Spectre.Console;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing bench</c>: measures trades, latency, recovery and memory against what the store alone can do on the same machine in the same run.</summary>
public static class BenchCommand
{
    private const int RiskAccounts = 10_000;
    private const int RiskTrades = 60_000;
    private const int DefaultLots = 500;
    private const int DefaultBidders = 100;
    private const int PausesSeconds = 2;
    private const int AuditTrades = 1_500_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var defaults = new BenchRunOptions();
        var store = new Option<string>("--store") { Description = "sqlite or postgres.", DefaultValueFactory = _ => "sqlite" };
        store.AcceptOnlyFromAmong("sqlite", "postgres");
        var connection = new Option<string?>("--connection") { Description = "PostgreSQL's connection string; the default is the variable CLEARING_TEST_POSTGRES.", HelpName = "STRING" };
        var accounts = Number("--accounts", "Accounts that trade.", defaults.Accounts, 2, 1_000_000);
        var trades = Number("--trades", "Trades of the in-process run; the gRPC runs take shares of it.", (int)defaults.Trades, 1_000, 100_000_000);
        var workers = Number("--workers", "Worker threads, by default half of the cores.", defaults.Workers, 1, 256);
        var shards = Number("--shards", "Shards of the journal.", defaults.Shards, 1, 4096);
        var rate = Number("--rate", "Trades a second of the latency run.", defaults.Rate, 1, 1_000_000);
        var seconds = Number("--seconds", "How long the latency run lasts; with --pauses, how long each kind of work is repeated, 2 seconds unless given.", defaults.RateSeconds, 1, 3600);
        var memory = Number("--memory-accounts", "Accounts of the memory measurement, ten positions each; 0 leaves it out.", defaults.MemoryAccounts, 0, 10_000_000);
        var folder = new Option<string>("--folder") { Description = "Where SQLite's files go for the time being: on the disk to be measured.", DefaultValueFactory = _ => ".", HelpName = "DIR" };
        var risk = new Option<bool>("--risk") { Description = "Measures margin on every mark, pricing, the canonical run, and trades with risk off and on, instead; 10,000 accounts unless --accounts says otherwise." };
        var defaulting = new Option<bool>("--default") { Description = "Measures a default with 500 lots and 100 bidders, and failure propagation, instead; 10,000 accounts unless --accounts says otherwise." };
        var watchers = Number("--watchers", "Measures trades with and without so many connections that follow what the operators' pages follow, in turns, instead; 0 for the usual run.", 0, 0, 200);
        var browser = new Option<string>("--browser") { Description = "With --watchers: has a real browser open the page too, such as /usr/bin/chromium.", DefaultValueFactory = _ => "", HelpName = "FILE" };
        var auditors = Number("--auditors", "Measures trades with and without so many auditors who follow all shards, in turns, instead; 0 for the usual run.", 0, 0, 64);
        var audit = new Option<bool>("--audit") { Description = "Measures what verifying a journal takes, and what signing it costs the trades, instead; 1,500,000 trades, some 10 million events, unless --trades says otherwise." };
        var pauses = new Option<bool>("--pauses") { Description = "Measures what margin runs, stress runs, cycles and readings of the house make trades wait, instead; 10,000 accounts unless --accounts says otherwise." };
        var json = new Option<string?>("--json") { Description = "Writes the figures to a file.", HelpName = "FILE" };
        var command = new Command("bench", "Measures this machine: trades a second in process and over gRPC, latency, recovery, memory, and the store's own limit.")
        {
            store, connection, accounts, trades, workers, shards, rate, seconds, memory, folder, risk, defaulting, auditors, watchers, browser, audit, pauses, json,
        };
        command.AddExamples(
            ("clearing bench", "200 accounts on SQLite"),
            ("clearing bench --accounts 100000 --json bench.json", "100,000 accounts, figures to a file"),
            ("clearing bench --risk", "margin on every mark"),
            ("clearing bench --default", "from the close of the auctions to the allocated loss"),
            ("clearing bench --audit", "verification against the speed of SHA-256"),
            ("clearing bench --pauses", "how long trades wait while the house is margined, stressed, settled and read"),
            ("clearing bench --auditors 4", "what it costs when four auditors follow everything"),
            ("clearing bench --watchers 20 --browser /usr/bin/chromium --accounts 10000", "what it costs when twenty people and a browser watch"),
            ("clearing bench --store postgres --connection \"Host=localhost;Username=me;Database=bench\"", "PostgreSQL; makes schemas of its own and drops them"));
        command.SetAction(async (result, cancellation) =>
        {
            var options = new BenchRunOptions
            {
                Accounts = result.GetValue(accounts),
                Trades = result.GetValue(trades),
                Workers = result.GetValue(workers),
                Shards = result.GetValue(shards),
                Rate = result.GetValue(rate),
                RateSeconds = result.GetValue(seconds),
                MemoryAccounts = result.GetValue(memory),
            };
            using var stores = OpenStore(result.GetValue(store)!, result.GetValue(connection), result.GetValue(folder)!, options.Shards);
            static void Say(string text) => AnsiConsole.MarkupLine($"[grey]{Markup.Escape(text)}[/]");
            bool IsGiven(Option option) => result.GetResult(option) is { Implicit: false };
            var manyAccounts = IsGiven(accounts) ? options.Accounts : RiskAccounts;
            async Task<int> MeasureAsync<T>(Task<T> measuring, Action<T> show)
            {
                var report = await measuring.ConfigureAwait(false);
                show(report);
                if (result.GetValue(json) is { } file)
                {
                    await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, Json), cancellation).ConfigureAwait(false);
                }

                return ExitCode.Ok;
            }

            return await (
                result.GetValue(risk) ? MeasureAsync(new RiskBench(stores, manyAccounts, IsGiven(trades) ? (int)options.Trades : RiskTrades, options.Workers, Say).RunAsync(cancellation), BenchTables.Show)
                : result.GetValue(pauses) ? MeasureAsync(new PausesBench(stores, manyAccounts, options.Workers, TimeSpan.FromSeconds(IsGiven(seconds) ? options.RateSeconds : PausesSeconds), Say).RunAsync(cancellation), BenchTables.Show)
                : result.GetValue(defaulting) ? MeasureAsync(new DefaultBench(stores, Math.Max(manyAccounts, 2 * DefaultLots), DefaultLots, DefaultBidders, options.Workers, Say).RunAsync(cancellation), BenchTables.Show)
                : result.GetValue(audit) ? MeasureAsync(new AuditBench(stores, IsGiven(trades) ? options : options with { Trades = AuditTrades }, Say).RunAsync(cancellation), BenchTables.Show)
                : result.GetValue(watchers) is var watching and > 0 ? MeasureAsync(new PageBench(stores, options, watching, result.GetValue(browser)!, Say).RunAsync(cancellation), BenchTables.Show)
                : result.GetValue(auditors) is var following and > 0 ? MeasureAsync(new AuditorsBench(stores, options, following, Say).RunAsync(cancellation), BenchTables.Show)
                : MeasureAsync(new BenchRun(stores, options, Say).RunAsync(cancellation), BenchTables.Show)).ConfigureAwait(false);
        });
        return command;
    }

    private static BenchStore OpenStore(string store, string? connection, string folder, int shards)
    {
        if (store == "sqlite")
        {
            return BenchStore.Sqlite(folder, shards);
        }

        connection ??= Environment.GetEnvironmentVariable("CLEARING_TEST_POSTGRES");
        return string.IsNullOrEmpty(connection)
            ? throw new CommandException("--store postgres needs a server: name one with --connection or CLEARING_TEST_POSTGRES")
            : BenchStore.Postgres(connection, shards);
    }

    private static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var given) && (given < least || given > most))
            {
                result.AddError($"{name} is {given}; {least} to {most} is allowed");
            }
        });
        return option;
    }
}
