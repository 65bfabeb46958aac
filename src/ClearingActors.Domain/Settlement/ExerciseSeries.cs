using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Settlement;

/// <summary>An option that a cycle exercises (rulebook 6.3), by ids: what the settlement fixes and every shard is told.</summary>
/// <param name="Option">The option.</param>
/// <param name="ReferenceUnits">The price of its reference that counts, in the reference's price units; 0 where only delivery needs one.</param>
/// <param name="AtExpiry">True in its last cycle; false for American notices before.</param>
/// <param name="Delivers">True if it yields the future at the strike; false if it pays cash.</param>
public readonly record struct SeriesTerms(InstrumentId Option, long ReferenceUnits, bool AtExpiry, bool Delivers);

/// <summary>An option that a cycle exercises, with its instruments.</summary>
public sealed class ExerciseSeries
{
    private ExerciseSeries(SeriesTerms terms, Instrument option, Instrument reference, long strike)
    {
        Terms = terms;
        Option = option;
        Reference = reference;
        StrikeUnits = strike;
    }

    public SeriesTerms Terms { get; }

    public Instrument Option { get; }

    public Instrument Reference { get; }

    /// <summary>In the reference's price units.</summary>
    public long StrikeUnits { get; }

    /// <summary>What one long lot is worth at the reference's price, in its price units: below zero out of the money.</summary>
    public long PayoffUnits => checked((Terms.ReferenceUnits - StrikeUnits) * Sign);

    /// <summary>True if lots are exercised without a notice: at expiry, in the money by at least the threshold.</summary>
    public bool IsAutomatic => Terms.AtExpiry && PayoffUnits > 0 && Reference.ToPrice(PayoffUnits) >= Option.Option!.AutomaticThreshold;

    private int Sign => Option.Option!.Type == OptionType.Call ? 1 : -1;

    /// <summary>The series as a shard's directory knows it; null if the shard does not know the option, which then none of its accounts holds.</summary>
    /// <exception cref="InvalidOperationException">The directory knows the option and not what it is on, which is defined before.</exception>
    public static ExerciseSeries? Of(in SeriesTerms terms, HouseDirectory directory)
    {
        if (!directory.TryGetInstrument(terms.Option, out var option))
        {
            return null;
        }

        return option.Instrument.Option is { } o
            && directory.TryGetInstrument(InstrumentId.Parse(o.Reference), out var reference)
            && reference.Instrument.TryToMarkUnits(o.Strike, out var strike)
            ? new ExerciseSeries(terms, option.Instrument, reference.Instrument, strike)
            : throw new InvalidOperationException($"{terms.Option} is exercised, and is no option or its reference is not known here");
    }

    /// <summary>The cash that lots exercised (above zero) or assigned (below) receive, exactly, in the option's currency.</summary>
    /// <exception cref="OverflowException">It does not fit in 128 bits.</exception>
    public ExactAmount CashOf(long lots) =>
        new(checked((Int128)lots * PayoffUnits * Option.MultiplierMantissa), Option.AmountScale - Option.PriceScale + Reference.PriceScale);

    /// <summary>The lots of the future that lots exercised (above zero) or assigned (below) yield: bought by a call, sold by a put.</summary>
    public long FutureLots(long lots) => checked(lots * Sign);
}
