using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;

namespace ClearingActors.Domain.Margin;

/// <summary>An asset was listed, or listed anew with another way to its price.</summary>
public sealed record CollateralAssetDefined(CollateralAsset Asset);

/// <summary>A price of an asset.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Price">In the asset's currency, 0 or more: as quoted where an operator sets it, of a whole one where a margin run names it.</param>
public readonly record struct AssetPrice(AssetId Asset, decimal Price);

/// <summary>What one unit of a currency costs in another.</summary>
/// <param name="Base">The currency's code.</param>
/// <param name="Quote">The code of the currency that the rate is in.</param>
/// <param name="Rate">Above 0.</param>
public readonly record struct ExchangeRate(string Base, string Quote, decimal Rate);

/// <summary>An operator set prices of assets and exchange rates; each takes the place of the one before.</summary>
public sealed record CollateralPricesSet(IReadOnlyList<AssetPrice> Prices, IReadOnlyList<ExchangeRate> Rates);

/// <summary>Everything in a <see cref="CollateralBook"/>, by id and by code.</summary>
public sealed record CollateralBookSnapshot(IReadOnlyList<CollateralAsset> Assets, IReadOnlyList<AssetPrice> Prices, IReadOnlyList<ExchangeRate> Rates);

/// <summary>The securities and coins that the house holds, and the prices and exchange rates that operators set (rulebook 3, 8.7). Every shard has the same.</summary>
public sealed class CollateralBook
{
    /// <summary>The most assets, and the most exchange rates.</summary>
    public const int MaxEntries = 1_000;

    private readonly SortedDictionary<AssetId, CollateralAsset> _assets = [];
    private readonly SortedDictionary<AssetId, decimal> _prices = [];
    private readonly SortedDictionary<string, ExchangeRate> _rates = new(StringComparer.Ordinal);

    /// <summary>By id.</summary>
    public IEnumerable<CollateralAsset> Assets => _assets.Values;

    /// <summary>The exchange rates that operators set, by code.</summary>
    public IEnumerable<ExchangeRate> Rates => _rates.Values;

    /// <summary>Grows with every change; it says whether what was computed from the book still holds, and is not part of its content.</summary>
    public long Version { get; private set; }

    /// <summary>True before anything was set.</summary>
    public bool IsEmpty => _assets.Count == 0 && _rates.Count == 0;

    public static CollateralBook Restore(CollateralBookSnapshot snapshot)
    {
        var book = new CollateralBook();
        foreach (var asset in snapshot.Assets)
        {
            book._assets.Add(asset.Id, asset);
        }

        foreach (var price in snapshot.Prices)
        {
            book._prices.Add(price.Asset, price.Price);
        }

        foreach (var rate in snapshot.Rates)
        {
            book._rates.Add(KeyOf(rate.Base, rate.Quote), rate);
        }

        return book;
    }

    public CollateralBookSnapshot ToSnapshot() => new([.. _assets.Values], [.. _prices.Select(p => new AssetPrice(p.Key, p.Value))], [.. _rates.Values]);

    /// <summary>Null if it is not listed.</summary>
    public CollateralAsset? Find(AssetId asset) => _assets.GetValueOrDefault(asset);

    /// <summary>The quoted price that an operator set.</summary>
    public bool TryGetPrice(AssetId asset, out decimal price) => _prices.TryGetValue(asset, out price);

