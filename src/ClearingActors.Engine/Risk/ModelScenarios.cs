using System.Security.Cryptography;
using System.Text;
using ClearingActors.Domain.Margin;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;
using FactorHistory = ClearingActors.Risk.Scenarios.FactorHistory;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// The scenarios of a model's product groups (rulebook 8.1, 8.4), made once from the risk book: those of the lookback, and the unscaled ones of stress and long windows.
/// A factor is a price, and also the rate of the currencies and the volatility of the options that name it. Immutable.
/// </summary>
internal sealed class ModelScenarios
{
    private readonly Dictionary<ScenarioSettings, ScenarioSet> _main = [];
    private readonly Dictionary<(DateWindow Window, double MporDays, MissingDates Rule), ScenarioSet> _windows = [];
    private readonly Dictionary<(ScenarioSet Set, string Factor), string> _missing = [];
    private readonly Dictionary<string, PriceSeries> _prices = new(StringComparer.Ordinal);
    private readonly Lazy<DateOnly[]> _dates;
    private readonly RiskModel _model;
    private readonly DateOnly _asOf;

    /// <param name="model">Parameters.</param>
    /// <param name="book">Histories. All must end on the same date, so that no old price passes for today's.</param>
    /// <exception cref="ArgumentException">A history is missing, too short, or ends on another date than the others.</exception>
    internal ModelScenarios(RiskModel model, RiskBook book)
    {
        _model = model;
        _dates = new Lazy<DateOnly[]>(Dates);
        foreach (var factor in model.Factors.Keys)
        {
            List<DatedPrice> prices = [];
            foreach (var price in book.PricesOf(factor))
            {
                prices.Add(new DatedPrice(price.Date, price.Price));
            }

            _prices.Add(factor, new PriceSeries(RiskFactorId.Price(factor), prices));
        }

        var first = _prices[model.Factors.Keys.First()];
        _asOf = first.LastDate;
        if (_prices.Values.FirstOrDefault(p => p.LastDate != _asOf) is { } other)
        {
            throw new ArgumentException($"the history of {first.Factor} ends on {_asOf:yyyy-MM-dd}, that of {other.Factor} on {other.LastDate:yyyy-MM-dd}; bring them to the same date", nameof(book));
        }

        List<string> versions = [];
        foreach (var settings in model.Groups.Select(g => g.Settings).Distinct())
        {
            _main.Add(settings, ScenarioSet.FromHistories([.. model.Factors.Keys.SelectMany(f => RolesOf(f, _prices[f]))], _asOf, settings));
            versions.Add(_main[settings].Version);
        }

        foreach (var group in model.Groups)
        {
            if (WindowOf(group) is { } window && !_windows.ContainsKey(KeyOf(group, window)))
            {
                _windows.Add(KeyOf(group, window), Unscaled(group, window));
                versions.Add(_windows[KeyOf(group, window)].Version);
            }
        }

        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', versions))));
    }

    /// <summary>SHA-256 over the versions of all sets, in hexadecimal.</summary>
    internal string Version { get; }

    /// <summary>The scenarios of a group's lookback.</summary>
    internal ScenarioSet Of(GroupModel group) => _main[group.Settings];

    /// <summary>The scenarios of a group's stress or long window; null if its tool needs none.</summary>
    internal ScenarioSet? WindowScenariosOf(GroupModel group) => WindowOf(group) is { } window ? _windows[KeyOf(group, window)] : null;

    /// <summary>The date of each scenario of a group's lookback, in their order.</summary>
    internal IReadOnlyList<DateOnly> DatesOf(GroupModel group)
    {
        var count = Math.Min(group.Settings.Lookback, _dates.Value.Length);
        return new ArraySegment<DateOnly>(_dates.Value, _dates.Value.Length - count, count);
    }

    /// <summary>The price of a factor's last date.</summary>
    internal double LastPriceOf(string factor) => _prices[factor][^1].Price;

    /// <summary>Refuses a set without a factor's shocks.</summary>
    /// <exception cref="ArgumentException">It has none; the message says why.</exception>
    internal void Require(ScenarioSet set, RiskFactorId factor, string factorName)
    {
        if (!set.Has(factor))
        {
            throw new ArgumentException(_missing.GetValueOrDefault((set, factorName)) ?? $"the scenarios have no shocks of {factor}", nameof(factor));
        }
    }

