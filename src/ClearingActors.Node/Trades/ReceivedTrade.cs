using ClearingActors.Domain.Novation;

namespace ClearingActors.Node.Trades;

/// <summary>A trade as it came off the wire: a report that can be judged, or what is wrong with it.</summary>
/// <param name="Report">Null if it is malformed.</param>
/// <param name="Cancel">True to cancel the trade of this content.</param>
/// <param name="Source">As the answer repeats it; cut off where it is no id.</param>
/// <param name="TradeId">As the answer repeats it; cut off where it is no id.</param>
/// <param name="Problem">What is wrong, for people; empty if nothing is.</param>
internal readonly record struct ReceivedTrade(TradeReport? Report, bool Cancel, string Source, string TradeId, string Problem);

/// <summary>The trades of one message, in their order.</summary>
internal sealed class TradeBatch
{
    private ReceivedTrade[] _trades;

    internal TradeBatch(int expected) => _trades = new ReceivedTrade[Math.Max(1, expected)];

    internal int Count { get; private set; }

    internal ReadOnlySpan<ReceivedTrade> Trades => _trades.AsSpan(0, Count);

    internal void Add(in ReceivedTrade trade)
    {
        if (Count == _trades.Length)
        {
            Array.Resize(ref _trades, Count * 2);
        }

        _trades[Count++] = trade;
    }
}
