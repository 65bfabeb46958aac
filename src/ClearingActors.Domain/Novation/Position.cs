using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Novation;

/// <summary>Where a position is kept.</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Client">The client in gross omnibus accounts, else none.</param>
public readonly record struct PositionKey(InstrumentId Instrument, ClientId Client) : IComparable<PositionKey>
{
    /// <summary>By instrument, then client, ordinal.</summary>
    public int CompareTo(PositionKey other)
    {
        var byInstrument = Instrument.CompareTo(other.Instrument);
        return byInstrument != 0 ? byInstrument : Client.CompareTo(other.Client);
    }

    public static bool operator <(PositionKey left, PositionKey right) => left.CompareTo(right) < 0;

    public static bool operator <=(PositionKey left, PositionKey right) => left.CompareTo(right) <= 0;

    public static bool operator >(PositionKey left, PositionKey right) => left.CompareTo(right) > 0;

    public static bool operator >=(PositionKey left, PositionKey right) => left.CompareTo(right) >= 0;

    // Both ids hold their hash; the default of a record struct would go through comparers.
    public bool Equals(PositionKey other) => Instrument.Equals(other.Instrument) && Client.Equals(other.Client);

    public override int GetHashCode() => unchecked((Instrument.GetHashCode() * 397) ^ Client.GetHashCode());
}

/// <summary>The trades of one open settlement cycle in a position.</summary>
/// <param name="Cycle">From 1; 0 when empty.</param>
/// <param name="Quantity">Signed lots; buys are positive.</param>
/// <param name="Cost">The sum of signed lots x what the price is worth (<see cref="Valuation.OfTrade"/>): price units, but for inverse contracts.</param>
public readonly record struct CycleLots(long Cycle, long Quantity, Int128 Cost);

/// <summary>Everything in a <see cref="Position"/>.</summary>
public readonly record struct PositionSnapshot(
    PositionKey Key,
    Currency Currency,
    Valuation Valuation,
    long SettledQuantity,
    long ReferenceUnits,
    CycleLots Older,
    CycleLots Newer,
    long PendingSell,
    long PendingBuyBack,
    long Requirement);

/// <summary>
/// An account's position in one instrument (rulebook 4, 6.1): settled lots at their reference price, and the lots of the at most two cycles that are not settled
/// (one being settled, one open). Changed only by its account's Apply.
/// </summary>
public sealed class Position
{
    private CycleLots _older;
    private CycleLots _newer;

    internal Position(PositionKey key, Currency currency, Valuation valuation)
    {
        Key = key;
        Currency = currency;
        Valuation = valuation;
    }

    internal Position(in PositionSnapshot snapshot)
    {
        Key = snapshot.Key;
        Currency = snapshot.Currency;
        Valuation = snapshot.Valuation;
        SettledQuantity = snapshot.SettledQuantity;
        ReferenceUnits = snapshot.ReferenceUnits;
        _older = snapshot.Older;
        _newer = snapshot.Newer;
        PendingSell = snapshot.PendingSell;
        PendingBuyBack = snapshot.PendingBuyBack;
        Requirement = snapshot.Requirement;
    }

    public PositionKey Key { get; }

    /// <summary>The instrument's currency.</summary>
    public Currency Currency { get; }

    /// <summary>What the instrument's prices are worth.</summary>
    public Valuation Valuation { get; }

    /// <summary>Signed lots that the last settlement left.</summary>
    public long SettledQuantity { get; private set; }

    /// <summary>The last settlement price in price units: the reference of the settled lots.</summary>
    public long ReferenceUnits { get; private set; }

    /// <summary>The trades of the earlier unsettled cycle, or an empty one.</summary>
    public CycleLots Older => _older;

    /// <summary>The trades of the later unsettled cycle, or an empty one.</summary>
    public CycleLots Newer => _newer;

    /// <summary>Lots of sales in flight.</summary>
    public long PendingSell { get; private set; }

    /// <summary>Lots of sales whose reversal is in flight.</summary>
    public long PendingBuyBack { get; private set; }

    /// <summary>What the position requires, in minor units: set by each event.</summary>
    public long Requirement { get; private set; }

    /// <summary>Signed lots of all cycles; without trades in flight.</summary>
    public long Quantity => checked(SettledQuantity + _older.Quantity + _newer.Quantity);

    /// <summary>True if nothing is held, unsettled or in flight.</summary>
    public bool IsEmpty => SettledQuantity == 0 && _older.Cycle == 0 && _newer.Cycle == 0 && PendingSell == 0 && PendingBuyBack == 0 && Requirement == 0;

    /// <summary>
    /// The variation margin that all lots, whatever their cycle, would have at a price, in signed lots x price units (rulebook 8.7): what has accrued since the last
    /// settlement. An option whose premium is paid up front has none: it counts by its value, and its premium as owed.
    /// </summary>
    public Int128 AccruedOf(long priceUnits) => Valuation.Style == ValuationStyle.Premium ? 0 : SettlementOf(long.MaxValue, priceUnits);

    public PositionSnapshot ToSnapshot() =>
        new(Key, Currency, Valuation, SettledQuantity, ReferenceUnits, _older, _newer, PendingSell, PendingBuyBack, Requirement);

