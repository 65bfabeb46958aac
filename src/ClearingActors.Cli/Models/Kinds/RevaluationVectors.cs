using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 8.1 to 8.3: filtered historical simulation with full revaluation.</summary>
internal static class RevaluationVectors
{
    private const int WorstListed = 5;

    public static void Check(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var source = item.Object("history");
        var history = data.History(source.Text("file"), source.Text("dateColumn"), source.Text("priceColumn"));
        if (source.Has("from"))
        {
            history = history.From(source.Date("from"));
        }

        source.Close();
        var asOf = item.Date("asOf");
        var settings = new ScenarioSettings
        {
            Lookback = item.Integer("lookback", 1, int.MaxValue),
            EwmaLambda = item.Number("ewmaLambda"),
            EwmaSeedReturns = item.Integer("ewmaSeedReturns", 1, int.MaxValue),
            MporDays = item.Number("mporDays"),
            Scaling = item.Word("scaling", ("none", VolatilityScaling.None), ("mid", VolatilityScaling.Mid), ("full", VolatilityScaling.Full)),
        };
        var confidence = item.Number("confidence");
        var price = history[history.IndexOf(asOf)].Price;
        var scenarios = ScenarioSet.FromHistories([new FactorHistory(history, ChangeKind.Relative)], asOf, settings);
        var holdings = VectorPositions.Read(item, history.Factor, price, hasVolBeta: true);
        var gains = FullRevaluation.OfPortfolio(holdings, scenarios, "USD", []);
        var tail = TailRisk.Of(gains, confidence);

        report.Number(name, "underlyingPrice", item.Number("underlyingPrice"), price);
        report.Number(name, "forecastDailyVol", item.Number("forecastDailyVol"), scenarios[history.Factor].DailyVolatility!.Value);
        report.Whole(name, "tailCount", item.Integer("tailCount"), tail.TailCount);
        report.Number(name, "valueAtRisk", item.Number("valueAtRisk"), tail.ValueAtRisk);
        report.Number(name, "expectedShortfall", item.Number("expectedShortfall"), tail.ExpectedShortfall);

        // The list holds the five worst, or fewer where the tail has fewer.
        var expected = item.Numbers("worstScenarioPnl");
        var worst = TailRisk.Worst(gains, Math.Min(WorstListed, gains.Length));
        if (expected.Count > worst.Length || expected.Count < Math.Min(WorstListed, tail.TailCount))
        {
            throw item.Problem("worstScenarioPnl", $"has {expected.Count} numbers; {Math.Min(WorstListed, tail.TailCount)} to {worst.Length} are needed");
        }

        for (var i = 0; i < expected.Count; i++)
        {
            report.Number(name, $"worstScenarioPnl[{i}]", expected[i], worst[i]);
        }
    });
}
