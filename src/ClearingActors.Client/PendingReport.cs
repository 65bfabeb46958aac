using ClearingActors.Contracts.Members.V1;

namespace ClearingActors.Client;

/// <summary>What a report and its answer have in common: the answer names no action, so neither does this.</summary>
internal readonly record struct ReportKey(string Source, string TradeId);

/// <summary>A report without an answer. Its stream's lock guards it.</summary>
internal sealed class PendingReport(TradeReport report, TaskCompletionSource<TradeAnswer>? completion)
{
    internal TradeReport Report { get; } = report;

    internal ReportKey Key { get; } = new(report.Source, report.TradeId);

    /// <summary>Null when the answer goes to the callback.</summary>
    internal TaskCompletionSource<TradeAnswer>? Completion { get; } = completion;

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
