namespace ClearingActors.Node.Trades;

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
    internal long Add(string source, string tradeId, long timestamp)
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
            place.Source = source;
            place.TradeId = tradeId;
            place.Since = timestamp;
            place.Use = (place.Use + 1) & int.MaxValue;
            return ((long)place.Use << 32) | (uint)index;
        }
    }

    /// <summary>Takes a trade out; false if it has been answered before.</summary>
    internal bool TryTake(long token, out string source, out string tradeId)
    {
        lock (_gate)
        {
            var index = (int)(token & int.MaxValue);
            ref var place = ref _places[index];
            if (place.Source is null || place.Use != (int)(token >> 32))
            {
                source = tradeId = "";
                return false;
            }

            (source, tradeId) = (place.Source, place.TradeId!);
            Free(index);
            return true;
        }
    }

    /// <summary>Takes out the trades that have waited since <paramref name="latest"/> or longer.</summary>
    internal List<(string Source, string TradeId)> TakeSince(long latest)
    {
        List<(string, string)> expired = [];
        lock (_gate)
        {
            for (var index = 0; index < _used; index++)
            {
                ref var place = ref _places[index];
                if (place.Source is not null && place.Since <= latest)
                {
                    expired.Add((place.Source, place.TradeId!));
                    Free(index);
                }
            }
        }

        return expired;
    }

    private void Free(int index)
    {
        ref var place = ref _places[index];
        place.Source = null;
        place.TradeId = null;
        place.NextFree = _firstFree;
        _firstFree = index;
    }

    private struct Place
    {
        internal string? Source;
        internal string? TradeId;
        internal long Since;
        internal int Use;
        internal int NextFree;
    }
}
