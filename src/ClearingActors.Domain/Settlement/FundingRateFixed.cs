using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Settlement;

/// <summary>The funding rate of a perpetual for one interval was fixed (rulebook 6.4); a settlement cycle pays it.</summary>
/// <param name="Instrument">The perpetual.</param>
/// <param name="From">UTC ns: the interval's beginning.</param>
/// <param name="To">UTC ns: its end; never before an earlier interval's.</param>
/// <param name="Premium">The time-weighted mean of mark / index - 1, half-even to 10 places.</param>
/// <param name="Rate">For the whole interval, exactly; longs pay while it is positive.</param>
/// <param name="MarkUnits">The perpetual's mark in force at the end, in its price units.</param>
public readonly record struct FundingRateFixed(InstrumentId Instrument, long From, long To, decimal Premium, decimal Rate, long MarkUnits);

/// <summary>A funding that a cycle pays, at the positions of its cut.</summary>
/// <param name="Instrument">The perpetual.</param>
/// <param name="Fixed">Its rate and mark.</param>
public readonly record struct FundingPayment(Instrument Instrument, FundingRateFixed Fixed)
{
    /// <summary>
    /// What a position receives, exactly: -quantity x multiplier x mark x rate, or -quantity x face / mark x rate in the base currency for an inverse perpetual, whose
    /// reciprocal is rounded as in its variation margin.
    /// </summary>
    /// <exception cref="OverflowException">It does not fit in 128 bits.</exception>
    public ExactAmount AmountOf(long quantity)
    {
        var (digits, scale, negative) = DecimalPower.Split(Fixed.Rate);
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }

        var rate = checked((Int128)digits) * (negative ? -1 : 1);
        var perLot = Int128.Abs(Instrument.Valuation.OfTrade(Fixed.MarkUnits));
        return new ExactAmount(checked(-quantity * perLot * Instrument.MultiplierMantissa * rate), Instrument.AmountScale + scale);
    }
}
