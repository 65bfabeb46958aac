namespace ClearingActors.Domain.Novation;

/// <summary>A fresh report was recorded under its id; it has no answer yet.</summary>
/// <param name="Key">Source and id; the report itself goes on to the seller, or stands beside the event when the source rejects it.</param>
/// <param name="Fingerprint">Of its content.</param>
/// <param name="ExecutionDate">The UTC date under which the id is kept.</param>
public readonly record struct TradeReceived(TradeKey Key, TradeFingerprint Fingerprint, DateOnly ExecutionDate);

/// <summary>A recorded trade has its answer.</summary>
/// <param name="Key">Source and id.</param>
/// <param name="ExecutionDate">The date under which the id is kept.</param>
/// <param name="Outcome">Novated or rejected.</param>
public readonly record struct TradeAnswered(TradeKey Key, DateOnly ExecutionDate, TradeOutcome Outcome);

/// <summary>The source wants a novated trade cancelled; there is no answer yet.</summary>
/// <param name="Key">Source and id.</param>
/// <param name="ExecutionDate">The date under which the id is kept.</param>
public readonly record struct CancelReceived(TradeKey Key, DateOnly ExecutionDate);

/// <summary>A cancel has its answer.</summary>
/// <param name="Key">Source and id.</param>
/// <param name="ExecutionDate">The date under which the id is kept.</param>
/// <param name="Reason">None: the trade is cancelled. Otherwise it stands as novated.</param>
public readonly record struct CancelAnswered(TradeKey Key, DateOnly ExecutionDate, RejectReason Reason);

/// <summary>All ids of a date were dropped; from here on reports of that date or an earlier one are stale.</summary>
/// <param name="Source">The source.</param>
/// <param name="ExecutionDate">The date.</param>
public readonly record struct TradeIdsExpired(SourceId Source, DateOnly ExecutionDate);
