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
        "synthetic vol", "requirement", "calls", "met", "missed",
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
            .. MarginCells(day),
        ];
    }

    /// <summary>The titles of <see cref="ShortCells"/>.</summary>
    public static IReadOnlyList<string> ShortTitles { get; } = ["day", "settled at", "novated", "rejected", "marks", "VM paid", "sum", "synth vol", "requirement", "calls", "met", "missed"];

    /// <summary>
    /// The cells for a terminal of 120 columns: without repeats, held marks and what follows from the others, and without the reasons, which <see cref="ReasonsOf"/> says on a line of their own.
    /// </summary>
    public static IReadOnlyList<string> ShortCells(DayResult day) =>
    [
        $"{day.Date:yyyy-MM-dd}",
        Amount(day.SettlementPrice),
        Count(day.Novated),
        Count(day.Rejected),
        Count(day.MarksAccepted),
        Amount(day.Paid),
        Amount(day.Sum),
        .. MarginCells(day),
    ];

    /// <summary>What was rejected on a day, by reason, as a line.</summary>
    public static string ReasonsOf(DayResult day)
    {
        var named = Reasons.Select(r => (r.Title, Count: day.RejectedByReason.GetValueOrDefault(r.Reason))).Where(r => r.Count > 0).ToList();
        var other = day.Rejected - named.Sum(r => r.Count);
        return string.Join(", ", named.Append((Title: "other", Count: other)).Where(r => r.Count > 0).Select(r => $"{Count(r.Count)} {r.Title}"));
    }

    /// <summary>What expired on a day, as a line; null if nothing did.</summary>
    public static string? ExpiredOn(DayResult day) => day.Expired.Count == 0 ? null
        : $"expired: {string.Join(", ", day.Expired.Select(option => $"{option.Symbol} at {Amount(option.FinalPrice)}"))}; what was in the money is exercised into the future";

    /// <summary>Dashes where the house is not margined.</summary>
    private static string[] MarginCells(DayResult day) => day.Margin is { } margin
        ? [$"{(100 * margin.SyntheticVolatility).ToString("N1", CultureInfo.InvariantCulture)} %", Amount(margin.Requirement), Count(margin.Issued), Count(margin.Met), Count(margin.Missed)]
        : ["-", "-", "-", "-", "-"];

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Amount(decimal value) => value.ToString("N2", CultureInfo.InvariantCulture);
}
