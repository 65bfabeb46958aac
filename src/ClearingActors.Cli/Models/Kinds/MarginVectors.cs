using ClearingActors.Risk.Margin;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 8.4 to 8.6: offsets, procyclicality, the liquidity add-on and progressive brackets.</summary>
internal static class MarginVectors
{
    private enum Tool
    {
        Buffer25,
        Stressed25,
        Floor10Years,
    }

    public static void Offset(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
        report.Number(name, "margin", item.Number("margin"), GroupOffset.Margin(item.Numbers("groupMargins"), item.Number("jointMargin"))));

    public static void Procyclicality(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var tool = item.Word("tool", ("buffer25", Tool.Buffer25), ("stressed25", Tool.Stressed25), ("floor10y", Tool.Floor10Years));
        var margin = item.Number("margin");
        var stressed = item.Number("stressedMargin");
        var buffer = new MarginBuffer(item.Boolean("bufferReleased"), item.Number("previousMargin"));
        var longWindow = item.Number("longWindowMargin");
        var got = tool switch
        {
            Tool.Buffer25 => Risk.Margin.Procyclicality.Buffer25(margin, buffer),
            Tool.Stressed25 => Risk.Margin.Procyclicality.Stressed25(margin, stressed),
            _ => Risk.Margin.Procyclicality.Floor10Years(margin, longWindow),
        };
        report.Number(name, "result", item.Number("result"), got);
    });

    public static void Tiers(VectorObject root, VectorReport report, VectorData data)
    {
        var brackets = root.Objects("brackets").Select(b =>
        {
            var bracket = new MarginBracket(b.IsNull("upTo") ? null : b.Decimal("upTo"), b.Decimal("rate"));
            b.Close();
            return bracket;
        }).ToList();
        MarginTiers tiers = null!;
        VectorCheck.Refusals(root.PathOf("brackets"), () => tiers = new MarginTiers(brackets));
        VectorCheck.Cases(root, (item, name) => report.Exact(name, "margin", item.Exact("margin"), tiers.MarginOf(item.Decimal("notional"))));
    }

    public static void LiquidityAddOn(VectorObject root, VectorReport report, VectorData data) => VectorCheck.Cases(root, (item, name) =>
    {
        var figures = new LiquidityFigures(item.Number("halfSpread"), item.Number("kappa"), item.Number("dailyVol"), item.Number("averageDailyVolumeUnits"));
        report.Number(name, "addOn", item.Number("addOn"), Risk.Margin.LiquidityAddOn.Of(item.Number("deltaEquivalentUnits"), item.Number("price"), figures));
    });
}
