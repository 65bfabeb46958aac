namespace ClearingActors.Engine.Messages;

/// <summary>Field numbers of <c>clearing.journal.v1.MessageBody</c>. A number is never used for another message.</summary>
internal static class MessageTypes
{
    internal const int ReserveTrade = 1;
    internal const int NovateTrade = 2;
    internal const int ConfirmTrade = 3;
    internal const int ReleaseTrade = 4;
    internal const int TradeDecided = 5;
    internal const int ReserveReversal = 6;
    internal const int ReverseTrade = 7;
    internal const int ConfirmReversal = 8;
    internal const int CancelDecided = 9;
    internal const int ChangeDirectory = 20;
    internal const int DirectoryChanged = 21;
    internal const int OpenCycle = 23;
    internal const int ReportCut = 24;
    internal const int ComputeCycle = 25;
    internal const int ReportComputed = 26;
    internal const int BookCycle = 27;
    internal const int ReportBooked = 28;
    internal const int BookCash = 29;
    internal const int ReportBlocked = 31;
    internal const int AssessMargin = 40;
    internal const int ReportAssessed = 41;
    internal const int ReportMissedCall = 42;
    internal const int MeasureMargin = 130;
    internal const int ReportMeasured = 131;
    internal const int TellLiquidity = 132;
    internal const int QueueFunding = 32;
    internal const int SetExpiryPrice = 33;
}
