using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Ledger;

/// <summary>
/// A security or coin that the house holds as collateral (rulebook 3, 8.7). <see cref="TryCreate"/> is the only way to one. Quantities are 64-bit integers in <i>units</i>
/// of 10^-<see cref="UnitDigits"/>. What a whole one is worth is its quoted price x <see cref="PriceFactor"/>, in <see cref="Currency"/>.
/// </summary>
public sealed record CollateralAsset
{
    /// <summary>The most decimal places of a quantity.</summary>
    public const int MaxUnitDigits = 8;

    /// <summary>A quoted price and a factor have fewer digits than these, so that their product is an exact decimal.</summary>
    private const int MaxPriceDigits = 18;

    private const int MaxFactorDigits = 9;

    private CollateralAsset(AssetId id, Currency currency, int unitDigits, string issuer, InstrumentId pricedBy, decimal priceFactor)
    {
        Id = id;
        Currency = currency;
        UnitDigits = unitDigits;
        Issuer = issuer;
        PricedBy = pricedBy;
        PriceFactor = priceFactor;
    }

    public AssetId Id { get; }

    /// <summary>The currency of its price.</summary>
    public Currency Currency { get; }

    /// <summary>Decimal places of a quantity, 0 to 8: 0 for a bond, 8 for a coin.</summary>
    public int UnitDigits { get; }

    /// <summary>An id: concentration is limited per asset and per issuer. For a coin its own.</summary>
    public string Issuer { get; }

    /// <summary>The instrument whose newest mark is the quoted price; none if an operator sets it.</summary>
    public InstrumentId PricedBy { get; }

    /// <summary>What the quoted price is multiplied with, above 0: 10 for a bond of 1,000 quoted in per cent.</summary>
    public decimal PriceFactor { get; }

    /// <summary>The asset, or what is wrong with it.</summary>
    public static string? TryCreate(AssetId id, Currency currency, int unitDigits, string issuer, InstrumentId pricedBy, decimal priceFactor, out CollateralAsset? asset)
    {
        asset = null;
        if (id.IsNone || currency.IsNone)
        {
            return $"asset \"{id}\" needs an id and a currency";
        }

        if (unitDigits is < 0 or > MaxUnitDigits)
        {
            return $"asset {id} has {unitDigits} digits of quantity: 0 to {MaxUnitDigits} are allowed";
        }

        if (!IdText.IsValid(issuer))
        {
            return $"the issuer \"{issuer}\" of asset {id} is not an id: 1 to {IdText.MaxLength} characters of A-Z a-z 0-9 . _ - are allowed";
        }

        if (priceFactor <= 0 || !HasFewerDigits(priceFactor, MaxFactorDigits))
        {
            return $"the price factor {priceFactor} of asset {id} must be above 0 and have at most {MaxFactorDigits} digits, {MaxFactorDigits} of them behind the point";
        }

        asset = new CollateralAsset(id, currency, unitDigits, issuer, pricedBy, priceFactor);
        return null;
    }

    /// <summary>What a whole one is worth at a quoted price, exactly.</summary>
    public decimal ToPrice(decimal quoted) => quoted * PriceFactor;

    /// <summary>False if the quantity has more digits than <see cref="UnitDigits"/> or does not fit in 64 bits.</summary>
    public bool TryToUnits(decimal quantity, out long units) => DecimalPower.TryScale(quantity, UnitDigits, out units);

    /// <summary>The quantity of a number of units, exactly.</summary>
    public decimal ToQuantity(long units) => units / DecimalPower.AsDecimal(UnitDigits);

    /// <summary>Why <paramref name="later"/> may not replace this definition, or null: what holdings are counted in never changes, and neither does the issuer.</summary>
    public string? RefuseChange(CollateralAsset later) =>
        later.Currency != Currency ? $"asset {Id} is priced in {Currency} with {Currency.Digits} digits and must stay so; {later.Currency} with {later.Currency.Digits} was given"
        : later.UnitDigits != UnitDigits ? $"asset {Id} has {UnitDigits} digits of quantity and must keep them; {later.UnitDigits} were given"
        : later.Issuer != Issuer ? $"asset {Id} is of issuer {Issuer} and must stay so; {later.Issuer} was given"
        : null;

    /// <summary>What is wrong with a quoted price, or null.</summary>
    public static string? RefusePrice(string what, decimal price) =>
        price < 0 || !HasFewerDigits(price, MaxPriceDigits) ? $"the price {price} of {what} must be 0 or more and have at most {MaxPriceDigits} digits, {MaxPriceDigits} of them behind the point" : null;

    private static bool HasFewerDigits(decimal value, int digits)
    {
        var (mantissa, scale, _) = DecimalPower.Split(value);
        return mantissa < (UInt128)DecimalPower.AsInt128(digits) && scale <= digits;
    }
}
