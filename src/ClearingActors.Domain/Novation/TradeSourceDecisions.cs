using ClearingActors.Domain.House;

namespace ClearingActors.Domain.Novation;

/// <summary>What a trade source does with a report.</summary>
public enum SourceDecisionKind
{
    None = 0,

    /// <summary>Journal and apply <see cref="SourceDecision.Received"/>, then send the report to the seller.</summary>
    Forward = 1,

    /// <summary>Journal and apply both events; the answer is the rejection, and a repeat gets it too.</summary>
    RecordRejected = 2,

    /// <summary>The same report is on its way: wait for its answer.</summary>
    RepeatPending = 3,

    /// <summary>The same report has its answer: <see cref="SourceDecision.Outcome"/>.</summary>
    RepeatAnswered = 4,

    /// <summary>Rejected without a trace: malformed, stale, in conflict, or of no known source.</summary>
    RefuseUnrecorded = 5,

    /// <summary>The id book is at its limit: overload, not an answer; the same report may come again.</summary>
    Full = 6,
}

/// <summary>What a trade source does with a report.</summary>
/// <param name="Kind">Says which of the others is meaningful.</param>
/// <param name="Reason">For both kinds of rejection.</param>
/// <param name="Outcome">For a repeat that has its answer, and for a recorded rejection.</param>
/// <param name="Received">To journal when forwarded or rejected with a record.</param>
/// <param name="Answered">To journal when rejected with a record.</param>
public readonly record struct SourceDecision(
    SourceDecisionKind Kind, RejectReason Reason, TradeOutcome Outcome, TradeReceived Received, TradeAnswered Answered);

/// <summary>What a trade source does with a cancel.</summary>
public enum CancelDecisionKind
{
    None = 0,

    /// <summary>Journal and apply the event, then send the report, with its cycle and clearing date, to the seller.</summary>
    Forward = 1,

    /// <summary>A cancel of this trade is on its way: wait for its answer.</summary>
    RepeatPending = 2,

    /// <summary>The trade is cancelled already: the same answer.</summary>
    RepeatCancelled = 3,

    /// <summary>Refused without a trace: see the reason.</summary>
    Refuse = 4,

    /// <summary>The trade itself has no answer yet: ask again when it has.</summary>
    TradePending = 5,
}

/// <summary>What a trade source does with a cancel.</summary>
/// <param name="Kind">Says which of the others is meaningful.</param>
/// <param name="Reason">If refused: malformed, conflict, not cancellable.</param>
/// <param name="Outcome">The trade's outcome when forwarded (its cycle and clearing date go to the seller) or cancelled already.</param>
/// <param name="Received">The event when forwarded.</param>
public readonly record struct CancelDecision(CancelDecisionKind Kind, RejectReason Reason, TradeOutcome Outcome, CancelReceived Received);

/// <summary>
/// What a trade source decides (rulebook 4). A repeat or a conflict is judged before anything that time can change, so the same report always gets its first answer;
/// then staleness, then what needs no account. Pure; nothing here allocates.
/// </summary>
public static class TradeSourceDecisions
{
    /// <summary>How many business days before the open business date a trade may have been executed.</summary>
    public const int AcceptedBusinessDaysBack = 2;

    /// <summary>Decides about a report.</summary>
    /// <param name="source">The lane that the trade id belongs to.</param>
    /// <param name="report">The report, checked by nobody yet.</param>
    /// <param name="fingerprint"><see cref="TradeFingerprint.Of"/> the report.</param>
    /// <param name="directory">The lane's shard's.</param>
    /// <param name="limits">Configured limits.</param>
    public static SourceDecision DecideReceive(
        TradeSourceState source, TradeReport report, TradeFingerprint fingerprint, HouseDirectory directory, TradeIdLimits limits)
    {
        if (!report.IsWellFormed || report.Source != source.Source)
        {
            return Refused(RejectReason.Malformed);
        }

        if (source.TryFind(report.TradeId, out var day, out var record))
        {
            if (day.FingerprintOf(record) != fingerprint)
            {
                return Refused(RejectReason.Conflict);
            }

            return day.StatusOf(record) == TradeIdStatus.Pending
                ? new SourceDecision(SourceDecisionKind.RepeatPending, RejectReason.None, default, default, default)
                : new SourceDecision(SourceDecisionKind.RepeatAnswered, RejectReason.None, FirstOutcomeOf(day, record, report, directory), default, default);
        }

        if (directory.LanesOf(report.Source) == 0)
        {
            return Refused(RejectReason.UnknownSource);
        }

        var date = report.ExecutionDate;
        if (IsStale(source, date, directory))
        {
            return Refused(RejectReason.StaleTradeDate);
        }

        if (report.ExecutionTime - UtcTime.NanosecondsPerDay > directory.BusinessTime)
        {
            return Refused(RejectReason.Malformed);
        }

        if (source.Count >= limits.Total || source.CountOf(date) >= Math.Min(limits.PerDate, TradeIdDay.HardLimit))
        {
            return new SourceDecision(SourceDecisionKind.Full, RejectReason.None, default, default, default);
        }

        var received = new TradeReceived(report.Key, fingerprint, date);
        var reason = report.Buyer.Account == report.Seller.Account
            ? RejectReason.SameAccount
            : TradeChecks.OfInstrument(report, directory, out _, out _);
        if (reason == RejectReason.None)
        {
            return new SourceDecision(SourceDecisionKind.Forward, RejectReason.None, default, received, default);
        }

        var outcome = TradeOutcome.Rejected(reason);
        return new SourceDecision(SourceDecisionKind.RecordRejected, reason, outcome, received, new TradeAnswered(report.Key, date, outcome));
    }

