using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 8.3: SPAN-style scanning, with the scenarios that the file lists.</summary>
internal static class SpanVectors
{
    public static void Check(VectorObject root, VectorReport report, VectorData data)
    {
        var scenarios = root.Objects("scenarios").Select(s =>
        {
            var scenario = new SpanScenario(s.Number("priceFraction"), s.Number("volFraction"), s.Number("weight", 0.0, double.MaxValue));
            s.Close();
            return scenario;
        }).ToList();
        VectorCheck.Cases(root, (item, name) =>
        {
            var forward = item.Number("forward");
            var ranges = new SpanRanges(item.Number("priceScanRange"), item.Number("volScanRange"));
            var holdings = VectorPositions.Read(item, RiskFactorId.Price("forward"), forward, hasVolBeta: false);
            var scan = SpanScanning.Scan(holdings, ranges, scenarios);
            var expected = item.Numbers("scenarioLosses");
            if (expected.Count != scenarios.Count)
            {
                throw item.Problem("scenarioLosses", $"has {expected.Count} numbers; one for each of the {scenarios.Count} scenarios is needed");
            }

            for (var i = 0; i < expected.Count; i++)
            {
                report.Number(name, $"scenarioLosses[{i}]", expected[i], scan.ScenarioLosses[i]);
            }

            report.Number(name, "scanRisk", item.Number("scanRisk"), scan.ScanRisk);
        });
    }
}
