using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
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

    internal string MarginCurrency { get; set; } = "";

    /// <summary>Intraday, in minor units of the margin currency.</summary>
    internal long Limit { get; set; }

    /// <summary>The cycle of its last trade; 0 before the first.</summary>
    internal long LastTrade { get; set; }

    internal long FirstCycle { get; set; }

    internal long LastSettled { get; set; }

    internal Dictionary<long, (TradeLeg Leg, bool Reversal)> Reservations { get; } = [];

    internal Dictionary<PositionKey, LedgerLots> Lots { get; } = [];

    internal Dictionary<Currency, long> Cash { get; } = [];

    internal Dictionary<(Currency, CashEntryType), long> Unbooked { get; } = [];

    internal HashSet<RequestId> Requests { get; } = [];

    /// <summary>What the last cycle has booked.</summary>
    internal Dictionary<Currency, long> BookedInCycle { get; } = [];

    internal Dictionary<(PositionKey, ExerciseNoticeKind), ExerciseNotice> Notices { get; } = [];

    /// <summary>What the cycle being settled pays for options that were exercised.</summary>
    internal SortedDictionary<Currency, ExactAmount> Exercised { get; } = [];

    /// <summary>The currencies of futures that the cycle being settled delivered.</summary>
    internal HashSet<Currency> DeliveredIn { get; } = [];

    internal LedgerLots LotsOf(in TradeLeg leg)
    {
        var key = new PositionKey(leg.Instrument, Gross ? leg.Client : ClientId.None);
        return Lots.TryGetValue(key, out var lots) ? lots : Lots[key] = new LedgerLots();
    }
}

/// <summary>
/// Every trade of a position, by cycle and price: settled at the price of the cycle that it is stamped with, or of the first one after. Computed from the rulebook's
/// formulas, trade by trade, in wide integers.
/// </summary>
internal sealed class LedgerLots
{
    private readonly SortedDictionary<(long Cycle, long Price), long> _unsettled = [];
    private long _settled;
    private long _reference;
    private long _exercised;

    internal long Quantity { get; private set; }

    /// <summary>The lots of the cycles that are settled.</summary>
    internal long Settled => _settled;

    internal void Add(long cycle, long lots, long priceUnits)
    {
        _unsettled[(cycle, priceUnits)] = checked(_unsettled.GetValueOrDefault((cycle, priceUnits)) + lots);
        Quantity = checked(Quantity + lots);
    }

    /// <summary>The lots of the cycles up to this one.</summary>
    internal long QuantityAt(long cycle) => _settled + _unsettled.Where(u => u.Key.Cycle <= cycle).Sum(u => u.Value);

    /// <summary>Lots leave at zero in the cycle that is settled next.</summary>
    internal void Exercise(long lots)
    {
        _exercised = checked(_exercised + lots);
        Quantity = checked(Quantity - lots);
    }

    internal bool IsEmptyAt(long cycle) => _settled == 0 && _unsettled.All(u => u.Key.Cycle > cycle || u.Value == 0);

    /// <summary>What the cycle pays for the position, and as what; null if there is nothing to settle.</summary>
    internal (CashEntryType Type, ExactAmount Amount)? Settle(long cycle, long priceUnits, Instrument instrument)
    {
        var premium = instrument.Option is { PremiumStyle: PremiumStyle.Equity };
        var (value, scale) = premium ? (BigInteger.Zero, instrument.PriceScale) : ValueOf(priceUnits, instrument);
        var reference = premium || _settled == 0 ? BigInteger.Zero : ValueOf(_reference, instrument).Value;
        var sum = _settled * (value - reference);
        var any = _settled != 0 && !premium;
        foreach (var stamped in _unsettled.Where(u => u.Key.Cycle <= cycle).GroupBy(u => u.Key.Cycle).ToList())
        {
            BigInteger lots = 0, cost = 0;
            foreach (var ((_, price), traded) in stamped)
            {
                lots += traded;
                cost += traded * ValueOf(price, instrument).Value;
                _unsettled.Remove((stamped.Key, price));
            }

            // Trades that cancel out to the last unit leave nothing to settle.
            any |= lots != 0 || cost != 0;
            sum += (lots * value) - cost;
            _settled += (long)lots;
        }

        sum -= _exercised * value;
        _settled -= _exercised;
        _exercised = 0;
        _reference = priceUnits;
        var (factor, factorScale) = Digits(instrument.Perpetual is { Inverse: true } inverse ? inverse.FaceValue : instrument.Definition.Multiplier);
        return any ? (premium ? CashEntryType.Premium : CashEntryType.VariationMargin, new ExactAmount((Int128)(sum * factor), scale + factorScale)) : null;
    }

