using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Market;

/// <summary>An instrument's marks in its market.</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Last">The last accepted mark; number 0 before the first.</param>
/// <param name="LastSource">Whose it was.</param>
/// <param name="IsHeld">True while a mark waits to be confirmed.</param>
/// <param name="Held">Meaningful while <paramref name="IsHeld"/>.</param>
public readonly record struct InstrumentMarks(InstrumentId Instrument, Mark Last, MarkSourceId LastSource, bool IsHeld, HeldMark Held);

/// <summary>Everything in a <see cref="MarketState"/>; instruments by id, ordinal.</summary>
public sealed record MarketSnapshot(UnderlyingId Underlying, long LastNumber, IReadOnlyList<InstrumentMarks> Instruments);

/// <summary>
/// The market of one underlying (rulebook 5): the last accepted and the held mark of each of its instruments, and the one number sequence of its marks. One thread
/// at a time; changes only in Apply. The decisions are in <see cref="MarkDecisions"/>.
/// </summary>
public sealed class MarketState
{
    private readonly Dictionary<InstrumentId, InstrumentMarks> _instruments = [];

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
        }

        return market;
    }

    /// <summary>The instrument's marks; number 0 and nothing held if there were none.</summary>
    public InstrumentMarks MarksOf(InstrumentId instrument) =>
        _instruments.TryGetValue(instrument, out var marks) ? marks : new InstrumentMarks(instrument, default, default, false, default);

    public MarketSnapshot ToSnapshot() => new(Underlying, LastNumber, [.. _instruments.Values.OrderBy(i => i.Instrument)]);

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

    private void Expect(UnderlyingId underlying)
    {
        if (underlying != Underlying)
        {
            throw new InvalidOperationException($"a mark of underlying {underlying} came to the market of {Underlying}");
        }
    }
}