    /// <summary>The dates of any factor since all have prices, in order.</summary>
    private DateOnly[] Dates()
    {
        var first = _prices.Values.Max(p => p.FirstDate);
        var dates = new SortedSet<DateOnly>();
        foreach (var prices in _prices.Values)
        {
            for (var i = 0; i < prices.Count; i++)
            {
                if (prices[i].Date >= first)
                {
                    dates.Add(prices[i].Date);
                }
            }
        }

        return [.. dates];
    }

    private static (DateWindow, double, MissingDates) KeyOf(GroupModel group, DateWindow window) => (window, group.Settings.MporDays, group.Settings.MissingDates);

    private DateWindow? WindowOf(GroupModel group) => group.Tool switch
    {
        ProcyclicalityTool.Stressed25 => group.StressWindow,
        ProcyclicalityTool.Floor10Years => new DateWindow(_asOf.AddYears(-Procyclicality.LongWindowYears), _asOf),
        _ => null,
    };

    /// <summary>A factor's history that does not reach back far enough leaves the set without that factor: whoever holds what it moves is told.</summary>
    private ScenarioSet Unscaled(GroupModel group, DateWindow window)
    {
        List<FactorHistory> histories = [];
        Dictionary<string, string> missing = [];
        foreach (var factor in _model.Factors.Keys)
        {
            var prices = Extended(factor);
            if (prices.FirstDate <= window.First)
            {
                histories.AddRange(RolesOf(factor, prices));
            }
            else
            {
                missing.Add(
                    factor,
                    $"the history of {factor} begins on {prices.FirstDate:yyyy-MM-dd}; the window {window.First:yyyy-MM-dd} to {window.Last:yyyy-MM-dd} of {group.Tool} needs it from its first day on, or a proxy (factors.{factor}.proxy) that has it");
            }
        }

        if (histories.Count == 0)
        {
            throw new ArgumentException(missing.Values.First(), nameof(window));
        }

        // What is older than the window is of no use, and two histories may differ there.
        var from = histories.Min(h => LastOnOrBefore(h.Prices, window.First));
        var set = ScenarioSet.FromWindow([.. histories.Select(h => h with { Prices = h.Prices.From(from) })], window.First, window.Last, group.Settings.MporDays, group.Settings.MissingDates);
        foreach (var (factor, reason) in missing)
        {
            _missing.Add((set, factor), reason);
        }

        return set;
    }

    private static DateOnly LastOnOrBefore(PriceSeries prices, DateOnly date)
    {
        var last = prices.FirstDate;
        for (var i = 0; i < prices.Count && prices[i].Date <= date; i++)
        {
            last = prices[i].Date;
        }

        return last;
    }

    /// <summary>Before its own first date a factor moves as its proxy did.</summary>
    private PriceSeries Extended(string factor)
    {
        var own = _prices[factor];
        if (!_model.Proxies.TryGetValue(factor, out var name))
        {
            return own;
        }

        var proxy = _prices[name];
        if (!proxy.Has(own.FirstDate))
        {
            throw new ArgumentException($"the history of {factor} begins on {own.FirstDate:yyyy-MM-dd}, when its proxy {name} has no price to join it to; complete the proxy's history");
        }

        var joint = proxy.IndexOf(own.FirstDate);
        var (ownFirst, proxyFirst) = (own[0].Price, proxy[joint].Price);
        List<DatedPrice> prices = [];
        for (var i = 0; i < joint; i++)
        {
            prices.Add(new DatedPrice(proxy[i].Date, _model.Factors[factor] == ChangeKind.Relative ? proxy[i].Price * (ownFirst / proxyFirst) : proxy[i].Price + (ownFirst - proxyFirst)));
        }

        for (var i = 0; i < own.Count; i++)
        {
            prices.Add(own[i]);
        }

        return new PriceSeries(own.Factor, prices);
    }

    /// <summary>A factor's history once for each thing that it is.</summary>
    private IEnumerable<FactorHistory> RolesOf(string factor, PriceSeries prices)
    {
        var kind = _model.Factors[factor];
        yield return new FactorHistory(prices, kind);
        if (_model.Options.Values.Any(o => o.VolatilityFactor == factor))
        {
            yield return new FactorHistory(As(RiskFactorId.Volatility(factor), prices), kind);
        }

        foreach (var (code, currency) in _model.Currencies)
        {
            if (currency.Factor == factor)
            {
                yield return new FactorHistory(As(RiskFactorId.Currency(code), prices), kind);
            }
        }
    }

    private static PriceSeries As(RiskFactorId role, PriceSeries prices) => new(role, [.. Enumerable.Range(0, prices.Count).Select(i => prices[i])]);
}
