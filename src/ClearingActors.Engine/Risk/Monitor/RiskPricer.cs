using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Monitor;

namespace ClearingActors.Engine.Risk.Monitor;

/// <summary>
/// Makes accepted marks into the scenario vectors of the instruments that they move, once per node (rulebook 8.9). Whichever worker has time does a piece of it; the vectors
/// of all instruments that a mark moves are shown together, so that no account is valued with some of them. Thread-safe.
/// </summary>
/// <remarks>
/// What cannot be made leaves the last good vector in place, with the reason. A risk book that cannot be used leaves the last one that could.
/// </remarks>
internal sealed class RiskPricer(MarkBoard board)
{
    /// <summary>How old an option's vector may grow, by business time, where no mark makes a new one.</summary>
    private const long OptionsAgeNs = 600_000_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(InstrumentId, Currency), PricedInstrument> _instruments = [];
    private readonly List<(PricedInstrument Instrument, InstrumentScenarios? Priced, string Failure)> _made = [];
    private readonly Queue<PricedInstrument> _toMake = new();
    private MarginCalculator? _basis;
    private MarginCalculator? _next;
    private MarkTable _marks = new();
    private string _failure = "";
    private long _bookVersion;
    private long _settledCycle;
    private long _at;
    private long _sequence;
    private long _generation;

    /// <summary>Grows when new vectors are shown.</summary>
    internal long Generation => Volatile.Read(ref _generation);

    /// <summary>Model and scenarios of the vectors that are shown; null before the first that could be made.</summary>
    internal MarginCalculator? Basis => Volatile.Read(ref _basis);

    /// <summary>Why the newest risk book cannot be used; empty if it can.</summary>
    internal string Failure => Volatile.Read(ref _failure);

    /// <summary>The number of the underlying's newest mark.</summary>
    internal long NewestOf(UnderlyingId underlying) => board.NumberOf(underlying);

    /// <summary>True if <see cref="Work"/> has something to do.</summary>
    internal bool HasWork(HouseDirectory directory, long settledCycle) =>
        !ReferenceEquals(board.Current, Volatile.Read(ref _marks)) || directory.Risk.Version > Volatile.Read(ref _bookVersion) || settledCycle > Volatile.Read(ref _settledCycle)
        || directory.BusinessTime - Volatile.Read(ref _at) >= OptionsAgeNs || _toMake.Count > 0;

    /// <summary>The instrument, priced when it is first asked for.</summary>
    /// <param name="instrument">A contract.</param>
    /// <param name="currency">The margin currency of the holder.</param>
    /// <param name="directory">The asking shard's.</param>
    internal PricedInstrument Of(Instrument instrument, Currency currency, HouseDirectory directory)
    {
        lock (_gate)
        {
            if (!_instruments.TryGetValue((instrument.Id, currency), out var priced))
            {
                priced = new PricedInstrument(instrument, currency);
                _instruments.Add((instrument.Id, currency), priced);
                if (_basis is { } basis)
                {
                    var (scenarios, failure) = Make(priced, basis, VectorsOf(basis, directory, board.Current), board.Current);
                    Show(priced, scenarios, failure, false);
                }

                if (_toMake.Count > 0)
                {
                    _toMake.Enqueue(priced);
                }
            }

            return priced;
        }
    }

