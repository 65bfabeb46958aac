using System.Globalization;
using ClearingActors.Contracts.Common.V1;

namespace ClearingActors.Cli.Demo;

/// <summary>The columns of the table of days, for every view.</summary>
public static class DayTable
{
    private static readonly (RejectReason Reason, string Title)[] Reasons =
    [
        (RejectReason.UnknownInstrument, "instrument"), (RejectReason.UnknownAccount, "account"), (RejectReason.PriceOutsideBands, "band"), (RejectReason.OffTick, "tick"),
        (RejectReason.QuantityLimit, "quantity"), (RejectReason.InsufficientHeadroom, "headroom"), (RejectReason.SameAccount, "same"), (RejectReason.ClientMissing, "client"),
        (RejectReason.StaleTradeDate, "stale"), (RejectReason.Conflict, "conflict"),
    ];

    /// <summary>The titles; those from "instrument" to "other" are the reasons of rejection.</summary>
    public static IReadOnlyList<string> Titles { get; } =
    [
        "day", "settled at", "trades", "novated", "rejected", .. Reasons.Select(r => r.Title), "other", "repeats", "marks", "held", "VM paid", "VM received", "sum",
    ];

    /// <summary>A day's cells, as many as there are titles.</summary>
    public static IReadOnlyList<string> Cells(DayResult day)
    {
        var named = Reasons.Select(r => day.RejectedByReason.GetValueOrDefault(r.Reason)).ToList();
        return
        [
            $"{day.Date:yyyy-MM-dd}",
            Amount(day.SettlementPrice),
            Count(day.Trades),
            Count(day.Novated),
            Count(day.Rejected),
            .. named.Select(Count),
            Count(day.Rejected - named.Sum()),
            Count(day.Repeats),
            Count(day.MarksAccepted),
            Count(day.MarksHeld),
            Amount(day.Paid),
            Amount(day.Received),
            Amount(day.Sum),
        ];
    }

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Amount(decimal value) => value.ToString("N2", CultureInfo.InvariantCulture);
}
