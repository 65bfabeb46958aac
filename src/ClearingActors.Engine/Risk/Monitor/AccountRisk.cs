using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Monitor;

namespace ClearingActors.Engine.Risk.Monitor;

/// <summary>
/// An account's indicative requirement (rulebook 8.9): its scenario vectors at some marks and lots, and a bound on what the trades since then, and those in flight, can add.
/// Follows from the account's state and the pricer's vectors, and is never journaled. One thread at a time. Only new instruments and rebuilding allocate.
/// </summary>
/// <remarks>
/// A position whose instrument has no vector (no mark yet, a kind or a group that the model does not know) counts with its configured amount per lot, and the reason is told.
/// </remarks>
internal sealed partial class AccountRisk
{
    /// <summary>Changes of a vector after which it is built anew, because sums drift.</summary>
    internal const int RebuildEvery = 1000;

    /// <summary>The share of the requirement that it may move by before its other parts are computed again.</summary>
    private const double OtherMoves = 0.1;

    private static readonly double[] MinorPerUnit = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

    private readonly ShardMonitor _monitor;
    private readonly AccountState _account;
    private readonly OtherCollateral _collateral;
    private readonly Dictionary<PositionKey, Holding> _byKey = [];
    private readonly List<Holding> _holdings = [];
    private readonly List<(ClientId Client, OffsetSet Set, string Group, int Number)> _groups = [];
    private readonly List<(ClientId Client, string Group, ScannedGroup Scan)> _scanned = [];
    private readonly List<ClientId> _clients = [];
    private PortfolioRisk _portfolio = new();
    private MarginCalculator? _basis;
    private int _changes;
    private double _pending;
    private long _configured;
    private long _accrued;
    private long _optionValue;
    private long _other;
    private double _otherAt;
    private bool _otherIsStale = true;
    private string _otherFailure = "";

    internal AccountRisk(ShardMonitor monitor, AccountState account)
    {
        _monitor = monitor;
        _account = account;
        _collateral = new OtherCollateral(account, monitor.Collateral);
        TouchAll();
        Refresh();
    }

    /// <summary>The account whose figures these are: a shard that is loaded again has another state.</summary>
    internal AccountState Account => _account;

    /// <summary>What counts besides cash in the margin currency.</summary>
    internal OtherCollateral Collateral => _collateral;

    /// <summary>True if nothing is held or in flight.</summary>
    internal bool IsEmpty => _account.PositionCount == 0;

    /// <summary>The model's requirement of the lots that <see cref="Refresh"/> found, and its parts, in units of the margin currency.</summary>
    internal PortfolioRisk Figures => _portfolio;

    /// <summary>The configured amounts of positions that have no vector, in minor units of the margin currency.</summary>
    internal long ConfiguredMinor => _configured;

    /// <summary>
    /// What the canonical routine adds to tails, offsets and buffer: other tools against procyclicality, add-ons, floors; in minor units. They do not follow marks: they are
    /// computed again when the requirement has moved by <see cref="OtherMoves"/>, at settlements, and for who asks.
    /// </summary>
    internal long OtherMinor => _other;

    /// <summary>The same by name.</summary>
    internal IReadOnlyList<RequirementPart> OtherParts { get; private set; } = [];

    private Currency Currency => _account.MarginCurrency;

    /// <summary>An event has changed a position.</summary>
    internal void Touch(PositionKey key)
    {
        var holding = HoldingOf(key);
        holding.Position = _account.PositionOf(key);
        Count(holding);
    }

    /// <summary>An event has changed any positions.</summary>
    internal void TouchAll()
    {
        _otherIsStale = true;
        foreach (var holding in _holdings)
        {
            holding.Position = _account.PositionOf(holding.Key);
            Count(holding);
        }

        foreach (var position in _account.Positions)
        {
            Touch(position.Key);
        }
    }

