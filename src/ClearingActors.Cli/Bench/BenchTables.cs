using System.Globalization;
using Spectre.Console;

namespace ClearingActors.Cli.Bench;

/// <summary>The benches' figures as tables on the terminal.</summary>
internal static class BenchTables
{
    internal static void Show(BenchReport report)
    {
        var table = Figures();
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, Text(value, format), unit);
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

    internal static void Show(AuditBenchReport report)
    {
        var table = Figures();
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, Text(value, format), unit);
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

    internal static void Show(PageBenchReport report)
    {
        var table = Figures();
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, Text(value, format), unit);
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

    internal static void Show(AuditorsBenchReport report)
    {
        var table = Figures();
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, Text(value, format), unit);
        Row("gRPC, nobody follows", report.TradesPerSecondWithout, "trades/s");
        Row($"gRPC, {report.Auditors} auditors follow", report.TradesPerSecondWith, "trades/s");
        Row("  with to without", report.Ratio, $"{report.Rounds} rounds of each in turns", "N2");
        Row("rows that auditors read", report.RowsReadPerSecond, "rows/s, all auditors together; every row checked off");
        Row("bytes that auditors read", report.BytesReadPerSecond / 1e6, "MB/s", "N1");
        Row("last answer to last row at the auditors", report.LongestCatchUpMs, "ms, the longest", "N0");
        AnsiConsole.MarkupLine($"{report.Store}, {report.Accounts:N0} accounts, {report.Shards} shards, {report.Workers} workers; the auditors read in the node's process, so that their own work is in the ratio");
        AnsiConsole.Write(table);
    }

    internal static void Show(DefaultBenchReport report)
    {
        var table = Figures();
        void Row(string what, double value, string unit, string format = "N2") => table.AddRow(what, Text(value, format), unit);
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

    internal static void Show(PausesBenchReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("meanwhile").AddColumn(new TableColumn("takes, ms").RightAligned()).AddColumn(new TableColumn("times").RightAligned());
        table.AddColumn(new TableColumn("trades").RightAligned()).AddColumn(new TableColumn("median, ms").RightAligned()).AddColumn(new TableColumn("p99, ms").RightAligned()).AddColumn(new TableColumn("longest, ms").RightAligned());
        foreach (var row in report.Rows)
        {
            table.AddRow(row.What, Text(row.Milliseconds, "N1"), Text(row.Times, "N0"), Text(row.Trades, "N0"), Text(row.P50Ms, "N2"), Text(row.P99Ms, "N1"), Text(row.MaxMs, "N1"));
        }

        AnsiConsole.MarkupLine($"{report.Accounts:N0} accounts, {report.Workers} workers; a trade every 2 ms, from its time to its durable answer; {report.Scenarios} scenarios, {report.ReverseSteps} steps of a reverse stress");
        AnsiConsole.Write(table);
    }

    internal static void Show(RiskBenchReport report)
    {
        var table = Figures();
        void Row(string what, double value, string unit, string format = "N0") => table.AddRow(what, Text(value, format), unit);
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

    private static Table Figures()
    {
        var table = new Table { Border = TableBorder.Simple };
        return table.AddColumn("measured").AddColumn(new TableColumn("figure").RightAligned()).AddColumn("unit");
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