    /// <summary>What the lots of open cycles are to pay (or, below zero, owe) as premium.</summary>
    internal Fraction PremiumDue(Instrument instrument)
    {
        BigInteger sum = 0;
        foreach (var ((_, price), traded) in _unsettled)
        {
            sum -= (BigInteger)traded * price;
        }

        return Money(sum, instrument.PriceScale, instrument);
    }

    /// <summary>What all lots are worth at a mark.</summary>
    internal Fraction WorthAt(long mark, Instrument instrument) => Money((BigInteger)Quantity * mark, instrument.PriceScale, instrument);

    /// <summary>What all lots have gained at a mark since they were settled or traded.</summary>
    internal Fraction GainAt(long mark, Instrument instrument)
    {
        var (value, scale) = ValueOf(mark, instrument);
        var sum = _settled == 0 ? BigInteger.Zero : _settled * (value - ValueOf(_reference, instrument).Value);
        foreach (var ((_, price), traded) in _unsettled)
        {
            sum += traded * (value - ValueOf(price, instrument).Value);
        }

        return Money(sum, scale, instrument);
    }

    private static Fraction Money(BigInteger sum, int scale, Instrument instrument)
    {
        var (factor, factorScale) = Digits(instrument.Perpetual is { Inverse: true } inverse ? inverse.FaceValue : instrument.Definition.Multiplier);
        return new Fraction(sum * factor, BigInteger.Pow(10, scale + factorScale));
    }

    /// <summary>The lots that go with the instrument's last cycle.</summary>
    internal long Expire()
    {
        var gone = Quantity;
        (Quantity, _settled) = (0, 0);
        return gone;
    }

    /// <summary>What a long lot is worth at a price: the price, or minus one over it, half-even to 20 places.</summary>
    private static (BigInteger Value, int Scale) ValueOf(long priceUnits, Instrument instrument)
    {
        if (instrument.Perpetual is not { Inverse: true })
        {
            return (priceUnits, instrument.PriceScale);
        }

        var twice = BigInteger.DivRem(2 * BigInteger.Pow(10, 20 + instrument.PriceScale), priceUnits, out var rest);
        var down = twice / 2;
        var up = !twice.IsEven && (rest != 0 || !down.IsEven);
        return (-(up ? down + 1 : down), 20);
    }

    private static (BigInteger Digits, int Scale) Digits(decimal value)
    {
        var scale = 0;
        for (; value != decimal.Truncate(value); scale++)
        {
            value *= 10;
        }

        return ((BigInteger)value, scale);
    }
}

/// <summary>A settlement cycle, by durable events alone.</summary>
internal sealed class LedgerCycle(long number)
{
    internal long Number { get; } = number;

    internal SettlementPrices? Prices { get; set; }

    internal List<FundingRateFixed> Fundings { get; } = [];

    internal List<InstrumentId> Expiring { get; } = [];

    internal SortedDictionary<(Currency Currency, CashEntryType Type), ExactAmount> Exact { get; } = [];

    internal SortedDictionary<(Currency Currency, CashEntryType Type), long> Rounded { get; } = [];

    internal bool Closed { get; set; }
}
