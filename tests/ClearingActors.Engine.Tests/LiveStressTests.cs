using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 10.1 over frozen accounts, without actors: which shock reaches which instrument.</summary>
public sealed class LiveStressTests
{
    private const string Model = RequirementHouse.Factors + ", \"groups\": { \"*\": {" + RequirementHouse.Group + "} }";

    [Theory]
    [InlineData("SPX.FUT", "2026-03", -0.1, "the month of its expiry")]
    [InlineData("SPX.FUT", "2026-03-20", -0.1, "the date of its expiry")]
    [InlineData("SPX.FUT", "SPX.FUT", -0.1, "its own name")]
    [InlineData("SPX.FUT", "2026-06", -0.2, "another contract's node leaves it to the underlying's shock")]
    [InlineData("SPX.JUN", "2026-06", -0.1, "the month of its expiry")]
    [InlineData("SPX.JUN", "2026-03", -0.2, "another contract's node leaves it to the underlying's shock")]
    public void A_future_moves_by_the_shock_at_its_own_node(string instrument, string node, double shock, string why)
    {
        var price = instrument == "SPX.FUT" ? 4010.25 : 4030.0;
        ((double)LossOf(Model, instrument, AtNode(node, -0.1))).ShouldBe(price * 50 * 10 * -shock * 100, 2, why);
    }

    [Fact]
    public void The_most_exact_node_wins()
    {
        StressScenario Of(params (string Node, double Shock)[] shocks) => new("s", [.. shocks.Select(s => new StressShock(RiskFactorId.Price("SPX", s.Node), ChangeKind.Relative, s.Shock))], otherFactorsUnmoved: true);
        var month = LossOf(Model, "SPX.FUT", Of(("2026-03", -0.1)));
        LossOf(Model, "SPX.FUT", Of(("2026-03", -0.3), ("2026-03-20", -0.1))).ShouldBe(month);
        LossOf(Model, "SPX.FUT", Of(("2026-03", -0.3), ("2026-03-20", -0.2), ("SPX.FUT", -0.1))).ShouldBe(month);
        LossOf(Model, "SPX.FUT", Of(("2026-06", -0.3))).ShouldBe(0, "others stay unmoved");
    }

    [Fact]
    public void The_model_may_put_a_contract_at_the_month_that_it_is_called_by()
    {
        const string Named = Model + """, "nodes": { "CL.FUT": "2020-05" }""";
        var oil = new StressScenario(
            "oil", [new StressShock(RiskFactorId.Price("CL", "2020-05"), ChangeKind.Absolute, -55.9), new StressShock(RiskFactorId.Price("CL"), ChangeKind.Relative, -0.1838)], otherFactorsUnmoved: true);
        ((double)LossOf(Named, "CL.FUT", oil)).ShouldBe(559_000_00, 1, "10 lots of 1,000 barrels at 55.90");
        ((double)LossOf(Model, "CL.FUT", oil)).ShouldBe(-6_433_00, 1, "a price of -3.50 gains 18.38 % of itself");
        Should.Throw<FormatException>(() => RiskModel.Parse("{" + Model + """, "nodes": { "CL.FUT": "" } }""")).Message.ShouldContain("nodes.CL.FUT is \"\"");
    }

    [Theory]
    [InlineData("SPX.C", "2026-03", true)]
    [InlineData("SPX.C", "SPX.FUT", true)]
    [InlineData("SPX.C", "SPX.C", false)]
    [InlineData("SPX.C", "2026-06", false)]
    [InlineData("SPX.AP", "2026-03", true)]
    [InlineData("SPX.AP", "SPX.AP", true)]
    [InlineData("SPX.AP", "SPX.FUT", false)]
    public void An_option_moves_by_the_shock_of_its_expirys_forward(string option, string node, bool reached)
    {
        var alone = new StressScenario("s", [new StressShock(RiskFactorId.Price("SPX"), ChangeKind.Relative, reached ? -0.1 : -0.2)], otherFactorsUnmoved: true);
        var loss = LossOf(Model, option, AtNode(node, -0.1));
        loss.ShouldNotBe(0);
        loss.ShouldBe(LossOf(Model, option, alone));
    }

    [Fact]
    public void A_volatility_moves_by_the_shock_at_the_options_own_expiry()
    {
        StressScenario Of(string node, double shock) => new("s", [new StressShock(RiskFactorId.Volatility("SPX.VOL", node), ChangeKind.Relative, shock)], otherFactorsUnmoved: true);
        var loss = LossOf(Model, "SPX.AP", Of("", 0.5));
        loss.ShouldBeLessThan(0, "who is long gains from volatility");
        LossOf(Model, "SPX.AP", Of("2026-03", 0.5)).ShouldBe(loss);
        LossOf(Model, "SPX.AP", Of("2026-06", 0.5)).ShouldBe(0);
    }

    private static StressScenario AtNode(string node, double shock) => new(
        "s", [new StressShock(RiskFactorId.Price("SPX"), ChangeKind.Relative, -0.2), new StressShock(RiskFactorId.Price("SPX", node), ChangeKind.Relative, shock)], otherFactorsUnmoved: true);

    /// <summary>Of 10 lots, in cents.</summary>
    private static long LossOf(string model, string instrument, StressScenario scenario)
    {
        var house = new RequirementHouse(model);
        var account = new FrozenAccount(
            AccountId.Parse("A"), RequirementHouse.Alpha, Segregation.House, RequirementHouse.Usd, 0, [], [new PricePoint(house[instrument].Id, 10)]);
        return new LiveStress([account], new Dictionary<MemberId, FundCashReported>(), FundTermsFile.Parse(StressFundTests.Terms), house.Calculator, house.Directory)
            .Accounts(scenario).ShouldHaveSingleItem().Figures.StressLoss;
    }
}