    /// <summary>What is wrong with a listing, or null.</summary>
    public string? Refuse(CollateralAssetDefined e, HouseDirectory directory)
    {
        var asset = e.Asset;
        if (Find(asset.Id) is { } known)
        {
            if (known.RefuseChange(asset) is { } refused)
            {
                return refused;
            }
        }
        else if (_assets.Count >= MaxEntries)
        {
            return $"{asset.Id} would be asset {_assets.Count + 1}; {MaxEntries} are allowed";
        }

        if (_assets.Values.FirstOrDefault(a => a.Currency.Code == asset.Currency.Code && a.Currency.Digits != asset.Currency.Digits) is { } other)
        {
            return $"asset {asset.Id}: {asset.Currency.Code} has {asset.Currency.Digits} digits here and {other.Currency.Digits} in asset {other.Id}";
        }

        if (asset.PricedBy.IsNone)
        {
            return null;
        }

        return !directory.TryGetInstrument(asset.PricedBy, out var listed) ? $"asset {asset.Id} is priced by {asset.PricedBy}, which is not defined; define it first"
            : listed.Instrument.Currency != asset.Currency || listed.Instrument.Valuation.Style == ValuationStyle.Inverse || listed.Instrument.AllowsNegativePrices
                ? $"asset {asset.Id} in {asset.Currency} is priced by {asset.PricedBy}, whose prices must be in {asset.Currency}, above zero and not inverse"
            : null;
    }

    /// <summary>What is wrong with prices, or null.</summary>
    public string? Refuse(CollateralPricesSet e)
    {
        if (e.Prices.Count + e.Rates.Count is 0 or > MaxEntries)
        {
            return $"{e.Prices.Count} prices and {e.Rates.Count} exchange rates: 1 to {MaxEntries} at once are allowed";
        }

        foreach (var price in e.Prices)
        {
            if (Find(price.Asset) is not { } asset)
            {
                return $"asset {price.Asset} is not listed; list it first";
            }

            if ((!asset.PricedBy.IsNone ? $"asset {asset.Id} is priced by the marks of {asset.PricedBy}, not by an operator" : CollateralAsset.RefusePrice($"asset {asset.Id}", price.Price)) is { } refused)
            {
                return refused;
            }
        }

        foreach (var rate in e.Rates)
        {
            if (rate.Base == rate.Quote || !IsCode(rate.Base) || !IsCode(rate.Quote))
            {
                return $"the exchange rate {rate.Base}/{rate.Quote} needs two different currency codes of 2 to 12 characters of A-Z 0-9";
            }

            if (rate.Rate == 0 || CollateralAsset.RefusePrice($"{rate.Base} in {rate.Quote}", rate.Rate) is not null)
            {
                return $"the exchange rate {rate.Rate} of {rate.Base} in {rate.Quote} must be above 0 and have at most 18 digits, 18 of them behind the point";
            }
        }

        var added = e.Rates.Select(r => KeyOf(r.Base, r.Quote)).Distinct().Count(k => !_rates.ContainsKey(k));
        return _rates.Count + added > MaxEntries ? $"there would be {_rates.Count + added} exchange rates; {MaxEntries} are allowed" : null;
    }

    public void Apply(CollateralAssetDefined e)
    {
        if (Find(e.Asset.Id)?.RefuseChange(e.Asset) is { } refused)
        {
            throw new InvalidOperationException(refused);
        }

        Version++;
        _assets[e.Asset.Id] = e.Asset;
        if (!e.Asset.PricedBy.IsNone)
        {
            _prices.Remove(e.Asset.Id);
        }
    }

    public void Apply(CollateralPricesSet e)
    {
        if (Refuse(e) is { } refused)
        {
            throw new InvalidOperationException(refused);
        }

        Version++;
        foreach (var price in e.Prices)
        {
            _prices[price.Asset] = price.Price;
        }

        foreach (var rate in e.Rates)
        {
            _rates[KeyOf(rate.Base, rate.Quote)] = rate;
        }
    }

    /// <summary>True if every one of these is in force already.</summary>
    public bool HasAlready(CollateralPricesSet e) =>
        e.Prices.Count + e.Rates.Count > 0
        && e.Prices.All(p => _prices.TryGetValue(p.Asset, out var known) && known == p.Price)
        && e.Rates.All(r => _rates.TryGetValue(KeyOf(r.Base, r.Quote), out var known) && known == r);

    internal static string KeyOf(string from, string to) => $"{from}/{to}";

    private static bool IsCode(string code) => code.Length is >= 2 and <= 12 && code.All(static c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9'));
}