    /// <summary>Brings the vectors up to the account's lots and the pricer's newest vectors; true if they were not there already.</summary>
    internal bool Refresh()
    {
        if (!ReferenceEquals(_basis, _monitor.Pricer.Basis) || _changes >= RebuildEvery)
        {
            Rebuild();
            return true;
        }

        var changed = false;
        var traded = false;
        Holding? alone = null;
        foreach (var holding in _holdings)
        {
            var now = holding.Priced.Current;
            var lots = holding.Quantity;
            if (ReferenceEquals(now, holding.Applied) && (lots == holding.Lots || now is null))
            {
                continue;
            }

            if (now is not null && !ReferenceEquals(now.Basis, _basis))
            {
                // The pricer is just showing the vectors of another model.
                Rebuild();
                return true;
            }

            var before = holding.Lots;
            if (!changed && now is not null && holding.Applied is { } applied && lots == before && now.ChangeFrom == applied.Sequence)
            {
                alone = holding;
            }
            else
            {
                Apply(ref alone);
                Apply(holding, now, lots);
            }

            traded |= lots != before;
            changed = true;
        }

        if (!changed)
        {
            return false;
        }

        if (traded && _holdings.TrueForAll(static h => h.Lots == 0))
        {
            // Adding and taking away leaves a remainder in the last digit, and rounding up would make a minor unit of it.
            Rebuild();
            return true;
        }

        _changes++;
        var scratch = _monitor.ScratchOf(_portfolio.ScratchLength);
        if (alone is not null)
        {
            // One mark of one instrument: one pass over the vector.
            var now = alone.Priced.Current!;
            if (ReferenceEquals(now.Basis, _basis) && now.ChangeFrom == alone.Applied!.Sequence)
            {
                _portfolio.Move(alone.Group, alone.Lots, now.Change, scratch);
                alone.Applied = now;
                Count(alone);
            }
            else
            {
                Rebuild();
            }
        }
        else
        {
            _portfolio.Measure(scratch);
        }

        Recount();
        if (_basis is { HasOtherParts: true } && (_otherIsStale || Math.Abs(_portfolio.Requirement + _pending - _otherAt) > OtherMoves * _otherAt))
        {
            MeasureOther();
        }

        return true;
    }

    /// <summary>
    /// Whether the account can carry a trade: by the bound where that suffices, else by the exact figures at the newest vectors. A trade that does not raise the requirement
    /// passes whatever the excess.
    /// </summary>
    /// <param name="leg">The account's leg; not applied yet.</param>
    /// <param name="configured">The configured amount of the position with the trade, for an instrument without a vector.</param>
    /// <param name="used">The figures of the decision.</param>
    internal bool Carries(in TradeLeg leg, long configured, out IndicativeMarginUsed used)
    {
        var holding = HoldingOf(_account.KeyOf(leg));
        if (holding.Applied is null && holding.Priced.Current is not null)
        {
            Refresh();
        }

        if (_basis is { HasOtherParts: true })
        {
            MeasureOther(holding, leg);
        }

        var gain = GainOf(holding, leg);
        used = FiguresOf(Bound(holding, leg), holding, configured, gain);
        if (Covers(ref used))
        {
            return true;
        }

        if (Refresh())
        {
            gain = GainOf(holding, leg);
            used = FiguresOf(Bound(holding, leg), holding, configured, gain);
            if (Covers(ref used))
            {
                return true;
            }
        }

        if (holding.Applied is null)
        {
            used = used with { Reduces = configured <= holding.Configured };
            return used.Reduces;
        }

        var others = _pending - holding.Pending;
        var before = Worst(holding, holding.Low, holding.High);
        var (low, high) = EndsWith(holding, leg);
        var after = Worst(holding, low, high).AtMost;
        used = FiguresOf(Math.Max(before.AtMost, after) + others, holding, configured, gain);
        if (Covers(ref used))
        {
            return true;
        }

        used = used with { Reduces = after <= before.AtEnds };
        return used.Reduces;
    }

