using ClearingActors.Domain.Default;

namespace ClearingActors.Domain.Tests.Default;

public sealed class WaterfallOrderTests
{
    private static readonly LayerKind[] KoreanOrder = [LayerKind.DefaulterMargin, LayerKind.DefaulterDefaultFund, LayerKind.DefaultFund, LayerKind.CcpJuniorCapital];

    [Fact]
    public void The_default_order_is_allowed_under_every_profile()
    {
        foreach (var profile in (RegulatoryProfile[])[RegulatoryProfile.EuropeanUnion, RegulatoryProfile.Other])
        {
            WaterfallOrder.TryCreate(WaterfallOrder.Default.Layers, profile, out var order, out var error).ShouldBeTrue();
            order!.Layers.ShouldBe(WaterfallOrder.Default.Layers);
            error.ShouldBeNull();
        }
    }

    [Fact]
    public void Survivors_before_junior_capital_is_refused_under_an_EU_profile_and_allowed_under_others()
    {
        Refusal(KoreanOrder, RegulatoryProfile.EuropeanUnion).ShouldContain("EMIR Art. 45(4)");
        Refusal([LayerKind.DefaulterMargin, LayerKind.DefaulterDefaultFund, LayerKind.Assessments, LayerKind.CcpJuniorCapital], RegulatoryProfile.EuropeanUnion).ShouldContain("before assessments");
        Refusal([LayerKind.DefaulterMargin, LayerKind.DefaulterDefaultFund, LayerKind.DefaultFund], RegulatoryProfile.EuropeanUnion).ShouldContain("before default_fund");
        WaterfallOrder.TryCreate(KoreanOrder, RegulatoryProfile.Other, out _, out _).ShouldBeTrue();
    }

    [Fact]
    public void The_defaulter_pays_first_under_an_EU_profile()
    {
        Refusal([LayerKind.CcpJuniorCapital, LayerKind.DefaulterMargin, LayerKind.DefaulterDefaultFund], RegulatoryProfile.EuropeanUnion).ShouldContain("defaulter_margin, then");
        Refusal([LayerKind.DefaulterMargin], RegulatoryProfile.EuropeanUnion).ShouldContain("defaulter_default_fund must come first");
        WaterfallOrder.TryCreate([LayerKind.CcpJuniorCapital, LayerKind.DefaulterMargin], RegulatoryProfile.Other, out _, out _).ShouldBeTrue();
    }

    [Fact]
    public void Anything_that_is_no_order_is_refused()
    {
        Refusal([], RegulatoryProfile.Other).ShouldContain("one layer at least");
        Refusal([LayerKind.DefaultFund, LayerKind.DefaultFund], RegulatoryProfile.Other).ShouldBe("waterfall[1] is \"default_fund\": it is in the order already; each layer is allowed once");
        Refusal([LayerKind.TearUp], RegulatoryProfile.Other).ShouldContain("\"tear_up\"");
        Refusal([LayerKind.None], RegulatoryProfile.Other).ShouldContain("waterfall[0]");
        Refusal([(LayerKind)99], RegulatoryProfile.Other).ShouldContain("\"99\"");
        Refusal([LayerKind.DefaultFund], RegulatoryProfile.None).ShouldContain("profile");
    }

    [Fact]
    public void Layers_are_known_by_their_ids()
    {
        LayerKinds.Ids.ShouldBe(["defaulter_margin", "defaulter_default_fund", "ccp_junior_capital", "default_fund", "ccp_senior_capital", "assessments", "gains_haircut", "tear_up", "ccp_remaining_equity"]);
        foreach (var id in LayerKinds.Ids)
        {
            LayerKinds.TryParse(id, out var kind, out _).ShouldBeTrue();
            kind.Id().ShouldBe(id);
        }

        LayerKinds.TryParse("margin", out _, out var error).ShouldBeFalse();
        error!.ToString().ShouldStartWith("layer is \"margin\": one of defaulter_margin,");
        Should.Throw<ArgumentOutOfRangeException>(() => LayerKind.None.Id());
    }

    private static string Refusal(LayerKind[] layers, RegulatoryProfile profile)
    {
        WaterfallOrder.TryCreate(layers, profile, out var order, out var error).ShouldBeFalse();
        order.ShouldBeNull();
        return error!.ToString();
    }
}
