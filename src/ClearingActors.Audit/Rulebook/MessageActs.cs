using ClearingActors.Engine;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Audit.Rulebook;

/// <summary>What an actor does on a message that always leads to something: the event that comes of it, or the answer where it is refused.</summary>
internal static class MessageActs
{
    /// <summary>Set in place of an event's type where the act is a message.</summary>
    internal const int Answer = 1 << 16;

    /// <summary>True if the event, or the answer of that type, is what the message asks for.</summary>
    /// <param name="message">The message's type.</param>
    /// <param name="act">An event's type, or <see cref="Answer"/> with a message's.</param>
    internal static bool Does(int message, int act) => message switch
    {
        MessageTypes.ReserveTrade => act is EventTypes.TradeReserved or (Answer | MessageTypes.TradeDecided),
        MessageTypes.NovateTrade => act is EventTypes.TradeNovated or (Answer | MessageTypes.ReleaseTrade),
        MessageTypes.ConfirmTrade => act == EventTypes.TradeConfirmed,
        MessageTypes.ReleaseTrade => act == EventTypes.ReservationReleased,
        MessageTypes.TradeDecided => act == EventTypes.TradeAnswered,
        MessageTypes.ReserveReversal => act is EventTypes.ReversalReserved or (Answer | MessageTypes.CancelDecided),
        MessageTypes.ReverseTrade or MessageTypes.ConfirmReversal => act == EventTypes.TradeReversed,
        MessageTypes.CancelDecided => act == EventTypes.CancelAnswered,
        MessageTypes.BookCash or MessageTypes.BookDefaultEntry => act == EventTypes.CashBooked,
        MessageTypes.BookAsset or MessageTypes.BookDefaultAsset => act == EventTypes.AssetBooked,
        _ => false,
    };

    /// <summary>True if a message of this type to such an actor never comes to nothing.</summary>
    internal static bool MustBeDone(int message, int toKind) => message switch
    {
        MessageTypes.TradeDecided => toKind == ActorKinds.TradeSource,
        MessageTypes.ReserveTrade or MessageTypes.NovateTrade or MessageTypes.ConfirmTrade or MessageTypes.ReleaseTrade or MessageTypes.ReserveReversal or MessageTypes.ReverseTrade
            or MessageTypes.ConfirmReversal or MessageTypes.CancelDecided or MessageTypes.BookCash or MessageTypes.BookDefaultEntry or MessageTypes.BookAsset or MessageTypes.BookDefaultAsset => true,
        _ => false,
    };
}
