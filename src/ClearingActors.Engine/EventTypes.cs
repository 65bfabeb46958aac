namespace ClearingActors.Engine;

/// <summary>Field numbers of <c>clearing.journal.v1.Event</c>. A number is never used for another event.</summary>
public static class EventTypes
{
    public const int InstrumentDefined = 1;
    public const int InstrumentHalted = 2;
    public const int InstrumentResumed = 3;
    public const int HouseHalted = 4;
    public const int HouseResumed = 5;
    public const int MemberDefined = 6;
    public const int MemberSuspended = 7;
    public const int MemberReinstated = 8;
    public const int TradeSourceDefined = 9;
    public const int BusinessTimeAdvanced = 10;
    public const int CycleOpened = 11;
    public const int SettlementPricesSet = 12;
    public const int CutAwaited = 13;
    public const int ShardCut = 14;
    public const int CycleBooked = 15;
    public const int ExpiryPriceSet = 18;
    public const int ExpiryConfirmed = 19;
    public const int TradeReceived = 20;
    public const int TradeAnswered = 21;
    public const int CancelReceived = 22;
    public const int CancelAnswered = 23;
    public const int TradeIdsExpired = 24;
    public const int AccountDefined = 30;
    public const int AccountClosed = 31;
    public const int IntradayLimitSet = 32;
    public const int TradeReserved = 33;
    public const int TradeNovated = 34;
    public const int TradeConfirmed = 35;
    public const int ReservationReleased = 36;
    public const int ReversalReserved = 37;
    public const int TradeReversed = 38;
    public const int CashBooked = 39;
    public const int VariationMarginSettled = 40;
    public const int MarkAccepted = 50;
    public const int MarkHeld = 51;
    public const int HeldMarkDropped = 52;
    public const int FundingRateFixed = 53;
    public const int FinalPriceFixed = 54;
    public const int ChangeStarted = 60;
    public const int ChangeConfirmed = 61;
    public const int CycleFrozen = 70;
    public const int ShardCutReported = 71;
    public const int SettlementPricesFixed = 72;
    public const int ShardComputed = 73;
    public const int CycleBalanced = 74;
    public const int CycleUnbalanced = 75;
    public const int CycleInstructed = 76;
    public const int ShardConfirmed = 77;
    public const int CycleClosed = 78;
    public const int CycleBlocked = 79;
    public const int FundingQueued = 80;
}
