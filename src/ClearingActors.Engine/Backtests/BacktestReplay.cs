using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Backtests;

namespace ClearingActors.Engine.Backtests;

/// <summary>
/// Follows the accounts of replayed shards, one shard after the other: at the last cycle of each date it ends the margin periods that are over and begins one for whoever holds
/// something and has none open.
/// </summary>
internal sealed class BacktestReplay : ICycleObserver
{
    private readonly HouseSurvey _survey;
    private readonly LiveBacktestOptions _options;
    private readonly Action<int> _closed;
    private readonly CloseCalculators _calculators = new();
    private readonly List<AccountBacktest> _results = [];
    private readonly List<BacktestSkip> _skips = [];
    private readonly SortedDictionary<AccountId, AccountTrack> _tracks = [];
    private readonly HashSet<AccountId> _seen = [];
    private EngineScope? _scope;
    private DayClose? _close;
    private int _closes;
    private int _held;
    private int _unstarted;
    private long _checkedVersion = -1;

    /// <param name="survey">Of the whole house.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="closed">Is told the number of closes of the shard so far.</param>
    internal BacktestReplay(HouseSurvey survey, LiveBacktestOptions options, Action<int> closed)
    {
        _survey = survey;
        _options = options;
        _closed = closed;
    }

    public void Changing(EngineScope scope, int type)
    {
        if (_close is null || scope != _scope)
        {
            return;
        }

        // The histories may come to the date at any change; when the next cycle has its prices they are as good as they get.
        if (type == EventTypes.SettlementPricesSet || HasHistories(_close, scope))
        {
            End(_close);
        }
    }

    public void Priced(EngineScope scope)
    {
        if (scope != _scope)
        {
            EndShard();
            _scope = scope;
        }

        if (HouseSurvey.IsLastOfDate(scope))
        {
            _close = new DayClose(_closes, scope, _survey, _calculators);
            _checkedVersion = -1;
            _closes++;
            _closed(_closes);
        }
    }

    public void Settled(EngineScope scope, AccountActor account)
    {
        var state = account.State;
        if (_close is null || state.IsCcp || FundAccounts.Is(state.Id) || (_options.Account is { } only && only != state.Id))
        {
            return;
        }

        _seen.Add(state.Id);
        List<MarginHolding>? holdings = null;
        foreach (var position in state.Positions)
        {
            if (position.SettledQuantity != 0)
            {
                (holdings ??= []).Add(new MarginHolding(PriceOf(position.Key.Instrument, _close).Instrument, position.Key.Client, position.SettledQuantity));
            }
        }

        if (holdings is null)
        {
            return;
        }

        _tracks.TryAdd(state.Id, new AccountTrack(state.Id, state.Member, state.MarginCurrency));
        _close.Accounts.Add(new FrozenAccount(state.Id, holdings, account.PreviousBuffered()));
    }

    /// <summary>The result when all shards have been replayed.</summary>
    internal LiveBacktestResult End()
    {
        EndShard();
        return new LiveBacktestResult
        {
            Accounts = [.. _results.OrderBy(RankOf).ThenBy(r => r.TailProbability).ThenBy(r => r.Account).ThenBy(r => r.Confidence).ThenBy(r => r.MarginDays)],
            Skips = [.. _skips.OrderBy(s => s.Account)],
            Flat = _seen.Count - _held,
            Unstarted = _unstarted,
            Closes = _survey.Closes,
            FirstDate = _survey.FirstDate,
            LastDate = _survey.LastDate,
        };
    }

    /// <summary>True if the account was there at the end of a date.</summary>
    internal bool HasSeen(AccountId account) => _seen.Contains(account);

    private static int RankOf(AccountBacktest result) => result.TooFew ? 3 : result.Zone switch { TrafficLightZone.Red => 0, TrafficLightZone.Yellow => 1, _ => 2 };

