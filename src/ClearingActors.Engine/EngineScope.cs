using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ClearingActors.Actors;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Backtests;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Risk.Monitor;

namespace ClearingActors.Engine;

/// <summary>
/// What the actors of a shard share: the directory, the marks, and what follows from the actors' states (the accounts there are, the reservations open per cycle).
/// </summary>
internal sealed class EngineScope : ShardScope
{
    private readonly MarkBoard _board;
    private MarginCalculator? _calculator;
    private long _calculatorVersion;
    private CollateralTerms? _terms;
    private long _termsVersion;
    private readonly List<(long Cycle, int Open)> _openReservations = [];

    internal EngineScope(int shard, AddressBook book, MarkBoard board, RiskPricer pricer, TradeIdLimits tradeIdLimits, HouseCounters counters)
    {
        Shard = shard;
        Book = book;
        _board = board;
        TradeIdLimits = tradeIdLimits;
        Counters = counters;
        Monitor = new ShardMonitor(this, pricer);
    }

    internal int Shard { get; }

    /// <summary>Is told of margin runs in a replay; null where nobody asks.</summary>
    internal IMarginRunObserver? Runs { get; init; }

    /// <summary>Seals the bids of auctions; null where the node has no auction key, and in a replay.</summary>
    internal Defaults.BidSealer? Sealer { get; init; }

    /// <summary>Is told of cycles in a replay; null where nobody asks.</summary>
    internal ICycleObserver? Cycles { get; init; }

    internal AddressBook Book { get; }

    /// <summary>
    /// How many shards a margin run or a cycle has at work at once, from 1: a shard does its part in one turn, during which its worker does nothing else, so no more than there are workers.
    /// </summary>
    internal int ShardsAtOnce { get; init; } = 1;

    internal TradeIdLimits TradeIdLimits { get; }

    /// <summary>The indicative requirements of the shard's accounts; derived, never journaled.</summary>
    internal ShardMonitor Monitor { get; }

    internal HouseCounters Counters { get; }

    /// <summary>The shard's own copy; replaced when a snapshot is loaded.</summary>
    internal HouseDirectory Directory { get; set; } = new();

    /// <summary>The newest marks, as of now; a decision records the number of the one it used.</summary>
    internal MarkTable Marks => _board.Current;

    /// <summary>The prices of the cycle that is being computed.</summary>
    internal SettlementPrices? Prices { get; set; }

    internal DirectoryActor? DirectoryActor { get; set; }

    /// <summary>The house's stress runs; null in shards that do not have them.</summary>
    internal StressActor? StressActor { get; set; }

    /// <summary>The defined accounts of the shard.</summary>
    internal List<AccountActor> Accounts { get; } = [];

    /// <summary>The open reservations of the shard's accounts.</summary>
    internal ReservationTable Reservations { get; } = new();

    /// <summary>What the last margin run measured of members, by member and underlying.</summary>
    internal Dictionary<(Domain.Parties.MemberId Member, string Underlying), MemberCharge> Liquidity { get; } = [];

    /// <summary>The lanes of trade sources that live in the shard.</summary>
    internal HashSet<TradeSourceActor> Sources { get; } = [];

    internal void Publish(Domain.Instruments.UnderlyingId underlying, Domain.Instruments.InstrumentId instrument, in Mark mark, MarkSourceId source) => _board.Set(underlying, instrument, mark, source);

    /// <summary>The newest mark of every instrument, else its last settlement price; one with neither is left out, and is missed only where it is held.</summary>
    internal List<PricePoint> NewestMarks()
    {
        List<PricePoint> marks = [];
        foreach (var listed in Directory.SortedInstruments())
        {
            if (Marks.TryGet(listed.Instrument.Id, out var mark))
            {
                marks.Add(new PricePoint(listed.Instrument.Id, mark.PriceUnits));
            }
            else if (listed.LastSettlementCycle > 0)
            {
                marks.Add(new PricePoint(listed.Instrument.Id, listed.LastSettlementUnits));
            }
        }

        return marks;
    }

    /// <summary>What counts as collateral by the risk model; only cash in the margin currency while there is none.</summary>
    /// <exception cref="FormatException">The model's parameters are malformed.</exception>
    internal CollateralTerms CollateralTerms()
    {
        if (_terms is null || _termsVersion != Directory.Risk.Version)
        {
            _terms = Directory.Risk.Parameters.Length == 0 ? Domain.Margin.CollateralTerms.None : RiskModel.Parse(Directory.Risk.Parameters).Collateral;
            _termsVersion = Directory.Risk.Version;
        }

        return _terms;
    }

