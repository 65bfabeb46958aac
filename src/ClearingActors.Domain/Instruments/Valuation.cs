namespace ClearingActors.Domain.Instruments;

/// <summary>How lots and prices become money (rulebook 6.1, 6.2, 6.4).</summary>
public enum ValuationStyle
{
    /// <summary>Marked to the settlement price: futures, futures-style options, linear perpetuals.</summary>
    Linear = 0,

    /// <summary>The price is paid once, at the next settlement: equity-style options.</summary>
    Premium = 1,

    /// <summary>Marked in the base currency: inverse perpetuals.</summary>
    Inverse = 2,
}

/// <summary>
/// What a price is worth per lot, as an integer, so that a settlement is always lots x (value of the settlement price - value of the reference). Fixed for an
/// instrument's life.
/// </summary>
/// <param name="Style">See <see cref="ValuationStyle"/>.</param>
/// <param name="PriceScale">Decimal places of an inverse contract's price; 0 for the others, where it does not matter.</param>
public readonly record struct Valuation(ValuationStyle Style, int PriceScale)
{
    /// <summary>Decimal places of 1 / price in an inverse contract (rulebook 6.4).</summary>
    public const int ReciprocalPlaces = 20;

    /// <summary>What one lot costs at a trade's price: price units, or minus the reciprocal for an inverse contract.</summary>
    public Int128 OfTrade(long priceUnits) => Style == ValuationStyle.Inverse ? -Reciprocal(priceUnits) : priceUnits;

    /// <summary>What one lot is marked to at a settlement price; 0 where the premium is paid once and nothing is marked.</summary>
    public Int128 OfMark(long priceUnits) => Style == ValuationStyle.Premium ? 0 : OfTrade(priceUnits);

    /// <summary>1 / price x 10^<see cref="ReciprocalPlaces"/>, half-even.</summary>
    internal Int128 Reciprocal(long priceUnits)
    {
        if (priceUnits <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(priceUnits), priceUnits, "an inverse contract needs a price above 0");
        }

        var (quotient, remainder) = Int128.DivRem(DecimalPower.AsInt128(ReciprocalPlaces + PriceScale), priceUnits);
        var beyondHalf = remainder.CompareTo(priceUnits - remainder);
        return beyondHalf > 0 || (beyondHalf == 0 && Int128.IsOddInteger(quotient)) ? quotient + 1 : quotient;
    }
}
