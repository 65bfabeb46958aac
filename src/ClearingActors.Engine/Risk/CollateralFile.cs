using System.Globalization;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;

namespace ClearingActors.Engine.Risk;

/// <summary>The section <c>collateral</c> of the risk model: what counts as collateral beside cash in the margin currency (rulebook 8.7). Fractions and amounts are decimals.</summary>
internal sealed record CollateralFile
{
    /// <summary>By currency code, the further haircut where it is not the margin currency.</summary>
    public Dictionary<string, CurrencyFile> Currencies { get; init; } = [];

    /// <summary>By asset id.</summary>
    public Dictionary<string, AssetFile> Assets { get; init; } = [];

    /// <summary>By issuer id.</summary>
    public Dictionary<string, LimitFile> Issuers { get; init; } = [];

    /// <summary>By pair, as <c>EUR/USD</c>: the instrument whose mark is what one EUR costs in USD.</summary>
    public Dictionary<string, string> Rates { get; init; } = [];

    /// <exception cref="FormatException">What is wrong, with its place and what is allowed.</exception>
    internal CollateralTerms Terms()
    {
        Dictionary<string, decimal> currencies = new(StringComparer.Ordinal);
        foreach (var (code, currency) in Currencies)
        {
            currencies.Add(CodeOf($"collateral.currencies.{code}", code), Fraction($"collateral.currencies.{code}.haircut", Given($"collateral.currencies.{code}", currency).Haircut));
        }

        Dictionary<AssetId, AssetTerms> assets = [];
        foreach (var (name, asset) in Assets)
        {
            var place = $"collateral.assets.{name}";
            var id = AssetId.TryParse(name, out var parsed) ? parsed : throw NoId(place);
            assets.Add(id, new AssetTerms(Fraction($"{place}.haircut", Given(place, asset).Haircut), LimitOf(place, asset.MaxShare, asset.MaxAmounts)));
        }

        Dictionary<string, ConcentrationLimit> issuers = new(StringComparer.Ordinal);
        foreach (var (issuer, limit) in Issuers)
        {
            var place = $"collateral.issuers.{issuer}";
            issuers.Add(AssetId.TryParse(issuer, out _) ? issuer : throw NoId(place), LimitOf(place, Given(place, limit).MaxShare, limit.MaxAmounts));
        }

        Dictionary<string, InstrumentId> rates = new(StringComparer.Ordinal);
        foreach (var (pair, instrument) in Rates)
        {
            var place = $"collateral.rates.{pair}";
            var codes = pair.Split('/');
            if (codes.Length != 2 || CodeOf(place, codes[0]) == CodeOf(place, codes[1]))
            {
                throw new FormatException($"{place}: two different currency codes as EUR/USD are needed");
            }

            rates.Add(pair, InstrumentId.TryParse(instrument, out var id) ? id : throw new FormatException($"{place} names \"{instrument}\", which is not an instrument's id"));
        }

        return new CollateralTerms(currencies, assets, issuers, rates);
    }

    private static T Given<T>(string place, T? value)
        where T : class => value ?? throw new FormatException($"{place} is null; an object is needed");

    private static string CodeOf(string place, string code)
    {
        try
        {
            return new Currency(code, 2).Code;
        }
        catch (FormatException e)
        {
            throw new FormatException($"{place}: {e.Message}", e);
        }
    }

    private static FormatException NoId(string place) => new($"{place}: 1 to 64 characters of A-Z a-z 0-9 . _ - are allowed in its name");

    private static decimal Fraction(string place, decimal value) =>
        value is >= 0 and <= 1 ? value : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{place} is {value}; 0 to 1 is allowed"));

    private static ConcentrationLimit LimitOf(string place, decimal? share, Dictionary<string, decimal>? amounts)
    {
        if (share < 0)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{place}.maxShare is {share}; 0 or more of the requirement is allowed"));
        }

        foreach (var (code, amount) in amounts ?? [])
        {
            CodeOf($"{place}.maxAmounts.{code}", code);
            if (amount < 0)
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{place}.maxAmounts.{code} is {amount}; 0 or more is allowed"));
            }
        }

        return new ConcentrationLimit(share, amounts is null ? null : new Dictionary<string, decimal>(amounts, StringComparer.Ordinal));
    }

    internal sealed record CurrencyFile
    {
        public required decimal Haircut { get; init; }
    }

    internal sealed record AssetFile
    {
        public required decimal Haircut { get; init; }

        public decimal? MaxShare { get; init; }

        public Dictionary<string, decimal>? MaxAmounts { get; init; }
    }

    internal sealed record LimitFile
    {
        public decimal? MaxShare { get; init; }

        public Dictionary<string, decimal>? MaxAmounts { get; init; }
    }
}
