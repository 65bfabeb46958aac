using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Default;

/// <summary>The layers that bear a default's loss (rulebook 11.4). The numbers are journaled and never change.</summary>
public enum LayerKind
{
    None = 0,

    /// <summary>What is left of the defaulter's house collateral.</summary>
    DefaulterMargin = 1,

    /// <summary>The defaulter's contribution to the fund.</summary>
    DefaulterDefaultFund = 2,

    /// <summary>The CCP's capital before the survivors' contributions.</summary>
    CcpJuniorCapital = 3,

    /// <summary>The survivors' contributions, worst tier first.</summary>
    DefaultFund = 4,

    /// <summary>The CCP's capital behind them.</summary>
    CcpSeniorCapital = 5,

    /// <summary>What survivors are asked for on top.</summary>
    Assessments = 6,

    /// <summary>Haircut of variation-margin gains (rulebook 11.5).</summary>
    GainsHaircut = 7,

    /// <summary>Payments lowered in a tear-up (rulebook 11.5).</summary>
    TearUp = 8,

    /// <summary>The rest, which starts wind-down (rulebook 11.5).</summary>
    CcpRemainingEquity = 9,
}

/// <summary>The layers' ids in configuration, files and reports.</summary>
public static class LayerKinds
{
    private static readonly Dictionary<string, LayerKind> Kinds = Enum.GetValues<LayerKind>().Where(k => k != LayerKind.None).ToDictionary(Id, StringComparer.Ordinal);

    /// <summary>All ids, in the order of the numbers.</summary>
    public static IReadOnlyList<string> Ids { get; } = [.. Kinds.OrderBy(k => k.Value).Select(k => k.Key)];

    /// <exception cref="ArgumentOutOfRangeException">No layer.</exception>
    public static string Id(this LayerKind kind) => kind switch
    {
        LayerKind.DefaulterMargin => "defaulter_margin",
        LayerKind.DefaulterDefaultFund => "defaulter_default_fund",
        LayerKind.CcpJuniorCapital => "ccp_junior_capital",
        LayerKind.DefaultFund => "default_fund",
        LayerKind.CcpSeniorCapital => "ccp_senior_capital",
        LayerKind.Assessments => "assessments",
        LayerKind.GainsHaircut => "gains_haircut",
        LayerKind.TearUp => "tear_up",
        LayerKind.CcpRemainingEquity => "ccp_remaining_equity",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "this is no layer of the waterfall"),
    };

    /// <summary>False, with what is allowed, if the text is no layer's id.</summary>
    public static bool TryParse(string? text, out LayerKind kind, out DefinitionError? error)
    {
        var known = Kinds.TryGetValue(text ?? "", out kind);
        error = known ? null : new DefinitionError("layer", text ?? "", $"one of {string.Join(", ", Ids)} is needed");
        return known;
    }
}