    /// <summary>Whether the account can carry the figures; limits by share are taken at their requirement only where a lower one does not suffice.</summary>
    private bool Covers(ref IndicativeMarginUsed used)
    {
        if (ModelHeadroom.Covers(_account, used))
        {
            return true;
        }

        var collateral = _collateral.At(used.Requirement);
        if (collateral <= used.Collateral)
        {
            return false;
        }

        used = used with { Collateral = collateral };
        return ModelHeadroom.Covers(_account, used);
    }

    /// <summary>Computes the other parts anew, at the newest marks, if the model has any.</summary>
    internal void MeasureOther()
    {
        if (_basis is { HasOtherParts: true })
        {
            MeasureOther(_holdings.Where(h => h.Applied is not null).Select(h => (h, h.Quantity)), _portfolio.Requirement);
        }
    }

    /// <summary>With the trade, if it or what came before has moved the requirement far from where they were computed.</summary>
    private void MeasureOther(Holding holding, in TradeLeg leg)
    {
        var with = Bound(holding, leg);
        if (_otherIsStale || Math.Abs(with - _otherAt) > OtherMoves * _otherAt)
        {
            var (low, high) = EndsWith(holding, leg);
            var end = Int128.Abs(low) > Int128.Abs(high) ? low : high;
            MeasureOther(_holdings.Where(h => h.Applied is not null).Select(h => (h, h == holding ? end : h.Quantity)), with);
        }
    }

    private void MeasureOther(IEnumerable<(Holding Holding, long Lots)> lots, double at)
    {
        List<MarginHolding> holdings = [.. lots.Select(l => new MarginHolding(l.Holding.Priced.Instrument, l.Holding.Key.Client, l.Lots))];
        _otherAt = at;
        _otherIsStale = false;
        try
        {
            OtherParts = _monitor.OtherPartsOf(_account, holdings);
            _other = OtherParts.Sum(p => p.AmountMinor);
            _otherFailure = "";
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // The last good ones stay.
            _otherFailure = e.Message;
        }
    }

    /// <summary>What stands against the requirement as far as the monitor knows it, without what it takes from the account itself.</summary>
    internal (long OptionValue, long Accrued) Values => (_optionValue, _accrued);

    /// <summary>True if every position has a vector, and the requirement has no parts that only the canonical routine computes.</summary>
    internal bool FollowsAll => _basis is { HasOtherParts: false } && _holdings.TrueForAll(h => h.Position is null || h.Applied is not null);

    /// <summary>True if no option in the figures has more or less time left than at this instant (UTC ns).</summary>
    internal bool IsOf(long businessTime) => _holdings.TrueForAll(h => h.Applied is null || h.Priced.Instrument.Kind != InstrumentKind.Option || h.Applied.At == businessTime);

    /// <summary>Why some positions have no figure at the newest marks; empty if all have.</summary>
    internal string Stale
    {
        get
        {
            var reason = _holdings.Where(h => h.Position is not null && h.Priced.Failure.Length > 0).Select(h => h.Priced.Failure).FirstOrDefault("");
            reason = _monitor.Pricer.Failure.Length > 0 ? _monitor.Pricer.Failure : reason.Length > 0 ? reason : _otherFailure;
            return reason.Length > 0 ? reason : TwoCurrencies();
        }
    }

    /// <summary>Why the canonical routine refuses a scanned group, whose figure here is the sum at the rates now; empty if it does not.</summary>
    private string TwoCurrencies()
    {
        foreach (var group in _holdings.Where(h => h.Position is not null && h.Scanned is not null).GroupBy(h => h.Scanned))
        {
            var first = group.First().Priced.Instrument;
            if (group.FirstOrDefault(h => h.Priced.Instrument.Currency != first.Currency) is { Priced.Instrument: var other })
            {
                return $"product group {first.Definition.ProductGroup} is scanned, which needs one currency; {first.Id} pays in {first.Currency.Code} and {other.Id} in {other.Currency.Code}";
            }
        }

        return "";
    }

