using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.Market;

/// <summary>An instrument's marks in its market.</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Last">The last accepted mark; number 0 before the first.</param>
/// <param name="LastSource">Whose it was.</param>
/// <param name="IsHeld">True while a mark waits to be confirmed.</param>
/// <param name="Held">Meaningful while <paramref name="IsHeld"/>.</param>
public readonly record struct InstrumentMarks(InstrumentId Instrument, Mark Last, MarkSourceId LastSource, bool IsHeld, HeldMark Held);

/// <summary>Everything in a <see cref="MarketState"/>; instruments by id, ordinal.</summary>
/// <param name="Underlying">The market.</param>
/// <param name="LastNumber">The number of the last accepted mark.</param>
/// <param name="Instruments">Their last and held marks.</param>
/// <param name="Histories">Of the instruments with an accepted mark, in the same order; null where nothing but the last mark is known.</param>
/// <param name="Fundings">The last funding of each perpetual.</param>
/// <param name="FinalPrices">Of the instruments that have one.</param>
public sealed record MarketSnapshot(
    UnderlyingId Underlying,
    long LastNumber,
    IReadOnlyList<InstrumentMarks> Instruments,
    IReadOnlyDictionary<InstrumentId, MarkHistorySnapshot> Histories,
    IReadOnlyList<FundingRateFixed> Fundings,
    IReadOnlyList<FinalPriceFixed> FinalPrices);

/// <summary>
/// The market of one underlying (rulebook 5): the last accepted and the held mark of each of its instruments, and the one number sequence of its marks. One thread
/// at a time; changes only in Apply. The decisions are in <see cref="MarkDecisions"/>.
/// </summary>
public sealed class MarketState
{
    private readonly Dictionary<InstrumentId, InstrumentMarks> _instruments = [];
    private readonly Dictionary<InstrumentId, MarkHistory> _histories = [];
    private readonly Dictionary<InstrumentId, FundingRateFixed> _fundings = [];
    private readonly Dictionary<InstrumentId, FinalPriceFixed> _finalPrices = [];

    public MarketState(UnderlyingId underlying) => Underlying = underlying;

    public UnderlyingId Underlying { get; }

    /// <summary>The number of the last accepted mark of any instrument; 0 before the first.</summary>
    public long LastNumber { get; private set; }

    public static MarketState Restore(MarketSnapshot snapshot)
    {
        var market = new MarketState(snapshot.Underlying) { LastNumber = snapshot.LastNumber };
        foreach (var marks in snapshot.Instruments)
        {
            market._instruments.Add(marks.Instrument, marks);
            if (snapshot.Histories.TryGetValue(marks.Instrument, out var history))
            {
                market._histories.Add(marks.Instrument, new MarkHistory(history));
            }
            else if (marks.Last.Number != 0)
            {
                market.HistoryFor(marks.Instrument).Add(new MarkPoint(marks.Last.Time, marks.Last.PriceUnits), 0);
            }
        }

        foreach (var funding in snapshot.Fundings)
        {
            market._fundings.Add(funding.Instrument, funding);
        }

        foreach (var final in snapshot.FinalPrices)
        {
            market._finalPrices.Add(final.Instrument, final);
        }

        return market;
    }

    /// <summary>The instrument's marks; number 0 and nothing held if there were none.</summary>
    public InstrumentMarks MarksOf(InstrumentId instrument) =>
        _instruments.TryGetValue(instrument, out var marks) ? marks : new InstrumentMarks(instrument, default, default, false, default);

    /// <summary>True if no mark was ever accepted or held, and nothing has expired.</summary>
    public bool IsEmpty => _instruments.Count == 0 && _finalPrices.Count == 0;

    /// <summary>The instruments whose last mark waits to be confirmed, by id.</summary>
    public IEnumerable<InstrumentMarks> Held => _instruments.Values.Where(static i => i.IsHeld).OrderBy(static i => i.Instrument);

    /// <summary>The instrument's accepted marks, as far back as averages need them; null before the first.</summary>
    public MarkHistory? HistoryOf(InstrumentId instrument) => _histories.GetValueOrDefault(instrument);

    /// <summary>The last funding of a perpetual; false before the first.</summary>
    public bool TryGetFunding(InstrumentId perpetual, out FundingRateFixed funding) => _fundings.TryGetValue(perpetual, out funding);

    /// <summary>The final price of an instrument; false while it has none.</summary>
    public bool TryGetFinalPrice(InstrumentId instrument, out FinalPriceFixed final) => _finalPrices.TryGetValue(instrument, out final);

    public MarketSnapshot ToSnapshot() => new(
        Underlying,
        LastNumber,
        [.. _instruments.Values.OrderBy(i => i.Instrument)],
        _histories.Where(h => h.Value.Points.Count > 1 || !h.Value.Dropped).ToDictionary(h => h.Key, h => h.Value.ToSnapshot()),
        [.. _fundings.Values.OrderBy(f => f.Instrument)],
        [.. _finalPrices.Values.OrderBy(f => f.Instrument)]);

    public void Apply(in MarkAccepted e)
    {
        Expect(e.Underlying);
        var marks = MarksOf(e.Instrument);
        if (e.Mark.Number != LastNumber + 1 || (marks.Last.Number != 0 && e.Mark.Time <= marks.Last.Time))
        {
            throw new InvalidOperationException(
                $"mark {e.Mark.Number} of {e.Instrument} at {e.Mark.Time} cannot follow mark {LastNumber} of the market and {marks.Last.Time} of the instrument");
        }

        LastNumber = e.Mark.Number;
        _instruments[e.Instrument] = new InstrumentMarks(e.Instrument, e.Mark, e.Source, false, default);
        HistoryFor(e.Instrument).Add(new MarkPoint(e.Mark.Time, e.Mark.PriceUnits), e.KeepFrom);
    }

    public void Apply(in FundingRateFixed e)
    {
        if (e.To <= e.From || (_fundings.TryGetValue(e.Instrument, out var last) && e.From < last.To))
        {
            throw new InvalidOperationException($"funding of {e.Instrument} from {e.From} to {e.To} overlaps the one before");
        }

        _fundings[e.Instrument] = e;
    }

    public void Apply(in FinalPriceFixed e)
    {
        if (!_finalPrices.TryAdd(e.Instrument, e))
        {
            throw new InvalidOperationException($"the final price of {e.Instrument} was fixed before, at {_finalPrices[e.Instrument].PriceUnits}");
        }
    }

    public void Apply(in MarkHeld e)
    {
        Expect(e.Underlying);
        _instruments[e.Instrument] = MarksOf(e.Instrument) with { IsHeld = true, Held = e.Held };
    }

    public void Apply(in HeldMarkDropped e)
    {
        Expect(e.Underlying);
        var marks = MarksOf(e.Instrument);
        if (!marks.IsHeld)
        {
            throw new InvalidOperationException($"no mark of {e.Instrument} is held, so none can be dropped");
        }

        _instruments[e.Instrument] = marks with { IsHeld = false, Held = default };
    }

    private MarkHistory HistoryFor(InstrumentId instrument) =>
        _histories.TryGetValue(instrument, out var history) ? history : _histories[instrument] = new MarkHistory();

    private void Expect(UnderlyingId underlying)
    {
        if (underlying != Underlying)
        {
            throw new InvalidOperationException($"a mark of underlying {underlying} came to the market of {Underlying}");
        }
    }
}
