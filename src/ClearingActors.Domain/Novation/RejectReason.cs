namespace ClearingActors.Domain.Novation;

/// <summary>Why a trade, or its cancel, was refused (rulebook 4). The numbers are journaled and never change.</summary>
public enum RejectReason
{
    None = 0,
    Malformed = 1,
    UnknownInstrument = 2,
    InstrumentExpired = 3,
    InstrumentHalted = 4,
    UnknownAccount = 5,
    AccountNotActive = 6,
    MemberSuspended = 7,
    PriceOutsideBands = 8,
    OffTick = 9,
    QuantityLimit = 10,
    InsufficientHeadroom = 11,
    SameAccount = 12,
    ClientMissing = 13,
    StaleTradeDate = 14,

    /// <summary>The same id with other content.</summary>
    Conflict = 15,
    UnknownSource = 16,

    /// <summary>The trade is unknown, was never novated, or belongs to a cycle that is being settled.</summary>
    NotCancellable = 17,

    /// <summary>The last margin run found the account's gross notional above what its collateral allows; it may only reduce.</summary>
    GearingLimit = 18,
}