    /// <summary>Coverage at the newest marks and prices; needs no scenarios.</summary>
    /// <exception cref="FormatException">The model's parameters are malformed.</exception>
    internal AccountCoverage Coverage()
    {
        var marks = NewestMarks();
        return new AccountCoverage(CollateralTerms(), CollateralPrices(marks), marks.ToDictionary(m => m.Instrument, m => m.Units));
    }

    /// <summary>The prices of collateral at these marks.</summary>
    /// <exception cref="FormatException">The model's parameters are malformed.</exception>
    internal CollateralPrices CollateralPrices(IReadOnlyList<PricePoint> marks) => AccountCoverage.PricesOf(Directory, CollateralTerms(), marks);

    /// <summary>As <see cref="Calculator(IReadOnlyList{PricePoint}, long, CollateralPrices)"/>, with the shard's own prices of collateral.</summary>
    /// <exception cref="ArgumentException">The model is not set, or its histories do not suffice.</exception>
    /// <exception cref="FormatException">The model's parameters are malformed.</exception>
    internal MarginCalculator Calculator(IReadOnlyList<PricePoint> marks, long at) => Calculator(marks, at, CollateralPrices(marks));

    /// <summary>The margin routine with these marks and prices of collateral at an instant of business time (UTC ns). What follows from the risk book alone is kept until the book changes.</summary>
    /// <exception cref="ArgumentException">The model is not set, or its histories do not suffice.</exception>
    /// <exception cref="FormatException">The model's parameters are malformed.</exception>
    internal MarginCalculator Calculator(IReadOnlyList<PricePoint> marks, long at, CollateralPrices prices)
    {
        if (_calculator is null || _calculatorVersion != Directory.Risk.Version)
        {
            _calculator = MarginCalculator.Create(Directory, [], at, _board.Gains);
            _calculatorVersion = Directory.Risk.Version;
        }

        return _calculator.With(Directory, marks.ToDictionary(m => m.Instrument, m => m.Units), at, _board.Gains, prices);
    }

    public override bool Work() => Monitor.Work() | (StressActor?.Work() ?? false);

    public override Command? TakeCommand() => StressActor?.TakeOutcome();

    public override bool OwesCommand => StressActor?.OwesOutcome ?? false;

    internal IReplySink MarkSink => _board;

    /// <summary>Counts a reservation that was opened (1) or ended (-1).</summary>
    internal void CountReservation(long cycle, int change)
    {
        for (var i = 0; i < _openReservations.Count; i++)
        {
            if (_openReservations[i].Cycle == cycle)
            {
                var open = _openReservations[i].Open + change;
                if (open == 0)
                {
                    _openReservations.RemoveAt(i);
                }
                else
                {
                    _openReservations[i] = (cycle, open);
                }

                return;
            }
        }

        _openReservations.Add((cycle, change));
    }

