using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 10.2 over the live house: C is the lower of requirement and collateral revalued in the scenario.</summary>
public sealed class StressCollateralTests
{
    private const string Operator = "operator:test";

    private const string Model = """
        {
          "base": "USD",
          "factors": { "SPX": { "change": "relative" }, "EURUSD": { "change": "relative" } },
          "currencies": { "EUR": { "factor": "EURUSD" } },
          "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none" } },
          "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } },
          "collateral": {
            "currencies": { "EUR": { "haircut": 0.08 } },
            "assets": { "BOND": { "haircut": 0.05 }, "COIN": { "haircut": 0.4 } },
            "issuers": { "STATE": { "maxAmounts": { "USD": 15000 } } }
          }
        }
        """;

    private const string Scenarios = """
        [
          { "id": "crash", "name": "Crash", "type": "hypothetical", "othersUnmoved": true, "shocks": [
            { "factor": "price", "name": "SPX", "kind": "relative", "shock": -0.2, "assumed": "for the test" },
            { "factor": "price", "name": "BOND", "kind": "relative", "shock": -0.4, "assumed": "for the test" },
            { "factor": "currency", "name": "EUR", "kind": "relative", "shock": -0.08, "assumed": "for the test" }] },
          { "id": "named", "name": "The coin by its own shock", "type": "hypothetical", "othersUnmoved": true, "shocks": [
            { "factor": "price", "name": "SPX", "kind": "relative", "shock": -0.2, "assumed": "for the test" },
            { "factor": "price", "name": "COIN", "kind": "relative", "shock": 0.5, "assumed": "for the test" }] },
          { "id": "units", "name": "In price units", "type": "hypothetical", "othersUnmoved": true, "shocks": [
            { "factor": "price", "name": "SPX", "kind": "absolute", "shock": -550, "assumed": "for the test" },
            { "factor": "price", "name": "BOND", "kind": "absolute", "shock": -120, "assumed": "for the test" },
            { "factor": "currency", "name": "EUR", "kind": "absolute", "shock": -0.05, "assumed": "for the test" }] }
        ]
        """;

    private static readonly Currency Eur = new("EUR", 2);
    private static readonly AccountId Alpha = AccountId.Parse("ALPHA.HOUSE");
    private static readonly AssetId Bond = AssetId.Parse("BOND");
    private static readonly AssetId Coin = AssetId.Parse("COIN");

    /// <summary>20 bonds at 1,000, 10 coins at half of the index' 2,750, 100 EUR at 1.25, no dollars.</summary>
    private static readonly (string Scenario, long Minor)[] Revalued =
    [
        // 20 x 600 x 0.95 = 11,400; 10 x 1,375 x 0.8 x 0.6 = 6,600; 100 x 1.25 x 0.92 x 0.92 = 105.80.
        ("crash", 11_400_00 + 6_600_00 + 105_80),

        // 19,000, of which the issuer's limit lets 15,000 count; 10 x 2,062.50 x 0.6 = 12,375; 100 x 1.25 x 0.92 = 115.
        ("named", 15_000_00 + 12_375_00 + 115_00),

        // Quoted at 100 less 120: nothing; 10 x 1,100 x 0.6 = 6,600; 100 x 1.20 x 0.92 = 110.40.
        ("units", 6_600_00 + 110_40),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Collateral_counts_at_its_value_in_the_scenario_after_haircuts_and_limits(int shards)
    {
        await using var house = await StartAsync(shards);
        var run = await house.Engine.RunStressAsync(Operator);
        run.Inputs.Collateral.Assets.ShouldBe([new AssetPrice(Bond, 1000m), new AssetPrice(Coin, 1375m)]);
        run.Inputs.Collateral.Rates.ShouldBe([new ExchangeRate("EUR", "USD", 1.25m)]);

        // 500 lots of 50 at 2,750 lose 20 %, which is also 550 points; the requirement is above what the collateral is worth.
        foreach (var (scenario, minor) in Revalued)
        {
            var losses = run.Outcome!.Scenarios.Single(s => s.Scenario == scenario).UncoveredLosses;
            losses.Select(u => (u.Member.Value, u.Minor)).ShouldBe([("ALPHA", 13_750_000_00 - minor), ("BETA", 0)]);
        }
    }

    [Fact]
    public async Task A_crash_and_newer_prices_change_nothing_of_what_a_run_found()
    {
        await using var house = await StartAsync(3);
        await house.Engine.RunStressAsync(Operator);
        await ExpectAsync(house);
        await house.Engine.SetCollateralPricesAsync(Operator, new CollateralPricesSet([new AssetPrice(Bond, 50m)], [new("EUR", "USD", 2m)]));
        await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("more"), Bond, 5);
        house.Crash();
        house.Open(3);
        await ExpectAsync(house);
        await house.Engine.StopAsync();
        house.Crash();
        house.Open(3);
        await ExpectAsync(house);
        house.FromSnapshot.ShouldBePositive();
    }

