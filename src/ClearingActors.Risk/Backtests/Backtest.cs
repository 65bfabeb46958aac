using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Backtests;

/// <summary>Which tool against procyclicality a back-test applies.</summary>
public enum BacktestProcyclicality
{
    None = 0,

    /// <summary>The buffer held, never released: releasing it is a decision.</summary>
    Buffer25 = 1,

    Stressed25 = 2,
    Floor10Years = 3,
}

/// <summary>What is back-tested.</summary>
public sealed record BacktestSettings
{
    public required ScenarioSettings Scenarios { get; init; }

    public required double Confidence { get; init; }

    public RiskMeasure Measure { get; init; }

    public BacktestProcyclicality Procyclicality { get; init; }

    /// <summary>The stress window; needed for <see cref="BacktestProcyclicality.Stressed25"/>. Only what is past at a date counts there.</summary>
    public (DateOnly First, DateOnly Last)? StressWindow { get; init; }

    /// <summary>The factor that stands in for missing years of a ten-year floor; null if none.</summary>
    public string? LongWindowProxy { get; init; }
}

/// <summary>One margin period.</summary>
/// <param name="From">The date of the margin and of the portfolio.</param>
/// <param name="To">The date of the loss.</param>
/// <param name="Margin">In money, 0 or more.</param>
/// <param name="Loss">In money, negative for a gain.</param>
public readonly record struct BacktestObservation(DateOnly From, DateOnly To, double Margin, double Loss)
{
    /// <summary>True if the loss was above the margin.</summary>
    public bool IsException => Loss > Margin;
}

/// <summary>A back-test and its three tests.</summary>
/// <param name="Observations">By ascending date.</param>
/// <param name="Exceptions">How many losses were above margin.</param>
/// <param name="Zone">The traffic light.</param>
/// <param name="Kupiec">Are there as many as there should be?</param>
/// <param name="Independence">Do they come in clusters?</param>
public sealed record BacktestResult(
    IReadOnlyList<BacktestObservation> Observations, int Exceptions, TrafficLightZone Zone, LikelihoodRatioTest Kupiec, LikelihoodRatioTest Independence);

/// <summary>
/// Runs the margin model over a history (rulebook 9): on the first date of each margin period the margin of that date's portfolio, without add-ons, against its loss
/// over the period with the portfolio frozen. Periods do not overlap.
/// </summary>
public static class Backtest
{
    /// <summary>A back-test of a portfolio on one factor, in the currency of its gains.</summary>
    /// <param name="history">The factor and how its changes are measured.</param>
    /// <param name="from">The first period begins on the first date on or after it.</param>
    /// <param name="to">No period ends after it.</param>
    /// <param name="portfolio">The holdings at a date and price. Volatilities follow their beta, and expiry is not aged.</param>
    /// <param name="settings">The model. The margin period must be a whole number of days.</param>
    /// <exception cref="ArgumentException">No period fits, the history before the first is too short, or a setting is out of range.</exception>
    public static BacktestResult Run(
        FactorHistory history, DateOnly from, DateOnly to, Func<DateOnly, double, IReadOnlyList<Holding>> portfolio, BacktestSettings settings)
    {
        var days = settings.Scenarios.MporDays;
        if (!(days >= 1.0 && days <= 1000.0 && days == Math.Floor(days)))
        {
            throw new ArgumentOutOfRangeException(nameof(settings), days, "a back-test needs a margin period of 1 to 1000 whole days");
        }

        var step = (int)days;
        var prices = history.Prices;
        var observations = new List<BacktestObservation>();
        var start = 0;
        while (start < prices.Count && prices[start].Date < from)
        {
            start++;
        }

        for (var i = start; i + step < prices.Count && prices[i + step].Date <= to; i += step)
        {
            var (date, price) = prices[i];
            var holdings = portfolio(date, price);
            observations.Add(new BacktestObservation(date, prices[i + step].Date, MarginAt(history, date, holdings, settings), -GainTo(prices[i + step].Price, price, history, holdings)));
        }

        if (observations.Count == 0)
        {
            throw new ArgumentException(
                $"no margin period of {step} days fits in {from:yyyy-MM-dd} to {to:yyyy-MM-dd}; the history has {prices.FirstDate:yyyy-MM-dd} to {prices.LastDate:yyyy-MM-dd}", nameof(from));
        }

        var exceptions = observations.Count(o => o.IsException);
        return new BacktestResult(
            observations,
            exceptions,
            TrafficLight.Of(observations.Count, exceptions, settings.Confidence),
            KupiecTest.Of(observations.Count, exceptions, settings.Confidence),
            IndependenceTest.Of([.. observations.Select(o => o.IsException)]));
    }

    private static double MarginAt(FactorHistory history, DateOnly date, IReadOnlyList<Holding> holdings, BacktestSettings settings)
    {
        var margin = Tail(ScenarioSet.FromHistories([history], date, settings.Scenarios), holdings, settings);
        switch (settings.Procyclicality)
        {
            case BacktestProcyclicality.None:
                return margin;
            case BacktestProcyclicality.Buffer25:
                return Procyclicality.Buffer25(margin, default);
            case BacktestProcyclicality.Stressed25:
                var (first, last) = settings.StressWindow
                    ?? throw new ArgumentException("the tool stressed25 needs a stress window", nameof(settings));
                return first > date ? margin : Procyclicality.Stressed25(margin, Unscaled(history, first, last < date ? last : date, holdings, settings));
            case BacktestProcyclicality.Floor10Years:
                Procyclicality.CheckLongWindow(history.Prices.Factor.ToString(), history.Prices.FirstDate, date, settings.LongWindowProxy);
                return Procyclicality.Floor10Years(margin, Unscaled(history, date.AddYears(-Procyclicality.LongWindowYears), date, holdings, settings));
            default:
                throw new ArgumentOutOfRangeException(nameof(settings), settings.Procyclicality, "None, Buffer25, Stressed25 or Floor10Years is allowed");
        }
    }

    private static double Unscaled(FactorHistory history, DateOnly first, DateOnly last, IReadOnlyList<Holding> holdings, BacktestSettings settings) =>
        Tail(new ScenarioSet([FactorShocks.FromWindow(history.Prices, history.Kind, first, last, settings.Scenarios.MporDays)]), holdings, settings);

    private static double Tail(ScenarioSet scenarios, IReadOnlyList<Holding> holdings, BacktestSettings settings) =>
        TailRisk.Of(FullRevaluation.OfPortfolio(holdings, scenarios, Currency(holdings), []), settings.Confidence).Of(settings.Measure);

    /// <summary>The gain over a period is the gain in the one scenario that came true, not limited as scenarios are.</summary>
    private static double GainTo(double after, double before, FactorHistory history, IReadOnlyList<Holding> holdings)
    {
        var shock = history.Kind == ChangeKind.Relative ? (after / before) - 1.0 : after - before;
        var gain = 0.0;
        foreach (var (instrument, quantity) in holdings)
        {
            gain += quantity * instrument.GainPerLot(shock, history.Kind, null);
        }

        return gain;
    }

    private static string Currency(IReadOnlyList<Holding> holdings)
    {
        var currencies = holdings.Select(h => h.Instrument.Currency).Distinct().ToList();
        return currencies.Count switch
        {
            0 => "",
            1 => currencies[0],
            _ => throw new ArgumentException($"a back-test is of one currency; the portfolio has {string.Join(", ", currencies)}", nameof(holdings)),
        };
    }
}