    private bool HasHistories(DayClose close, EngineScope scope)
    {
        if (scope.Directory.Risk.Version == _checkedVersion)
        {
            return false;
        }

        _checkedVersion = scope.Directory.Risk.Version;
        try
        {
            return close.HasHistories();
        }
        catch (FormatException)
        {
            // Told for each account that cannot be margined with it.
            return false;
        }
    }

    private void EndShard()
    {
        if (_close is { } close)
        {
            End(close);
        }

        foreach (var track in _tracks.Values)
        {
            _held++;
            _unstarted += track.Portfolios.Values.Any(p => p.HasBegun) ? 0 : 1;
            _results.AddRange(track.Portfolios.Where(p => p.Value.HasBegun).Select(p => p.Value.ToResult(track, p.Key)));
            if (track.Skip is { } skip)
            {
                _skips.Add(skip);
            }
        }

        _tracks.Clear();
        _closes = 0;
        _scope = null;
    }

    private void End(DayClose close)
    {
        _close = null;
        foreach (var track in _tracks.Values)
        {
            foreach (var portfolio in track.Portfolios.Values)
            {
                if (portfolio.Open is { } open && open.EndsAt == close.Number)
                {
                    portfolio.Close();
                    Guarded(track, close, () => portfolio.Add(new BacktestObservation(open.From, close.Date, open.Margin, LossOf(track, open, close))));
                }
            }
        }

        // A period that began on the last date would be nothing to anybody.
        if (close.Number < _survey.Closes - 1)
        {
            foreach (var account in close.Accounts)
            {
                var track = _tracks[account.Account];
                Guarded(track, close, () => Begin(track, account, close));
            }
        }
    }

    private void Begin(AccountTrack track, FrozenAccount account, DayClose close)
    {
        var horizons = account.Holdings.GroupBy(h => HorizonOf(close.Model, h)).OrderBy(g => g.Key).ToList();
        foreach (var horizon in horizons)
        {
            if (!track.Portfolios.TryGetValue(horizon.Key, out var portfolio))
            {
                track.Portfolios.Add(horizon.Key, portfolio = new PortfolioTrack(_options.KeepsPeriods));
            }

            if (portfolio.Open is null)
            {
                Guarded(track, close, () =>
                {
                    var days = horizon.Key.WholeDays();
                    var margin = close.Calculator.ModelMarginOf(track.Currency, horizon, account.Previous);
                    portfolio.Begin(new OpenPeriod(close.Number + days, close.Date, margin, LotsOf(horizon, close)));
                });
            }
        }
    }

    private static MarginHorizon HorizonOf(RiskModel model, in MarginHolding holding)
    {
        var group = model.GroupOf(holding.Instrument.Definition.ProductGroup);
        return new MarginHorizon(group.Confidence, group.Settings.MporDays);
    }

    private static FrozenLots[] LotsOf(IEnumerable<MarginHolding> holdings, DayClose close) =>
    [
        .. holdings.GroupBy(h => h.Instrument.Id).OrderBy(g => g.Key).Select(g =>
        {
            var price = PriceOf(g.Key, close);
            return new FrozenLots(price.Instrument, g.Sum(h => h.Lots), price.PriceUnits);
        }).Where(l => l.Lots != 0),
    ];

    private static SettlementPrice PriceOf(InstrumentId instrument, DayClose close) => close.Prices.TryGet(instrument, out var price)
        ? price
        : throw new InvalidDataException($"{instrument} was settled in cycle {close.Prices.Cycle} and has no price there");

    /// <summary>In the margin currency at the rates of the period's end, as scenarios convert at their own.</summary>
    private static double LossOf(AccountTrack track, OpenPeriod open, DayClose close)
    {
        var gain = 0.0;
        foreach (var (currency, exact) in close.GainsOf(open.Lots))
        {
            gain += currency == track.Currency ? exact.ToDouble() : exact.ToDouble() * close.Calculator.Vectors.RateOf(currency, track.Currency);
        }

        return -gain;
    }

    /// <summary>What cannot be computed is counted with its reason.</summary>
    private static void Guarded(AccountTrack track, DayClose close, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            track.Skipped(close.Date, e);
        }
    }
}
