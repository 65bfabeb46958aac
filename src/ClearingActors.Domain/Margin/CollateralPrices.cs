using ClearingActors.Domain.Ledger;

namespace ClearingActors.Domain.Margin;

/// <summary>The prices and exchange rates that a valuation uses, each exactly (rulebook 8.7, 8.9). A margin run names them in the journal.</summary>
public sealed class CollateralPrices
{
    private readonly SortedDictionary<AssetId, decimal> _assets = [];
    private readonly SortedDictionary<string, ExchangeRate> _rates = new(StringComparer.Ordinal);

    /// <param name="assets">What a whole one is worth.</param>
    /// <param name="rates">Each pair of currencies once.</param>
    public CollateralPrices(IEnumerable<AssetPrice> assets, IEnumerable<ExchangeRate> rates)
    {
        foreach (var asset in assets)
        {
            _assets.Add(asset.Asset, asset.Price);
        }

        foreach (var rate in rates)
        {
            _rates.Add(CollateralTerms.PairOf(rate.Base, rate.Quote), rate);
        }
    }

    public static CollateralPrices None { get; } = new([], []);

    /// <summary>By asset: what a whole one is worth in its currency.</summary>
    public IEnumerable<AssetPrice> Assets => _assets.Select(a => new AssetPrice(a.Key, a.Value));

    /// <summary>By pair.</summary>
    public IEnumerable<ExchangeRate> Rates => _rates.Values;

    public bool TryGetPrice(AssetId asset, out decimal price) => _assets.TryGetValue(asset, out price);

    /// <summary>What one unit of a currency costs in another: the rate of the pair, else the reciprocal of the opposite pair's, exactly. Rates are not chained.</summary>
    public bool TryGetRate(Currency from, Currency to, out ExactFraction rate)
    {
        rate = ExactFraction.From(1);
        if (from.Code == to.Code)
        {
            return true;
        }

        if (_rates.TryGetValue(CollateralTerms.PairOf(from.Code, to.Code), out var direct))
        {
            rate = ExactFraction.From(direct.Rate);
            return true;
        }

        if (_rates.TryGetValue(CollateralTerms.PairOf(to.Code, from.Code), out var opposite))
        {
            rate = ExactFraction.From(1) / ExactFraction.From(opposite.Rate);
            return true;
        }

        return false;
    }
}