    /// <summary>Each underlying that is held with the number of the mark in the figures and the newest one's.</summary>
    internal IEnumerable<UnderlyingLag> Lags() => _holdings
        .Where(h => h.Position is not null)
        .GroupBy(h => h.Priced.Instrument.Underlying)
        .OrderBy(g => g.Key.Value, StringComparer.Ordinal)
        .Select(g => new UnderlyingLag(g.Key, g.Min(h => h.Applied?.UnderlyingMark ?? 0), _monitor.Pricer.NewestOf(g.Key)));

    /// <summary>What is wrong with the figures, held against full revaluation of the same vectors, or null (rulebook 8.9).</summary>
    internal string? Verify()
    {
        foreach (var position in _account.Positions)
        {
            if (!_byKey.TryGetValue(position.Key, out var held) || !ReferenceEquals(held.Position, position))
            {
                return $"account {_account.Id}: {position.Key} is not followed";
            }
        }

        if (_basis is null)
        {
            return null;
        }

        var scratch = _monitor.ScratchOf(_portfolio.ScratchLength);
        _portfolio.Measure(scratch);
        var gross = _holdings.Sum(h => h.Applied is null ? 0.0 : Math.Max(Math.Abs((double)h.Lots), Math.Abs((double)h.Quantity)) * GrossOf(h.Applied));
        var exact = Canonical(h => h.Lots);

        if (!(Math.Abs(exact - _portfolio.Requirement) <= 1e-9 * gross))
        {
            return $"account {_account.Id}: the monitor's requirement is {_portfolio.Requirement:R}, full revaluation's {exact:R}, gross {gross:R}";
        }

        var now = Canonical(h => h.Quantity);
        return now <= _portfolio.Requirement + _pending + (1e-9 * gross)
            ? null
            : $"account {_account.Id}: {now:R} is required, the bound is {_portfolio.Requirement:R} and {_pending:R} for what came since";
    }

    /// <summary>The least money that is not below the figure, in minor units; <see cref="long.MaxValue"/> for one that is no number or does not fit.</summary>
    internal static long RoundUp(double units, Currency currency)
    {
        var minor = Math.Ceiling(units * MinorPerUnit[currency.Digits]);
        return minor < 9e18 ? (long)minor : long.MaxValue;
    }

    private Holding HoldingOf(PositionKey key)
    {
        if (!_byKey.TryGetValue(key, out var holding))
        {
            holding = new Holding(key, _monitor.PricedOf(key.Instrument, Currency));
            _byKey.Add(key, holding);
            _holdings.Add(holding);
        }

        return holding;
    }

    private void Rebuild()
    {
        var basis = _monitor.Pricer.Basis;
        if (!ReferenceEquals(basis, _basis))
        {
            _portfolio = new PortfolioRisk();
            _groups.Clear();
            _scanned.Clear();
            _clients.Clear();
            _basis = basis;
        }

        _changes = 0;
        _portfolio.Clear();
        _holdings.RemoveAll(h => h.Position is null && _byKey.Remove(h.Key));

        // In the order of the canonical routine, so that a figure built anew is the same to the last bit.
        _holdings.Sort(static (a, b) => a.Key.Client.CompareTo(b.Key.Client) is var byClient and not 0 ? byClient : a.Key.Instrument.CompareTo(b.Key.Instrument));
        foreach (var holding in _holdings)
        {
            holding.Applied = null;
            holding.Scanned = null;
            holding.Lots = 0;
            var now = holding.Priced.Current;
            if (now is not null && ReferenceEquals(now.Basis, basis))
            {
                Apply(holding, now, holding.Quantity);
            }
            else
            {
                Count(holding);
            }
        }

        _portfolio.Measure(_monitor.ScratchOf(_portfolio.ScratchLength));
        Recount();
        MeasureOther();
    }

    private void Apply(ref Holding? alone)
    {
        if (alone is not null)
        {
            Apply(alone, alone.Priced.Current, alone.Lots);
            alone = null;
        }
    }