    /// <summary>Decides about a cancel, which names the whole report again: the book keeps only its fingerprint.</summary>
    /// <param name="source">The lane that the trade id belongs to.</param>
    /// <param name="report">The report to cancel.</param>
    /// <param name="fingerprint"><see cref="TradeFingerprint.Of"/> the report.</param>
    /// <param name="directory">The lane's shard's. A cancel whose cycle is closed for it here is refused here already; the seller's check decides.</param>
    public static CancelDecision DecideCancel(TradeSourceState source, TradeReport report, TradeFingerprint fingerprint, HouseDirectory directory)
    {
        if (!report.IsWellFormed || report.Source != source.Source)
        {
            return Refuse(RejectReason.Malformed);
        }

        if (!source.TryFind(report.TradeId, out var day, out var record))
        {
            return Refuse(RejectReason.NotCancellable);
        }

        if (day.FingerprintOf(record) != fingerprint)
        {
            return Refuse(RejectReason.Conflict);
        }

        switch (day.StatusOf(record))
        {
            case TradeIdStatus.Pending:
                return new CancelDecision(CancelDecisionKind.TradePending, RejectReason.None, default, default);
            case TradeIdStatus.CancelPending:
                return new CancelDecision(CancelDecisionKind.RepeatPending, RejectReason.None, default, default);
            case TradeIdStatus.Cancelled:
                return new CancelDecision(CancelDecisionKind.RepeatCancelled, RejectReason.None, OutcomeOf(day, record, report, directory), default);
            case TradeIdStatus.Novated when day.StampOf(record).Cycle >= directory.CurrentCycle:
                return new CancelDecision(
                    CancelDecisionKind.Forward,
                    RejectReason.None,
                    OutcomeOf(day, record, report, directory),
                    new CancelReceived(report.Key, day.ExecutionDate));
            default:
                return Refuse(RejectReason.NotCancellable);
        }
    }

    /// <summary>
    /// The oldest date whose ids may be dropped now; false if there is none. Ask again until false. A date with a trade or a cancel in flight waits for its answer.
    /// </summary>
    public static bool TryDecideExpiry(TradeSourceState source, HouseDirectory directory, out TradeIdsExpired expired)
    {
        expired = default;
        if (source.Days.Count == 0 || source.Days[0].PendingCount != 0 || !IsStale(source, source.Days[0].ExecutionDate, directory))
        {
            return false;
        }

        expired = new TradeIdsExpired(source.Source, source.Days[0].ExecutionDate);
        return true;
    }

    /// <summary>The lane of a trade id: FNV-1a over its bytes, modulo the lanes. Fixed for good, because ids are looked for where they were put.</summary>
    /// <param name="trade">The trade id.</param>
    /// <param name="lanes">1 to 256.</param>
    public static int LaneOf(TradeId trade, int lanes)
    {
        var hash = 2166136261u;
        foreach (var c in trade.Value)
        {
            hash = unchecked((hash ^ c) * 16777619u);
        }

        return (int)(hash % (uint)lanes);
    }

    // One rule for refusing a date and for dropping its ids: were they different, a dropped id could come again and be novated twice.
    private static bool IsStale(TradeSourceState source, DateOnly date, HouseDirectory directory) =>
        date <= source.LastExpiredDate || date < UtcTime.BusinessDaysBefore(directory.BusinessDate, AcceptedBusinessDaysBack);

    /// <summary>The first answer, whatever came after: who repeats a report of a trade cancelled since asks what became of the report.</summary>
    private static TradeOutcome FirstOutcomeOf(TradeIdDay day, int record, TradeReport report, HouseDirectory directory)
    {
        var outcome = OutcomeOf(day, record, report, directory);
        return outcome.Kind == TradeOutcomeKind.Cancelled ? TradeOutcome.Novated(outcome.Cycle, outcome.ClearingDate, outcome.PriceUnits) : outcome;
    }

    private static TradeOutcome OutcomeOf(TradeIdDay day, int record, TradeReport report, HouseDirectory directory)
    {
        var status = day.StatusOf(record);
        if (status == TradeIdStatus.Rejected)
        {
            return TradeOutcome.Rejected(day.ReasonOf(record));
        }

        // The content is the same, so the price is read from the repeat instead of being kept.
        SellerSide.InstrumentOf(report, directory, out var priceUnits);
        var stamp = day.StampOf(record);
        return status == TradeIdStatus.Cancelled
            ? TradeOutcome.Cancelled(stamp.Cycle, stamp.ClearingDate, priceUnits)
            : TradeOutcome.Novated(stamp.Cycle, stamp.ClearingDate, priceUnits);
    }

    private static SourceDecision Refused(RejectReason reason) => new(SourceDecisionKind.RefuseUnrecorded, reason, default, default, default);

    private static CancelDecision Refuse(RejectReason reason) => new(CancelDecisionKind.Refuse, reason, default, default);
}