    [Fact]
    public async Task A_scenario_that_says_nothing_of_an_asset_or_a_currency_comes_to_nothing_unless_others_stay_unmoved()
    {
        await using var house = await StartAsync(2);
        const string Silent = """
            [{ "id": "a", "name": "x", "type": "hypothetical", "othersUnmoved": false, "shocks": [
              { "factor": "price", "name": "SPX", "kind": "relative", "shock": -0.2, "assumed": "for the test" }SHOCKS] }]
            """;
        const string BondShock = """, { "factor": "price", "name": "BOND", "kind": "relative", "shock": 0, "assumed": "for the test" }""";
        await house.Engine.SetScenariosAsync(Operator, Silent.Replace("SHOCKS", "", StringComparison.Ordinal));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunStressAsync(Operator))).Message.ShouldContain("scenario a says nothing of Price BOND");
        await house.Engine.SetScenariosAsync(Operator, Silent.Replace("SHOCKS", BondShock, StringComparison.Ordinal));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunStressAsync(Operator))).Message.ShouldContain("scenario a says nothing of Currency EUR");
        await house.Engine.SetScenariosAsync(Operator, Scenarios.Replace("-0.05", "-1.25", StringComparison.Ordinal));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunStressAsync(Operator))).Message.ShouldContain("scenario units takes the rate of EUR in USD to 0 of what it is");
    }

    private static async Task ExpectAsync(TestHouse house)
    {
        foreach (var (scenario, minor) in Revalued)
        {
            var accounts = (await house.Engine.StressGearingAsync(Operator, scenario, 10)).Accounts;
            accounts.Single(a => a.Account == Alpha).Collateral.ShouldBe(minor);
            accounts.Single(a => a.Account.Value == "BETA.HOUSE").Collateral.ShouldBe(1_000_000_00);
        }
    }

    private static async Task<TestHouse> StartAsync(int shards)
    {
        var house = await TestHouse.StartAsync(shards);
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Index());
        foreach (var (id, digits, issuer, pricedBy, factor) in new[] { (Bond, 0, "STATE", default, 10m), (Coin, 8, "COIN", Contracts.Index().Id, 0.5m) })
        {
            CollateralAsset.TryCreate(id, TestHouse.Usd, digits, issuer, pricedBy, factor, out var asset).ShouldBeNull();
            await house.Engine.DefineCollateralAssetAsync(Operator, asset!);
        }

        await house.Engine.SetCollateralPricesAsync(Operator, new CollateralPricesSet([new AssetPrice(Bond, 100m)], [new("EUR", "USD", 1.25m)]));
        await house.Engine.SetRiskModelAsync(Operator, Model);
        await PricesAsync(house, "SPX", 2750, 2740, 2750, 2760, 2750);
        await PricesAsync(house, "EURUSD", 1.25, 1.26, 1.24, 1.25, 1.25);
        await house.Engine.SetScenariosAsync(Operator, Scenarios);
        await house.Engine.SetFundTermsAsync(Operator, StressFundTests.Terms);

        await house.Engine.BookCollateralAsync(Operator, Alpha, RequestId.Parse("out"), new Money(-1_000_000_00, TestHouse.Usd));
        await house.Engine.BookCollateralAsync(Operator, Alpha, RequestId.Parse("eur"), new Money(100_00, Eur));
        await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("bonds"), Bond, 20);
        await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("coins"), Coin, 10_00000000);
        (await house.SubmitAsync(TestHouse.Report("T1", quantity: 500, price: 2750m, guaranteed: true))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        var mark = new MarkReport(Contracts.Index().Id, MarkSourceId.Parse("FEED"), 2750m, TestHouse.Noon - 1_000_000);
        (await house.AskAsync(to => house.Engine.Mark("venue:VENUE", UnderlyingId.Parse("SPX"), mark, to))).ShouldBeOfType<MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2750_00)]);
        await house.Engine.RunMarginAsync(Operator);
        return house;
    }

    private static Task PricesAsync(TestHouse house, string factor, params double[] prices) =>
        house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet(factor, [.. prices.Select((p, i) => new FactorPrice(new DateOnly(2020, 3, 2).AddDays(i), p))], Replaces: true));
}