    /// <summary>True while a reservation of the cycle or an earlier one is open in the shard.</summary>
    internal bool HasOpenReservations(long cycle)
    {
        foreach (var (stamped, _) in _openReservations)
        {
            if (stamped <= cycle)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>
/// The newest accepted marks of the node, published when they are durable. Readers take the table as it is; writers replace it by a copy.
/// </summary>
internal sealed class MarkBoard : IReplySink
{
    private readonly object _gate = new();
    private readonly ConcurrentDictionary<Domain.Instruments.UnderlyingId, long> _numbers = new();
    private readonly Dictionary<Domain.Instruments.InstrumentId, MarkTrail> _trails = [];
    private MarkTable _current = new();
    private long _version;

    /// <summary>What follows from marks and the risk book, for all shards of the node.</summary>
    internal PerLotCache Gains { get; } = new();

    internal MarkTable Current => Volatile.Read(ref _current);

    /// <summary>Grows with every mark.</summary>
    internal long Version => Volatile.Read(ref _version);

    /// <summary>True if the newest marks of each instrument are kept for people to look at; a replay keeps none.</summary>
    internal bool KeepsTrails { get; init; }

    /// <summary>Called when a mark was added, on any thread.</summary>
    internal Action Changed { get; set; } = static () => { };

    /// <summary>The number of the underlying's newest mark, whichever of its instruments it is of; 0 before the first.</summary>
    internal long NumberOf(Domain.Instruments.UnderlyingId underlying) => _numbers.GetValueOrDefault(underlying);

    /// <summary>The instrument's newest mark and whose it is; false before the first. The source is told only where trails are kept.</summary>
    internal bool TryGet(Domain.Instruments.InstrumentId instrument, out Mark mark, out MarkSourceId source)
    {
        lock (_gate)
        {
            source = _trails.TryGetValue(instrument, out var trail) ? trail.Source : default;
            return _current.TryGet(instrument, out mark);
        }
    }

    /// <summary>The instrument's marks as far as they are kept.</summary>
    internal MarkPath PathOf(Domain.Instruments.InstrumentId instrument)
    {
        lock (_gate)
        {
            return _trails.TryGetValue(instrument, out var trail) ? trail.ToPath() : MarkPath.None;
        }
    }

    internal void Set(Domain.Instruments.UnderlyingId underlying, Domain.Instruments.InstrumentId instrument, in Mark mark, MarkSourceId source)
    {
        lock (_gate)
        {
            if (_current.TryGet(instrument, out var known) && known.Number >= mark.Number)
            {
                // A shard that is being loaded replays marks that are older than what the node knows.
                return;
            }

            var next = new MarkTable(_current);
            next.Set(instrument, mark);
            Volatile.Write(ref _current, next);
            _numbers[underlying] = Math.Max(mark.Number, _numbers.GetValueOrDefault(underlying));
            if (KeepsTrails)
            {
                ref var trail = ref CollectionsMarshal.GetValueRefOrAddDefault(_trails, instrument, out _);
                (trail ??= new MarkTrail()).Add(mark, source);
            }
        }

        Interlocked.Increment(ref _version);
        Changed();
    }

    public void Reply(long token, object answer)
    {
        // Anything else says that the turn's outcome is unknown; if it was durable, the load of the shard publishes the mark.
        if (answer is AcceptedMark accepted)
        {
            Set(accepted.Underlying, accepted.Instrument, accepted.Mark, accepted.Source);
        }
    }
}

/// <summary>A mark on its way from its market to the board.</summary>
internal sealed record AcceptedMark(Domain.Instruments.UnderlyingId Underlying, Domain.Instruments.InstrumentId Instrument, Mark Mark, MarkSourceId Source);

/// <summary>What the node has seen since it started; for monitors, not for decisions.</summary>
public sealed class HouseCounters
{
    private readonly long[] _rejected = new long[32];
    private readonly long[] _refused = new long[32];
    private long _novated;
    private long _cancelled;
    private long _refreshed;

    /// <summary>Trades novated.</summary>
    public long Novated => Volatile.Read(ref _novated);

    /// <summary>Trades cancelled.</summary>
    public long Cancelled => Volatile.Read(ref _cancelled);

    /// <summary>Trades rejected on the record, by reason.</summary>
    public IEnumerable<KeyValuePair<RejectReason, long>> Rejected => ByReason(_rejected);

    /// <summary>Reports refused without a trace (malformed, stale, in conflict, of no known source), by reason.</summary>
    public IEnumerable<KeyValuePair<RejectReason, long>> Refused => ByReason(_refused);

    /// <summary>The lanes of each source known to the node, for routing.</summary>
    internal ConcurrentDictionary<SourceId, int> Lanes { get; } = new();

    /// <summary>How often an account's indicative requirement was brought up to date after marks.</summary>
    public long Refreshed => Volatile.Read(ref _refreshed);

    internal void CountRefreshed(int accounts)
    {
        if (accounts > 0)
        {
            Interlocked.Add(ref _refreshed, accounts);
        }
    }

    /// <summary>Counts a report that was refused before it reached an actor.</summary>
    public void CountRefused(RejectReason reason) => Interlocked.Increment(ref _refused[(int)reason]);

    internal void Count(in TradeOutcome outcome)
    {
        switch (outcome.Kind)
        {
            case TradeOutcomeKind.Novated:
                Interlocked.Increment(ref _novated);
                break;
            case TradeOutcomeKind.Rejected:
                Interlocked.Increment(ref _rejected[(int)outcome.Reason]);
                break;
            case TradeOutcomeKind.Cancelled:
                Interlocked.Increment(ref _cancelled);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(outcome), outcome.Kind, "no outcome");
        }
    }

    private static IEnumerable<KeyValuePair<RejectReason, long>> ByReason(long[] counts)
    {
        for (var i = 1; i < counts.Length; i++)
        {
            if (Volatile.Read(ref counts[i]) is var count and > 0)
            {
                yield return new KeyValuePair<RejectReason, long>((RejectReason)i, count);
            }
        }
    }
}