    private void Apply(Holding holding, InstrumentScenarios? now, long lots)
    {
        if ((now ?? holding.Applied) is { Scan: { } scan } scanned)
        {
            if (holding.Scanned is null)
            {
                holding.Scanned = ScannedOf(holding, scanned);
                holding.Group = holding.Scanned.Add();
            }

            holding.Applied = now;
            holding.Lots = now is null ? 0 : lots;
            holding.Scanned.Set(holding.Group, holding.Lots, scan);
            Count(holding);
            return;
        }

        if (holding.Applied is { } before)
        {
            if (now is not null && lots == holding.Lots && now.ChangeFrom == before.Sequence)
            {
                _portfolio.Add(holding.Group, lots, now.Change);
                holding.Applied = now;
                Count(holding);
                return;
            }

            _portfolio.Add(holding.Group, -(double)holding.Lots, before.Gains);
        }

        if (now is not null)
        {
            holding.Group = GroupOf(holding, now);
            _portfolio.Add(holding.Group, lots, now.Gains);
        }

        holding.Applied = now;
        holding.Lots = now is null ? 0 : lots;
        Count(holding);
    }

    private int GroupOf(Holding holding, InstrumentScenarios now)
    {
        var name = holding.Priced.Instrument.Definition.ProductGroup;
        var set = now.Set!;
        foreach (var group in _groups)
        {
            if (group.Client == holding.Key.Client && group.Group == name && group.Set == set)
            {
                return group.Number;
            }
        }

        var client = _clients.IndexOf(holding.Key.Client);
        if (client < 0)
        {
            client = _clients.Count;
            _clients.Add(holding.Key.Client);
        }

        var number = _portfolio.AddGroup(client, set, now.Buffered, now.Gains.Length);
        _groups.Add((holding.Key.Client, set, name, number));
        return number;
    }

    private ScannedGroup ScannedOf(Holding holding, InstrumentScenarios now)
    {
        var name = holding.Priced.Instrument.Definition.ProductGroup;
        foreach (var group in _scanned)
        {
            if (group.Client == holding.Key.Client && group.Group == name)
            {
                return group.Scan;
            }
        }

        var scan = _portfolio.AddScanned(now.Buffered);
        _scanned.Add((holding.Key.Client, name, scan));
        return scan;
    }

    /// <summary>What the holding adds to the account's sums.</summary>
    private void Count(Holding holding)
    {
        _pending -= holding.Pending;
        _configured -= holding.Configured;
        _accrued -= holding.Accrued;
        _optionValue -= holding.OptionValue;
        (holding.Pending, holding.Configured, holding.Accrued, holding.OptionValue) = (0, 0, 0, 0);
        var instrument = holding.Priced.Instrument;
        if (holding.Applied is { } applied)
        {
            holding.Pending = MostAdded(holding, holding.Low, holding.High);
            if (holding.Position is { } position)
            {
                if (instrument.Valuation.Style == ValuationStyle.Premium)
                {
                    holding.OptionValue = MinorOf(instrument, checked((position.Quantity * (Int128)applied.PriceUnits) - position.Older.Cost - position.Newer.Cost), applied);
                }
                else
                {
                    holding.Accrued = MinorOf(instrument, position.AccruedOf(applied.PriceUnits), applied);
                }
            }
        }
        else if (instrument.Currency == Currency)
        {
            holding.Configured = holding.Position?.Requirement ?? 0;
        }


        // What was added and taken off again leaves a rounding error behind; below zero it would make the bound of a flat account less than nothing.
        _pending = Math.Max(0.0, _pending + holding.Pending);
        _configured += holding.Configured;
        _accrued += holding.Accrued;
        _optionValue += holding.OptionValue;
    }

    /// <summary>The sum of floating-point figures anew, so that what was added and taken off leaves nothing behind.</summary>
    private void Recount()
    {
        _pending = 0;
        foreach (var holding in _holdings)
        {
            if (holding.Applied is not null)
            {
                holding.Pending = MostAdded(holding, holding.Low, holding.High);
                _pending += holding.Pending;
            }
        }
    }

