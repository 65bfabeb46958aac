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
        var seconds = Number("--seconds", "How long the latency run lasts.", defaults.RateSeconds, 1, 3600);
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
                result.GetValue(risk) ? MeasureAsync(new RiskBench(stores, manyAccounts, IsGiven(trades) ? (int)options.Trades : RiskTrades, options.Workers, Say).RunAsync(cancellation), Show)
                : result.GetValue(pauses) ? MeasureAsync(new PausesBench(stores, manyAccounts, options.Workers, Say).RunAsync(cancellation), Show)
                : result.GetValue(defaulting) ? MeasureAsync(new DefaultBench(stores, Math.Max(manyAccounts, 2 * DefaultLots), DefaultLots, DefaultBidders, options.Workers, Say).RunAsync(cancellation), Show)
                : result.GetValue(audit) ? MeasureAsync(new AuditBench(stores, IsGiven(trades) ? options : options with { Trades = AuditTrades }, Say).RunAsync(cancellation), Show)
                : result.GetValue(watchers) is var watching and > 0 ? MeasureAsync(new PageBench(stores, options, watching, result.GetValue(browser)!, Say).RunAsync(cancellation), Show)
                : result.GetValue(auditors) is var following and > 0 ? MeasureAsync(new AuditorsBench(stores, options, following, Say).RunAsync(cancellation), Show)
                : MeasureAsync(new BenchRun(stores, options, Say).RunAsync(cancellation), Show)).ConfigureAwait(false);
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

    private static void Show(BenchReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("measured").AddColumn(new TableColumn("figure").RightAligned()).AddColumn("unit");
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, value.ToString(format, CultureInfo.InvariantCulture), unit);
        Row("in process", report.InProcessTradesPerSecond, "trades/s");
        Row("gRPC, batch messages", report.GrpcBatchTradesPerSecond, "trades/s");
        Row("gRPC, single messages", report.GrpcSingleTradesPerSecond, "trades/s");
        Row("latency p50", report.LatencyP50Ms, $"ms at {report.LatencyRateTradesPerSecond:N0} trades/s", "N2");
        Row("latency p99", report.LatencyP99Ms, "ms", "N2");
        Row("latency p99.9", report.LatencyP999Ms, "ms", "N2");
        Row("latency p99, median second", report.LatencyP99MedianSecondMs, "ms", "N2");
        Row("commit p99", report.CommitP99Ms, "ms", "N2");
        Row("commit longest", report.CommitMaxMs, "ms", "N1");
        Row("latency p99 to 6 x commit p99 + 2 ms", report.LatencyP99ToAim, "", "N2");
        Row("journal, in process", report.JournalRowsPerSecond, "rows/s");
        Row("journal, the store alone", report.RawJournalRowsPerSecond, $"rows/s of {report.BytesPerRow:N0} bytes, {report.RowsPerAppend:N1} to an append");
        Row("ratio to the store alone", report.RatioToRawJournal, "", "N2");
        Row("events per row", report.EventsPerRow, "", "N1");
        Row("journal bytes per trade", report.BytesPerTrade, "bytes");
        Row("recovery", report.RecoveryEventsPerSecond, "events/s");
        Row("memory per account", report.BytesPerAccount, "bytes, ten positions");
        AnsiConsole.MarkupLine($"{report.Store}, {report.Accounts:N0} accounts, {report.Shards} shards, {report.Workers} workers");
        AnsiConsole.Write(table);
    }

    private static void Show(AuditBenchReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("measured").AddColumn(new TableColumn("figure").RightAligned()).AddColumn("unit");
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, value.ToString(format, CultureInfo.InvariantCulture), unit);
        Row("trades, nothing is signed", report.TradesPerSecondUnsigned, "trades/s");
        Row("trades, a checkpoint each second", report.TradesPerSecondSigned, "trades/s");
        Row("  signed to unsigned", report.SignedToUnsigned, $"{report.Rounds} rounds of each in turns", "N2");
        Row("journal", report.Rows, $"rows of {(double)report.Bytes / report.Rows:N0} bytes, {report.Checkpoints} checkpoints");
        Row("hashes and signatures", report.RowsPerSecond, "rows/s on one core");
        Row("SHA-256 alone", report.HashRowsPerSecond, "such rows/s on one core");
        Row("  share of the limit", report.ToHash, "the aim is 0.7, or 1,000,000 rows/s", "N2");
        Row("trade receipts", report.ReceiptsSeconds, "s, on another core beside the rulebook", "N1");
        Row("full replay by the rulebook", report.EventsPerSecond, $"events/s on one core, of {report.Events:N0}; the aim is 300,000");
        Row("memory at most", report.PeakBytes / 1e6, "MB; the aim is 1,000 for 10 million events");
        AnsiConsole.MarkupLine($"{report.Store}, {report.Accounts:N0} accounts, {report.Shards} shards, {report.Workers} workers");
        AnsiConsole.Write(table);
    }

    private static void Show(PageBenchReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("measured").AddColumn(new TableColumn("figure").RightAligned()).AddColumn("unit");
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, value.ToString(format, CultureInfo.InvariantCulture), unit);
        Row("gRPC, nobody watches", report.TradesPerSecondWithout, "trades/s");
        Row($"gRPC, {report.Watchers} watch{(report.Browser ? ", and a browser" : "")}", report.TradesPerSecondWith, "trades/s");
        Row("  with to without", report.Ratio, $"{report.Rounds} rounds of each in turns; the aim is 0.85", "N2");
        Row("updates", report.UpdatesPerSecond, "a second, all watchers together", "N1");
        Row("  of one read at one watcher", report.MostUpdatesOfOneReadInASecond, "in a second at the most; the limit is 5");
        Row("bytes of updates", report.BytesPerSecond / 1e6, "MB/s", "N2");
        if (report.Browser)
        {
            Row("the browser's heap, before and after a round", report.BrowserHeapBefore / 1e6, "MB", "N1");
            Row("", report.BrowserHeapAfter / 1e6, "MB", "N1");
        }

        AnsiConsole.MarkupLine($"{report.Store}, {report.Accounts:N0} accounts, {report.Shards} shards, {report.Workers} workers; watchers and browser share the machine, so their own work is in the ratio");
        AnsiConsole.Write(table);
    }

    private static void Show(AuditorsBenchReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("measured").AddColumn(new TableColumn("figure").RightAligned()).AddColumn("unit");
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, value.ToString(format, CultureInfo.InvariantCulture), unit);
        Row("gRPC, nobody follows", report.TradesPerSecondWithout, "trades/s");
        Row($"gRPC, {report.Auditors} auditors follow", report.TradesPerSecondWith, "trades/s");
        Row("  with to without", report.Ratio, $"{report.Rounds} rounds of each in turns", "N2");
        Row("rows that auditors read", report.RowsReadPerSecond, "rows/s, all auditors together; every row checked off");
        Row("bytes that auditors read", report.BytesReadPerSecond / 1e6, "MB/s", "N1");
        Row("last answer to last row at the auditors", report.LongestCatchUpMs, "ms, the longest", "N0");
        AnsiConsole.MarkupLine($"{report.Store}, {report.Accounts:N0} accounts, {report.Shards} shards, {report.Workers} workers; the auditors read in the node's process, so that their own work is in the ratio");
        AnsiConsole.Write(table);
    }

    private static void Show(DefaultBenchReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("measured").AddColumn(new TableColumn("figure").RightAligned()).AddColumn("unit");
        void Row(string what, double value, string unit, string format = "N2") => table.AddRow(what, value.ToString(format, CultureInfo.InvariantCulture), unit);
        Row("declaration to open auctions", report.DeclarationToAuctionsSeconds, $"s; {report.Lots} accounts moved by trades");
        Row("sealed bids", report.BidsPerSecond, "bids/s, durable", "N0");
        Row("close of the auctions to lots moved", report.CloseToMovedSeconds, $"s; {report.Lots * report.Bidders:N0} bids opened");
        Row("the cycle in between", report.CycleSeconds, "s");
        Row("cycle to allocated loss", report.CycleToAllocatedSeconds, "s");
        Row("close to allocation, without the cycle", report.CloseToAllocationSeconds, "s; the aim is 1");
        Row("failure propagation", report.PropagationSeconds, $"s; {report.Members:N0} members, {report.PropagationRounds} rounds; the aim is 2", "N3");
        AnsiConsole.MarkupLine($"{report.Accounts:N0} accounts, {report.Lots} lots, {report.Bidders} bidders, {report.Threads} workers");
        AnsiConsole.Write(table);
    }

    private static void Show(PausesBenchReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("meanwhile").AddColumn(new TableColumn("takes, ms").RightAligned()).AddColumn(new TableColumn("times").RightAligned());
        table.AddColumn(new TableColumn("trades").RightAligned()).AddColumn(new TableColumn("median, ms").RightAligned()).AddColumn(new TableColumn("p99, ms").RightAligned()).AddColumn(new TableColumn("longest, ms").RightAligned());
        string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
        foreach (var row in report.Rows)
        {
            table.AddRow(row.What, Text(row.Milliseconds, "N1"), Text(row.Times, "N0"), Text(row.Trades, "N0"), Text(row.P50Ms, "N2"), Text(row.P99Ms, "N1"), Text(row.MaxMs, "N1"));
        }

        AnsiConsole.MarkupLine($"{report.Accounts:N0} accounts, {report.Workers} workers; a trade every 2 ms, from its time to its durable answer; {report.Scenarios} scenarios, {report.ReverseSteps} steps of a reverse stress");
        AnsiConsole.Write(table);
    }

    private static void Show(RiskBenchReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("measured").AddColumn(new TableColumn("figure").RightAligned()).AddColumn("unit");
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, value.ToString(format, CultureInfo.InvariantCulture), unit);
        Row("mark of a future, all holders", report.FutureMarkMs, "ms; the aim is 60 on 2 cores", "N1");
        Row("  to the memory's own speed", report.FutureMarkToMemoryBandwidth, "", "N2");
        Row("  allocated per account", report.AllocatedBytesPerAccount, "bytes", "N2");
        Row("mark of an underlying with options", report.OptionMarkMs, $"ms; {report.Options} options, {report.OptionsPerAccount} in each account", "N1");
        Row("  the options' vectors", report.OptionVectorsMs, "ms, once for all holders", "N1");
        Row("  all holders", report.OptionAccountsMs, "ms", "N1");
        Row("European options, fast", report.FastOptionPricesPerSecond, "prices/s on a core; the aim is 1,000,000");
        Row("European options, canonical", report.CanonicalOptionPricesPerSecond, "prices/s on a core");
        Row("canonical run", report.CanonicalRunSeconds, $"s; {report.CanonicalInstruments} instruments in each account; the aim is 5", "N2");
        Row("trades, risk off", report.TradesPerSecondRiskOff, "trades/s");
        Row("trades, risk on", report.TradesPerSecondRiskOn, "trades/s");
        Row("  on to off", report.RiskOnToOff, "the aim is at least 0.8", "N2");
        AnsiConsole.MarkupLine($"{report.Accounts:N0} accounts, {report.Scenarios:N0} scenarios, {report.Threads} threads");
        AnsiConsole.Write(table);
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
