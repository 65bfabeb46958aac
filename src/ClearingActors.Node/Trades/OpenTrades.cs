namespace ClearingActors.Node.Trades;

/// <summary>A report or a cancel that waits for its answer.</summary>
/// <param name="Cancel">True for a cancel.</param>
/// <param name="Source">As the answer repeats it.</param>
/// <param name="TradeId">As the answer repeats it.</param>
internal readonly record struct OpenTrade(bool Cancel, string Source, string TradeId);

/// <summary>
/// The trades of a stream that wait for their answers, found by the token that goes with each. A place is used again for a later trade under another token, so that a
/// late second answer finds nothing. Thread-safe.
/// </summary>
internal sealed class OpenTrades
{
    private const int FirstCapacity = 64;

    private readonly Lock _gate = new();
    private Place[] _places = new Place[FirstCapacity];
    private int _used;
    private int _firstFree = -1;

    /// <summary>Keeps a trade; the token of its answer.</summary>
    internal long Add(in OpenTrade trade, long timestamp)
    {
        lock (_gate)
        {
            int index;
            if (_firstFree >= 0)
            {
                index = _firstFree;
                _firstFree = _places[index].NextFree;
            }
            else
            {
                if (_used == _places.Length)
                {
                    Array.Resize(ref _places, _used * 2);
                }

                index = _used++;
            }

            ref var place = ref _places[index];
            place.Trade = trade;
            place.Since = timestamp;
            place.Use = (place.Use + 1) & int.MaxValue;
            return ((long)place.Use << 32) | (uint)index;
        }
    }

    /// <summary>Takes a trade out; false if it has been answered before.</summary>
    internal bool TryTake(long token, out OpenTrade trade)
    {
        lock (_gate)
        {
            var index = (int)(token & int.MaxValue);
            ref var place = ref _places[index];
            if (place.Trade.Source is null || place.Use != (int)(token >> 32))
            {
                trade = default;
                return false;
            }

            trade = place.Trade;
            Free(index);
            return true;
        }
    }

    /// <summary>Takes out the trades that have waited since <paramref name="latest"/> or longer.</summary>
    internal List<OpenTrade> TakeSince(long latest)
    {
        List<OpenTrade> expired = [];
        lock (_gate)
        {
            for (var index = 0; index < _used; index++)
            {
                ref var place = ref _places[index];
                if (place.Trade.Source is not null && place.Since <= latest)
                {
                    expired.Add(place.Trade);
                    Free(index);
                }
            }
        }

        return expired;
    }

    private void Free(int index)
    {
        ref var place = ref _places[index];
        place.Trade = default;
        place.NextFree = _firstFree;
        _firstFree = index;
    }

    private struct Place
    {
        internal OpenTrade Trade;
        internal long Since;
        internal int Use;
        internal int NextFree;
    }
}
