namespace ClearingActors.Domain.Settlement;

/// <summary>What one settlement of an inverse contract pays.</summary>
/// <param name="Amounts">By account: positive is received, in the base currency, with at most the digits asked for.</param>
/// <param name="CcpRounding">What rounding leaves, for the CCP's rounding account: with it all amounts sum to exactly zero.</param>
public sealed record InverseSettlement(IReadOnlyDictionary<string, decimal> Amounts, decimal CcpRounding);

/// <summary>
/// Variation margin of an inverse contract (rulebook 6.4): quantity x face x (1/reference - 1/settlement), paid in the base currency. Each price's reciprocal is
/// rounded half-even to <see cref="ReciprocalPlaces"/> decimals once, so the sum over a matched book is zero and a chain of settlements telescopes.
/// </summary>
public static class InverseVariationMargin
{
    /// <summary>Decimal places of 1 / price.</summary>
    public const int ReciprocalPlaces = 20;

    /// <summary>1 / price, half-even to <see cref="ReciprocalPlaces"/> decimals.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The price is not above 0.</exception>
    public static ExactFraction Reciprocal(decimal price) => price > 0
        ? (ExactFraction.From(1m) / ExactFraction.From(price)).RoundHalfEven(ReciprocalPlaces)
        : throw new ArgumentOutOfRangeException(nameof(price), price, "an inverse contract needs a price above 0");

    /// <summary>What an account receives on one position, before rounding.</summary>
    /// <param name="quantity">Contracts, negative if short.</param>
    /// <param name="face">Quote currency per contract.</param>
    /// <param name="referencePrice">The last settlement price, or the trade price; above 0.</param>
    /// <param name="settlementPrice">Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A price is not above 0.</exception>
    public static ExactFraction Amount(long quantity, decimal face, decimal referencePrice, decimal settlementPrice) =>
        ExactFraction.From(quantity) * ExactFraction.From(face) * (Reciprocal(referencePrice) - Reciprocal(settlementPrice));

    /// <summary>Settles a matched book of one contract and one reference price: each account rounded half-even once, the rest to the CCP.</summary>
    /// <param name="positions">Contracts by account, negative if short; they sum to zero.</param>
    /// <param name="face">Quote currency per contract.</param>
    /// <param name="referencePrice">Above 0.</param>
    /// <param name="settlementPrice">Above 0.</param>
    /// <param name="minorUnitDigits">Decimal digits of the base currency's minor unit, 0 to 28.</param>
    /// <exception cref="ArgumentException">The positions do not sum to zero.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A price is not above 0, or the digits are out of range.</exception>
    /// <exception cref="OverflowException">An amount has more than 28 digits.</exception>
    public static InverseSettlement Settle(
        IReadOnlyDictionary<string, long> positions, decimal face, decimal referencePrice, decimal settlementPrice, int minorUnitDigits)
    {
        if (minorUnitDigits is < 0 or > 28)
        {
            throw new ArgumentOutOfRangeException(nameof(minorUnitDigits), minorUnitDigits, "0 to 28 digits are allowed");
        }

        var book = positions.Values.Aggregate(Int128.Zero, (sum, quantity) => sum + quantity);
        if (book != 0)
        {
            throw new ArgumentException($"the positions sum to {book}; the book of a contract is matched, so they must sum to 0", nameof(positions));
        }

        var amounts = new SortedDictionary<string, decimal>(Utf8Ordinal.Order);
        var booked = ExactFraction.Zero;
        foreach (var (account, quantity) in positions)
        {
            var amount = Amount(quantity, face, referencePrice, settlementPrice).RoundHalfEven(minorUnitDigits);
            amounts.Add(account, amount.ToDecimal());
            booked += amount;
        }

        return new InverseSettlement(amounts, (-booked).ToDecimal());
    }
}