    /// <summary>What the trade gains or loses at the mark, in minor units; a gain is not counted before the trade is certain.</summary>
    private long GainOf(Holding holding, in TradeLeg leg)
    {
        var instrument = holding.Priced.Instrument;
        if (holding.Applied is not { } applied)
        {
            return 0;
        }

        var lots = leg.Side == Side.Buy ? leg.Quantity : -leg.Quantity;
        return Math.Min(0, MinorOf(instrument, checked(lots * (leg.Valuation.OfTrade(applied.PriceUnits) - leg.Valuation.OfTrade(leg.PriceUnits))), applied));
    }

    /// <summary>An amount of the instrument's in minor units of the margin currency; at a rate it is a risk figure, rounded down.</summary>
    private long MinorOf(Instrument instrument, Int128 quantityTimesValue, InstrumentScenarios applied)
    {
        var amount = instrument.AmountOf(quantityTimesValue);
        return instrument.Currency == Currency
            ? amount.RoundHalfEven(Currency).MinorUnits
            : -RoundUp(-((double)amount.Mantissa / Math.Pow(10, amount.Scale)) * applied.Rate, Currency);
    }

    private IndicativeMarginUsed FiguresOf(double model, Holding holding, long configured, long gain)
    {
        var isPremium = holding.Priced.Instrument.Valuation.Style == ValuationStyle.Premium;
        var amounts = (Int128)_configured + _other + (holding.Applied is null && holding.Priced.Instrument.Currency == Currency ? configured - holding.Configured : 0);
        var requirement = Int128.Min(RoundUp(Math.Max(0.0, model), Currency) + amounts, long.MaxValue);
        return new IndicativeMarginUsed(
            (long)requirement, checked(_optionValue + (isPremium ? gain : 0)), Math.Min(0, checked(_accrued + (isPremium ? 0 : gain))), _collateral.AtLeast((long)requirement));
    }

    private double Bound(Holding holding, in TradeLeg leg)
    {
        if (holding.Applied is null)
        {
            return _portfolio.Requirement + _pending;
        }

        var (low, high) = EndsWith(holding, leg);
        return _portfolio.Requirement + (_pending - holding.Pending) + MostAdded(holding, low, high);
    }

    /// <summary>The fewest and the most lots that the position can come to, whichever trades in flight end well, with the trade: a purchase is certain, a sale is in flight.</summary>
    private static (long Low, long High) EndsWith(Holding holding, in TradeLeg leg) => leg.Side == Side.Buy
        ? (checked(holding.Low + leg.Quantity), checked(holding.High + leg.Quantity))
        : (checked(holding.Low - leg.Quantity), holding.High);

    /// <summary>The most that the requirement can rise if the position came to either end from the lots in the vectors.</summary>
    private double MostAdded(Holding holding, long low, long high)
    {
        var applied = holding.Applied!;
        var most = Math.Max(Added(applied, low - holding.Lots), Added(applied, high - holding.Lots));
        return (holding.Scanned?.IsBuffered ?? _portfolio.IsBuffered(holding.Group)) ? Procyclicality.Buffer25(most, default) : most;
    }

    private static double Added(InstrumentScenarios applied, long lots) => lots >= 0 ? lots * applied.MostPerLotBought : -(double)lots * applied.MostPerLotSold;

    /// <summary>The greater requirement of the two ends, and what is not exceeded between them.</summary>
    private (double AtEnds, double AtMost) Worst(Holding holding, long low, long high)
    {
        if (holding.Scanned is { } scanned)
        {
            return _portfolio.RequirementWith(scanned, holding.Group, low, high);
        }

        var scratch = _monitor.ScratchOf(_portfolio.ScratchLength);
        var gains = holding.Applied!.Gains;
        return _portfolio.RequirementWith(holding.Group, low - holding.Lots, high - holding.Lots, gains, scratch);
    }

