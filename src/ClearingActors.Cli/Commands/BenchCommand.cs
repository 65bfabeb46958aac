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
        var auditors = Number("--auditors", "Measures trades with and without so many auditors who follow all shards, in turns, instead; 0 for the usual run.", 0, 0, 64);
        var audit = new Option<bool>("--audit") { Description = "Measures what verifying a journal takes, and what signing it costs the trades, instead; 1,500,000 trades, some 10 million events, unless --trades says otherwise." };
        var json = new Option<string?>("--json") { Description = "Writes the figures to a file.", HelpName = "FILE" };
        var command = new Command("bench", "Measures this machine: trades a second in process and over gRPC, latency, recovery, memory, and the store's own limit.")
        {
            store, connection, accounts, trades, workers, shards, rate, seconds, memory, folder, risk, defaulting, auditors, audit, json,
        };
        command.AddExamples(
            ("clearing bench", "200 accounts on SQLite"),
            ("clearing bench --accounts 100000 --json bench.json", "100,000 accounts, figures to a file"),
            ("clearing bench --risk", "margin on every mark"),
            ("clearing bench --default", "from the close of the auctions to the allocated loss"),
            ("clearing bench --audit", "verification against the speed of SHA-256"),
            ("clearing bench --auditors 4", "what it costs when four auditors follow everything"),
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
            if (result.GetValue(risk))
            {
                var riskAccounts = result.GetResult(accounts) is { Implicit: false } ? options.Accounts : RiskAccounts;
                var riskTrades = result.GetResult(trades) is { Implicit: false } ? (int)options.Trades : RiskTrades;
                var measured = await new RiskBench(stores, riskAccounts, riskTrades, options.Workers, text => AnsiConsole.MarkupLine($"[grey]{Markup.Escape(text)}[/]")).RunAsync(cancellation).ConfigureAwait(false);
                Show(measured);
                if (result.GetValue(json) is { } riskFile)
                {
                    await File.WriteAllTextAsync(riskFile, JsonSerializer.Serialize(measured, Json), cancellation).ConfigureAwait(false);
                }

                return ExitCode.Ok;
            }

            if (result.GetValue(defaulting))
            {
                var defaultAccounts = result.GetResult(accounts) is { Implicit: false } ? Math.Max(options.Accounts, 2 * DefaultLots) : RiskAccounts;
                var managed = await new DefaultBench(stores, defaultAccounts, DefaultLots, DefaultBidders, options.Workers, text => AnsiConsole.MarkupLine($"[grey]{Markup.Escape(text)}[/]")).RunAsync(cancellation).ConfigureAwait(false);
                Show(managed);
                if (result.GetValue(json) is { } defaultFile)
                {
                    await File.WriteAllTextAsync(defaultFile, JsonSerializer.Serialize(managed, Json), cancellation).ConfigureAwait(false);
                }

                return ExitCode.Ok;
            }

            if (result.GetValue(audit))
            {
                var auditOptions = result.GetResult(trades) is { Implicit: false } ? options : options with { Trades = AuditTrades };
                var proved = await new AuditBench(stores, auditOptions, text => AnsiConsole.MarkupLine($"[grey]{Markup.Escape(text)}[/]")).RunAsync(cancellation).ConfigureAwait(false);
                Show(proved);
                if (result.GetValue(json) is { } auditFile)
                {
                    await File.WriteAllTextAsync(auditFile, JsonSerializer.Serialize(proved, Json), cancellation).ConfigureAwait(false);
                }

                return ExitCode.Ok;
            }

            if (result.GetValue(auditors) is var following and > 0)
            {
                var audited = await new AuditorsBench(stores, options, following, text => AnsiConsole.MarkupLine($"[grey]{Markup.Escape(text)}[/]")).RunAsync(cancellation).ConfigureAwait(false);
                Show(audited);
                if (result.GetValue(json) is { } auditedFile)
                {
                    await File.WriteAllTextAsync(auditedFile, JsonSerializer.Serialize(audited, Json), cancellation).ConfigureAwait(false);
                }

                return ExitCode.Ok;
            }

            var report = await new BenchRun(stores, options, text => AnsiConsole.MarkupLine($"[grey]{Markup.Escape(text)}[/]")).RunAsync(cancellation).ConfigureAwait(false);
            Show(report);
            if (result.GetValue(json) is { } file)
            {
                await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, Json), cancellation).ConfigureAwait(false);
            }

            return ExitCode.Ok;
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
