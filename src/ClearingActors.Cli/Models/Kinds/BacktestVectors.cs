using ClearingActors.Risk.Backtests;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 9: the tests of a back-test's exceptions.</summary>
internal static class BacktestVectors
{
    public static void Backtest(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var observations = item.Integer("observations", 1, int.MaxValue);
        var exceptions = item.Integer("exceptions", 0, int.MaxValue);
        var confidence = item.Number("confidence");
        var kupiec = KupiecTest.Of(observations, exceptions, confidence);
        report.Number(name, "kupiecLR", item.Number("kupiecLR"), kupiec.LikelihoodRatio);
        report.Flag(name, "kupiecReject95", item.Boolean("kupiecReject95"), kupiec.Reject95);
        var expected = item.Word("trafficLight", ("green", "green"), ("yellow", "yellow"), ("red", "red"));
        report.Word(name, "trafficLight", expected, TrafficLight.Of(observations, exceptions, confidence) switch
        {
            TrafficLightZone.Green => "green",
            TrafficLightZone.Yellow => "yellow",
            _ => "red",
        });
    });

    public static void Independence(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var test = IndependenceTest.Of(item.Integer("observations", 1, int.MaxValue), item.Integers("exceptionIndices"));
        report.Number(name, "independenceLR", item.Number("independenceLR"), test.LikelihoodRatio);
        report.Flag(name, "reject95", item.Boolean("reject95"), test.Reject95);
    });
}
