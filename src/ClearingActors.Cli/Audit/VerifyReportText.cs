using System.Globalization;
using ClearingActors.Audit;
using ClearingActors.Audit.TimeTravel;
using Spectre.Console;

namespace ClearingActors.Cli.Audit;

/// <summary>The report of <c>clearing audit verify</c>, for people and for programs.</summary>
internal static class VerifyReportText
{
    private const int Shown = 20;

    /// <summary>Prints it: what was gone over, and what was found.</summary>
    internal static void Print(VerifyReport report, TextWriter output)
    {
        var hashes = report.Hashes;
        var table = new Table().Border(TableBorder.Simple).AddColumn("Journal").AddColumn(new TableColumn(report.Journal.Id.ToString("D")).RightAligned());
        table.AddRow("Rows", Number(hashes.Rows));
        table.AddRow("Bytes of turns", Number(hashes.Bytes));
        table.AddRow("Hashes and signatures", Speed(hashes.Rows, report.HashSeconds, "rows"));
        table.AddRow("Checkpoints", hashes.Checkpoints == 0 ? "none" : Number(hashes.Checkpoints));
        if (hashes.LastCheckpoint is { } last)
        {
            table.AddRow("The last one made", AuditText.Time(last.Time));
            table.AddRow("Its key", $"{Convert.ToHexStringLower(last.Key.Span)[..16]}…");
        }

        table.AddRow("Signatures", hashes.SignaturesChecked ? "checked" : "not checked: no --key");
        table.AddRow("Rows that nothing signs yet", Number(hashes.RowsAfterLastCheckpoint));
        if (report.Rulebook is { } rulebook)
        {
            table.AddRow("Rulebook", Speed(rulebook.Events, report.RulebookSeconds, "events"));
            table.AddRow("Events replayed", Number(rulebook.Events));
            table.AddRow("Trades, each on both sides once", $"{Number(rulebook.Trades)}, {Number(rulebook.Reversals)} taken back");
            table.AddRow("Trade receipts as signed", Number(report.Receipts ?? 0));
            table.AddRow("Messages, each consumed once", Number(rulebook.Messages));
            table.AddRow("Cash entries, each with its counter entry", Number(rulebook.CashEntries));
            table.AddRow("Entries of securities and coins", Number(rulebook.AssetEntries));
            table.AddRow("Margin runs", Number(rulebook.MarginRuns));
            table.AddRow("Assessments of margin, to the bit", Number(rulebook.Assessments));
            table.AddRow("Margin calls, to the cent", Number(rulebook.Calls));
            table.AddRow("Waterfalls that add up", Number(rulebook.Waterfalls));
            table.AddRow("Auctions, each by its bids", Number(rulebook.Auctions));
            table.AddRow("Claims", Number(rulebook.Claims));
            table.AddRow("Timers", Number(rulebook.Timers));
            table.AddRow("Settlement cycles closed", Number(rulebook.Cycles));
            table.AddRow("Book and cash summed to zero", $"{Number(rulebook.Sums)} times");
            table.AddRow("Snapshots equal byte for byte", Number(rulebook.Snapshots));
        }

        PlainConsole.On(output).Write(table);
        if (report.IsInOrder)
        {
            output.WriteLine("In order.");
            return;
        }

        output.WriteLine($"NOT IN ORDER: {Number(report.FindingCount)} finding{(report.FindingCount == 1 ? "" : "s")}. First: {report.Findings[0].Where}.");
        foreach (var finding in report.Findings.Take(Shown))
        {
            output.WriteLine($"  {finding}");
        }

        if (report.FindingCount > Shown)
        {
            output.WriteLine($"  and {Number(report.FindingCount - Shown)} more; --json writes the first {Number(report.Findings.Count)}");
        }
    }

    /// <summary>The same for programs.</summary>
    internal static object ToJson(VerifyReport report) => new
    {
        InOrder = report.IsInOrder,
        Journal = report.Journal.Id,
        report.Journal.Generation,
        report.Journal.FeatureLevel,
        Shards = report.Journal.ShardCount,
        report.Hashes.Rows,
        report.Hashes.Bytes,
        report.Hashes.Checkpoints,
        LastCheckpointTime = report.Hashes.LastCheckpoint?.Time,
        report.Hashes.SignaturesChecked,
        report.Hashes.RowsAfterLastCheckpoint,
        report.HashSeconds,
        report.RulebookSeconds,
        report.Receipts,
        report.ReceiptsSeconds,
        PeakBytes = System.Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64,
        Rulebook = report.Rulebook is null ? null : new
        {
            report.Rulebook.Complete,
            report.Rulebook.Rows,
            report.Rulebook.Events,
            report.Rulebook.Messages,
            report.Rulebook.Trades,
            report.Rulebook.Reversals,
            report.Rulebook.CashEntries,
            report.Rulebook.AssetEntries,
            report.Rulebook.Assessments,
            report.Rulebook.Calls,
            report.Rulebook.Waterfalls,
            report.Rulebook.MarginRuns,
            report.Rulebook.Auctions,
            report.Rulebook.Claims,
            report.Rulebook.Timers,
            report.Rulebook.Cycles,
            report.Rulebook.Settlements,
            report.Rulebook.Sums,
            report.Rulebook.Snapshots,
        },
        Findings = report.FindingCount,
        First = report.Findings.Count == 0 ? null : ToJson(report.Findings[0]),
        Listed = report.Findings.Select(ToJson),
    };

    private static object ToJson(AuditFinding finding) => new { finding.Shard, finding.Position, finding.Rule, finding.What };

    private static string Speed(long count, double seconds, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s, {count / Math.Max(seconds, 1e-9):#,0} {what}/s");

    private static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
