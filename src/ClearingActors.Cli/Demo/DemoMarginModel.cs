using System.Text.Json;
using System.Text.Json.Serialization;
using ClearingActors.Risk.Backtests;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// The demo's margin model: the file <c>config/margin/spx.json</c>, which is built in. The operator sends its text as it is; what is read of it here is only what the
/// demo itself needs, so that the back-test is of the model that ran.
/// </summary>
public sealed class DemoMarginModel
{
    /// <summary>The risk factor: the future's underlying.</summary>
    public const string Factor = "SPX";

    private const string Resource = "margin.spx.json";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private DemoMarginModel(string parameters, BacktestSettings backtest)
    {
        Parameters = parameters;
        Backtest = backtest;
    }

    /// <summary>The file's text.</summary>
    public string Parameters { get; }

    /// <summary>The same model of the future for a back-test.</summary>
    public BacktestSettings Backtest { get; }

    /// <summary>The closes that must be known before the first day; the volatility's history begins later than the price's.</summary>
    public int LeastCloses => Backtest.Scenarios.Lookback + Backtest.Scenarios.EwmaSeedReturns + 1 + SyntheticVolatility.Days;

    /// <summary>Reads the file that is built in.</summary>
    public static DemoMarginModel Load()
    {
        using var stream = typeof(DemoMarginModel).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the program was built without {Resource}");
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        var file = JsonSerializer.Deserialize<ModelFile>(text, Options) ?? throw new InvalidOperationException($"{Resource} is null; an object is needed");
        var group = file.Groups[Factor];
        return new DemoMarginModel(text, new BacktestSettings
        {
            Scenarios = new ScenarioSettings
            {
                Lookback = group.Lookback,
                EwmaLambda = group.EwmaLambda,
                EwmaSeedReturns = group.EwmaSeedReturns,
                MporDays = group.MporDays,
                Scaling = group.Scaling,
            },
            Confidence = group.Confidence,
            Measure = group.Measure,
            Procyclicality = group.Buffer25 ? BacktestProcyclicality.Buffer25 : BacktestProcyclicality.None,
        });
    }

    private sealed record ModelFile(Dictionary<string, GroupFile> Groups);

    private sealed record GroupFile(
        RiskMeasure Measure, double Confidence, int Lookback, int EwmaSeedReturns, double EwmaLambda, VolatilityScaling Scaling, double MporDays, bool Buffer25);
}