    /// <summary>Prices a few instruments, if marks, the risk book or settlement prices have changed.</summary>
    /// <param name="directory">The asking shard's, with its risk book.</param>
    /// <param name="settledCycle">The last cycle whose prices the shard has.</param>
    /// <param name="instruments">At most so many.</param>
    /// <param name="wait">False to leave it to another worker that is at it.</param>
    internal void Work(HouseDirectory directory, long settledCycle, int instruments, bool wait)
    {
        if (wait)
        {
            _gate.Enter();
        }
        else if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            if (_toMake.Count == 0 && _made.Count == 0)
            {
                Begin(directory, settledCycle);
            }

            if (_toMake.Count > 0)
            {
                var basis = _next ?? _basis ?? throw new InvalidOperationException("instruments wait for their vectors without a model");
                var vectors = VectorsOf(basis, directory, _marks);
                for (var left = instruments; left > 0 && _toMake.TryDequeue(out var instrument); left--)
                {
                    var (priced, failure) = Make(instrument, basis, vectors, _marks);
                    _made.Add((instrument, priced, failure));
                }
            }

            if (_toMake.Count == 0 && (_made.Count > 0 || _next is not null))
            {
                End();
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Begin(HouseDirectory directory, long settledCycle)
    {
        var all = false;
        if (directory.Risk.Version > _bookVersion)
        {
            Volatile.Write(ref _bookVersion, directory.Risk.Version);
            try
            {
                _next = MarginCalculator.Create(directory, [], directory.BusinessTime, board.Gains);
                all = true;
                Volatile.Write(ref _failure, "");
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                Volatile.Write(ref _failure, e.Message);
            }
        }

        var marks = board.Current;
        var aged = directory.BusinessTime - _at >= OptionsAgeNs;
        if (!all && !aged && ReferenceEquals(marks, _marks) && settledCycle <= _settledCycle)
        {
            return;
        }

        if (aged)
        {
            Volatile.Write(ref _at, directory.BusinessTime);
        }

        Volatile.Write(ref _marks, marks);
        Volatile.Write(ref _settledCycle, Math.Max(settledCycle, _settledCycle));
        if ((_next ?? _basis) is null)
        {
            return;
        }

        foreach (var instrument in _instruments.Values)
        {
            if (all || IsMoved(instrument, marks) || (instrument.Instrument.Kind == InstrumentKind.Option && instrument.Current is { } priced && _at - priced.At >= OptionsAgeNs))
            {
                _toMake.Enqueue(instrument);
            }
        }
    }

    /// <summary>A future in the margin currency depends on its own mark alone; what refers to others, or is converted, on any that it may refer to.</summary>
    private bool IsMoved(PricedInstrument instrument, MarkTable marks)
    {
        if (instrument.Current is not { } current)
        {
            return instrument.Tried != (board.NumberOf(instrument.Instrument.Underlying), _settledCycle);
        }

        var hasMark = marks.TryGet(instrument.Instrument.Id, out var mark);
        return hasMark
            ? mark.Number != current.OwnMark
                || (instrument.Instrument.Kind != InstrumentKind.Future && board.NumberOf(instrument.Instrument.Underlying) != current.UnderlyingMark)
                || (instrument.Instrument.Currency != instrument.Currency && !ReferenceEquals(marks, current.Marks))
            : _settledCycle > current.SettledCycle;
    }

    private void End()
    {
        var another = _next is not null;
        if (another)
        {
            Volatile.Write(ref _basis, _next);
            _next = null;
        }

        foreach (var (instrument, priced, failure) in _made)
        {
            Show(instrument, priced, failure, another);
        }

        _made.Clear();
        Volatile.Write(ref _generation, _generation + 1);
    }

    private static void Show(PricedInstrument instrument, InstrumentScenarios? priced, string failure, bool another)
    {
        if (priced is not null)
        {
            instrument.Set(priced);
        }
        else if (another)
        {
            instrument.Drop(failure);
        }
        else
        {
            instrument.Fail(failure);
        }
    }

    private (InstrumentScenarios? Priced, string Failure) Make(PricedInstrument of, MarginCalculator basis, InstrumentVectors vectors, MarkTable marks)
    {
        var instrument = of.Instrument;
        var underlyingMark = board.NumberOf(instrument.Underlying);
        of.Tried = (underlyingMark, _settledCycle);
        try
        {
            var scanned = basis.ScannedOf(instrument);
            var scan = scanned is { } terms ? vectors.ScanLotOf(instrument, of.Currency, terms.Group, terms.Span) : null;
            (OffsetSet? set, var buffered) = scanned is { Group.Tool: var tool } ? (null, tool == ProcyclicalityTool.Buffer25) : basis.SetOf(instrument, of.Currency);
            var gains = scan is null ? GainsOf(instrument, of.Currency, vectors) : [];
            double[] opposite = [.. gains.Select(g => -g)];
            double[] change = [];
            long changeFrom = 0;
            if (scan is null && of.Current is { } last && ReferenceEquals(last.Basis, basis))
            {
                change = new double[gains.Length];
                changeFrom = last.Sequence;
                for (var i = 0; i < change.Length; i++)
                {
                    change[i] = gains[i] - last.Gains[i];
                }
            }

            var hasMark = marks.TryGet(instrument.Id, out var mark);
            return (new InstrumentScenarios
            {
                Sequence = ++_sequence,
                Basis = basis,
                Set = set,
                Scan = scan,
                Buffered = buffered,
                Gains = gains,
                Change = change,
                ChangeFrom = changeFrom,
                MostPerLotBought = scan?.MostBought ?? InstrumentScenarios.BoundOf(gains, set!),
                MostPerLotSold = scan?.MostSold ?? InstrumentScenarios.BoundOf(opposite, set!),
                Rate = vectors.RateOf(instrument.Currency, of.Currency),
                PriceUnits = vectors.MarkOf(instrument),
                OwnMark = hasMark ? mark.Number : 0,
                UnderlyingMark = underlyingMark,
                SettledCycle = _settledCycle,
                At = vectors.At,
                Marks = marks,
            }, "");
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>The canonical gains; of a European option in the margin currency the fast ones, which agree with them far beyond what the monitor promises.</summary>
    private static double[] GainsOf(Instrument instrument, Currency currency, InstrumentVectors vectors) =>
        instrument.Kind == InstrumentKind.Option && instrument.Currency == currency
            && vectors.RiskOf(instrument) is OptionRisk option && FastOptionGains.TryPerLot(option, vectors.ScenariosOf(instrument), out var fast)
            ? fast
            : vectors.Of(instrument, currency).ToArray();

    private InstrumentVectors VectorsOf(MarginCalculator basis, HouseDirectory directory, MarkTable marks) =>
        basis.With(directory, PricesOf(directory, marks).ToDictionary(), directory.BusinessTime, board.Gains, CollateralPrices.None).Vectors;

    private static IEnumerable<KeyValuePair<InstrumentId, long>> PricesOf(HouseDirectory directory, MarkTable marks)
    {
        foreach (var listed in directory.SortedInstruments())
        {
            if (marks.TryGet(listed.Instrument.Id, out var mark))
            {
                yield return KeyValuePair.Create(listed.Instrument.Id, mark.PriceUnits);
            }
            else if (listed.LastSettlementCycle > 0)
            {
                yield return KeyValuePair.Create(listed.Instrument.Id, listed.LastSettlementUnits);
            }
        }
    }
}
