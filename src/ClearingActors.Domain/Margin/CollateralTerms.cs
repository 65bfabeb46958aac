using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;

namespace ClearingActors.Domain.Margin;

/// <summary>How much of an asset, or of the assets of an issuer, counts for one account (rulebook 8.7). The lower of the limits given holds.</summary>
/// <param name="MaxShare">Of the account's requirement, 0 or more; null for no such limit.</param>
/// <param name="MaxAmounts">
/// By the code of the account's margin currency, in whole units of it; null for no such limit. A currency that is not among them may have nothing.
/// </param>
public sealed record ConcentrationLimit(decimal? MaxShare, IReadOnlyDictionary<string, decimal>? MaxAmounts)
{
    public static ConcentrationLimit None { get; } = new(null, null);

    /// <summary>The most that counts, in minor units of the margin currency, rounded down.</summary>
    internal long MostMinor(Currency margin, long requirementMinor)
    {
        var most = System.Numerics.BigInteger.MinusOne;
        if (MaxShare is { } share)
        {
            most = (ExactFraction.From(share) * ExactFraction.From(requirementMinor)).Floor();
        }

        if (MaxAmounts is not null)
        {
            var amount = (ExactFraction.From(MaxAmounts.GetValueOrDefault(margin.Code)) * ExactFraction.From(System.Numerics.BigInteger.Pow(10, margin.Digits))).Floor();
            most = most.Sign < 0 ? amount : System.Numerics.BigInteger.Min(most, amount);
        }

        return most.Sign < 0 ? long.MaxValue : (long)System.Numerics.BigInteger.Min(most, long.MaxValue);
    }
}

/// <summary>How an asset counts.</summary>
/// <param name="Haircut">Part of the value that does not count, 0 to 1.</param>
/// <param name="Limit">Of this asset.</param>
public sealed record AssetTerms(decimal Haircut, ConcentrationLimit Limit);

/// <summary>What counts as collateral and how much of it (rulebook 8.7). What is not named here does not count; cash in the margin currency always does.</summary>
/// <param name="Currencies">By code, the further haircut (0 to 1) on cash and assets in a currency that is not the margin currency; debts in it count more by as much.</param>
/// <param name="Assets">By asset.</param>
/// <param name="Issuers">By issuer, the limit of all its assets together.</param>
/// <param name="RateMarks">By <see cref="PairOf"/>, the instrument whose mark is an exchange rate; the other rates are set by operators.</param>
public sealed record CollateralTerms(
    IReadOnlyDictionary<string, decimal> Currencies,
    IReadOnlyDictionary<AssetId, AssetTerms> Assets,
    IReadOnlyDictionary<string, ConcentrationLimit> Issuers,
    IReadOnlyDictionary<string, InstrumentId> RateMarks)
{
    /// <summary>Only cash in the margin currency counts.</summary>
    public static CollateralTerms None { get; } = new(
        new Dictionary<string, decimal>(), new Dictionary<AssetId, AssetTerms>(), new Dictionary<string, ConcentrationLimit>(), new Dictionary<string, InstrumentId>());

    /// <summary>A pair of currency codes as a key: <c>EUR/USD</c> is what one EUR costs in USD.</summary>
    public static string PairOf(string @base, string quote) => CollateralBook.KeyOf(@base, quote);
}
