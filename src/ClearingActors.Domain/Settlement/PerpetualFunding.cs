namespace ClearingActors.Domain.Settlement;

/// <summary>A mark and an index price that hold together from an instant until the next sample.</summary>
/// <param name="At">Any unit of time, the same throughout.</param>
/// <param name="Mark">The perpetual's mark.</param>
/// <param name="Index">The index price, not zero.</param>
public readonly record struct PremiumSample(long At, decimal Mark, decimal Index);

/// <summary>
/// Funding of perpetuals (rulebook 6.4): rate = clamp(premium + clamp(interest - premium, -0.0005, 0.0005), -cap, cap) x hours / 8. The premium is rounded once,
/// everything after it is exact. Rates are fractions, not per cent. Positive cash is received by the account; longs pay while the rate is positive.
/// </summary>
public static class PerpetualFunding
{
    /// <summary>Decimal places of the premium.</summary>
    public const int PremiumPlaces = 10;

    private const decimal InterestBand = 0.0005m;

    /// <summary>The time-weighted mean of mark / index - 1 over an interval, half-even to <see cref="PremiumPlaces"/> places. Each sample holds until the next.</summary>
    /// <param name="samples">By strictly ascending time; the first at or before <paramref name="start"/> counts from there, what is before any sample counts not at all.</param>
    /// <param name="start">The interval's beginning, in the unit of the samples.</param>
    /// <param name="end">The interval's end, after the beginning; not part of it.</param>
    /// <exception cref="ArgumentException">No sample holds in the interval, samples out of order, an index of zero, or an empty interval.</exception>
    public static decimal Premium(IReadOnlyList<PremiumSample> samples, long start, long end)
    {
        var points = new TimeWeightedPoint[samples.Count];
        for (var i = 0; i < points.Length; i++)
        {
            var sample = samples[i];
            if (sample.Index == 0)
            {
                throw new ArgumentException($"the index price at {sample.At} is 0, so the premium of mark {sample.Mark} has no value; leave the sample out", nameof(samples));
            }

            var premium = (ExactFraction.From(sample.Mark) / ExactFraction.From(sample.Index)) - ExactFraction.From(1m);
            points[i] = new TimeWeightedPoint(sample.At, premium);
        }

        return TimeWeightedMean.Of(points, start, end).RoundHalfEven(PremiumPlaces).ToDecimal();
    }

    /// <summary>The rate for one interval, exactly.</summary>
    /// <param name="premium">See <see cref="Premium"/>; used as given.</param>
    /// <param name="interestPer8Hours">The interest of 8 hours.</param>
    /// <param name="capPer8Hours">0 or more: the largest rate of 8 hours, either way.</param>
    /// <param name="intervalHours">Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative cap, or an interval not above 0.</exception>
    /// <exception cref="OverflowException">The rate has more than 28 digits.</exception>
    public static decimal Rate(decimal premium, decimal interestPer8Hours, decimal capPer8Hours, decimal intervalHours) =>
        ExactRate(premium, interestPer8Hours, capPer8Hours, intervalHours).ToDecimal();

    /// <summary>As <see cref="Rate"/>, for a rate of any number of digits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative cap, or an interval not above 0.</exception>
    public static ExactFraction ExactRate(decimal premium, decimal interestPer8Hours, decimal capPer8Hours, decimal intervalHours)
    {
        if (capPer8Hours < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(capPer8Hours), capPer8Hours, "a cap of 0 or more is needed");
        }

        if (intervalHours <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(intervalHours), intervalHours, "an interval of more than 0 hours is needed");
        }

        var exactPremium = ExactFraction.From(premium);
        var inner = Clamp(ExactFraction.From(interestPer8Hours) - exactPremium, ExactFraction.From(InterestBand));
        var rate = Clamp(exactPremium + inner, ExactFraction.From(capPer8Hours));
        return rate * ExactFraction.From(intervalHours) / ExactFraction.From(8m);
    }

    /// <summary>What the account receives on a linear perpetual: -quantity x multiplier x mark x rate, in the quote currency, exactly.</summary>
    /// <param name="quantity">Lots, negative if short.</param>
    /// <param name="multiplier">Units of the underlying per lot.</param>
    /// <param name="mark">The mark at the end of the interval.</param>
    /// <param name="rate">See <see cref="Rate"/>.</param>
    public static ExactFraction LinearAmount(long quantity, decimal multiplier, decimal mark, decimal rate) =>
        LinearAmount(quantity, multiplier, mark, ExactFraction.From(rate));

    /// <summary>The same for a rate of any number of digits.</summary>
    public static ExactFraction LinearAmount(long quantity, decimal multiplier, decimal mark, ExactFraction rate) =>
        -(ExactFraction.From(quantity) * ExactFraction.From(multiplier) * ExactFraction.From(mark) * rate);

    /// <summary>
    /// What the account receives on an inverse perpetual: -quantity x face / mark x rate, in the base currency. 1 / mark is rounded as for
    /// <see cref="InverseVariationMargin.Reciprocal"/>, so every amount is a finite decimal and the amounts of a matched book sum to zero.
    /// </summary>
    /// <param name="quantity">Contracts, negative if short.</param>
    /// <param name="face">Quote currency per contract.</param>
    /// <param name="mark">The mark at the end of the interval, above 0.</param>
    /// <param name="rate">See <see cref="Rate"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The mark is not above 0.</exception>
    public static ExactFraction InverseAmount(long quantity, decimal face, decimal mark, decimal rate) =>
        -(ExactFraction.From(quantity) * ExactFraction.From(face) * InverseVariationMargin.Reciprocal(mark) * ExactFraction.From(rate));

    private static ExactFraction Clamp(ExactFraction value, ExactFraction limit) => value > limit ? limit : value < -limit ? -limit : value;
}
