using ClearingActors.Contracts.Journal.V1;

namespace ClearingActors.Audit.Export;

/// <summary>A report on its way from its source to its answer.</summary>
internal sealed class TradeFlow(TradeReport report, bool isCancel, in ExportPlace received)
{
    internal TradeReport Report { get; } = report;

    /// <summary>True if it asks to cancel the trade.</summary>
    internal bool IsCancel { get; } = isCancel;

    internal ExportPlace Received { get; } = received;

    /// <summary>The seller's account has reserved it.</summary>
    internal string SellerTurn { get; set; } = "";

    /// <summary>The buyer's account has taken it: from here on it is done, whatever comes.</summary>
    internal string BuyerTurn { get; set; } = "";

    /// <summary>The seller's account has ended its reservation.</summary>
    internal string ConfirmedTurn { get; set; } = "";

    internal ExportPlace? Answered { get; set; }

    internal TradeOutcome? Outcome { get; set; }

    /// <summary>Messages of it that have not been consumed.</summary>
    internal int UnderWay { get; set; }
}
