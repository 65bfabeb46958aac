using ClearingActors.Domain.Instruments;
using ClearingActors.Engine.Actors;

namespace ClearingActors.Engine.Backtests;

/// <summary>
/// What a back-test must know before accounts are replayed: how many business dates were closed, and where indices stood then. Marks are in the shard of their market alone,
/// settlement prices in every shard.
/// </summary>
internal sealed class HouseSurvey : ICycleObserver
{
    private readonly Dictionary<(InstrumentId Index, long Cycle), long> _marks = [];
    private readonly SortedSet<int> _markets = [];
    private EngineScope? _first;

    /// <summary>Business dates that have ended.</summary>
    internal int Closes { get; private set; }

    /// <summary>Of the dates that have ended.</summary>
    internal DateOnly FirstDate { get; private set; }

    /// <summary>Of the dates that have ended.</summary>
    internal DateOnly LastDate { get; private set; }

    /// <summary>The shards of the markets of all indices that were there at the last cycle.</summary>
    internal IReadOnlyCollection<int> MarketShards => _markets;

    /// <summary>An index' newest mark when the shard of its market took a cycle's prices; false if it had none.</summary>
    internal bool TryGet(InstrumentId index, long cycle, out long units) => _marks.TryGetValue((index, cycle), out units);

    /// <summary>True if the cycle of the shard's prices was the last of its date: then trades are already stamped with a later date.</summary>
    internal static bool IsLastOfDate(EngineScope scope) => scope.Directory.BusinessDate > scope.Prices!.BusinessDate;

    public void Changing(EngineScope scope, int type)
    {
        // Only prices are of interest.
    }

    public void Priced(EngineScope scope)
    {
        _first ??= scope;
        if (!IsLastOfDate(scope))
        {
            return;
        }

        if (scope == _first)
        {
            FirstDate = Closes == 0 ? scope.Prices!.BusinessDate : FirstDate;
            LastDate = scope.Prices!.BusinessDate;
            Closes++;
        }

        foreach (var listed in scope.Directory.SortedInstruments())
        {
            if (listed.Instrument.IsContract)
            {
                continue;
            }

            var market = scope.Book.Of(ActorKinds.Market, listed.Instrument.Underlying.Value).Shard;
            _markets.Add(market);
            if (market == scope.Shard && scope.Marks.TryGet(listed.Instrument.Id, out var mark))
            {
                _marks[(listed.Instrument.Id, scope.Prices!.Cycle)] = mark.PriceUnits;
            }
        }
    }

    public void Settled(EngineScope scope, AccountActor account)
    {
        // Only prices are of interest.
    }
}
