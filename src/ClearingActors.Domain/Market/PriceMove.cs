namespace ClearingActors.Domain.Market;

/// <summary>How far a price is from another (rulebook 5). Uses |price|, so it holds for negative prices too.</summary>
internal static class PriceMove
{
    /// <summary>
    /// True if |price - from| is more than <paramref name="bps"/> basis points of |from|; a move of one tick never is, so that a price near zero is not locked in.
    /// </summary>
    public static bool Exceeds(long from, long price, int bps, long tickUnits)
    {
        var move = Int128.Abs((Int128)price - from);
        return move > tickUnits && move * 10_000 > Int128.Abs(from) * bps;
    }
}
