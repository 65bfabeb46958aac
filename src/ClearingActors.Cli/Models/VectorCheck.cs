using System.Text.Json;
using ClearingActors.Cli.Models.Kinds;

namespace ClearingActors.Cli.Models;

/// <summary>
/// Checks vector files against the engine's own code: every number of a file is computed by the function that clears with it. There is no second implementation here.
/// </summary>
public static class VectorCheck
{
    private static readonly Dictionary<string, Kind> Kinds = new(StringComparer.Ordinal)
    {
        ["pricing_european"] = new(PricingVectors.European, HasStrike: true),
        ["pricing_american"] = new(PricingVectors.American, HasStrike: true),
        ["pricing_bachelier"] = new(PricingVectors.Bachelier, HasStrike: true),
        ["margin_fhs"] = new(RevaluationVectors.Check),
        ["margin_span"] = new(SpanVectors.Check),
        ["margin_offset"] = new(MarginVectors.Offset),
        ["procyclicality"] = new(MarginVectors.Procyclicality),
        ["margin_tiers"] = new(MarginVectors.Tiers),
        ["liquidity_addon"] = new(MarginVectors.LiquidityAddOn),
        ["perpetual_funding"] = new(SettlementVectors.PerpetualFunding),
        ["variation_margin"] = new(VariationMarginVectors.Check),
        ["inverse_variation_margin"] = new(SettlementVectors.InverseVariationMargin),
        ["settlement_price"] = new(SettlementVectors.SettlementPrice),
        ["assignment"] = new(SettlementVectors.Assignment),
        ["backtest"] = new(BacktestVectors.Backtest),
        ["independence"] = new(BacktestVectors.Independence),
        ["default_fund"] = new(DefaultFundVectors.Check),
        ["waterfall"] = new(DefaultVectors.Waterfall),
        ["assessments"] = new(DefaultVectors.Assessments),
    };

    // Words for people that a file may carry beside its numbers.
    private static readonly string[] Remarks = ["rule", "units", "sign"];

    private sealed record Kind(Action<VectorObject, VectorReport, VectorData> Check, bool HasStrike = false);

    /// <summary>Checks a file.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="dataDirectory">Where histories are looked for; null for the file's own directory.</param>
    /// <exception cref="VectorFormatException">The file cannot be read, is malformed, or has an input that the engine refuses.</exception>
    public static VectorReport File(string file, string? dataDirectory)
    {
        string text;
        try
        {
            text = System.IO.File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VectorFormatException(file, $"the file cannot be read: {e.Message}", e);
        }

        return Text(text, file, new VectorData(dataDirectory ?? Path.GetDirectoryName(Path.GetFullPath(file))!));
    }

    /// <summary>Checks the text of a file.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">What messages call it.</param>
    /// <param name="data">Where histories are.</param>
    /// <exception cref="VectorFormatException">The text is malformed, or has an input that the engine refuses.</exception>
    public static VectorReport Text(string json, string file, VectorData data)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new VectorFormatException(file, $"this is no JSON: {e.Message}", e);
        }

        using (document)
        {
            var root = VectorObject.Root(document.RootElement, file);
            var name = root.Text("kind");
            if (!Kinds.TryGetValue(name, out var kind))
            {
                throw root.Problem("kind", $"is \"{name}\"; {string.Join(", ", Kinds.Keys)} is allowed");
            }

            foreach (var remark in Remarks.Where(root.Has))
            {
                root.Text(remark);
            }

            var report = new VectorReport(file, name, VectorTolerance.Read(root, kind.HasStrike));
            kind.Check(root, report, data);
            root.Close();
            return report;
        }
    }

    /// <summary>Runs every case of a file. What the engine refuses in one is reported with the case's path.</summary>
    internal static void Cases(VectorObject root, Action<VectorObject, string> check)
    {
        var cases = root.Objects("cases");
        for (var i = 0; i < cases.Count; i++)
        {
            var item = cases[i];
            var name = item.Has("name") ? item.Text("name") : $"#{i + 1}";
            Refusals(item.Path, () => check(item, name));
            item.Close();
        }
    }

    /// <summary>Turns what the engine refuses into a malformed file at a path.</summary>
    internal static void Refusals(string path, Action compute)
    {
        try
        {
            compute();
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or InvalidOperationException or DivideByZeroException)
        {
            throw new VectorFormatException(path, $"the engine refuses this input: {Refusal.Of(e)}", e);
        }
    }
}
