using ClearingActors.Contracts.Members.V1;

namespace ClearingActors.Client;

/// <summary>What a report or a cancel and its answer have in common.</summary>
/// <param name="Source">Of the trade.</param>
/// <param name="TradeId">Of the trade.</param>
/// <param name="Cancel">True for a cancel.</param>
internal readonly record struct ReportKey(string Source, string TradeId, bool Cancel)
{
    /// <summary>The report where this is the cancel, and the other way round.</summary>
    internal ReportKey Other => this with { Cancel = !Cancel };
}

/// <summary>A report without an answer. Its stream's lock guards it.</summary>
internal sealed class PendingReport(TradeReport report, TaskCompletionSource<TradeAnswer>? completion)
{
    internal TradeReport Report { get; } = report;

    internal ReportKey Key { get; } = new(report.Source, report.TradeId, report.Action == TradeReport.Types.Action.Cancel);

    /// <summary>Null when the answer goes to the callback.</summary>
    internal TaskCompletionSource<TradeAnswer>? Completion { get; } = completion;

    /// <summary>Of a cancel: the report of the same id that left before it without an answer yet; null if there was none.</summary>
    internal PendingReport? Cancels { get; set; }

    /// <summary>The next report with the same key, which leaves when this one is answered.</summary>
    internal PendingReport? Next { get; set; }

    /// <summary>The last of the reports behind this one; kept by the first.</summary>
    internal PendingReport? Last { get; set; }

    /// <summary>Where it stands among those on their way, oldest first.</summary>
    internal LinkedListNode<PendingReport>? Place { get; set; }

    /// <summary>How often the clearing house had no room or no outcome for it.</summary>
    internal int Retries { get; set; }

    /// <summary>True while it waits out such an answer.</summary>
    internal bool WaitsForRetry { get; set; }

    internal bool IsAnswered { get; set; }
}