    private double Canonical(Func<Holding, long> lots)
    {
        var total = 0.0;
        foreach (var client in _holdings.Where(h => h.Applied is not null).GroupBy(h => h.Key.Client))
        {
            List<RevaluedGroup> groups = [];
            foreach (var group in client.Where(h => h.Scanned is null).GroupBy(h => h.Group))
            {
                var gains = new double[group.First().Applied!.Gains.Length];
                foreach (var holding in group)
                {
                    for (var i = 0; i < gains.Length; i++)
                    {
                        gains[i] += lots(holding) * holding.Applied!.Gains[i];
                    }
                }

                groups.Add(new RevaluedGroup($"{group.Key}", group.First().Applied!.Set!, gains));
            }

            foreach (var set in ModelMargin.Of(groups))
            {
                var buffered = client.Any(h => h.Applied!.Set == set.Set && _portfolio.IsBuffered(h.Group));
                total += buffered ? Procyclicality.Buffer25(set.Margin, default) : set.Margin;
            }

            foreach (var group in client.Where(h => h.Scanned is not null).GroupBy(h => h.Priced.Instrument.Definition.ProductGroup))
            {
                var margin = Scanned([.. group.Select(h => (lots(h), h.Applied!.Scan!))]);
                total += group.First().Applied!.Buffered ? Procyclicality.Buffer25(margin, default) : margin;
            }
        }

        return total;
    }

    private static double Scanned(List<(long Lots, ScanLot Of)> lots)
    {
        var gains = new double[SpanScanning.Standard.Count];
        foreach (var (held, lot) in lots)
        {
            for (var i = 0; i < gains.Length; i++)
            {
                gains[i] += held * lot.Gains[i];
            }
        }

        var deltas = lots.GroupBy(l => l.Of.Expiry).Select(e => new ExpiryDelta($"{e.Key}", e.Sum(l => l.Lots * l.Of.Spread)));
        return SpanScanning.Margin(
            SpanScanning.Scan(gains, SpanScanning.Standard).ScanRisk,
            SpanScanning.CalendarSpreadCharge([.. deltas], 1.0),
            lots.Sum(l => ShortOptionMinimum.Of(l.Of.ShortMinimum, [l.Lots])));
    }

    private static double GrossOf(InstrumentScenarios applied)
    {
        if (applied.Scan is not { } scan)
        {
            return applied.Gains.Max(Math.Abs);
        }

        var gross = 0.0;
        foreach (var gain in scan.Gains)
        {
            gross = Math.Max(gross, Math.Abs(gain));
        }

        return gross + Math.Abs(scan.Spread) + scan.ShortMinimum;
    }

    private sealed class Holding(PositionKey key, PricedInstrument priced)
    {
        internal PositionKey Key { get; } = key;

        internal PricedInstrument Priced { get; } = priced;

        /// <summary>The account's; null when it is gone.</summary>
        internal Position? Position { get; set; }

        /// <summary>The vector that is in the portfolio; null if none is.</summary>
        internal InstrumentScenarios? Applied { get; set; }

        /// <summary>The lots that are in the portfolio.</summary>
        internal long Lots { get; set; }

        /// <summary>The group's number in the portfolio; the instrument's in <see cref="Scanned"/> if that is not null.</summary>
        internal int Group { get; set; }

        internal ScannedGroup? Scanned { get; set; }

        /// <summary>The bound on what lots beyond <see cref="Lots"/> and trades in flight can add, units of the margin currency.</summary>
        internal double Pending { get; set; }

        internal long Configured { get; set; }

        internal long Accrued { get; set; }

        internal long OptionValue { get; set; }

        internal long Quantity => Position?.Quantity ?? 0;

        internal long Low => Position is { } p ? checked(p.Quantity - p.PendingSell) : 0;

        internal long High => Position is { } p ? checked(p.Quantity + p.PendingBuyBack) : 0;
    }
}

/// <summary>How far an account's indicative figure is behind an underlying's marks.</summary>
/// <param name="Underlying">The underlying.</param>
/// <param name="Mark">The number of the mark in the figure; 0 if none is.</param>
/// <param name="Newest">The number of the newest mark.</param>
public readonly record struct UnderlyingLag(UnderlyingId Underlying, long Mark, long Newest)
{
    /// <summary>Marks accepted since, of any instrument of the underlying.</summary>
    public long Lag => Math.Max(0, Newest - Mark);
}
