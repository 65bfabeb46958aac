using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Simulation;

/// <summary>How far a trade has come, by durable events alone.</summary>
internal sealed class LedgerTrade(TradeKey key)
{
    internal TradeKey Key { get; } = key;

    internal long Reserved { get; set; }

    internal long Cycle { get; set; }

    internal long Quantity { get; set; }

    internal AccountId Seller { get; set; }

    internal AccountId Buyer { get; set; }

    internal bool Novated { get; set; }

    internal bool Confirmed { get; set; }

    internal bool Released { get; set; }

    internal bool CancelReceived { get; set; }

    internal bool CancelAnswered { get; set; }

    internal bool ReversedByBuyer { get; set; }

    internal bool ReversedBySeller { get; set; }

    internal TradeOutcome? Answered { get; set; }

    public override string ToString() =>
        $"reserved {Reserved} in cycle {Cycle}, novated {Novated}, confirmed {Confirmed}, released {Released}, answered {Answered?.Kind}, cancel {CancelReceived}/{CancelAnswered}, reversed {ReversedByBuyer}/{ReversedBySeller}";
}

/// <summary>An account's books, by durable events alone.</summary>
internal sealed class LedgerAccount(AccountId id, int shard)
{
    internal AccountId Id { get; } = id;

    internal int Shard { get; } = shard;

    internal bool Gross { get; set; }

    internal bool Closed { get; set; }

    /// <summary>The cycle of its last trade; 0 before the first.</summary>
    internal long LastTrade { get; set; }

    internal long FirstCycle { get; set; }

    internal long LastSettled { get; set; }

    internal Dictionary<long, (TradeLeg Leg, bool Reversal)> Reservations { get; } = [];

    internal Dictionary<PositionKey, LedgerLots> Lots { get; } = [];

    internal Dictionary<Currency, long> Cash { get; } = [];

    internal Dictionary<Currency, long> Unbooked { get; } = [];

    internal HashSet<RequestId> Requests { get; } = [];

    internal LedgerLots LotsOf(in TradeLeg leg)
    {
        var key = new PositionKey(leg.Instrument, Gross ? leg.Client : ClientId.None);
        return Lots.TryGetValue(key, out var lots) ? lots : Lots[key] = new LedgerLots();
    }
}

/// <summary>Every trade of a position, by cycle: settled at the price of the cycle that it is stamped with, or of the first one after.</summary>
internal sealed class LedgerLots
{
    private readonly SortedDictionary<long, (long Lots, Int128 Cost)> _unsettled = [];
    private long _settled;
    private long _reference;

    internal long Quantity { get; private set; }

    internal void Add(long cycle, long lots, long priceUnits)
    {
        var (sum, cost) = _unsettled.GetValueOrDefault(cycle);
        _unsettled[cycle] = (checked(sum + lots), cost + ((Int128)lots * priceUnits));
        Quantity = checked(Quantity + lots);
    }

    internal bool IsSettledBy(long cycle) => _settled != 0 || _unsettled.Any(u => u.Key <= cycle && u.Value != default);

    internal Int128 Settle(long cycle, long priceUnits)
    {
        var sum = (Int128)_settled * (priceUnits - _reference);
        foreach (var (stamped, (lots, cost)) in _unsettled.Where(u => u.Key <= cycle).ToList())
        {
            sum += ((Int128)lots * priceUnits) - cost;
            _settled += lots;
            _unsettled.Remove(stamped);
        }

        _reference = priceUnits;
        return sum;
    }
}

/// <summary>A settlement cycle, by durable events alone.</summary>
internal sealed class LedgerCycle(long number)
{
    internal long Number { get; } = number;

    internal SettlementPrices? Prices { get; set; }

    internal SortedDictionary<Currency, ExactAmount> Exact { get; } = [];

    internal SortedDictionary<Currency, long> Rounded { get; } = [];

    internal bool Closed { get; set; }
}
