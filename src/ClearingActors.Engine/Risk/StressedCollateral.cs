using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// Collateral revalued in stress scenarios (rulebook 10.2): the prices and rates that a run names, moved by the scenario, with the haircuts and limits of coverage (8.7). An
/// asset moves by the price shock that carries its own id, else by that of the instrument whose mark is its price, else as the scenario says of factors without a shock. A
/// rate moves by the shocks of its two currencies against the fund's. Shocked prices are decimals of 28 digits; what follows is exact and rounded down once.
/// </summary>
internal sealed class StressedCollateral
{
    /// <summary>The furthest shock that a price of collateral is moved by; beyond it decimals may not hold the product.</summary>
    private const double Furthest = 1e6;

    private static readonly Dictionary<InstrumentId, long> NoMarks = [];

    private readonly CollateralTerms _terms;
    private readonly CollateralPrices _prices;
    private readonly InstrumentVectors _vectors;
    private readonly TenorNodes _nodes;
    private readonly HouseDirectory _directory;
    private readonly Currency _fund;
    private readonly Dictionary<AccountId, CollateralHeld> _held = [];
    private readonly Dictionary<Currency, (HashSet<Currency> Currencies, SortedDictionary<AssetId, CollateralAsset> Assets)> _needed = [];

    /// <param name="accounts">Whose collateral is revalued.</param>
    /// <param name="calculator">Haircuts, limits, the run's prices before any shock, and which factors move them.</param>
    /// <param name="directory">Assets and instruments.</param>
    /// <param name="fund">The fund's currency, which other currencies are shocked against.</param>
    /// <exception cref="ArgumentException">An account holds an asset that is not listed here.</exception>
    internal StressedCollateral(IEnumerable<FrozenAccount> accounts, MarginCalculator calculator, HouseDirectory directory, Currency fund)
    {
        _terms = calculator.CollateralTerms;
        _prices = calculator.CollateralPrices;
        _vectors = calculator.Vectors;
        _nodes = calculator.Nodes;
        _directory = directory;
        _fund = fund;
        foreach (var account in accounts.Where(a => a.Assets.Count > 0 || a.Cash.Any(c => c.Currency != a.Currency)))
        {
            Add(account);
        }
    }

    /// <summary>What an account's collateral is worth in a scenario, in minor units of its margin currency; below zero where it owes more than it holds.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <returns>A function of accounts that were given to the constructor.</returns>
    internal Func<FrozenAccount, long> In(StressScenario scenario)
    {
        Dictionary<Currency, AccountCoverage> coverages = [];
        return account =>
        {
            if (!_held.TryGetValue(account.Account, out var held))
            {
                return account.Cash.Aggregate(0L, (sum, cash) => checked(sum + cash.MinorUnits));
            }

            if (!coverages.TryGetValue(account.Currency, out var coverage))
            {
                coverages.Add(account.Currency, coverage = new AccountCoverage(_terms, Shocked(account.Currency, scenario), NoMarks));
            }

            return coverage.ValueOf(account.Currency, held, account.RequirementMinor).TotalMinor;
        };
    }

    private void Add(FrozenAccount account)
    {
        var assets = account.Assets.ToDictionary(
            a => _directory.Collateral.Find(a.Asset)
                ?? throw new ArgumentException($"account {account.Account} holds {a.Units} units of {a.Asset}, which is not listed in the shard of the stress runs yet; run stress again"),
            a => a.Units);
        _held.Add(account.Account, new CollateralHeld(account.Cash.ToDictionary(c => c.Currency, c => c.MinorUnits), assets));
        if (!_needed.TryGetValue(account.Currency, out var needed))
        {
            _needed.Add(account.Currency, needed = ([], []));
        }

        needed.Currencies.UnionWith(account.Cash.Select(c => c.Currency));
        foreach (var asset in assets.Keys.Where(a => _terms.Assets.ContainsKey(a.Id)))
        {
            needed.Assets[asset.Id] = asset;
            needed.Currencies.Add(asset.Currency);
        }
    }

    /// <summary>Only what accounts of this margin currency hold, so that a scenario need not speak of the rest.</summary>
    private CollateralPrices Shocked(Currency margin, StressScenario scenario)
    {
        var (currencies, assets) = _needed[margin];
        List<AssetPrice> prices = [];
        foreach (var asset in assets.Values)
        {
            if (_prices.TryGetPrice(asset.Id, out var price))
            {
                prices.Add(new AssetPrice(asset.Id, PriceOf(asset, price, scenario)));
            }
        }

        List<ExchangeRate> rates = [];
        foreach (var rate in _prices.Rates)
        {
            var other = rate.Quote == margin.Code ? rate.Base : rate.Base == margin.Code ? rate.Quote : "";
            if (_terms.Currencies.ContainsKey(other) && currencies.FirstOrDefault(c => c.Code == other) is { Code: not null } currency)
            {
                var move = MoveOf(currency, scenario) / MoveOf(margin, scenario);
                rates.Add(rate with { Rate = rate.Base == other ? rate.Rate * move : rate.Rate / move });
            }
        }

        return new CollateralPrices(prices, rates);
    }

    /// <summary>Never below zero.</summary>
    private decimal PriceOf(CollateralAsset asset, decimal price, StressScenario scenario)
    {
        var move = ShockOf(asset, scenario);
        var shock = Exactly(move, scenario);
        return Math.Max(0, move.Kind == ChangeKind.Relative ? price * (1 + shock) : price + (shock * asset.PriceFactor));
    }

    private StressShock ShockOf(CollateralAsset asset, StressScenario scenario)
    {
        var own = RiskFactorId.Price(asset.Id.Value);
        if (!scenario.Names(own) && !asset.PricedBy.IsNone && _directory.TryGetInstrument(asset.PricedBy, out var listed))
        {
            foreach (var factor in new[] { _vectors.FactorNameOf(listed.Instrument), listed.Instrument.Underlying.Value }.Select(name => RiskFactorId.Price(name)))
            {
                if (_nodes.IsMoved(factor, listed.Instrument, scenario))
                {
                    return _nodes.ShockOf(factor, listed.Instrument, scenario);
                }
            }
        }

        return scenario.ShockOf(own);
    }

    /// <summary>What a currency's value in the fund's currency is multiplied by.</summary>
    private decimal MoveOf(Currency currency, StressScenario scenario)
    {
        if (currency == _fund)
        {
            return 1;
        }

        var move = scenario.ShockOf(RiskFactorId.Currency(currency.Code));
        var shock = Exactly(move, scenario);
        var factor = 1 + (move.Kind == ChangeKind.Relative || shock == 0 ? shock : shock / (decimal)_vectors.RateOf(currency, _fund));
        return factor > 0 ? factor : throw new ArgumentException($"scenario {scenario.Id} takes the rate of {currency.Code} in {_fund.Code} to {factor} of what it is; above 0 is needed");
    }

    private static decimal Exactly(StressShock move, StressScenario scenario) => Math.Abs(move.Shock) <= Furthest
        ? (decimal)move.Shock
        : throw new ArgumentException($"scenario {scenario.Id} moves {move.Factor} by {move.Shock:R}; collateral is revalued by at most {Furthest:R} either way");
}