    /// <summary>
    /// The most lots, long or short, that the position can come to whichever of the trades in flight end well, after adding to the figures given: |q| is convex, so
    /// only the two ends matter.
    /// </summary>
    internal long WorstLots(long addQuantity, long addPendingSell, long addPendingBuyBack)
    {
        var quantity = checked(Quantity + addQuantity);
        var low = checked(quantity - PendingSell - addPendingSell);
        var high = checked(quantity + PendingBuyBack + addPendingBuyBack);
        return Math.Max(Math.Abs(low), Math.Abs(high));
    }

    /// <summary>True if the cycle settles something here: settled lots, or trades stamped with it or earlier.</summary>
    internal bool IsSettledBy(long cycle) => SettledQuantity != 0 || HasTradesOf(cycle);

    /// <summary>True if a trade is stamped with the cycle or an earlier one that is not settled.</summary>
    internal bool HasTradesOf(long cycle) => (_older.Cycle != 0 && _older.Cycle <= cycle) || (_newer.Cycle != 0 && _newer.Cycle <= cycle);

    /// <summary>Signed lots once the cycle is settled: the settled ones and the trades stamped with it or earlier.</summary>
    internal long QuantityAt(long cycle)
    {
        var quantity = SettledQuantity;
        quantity = _older.Cycle != 0 && _older.Cycle <= cycle ? checked(quantity + _older.Quantity) : quantity;
        return _newer.Cycle != 0 && _newer.Cycle <= cycle ? checked(quantity + _newer.Quantity) : quantity;
    }

    /// <summary>
    /// The sum of lots x (value of the price - value of the reference) over the settled lots and the trades up to the cycle (rulebook 6.1, 6.4). Where nothing is
    /// marked both values are zero and minus the trades' cost is left: the premium (6.2).
    /// </summary>
    internal Int128 SettlementOf(long cycle, long priceUnits)
    {
        var value = Valuation.OfMark(priceUnits);
        var sum = SettledQuantity == 0 ? 0 : checked(SettledQuantity * (value - Valuation.OfMark(ReferenceUnits)));
        if (_older.Cycle != 0 && _older.Cycle <= cycle)
        {
            sum = checked(sum + ((_older.Quantity * value) - _older.Cost));
        }

        if (_newer.Cycle != 0 && _newer.Cycle <= cycle)
        {
            sum = checked(sum + ((_newer.Quantity * value) - _newer.Cost));
        }

        return sum;
    }

    internal void Settle(long cycle, long priceUnits)
    {
        if (_older.Cycle != 0 && _older.Cycle <= cycle)
        {
            SettledQuantity = checked(SettledQuantity + _older.Quantity);
            _older = _newer;
            _newer = default;
        }

        if (_older.Cycle != 0 && _older.Cycle <= cycle)
        {
            SettledQuantity = checked(SettledQuantity + _older.Quantity);
            _older = default;
        }

        ReferenceUnits = priceUnits;
    }

    /// <summary>The instrument was settled for the last time: the lots are gone.</summary>
    internal void Expire()
    {
        if (_older.Cycle != 0 || PendingSell != 0 || PendingBuyBack != 0)
        {
            throw new InvalidOperationException($"position {Key} cannot expire: trades of cycle {_older.Cycle} are unsettled, or {PendingSell} and {PendingBuyBack} lots are in flight");
        }

        SettledQuantity = 0;
    }

    /// <summary>Adds signed lots at a price to a cycle's trades.</summary>
    internal void Add(long cycle, long lots, long priceUnits)
    {
        var cost = checked(lots * Valuation.OfTrade(priceUnits));
        if (_older.Cycle == cycle)
        {
            _older = Plus(_older, lots, cost);
            if (_older.Cycle == 0)
            {
                _older = _newer;
                _newer = default;
            }
        }
        else if (_newer.Cycle == cycle)
        {
            _newer = Plus(_newer, lots, cost);
        }
        else if (_older.Cycle == 0)
        {
            _older = new CycleLots(cycle, lots, cost);
        }
        else if (_newer.Cycle != 0)
        {
            throw new InvalidOperationException(
                $"position {Key}: a trade of cycle {cycle} came while cycles {_older.Cycle} and {_newer.Cycle} are unsettled; at most two may be");
        }
        else if (cycle > _older.Cycle)
        {
            _newer = new CycleLots(cycle, lots, cost);
        }
        else
        {
            _newer = _older;
            _older = new CycleLots(cycle, lots, cost);
        }
    }

    internal void AddPendingSell(long lots) => PendingSell = NotNegative(checked(PendingSell + lots), nameof(PendingSell));

    internal void AddPendingBuyBack(long lots) => PendingBuyBack = NotNegative(checked(PendingBuyBack + lots), nameof(PendingBuyBack));

    internal void SetRequirement(long minorUnits) => Requirement = NotNegative(minorUnits, nameof(Requirement));

    // Trades that cancel out to the last unit leave nothing to settle, so they must not ask for a settlement price either.
    private static CycleLots Plus(in CycleLots lots, long quantity, Int128 cost)
    {
        var sum = new CycleLots(lots.Cycle, checked(lots.Quantity + quantity), checked(lots.Cost + cost));
        return sum.Quantity == 0 && sum.Cost == 0 ? default : sum;
    }

    private long NotNegative(long value, string name) =>
        value >= 0 ? value : throw new InvalidOperationException($"position {Key}: {name} would be {value}");
}
