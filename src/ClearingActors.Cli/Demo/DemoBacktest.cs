using System.Globalization;
using ClearingActors.Risk.Backtests;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// The back-test of the days (rulebook 9): the margin of one long lot of the future against its loss over each margin period, the periods not overlapping.
/// </summary>
/// <param name="Observations">Margin periods.</param>
/// <param name="Exceptions">Losses above margin.</param>
/// <param name="TrafficLight">The zone.</param>
/// <param name="TooFew">True where so few periods could not be green, whatever came of them.</param>
/// <param name="KupiecPValue">How probable so improbable a number of exceptions is if the model is right; 0 to 1.</param>
public sealed record DemoBacktest(int Observations, int Exceptions, TrafficLightZone TrafficLight, bool TooFew, double KupiecPValue)
{
    /// <summary>The zone as it is written: green, yellow or red.</summary>
    public string Light => TrafficLight.ToString().ToLowerInvariant();

    /// <summary>What the tests say, in words.</summary>
    public string Verdict => $"traffic light {Light}{(TooFew ? " (too few periods to be green)" : "")}, Kupiec p {KupiecPValue.ToString("0.000", CultureInfo.InvariantCulture)}";

    /// <summary>Null where the days are too few for one margin period.</summary>
    /// <param name="model">The model.</param>
    /// <param name="closes">The factor's prices as the house has them.</param>
    /// <param name="from">The first day cleared.</param>
    /// <param name="to">The last.</param>
    public static DemoBacktest? Of(DemoMarginModel model, IReadOnlyList<DatedPrice> closes, DateOnly from, DateOnly to)
    {
        if (closes.Count(close => close.Date >= from && close.Date <= to) <= model.Backtest.Scenarios.MporDays)
        {
            return null;
        }

        var factor = RiskFactorId.Price(DemoMarginModel.Factor);
        var result = Backtest.Run(
            new FactorHistory(new PriceSeries(factor, closes), ChangeKind.Relative),
            from,
            to,
            (_, price) => [new Holding(new LinearRisk(DemoInstrument.Symbol, factor, price, (double)DemoInstrument.Multiplier, "USD"), 1)],
            model.Backtest);
        var tooFew = Risk.Backtests.TrafficLight.Of(result.Observations.Count, 0, model.Backtest.Confidence) != TrafficLightZone.Green;
        return new DemoBacktest(result.Observations.Count, result.Exceptions, result.Zone, tooFew, result.Kupiec.PValue);
    }
}
