using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Default;

/// <summary>Whose rules the order of the waterfall obeys. The numbers are journaled and never change.</summary>
public enum RegulatoryProfile
{
    None = 0,

    /// <summary>EMIR: the defaulter's resources first, CCP capital before any survivor's money [Art. 45].</summary>
    EuropeanUnion = 1,

    /// <summary>No rule on the order.</summary>
    Other = 2,
}

/// <summary>
/// The configured order of the layers that are used without further decision (rulebook 11.4). A layer left out is never used. The layers of recovery are not in it:
/// they follow by two operators' decision (rulebook 11.5).
/// </summary>
public sealed class WaterfallOrder
{
    private WaterfallOrder(LayerKind[] layers) => Layers = layers;

    /// <summary>The order of rulebook 11.4; valid under every profile.</summary>
    public static WaterfallOrder Default { get; } = new(
        [LayerKind.DefaulterMargin, LayerKind.DefaulterDefaultFund, LayerKind.CcpJuniorCapital, LayerKind.DefaultFund, LayerKind.CcpSeniorCapital, LayerKind.Assessments]);

    /// <summary>First used first.</summary>
    public IReadOnlyList<LayerKind> Layers { get; }

    /// <summary>Checks an order.</summary>
    /// <param name="layers">First used first.</param>
    /// <param name="profile">Whose rules.</param>
    /// <param name="order">Null if refused.</param>
    /// <param name="error">Null if not.</param>
    public static bool TryCreate(IReadOnlyList<LayerKind> layers, RegulatoryProfile profile, out WaterfallOrder? order, out DefinitionError? error)
    {
        error = Check(layers, profile);
        order = error is null ? new WaterfallOrder([.. layers]) : null;
        return error is null;
    }

    private static DefinitionError? Check(IReadOnlyList<LayerKind> layers, RegulatoryProfile profile)
    {
        if (profile is not (RegulatoryProfile.EuropeanUnion or RegulatoryProfile.Other))
        {
            return new DefinitionError("profile", profile.ToString(), "european_union or other is needed");
        }

        if (layers.Count == 0)
        {
            return new DefinitionError("waterfall", "", "one layer at least is needed");
        }

        for (var i = 0; i < layers.Count; i++)
        {
            if (layers[i] is LayerKind.None or > LayerKind.Assessments or < LayerKind.None)
            {
                var value = Enum.IsDefined(layers[i]) && layers[i] != LayerKind.None ? layers[i].Id() : layers[i].ToString();
                return new DefinitionError($"waterfall[{i}]", value, $"one of {string.Join(", ", Default.Layers.Select(l => l.Id()))} is needed; recovery follows the waterfall by decision");
            }

            if (layers.Take(i).Contains(layers[i]))
            {
                return new DefinitionError($"waterfall[{i}]", layers[i].Id(), "it is in the order already; each layer is allowed once");
            }
        }

        return profile == RegulatoryProfile.EuropeanUnion ? CheckEuropeanUnion(layers) : null;
    }

    private static DefinitionError? CheckEuropeanUnion(IReadOnlyList<LayerKind> layers)
    {
        if (layers[0] != LayerKind.DefaulterMargin || layers.Count < 2 || layers[1] != LayerKind.DefaulterDefaultFund)
        {
            return new DefinitionError("waterfall", Text(layers), "defaulter_margin, then defaulter_default_fund must come first under an EU profile [EMIR Art. 45(1) to (3)]");
        }

        foreach (var layer in layers)
        {
            switch (layer)
            {
                case LayerKind.CcpJuniorCapital:
                    return null;
                case LayerKind.DefaultFund or LayerKind.Assessments:
                    return new DefinitionError("waterfall", Text(layers), $"ccp_junior_capital must come before {layer.Id()} under an EU profile [EMIR Art. 45(4)]; move it, or choose another profile");
                default:
                    break;
            }
        }

        return null;
    }

    private static string Text(IReadOnlyList<LayerKind> layers) => string.Join(", ", layers.Select(l => l.Id()));
}
