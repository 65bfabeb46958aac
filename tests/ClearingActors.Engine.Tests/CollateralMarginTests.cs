using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.7 and 8.8: what counts, what meets a call, and what may leave.</summary>
public sealed partial class CollateralTests
{
    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } },
          "calls": { "USD": { "minimumTransfer": 0, "callUnit": 0.01, "minutesToMeet": 60 } },
          "collateral": {
            "currencies": { "EUR": { "haircut": 0.08 }, "BTC": { "haircut": 0.3 } },
            "assets": { "BOND": { "haircut": 0.05, "maxShare": 0.5 }, "COIN": { "haircut": 0.4 } },
            "issuers": { "STATE": { "maxAmounts": { "USD": 900000 } } },
            "rates": { "BTC/USD": "SPX.INDEX" }
          }
        }
        """;

    private static readonly Currency Eur = new("EUR", 2);
    private static readonly AssetId Coin = AssetId.Parse("COIN");

    [Fact]
    public async Task A_call_is_met_by_any_collateral_at_what_it_adds_and_by_no_more()
    {
        await using var house = await StartAsync();
        await house.Engine.RunMarginAsync(Operator);
        var (call, requirement) = await CallAsync(house);
        requirement.ShouldBeGreaterThan(1_000_000_00);

        // 100 EUR x 1.25 less 8 %.
        await house.Engine.BookCollateralAsync(Operator, Alpha, RequestId.Parse("eur"), new Money(100_00, Eur));
        (await CallAsync(house)).Call.CreditedMinor.ShouldBe(115_00);

        // 10 coins at half of 2,750.25, less 40 %.
        await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("coin"), Coin, 10_00000000);
        (await CallAsync(house)).Call.CreditedMinor.ShouldBe(115_00 + 8_250_75);

        // More bonds than may count: up to half of the requirement, or 900,000.
        await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("bonds"), Bond, 10_000);
        var counted = Math.Min(requirement / 2, 900_000_00);
        var margin = await MarginAsync(house);
        margin.Collateral.Select(l => (l.Name, l.CountedMinor)).ShouldBe([("EUR", 115_00), ("USD", 1_000_000_00), ("BOND", counted), ("COIN", 8_250_75)]);
        var bonds = margin.Collateral.Single(l => l.Name == "BOND");
        (bonds.Price, bonds.Haircut, bonds.ValueMinor).ShouldBe((1000m, 0.05m, 9_500_000_00));
        margin.Official.Calls[0].CreditedMinor.ShouldBe(Math.Min(call.AmountMinor, 115_00 + 8_250_75 + counted));
        margin.Indicative!.Value.Collateral.ShouldBe(1_000_000_00 + 115_00 + 8_250_75 + counted);
    }

    [Fact]
    public async Task The_run_names_every_price_and_a_replay_gives_the_same_figures()
    {
        await using var house = await StartAsync();
        await house.Engine.BookCollateralAsync(Operator, Alpha, RequestId.Parse("eur"), new Money(100_00, Eur));
        await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("coin"), Coin, 10_00000000);
        var run = await house.Engine.RunMarginAsync(Operator);
        run.Inputs.Collateral.Assets.ShouldBe([new AssetPrice(Bond, 1000m), new AssetPrice(Coin, 1375.125m)]);
        run.Inputs.Collateral.Rates.ShouldBe([new ExchangeRate("BTC", "USD", 2750.25m), new ExchangeRate("EUR", "USD", 1.25m)]);
        var before = (await MarginAsync(house)).Official.Last!.Coverage;
        before.Collateral.ShouldBe(1_000_000_00 + 115_00 + 8_250_75);

        // What is set later is not what the run used.
        await house.Engine.SetCollateralPricesAsync(Operator, new CollateralPricesSet([], [new("EUR", "USD", 1.2m)]));
        house.Crash();
        house.Open();
        (await MarginAsync(house)).Official.Last!.Coverage.ShouldBe(before);
        var again = (await house.Engine.GetMarginRunsAsync(Operator)).Last!.Inputs;
        again.Collateral.Rates.ShouldBe(run.Inputs.Collateral.Rates);
        again.Collateral.Assets.ShouldBe(run.Inputs.Collateral.Assets);
    }

    [Fact]
    public async Task A_run_withdraws_the_call_of_an_account_that_is_covered_again_and_its_deadline_passes_without_a_word()
    {
        await using var house = await StartAsync();
        await house.Engine.RunMarginAsync(Operator);
        await house.SubmitAsync(TestHouse.Report("back", buyer: "BETA.HOUSE", seller: "ALPHA.HOUSE", quantity: 900, guaranteed: true));
        await house.Engine.QuiesceAsync();
        await house.Engine.RunMarginAsync(Operator);
        (await CallAsync(house)).Call.Status.ShouldBe(MarginCallStatus.Withdrawn);
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (2 * UtcTime.NanosecondsPerDay));
        (await house.Engine.GetMarginRunsAsync(Operator)).Missed.ShouldBeEmpty();
    }

    [Fact]
    public async Task Variation_margin_that_comes_in_meets_a_call()
    {
        await using var house = await StartAsync();
        await house.Engine.RunMarginAsync(Operator);
        var (call, _) = await CallAsync(house);
        var beta = (await MarginAsync(house, "BETA.HOUSE")).Official.Calls[0];

        // Alpha is long 900 and gets one point: 45,000.
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2751_25)]);
        (await CallAsync(house)).Call.CreditedMinor.ShouldBe(Math.Min(call.AmountMinor, 45_000_00));
        (await MarginAsync(house, "BETA.HOUSE")).Official.Calls[0].ShouldBe(beta, "who paid is credited nothing");
    }

    [Fact]
    public async Task After_a_settlement_what_was_lost_is_not_held_back_a_second_time()
    {
        await using var house = await StartAsync(lots: 1);
        await MarkAsync(house, 2740.25m);
        await house.Engine.RunMarginAsync(Operator);
        var last = (await MarginAsync(house)).Official.Last!.Coverage;
        last.AccruedVariationMargin.ShouldBe(-500_00);
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2740_25)]);
        var margin = await MarginAsync(house);
        margin.Indicative!.Value.Excess.ShouldBe(last.Excess);

        // The headroom of one lot is 1,000; the model asks for more, so that it is the model's guard that speaks.
        var requirement = Math.Max(last.Requirement, margin.Indicative.Value.Requirement);
        requirement.ShouldBeGreaterThan(1_000_00);
        var free = 999_500_00 - requirement;
        (await Should.ThrowAsync<RefusedException>(() => WithdrawAsync(house, "w1", free + 1))).Message.ShouldContain($"at most {free} can go");
        (await WithdrawAsync(house, "w2", free)).MinorUnits.ShouldBe(requirement);
    }

    [Fact]
    public async Task Collateral_of_one_kind_may_leave_while_another_covers_and_not_otherwise()
    {
        await using var house = await StartAsync(lots: 1);
        await house.Engine.RunMarginAsync(Operator);
        var requirement = (await MarginAsync(house)).Official.Last!.Coverage.Requirement;
        await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("coin"), Coin, 100_00000000);
        await WithdrawAsync(house, "w1", 1_000_000_00 - 1_000_00);
        (await MarginAsync(house)).Indicative!.Value.Excess.ShouldBe(1_000_00 + 82_507_50 - requirement);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("out"), Coin, -100_00000000))).Message.ShouldContain("would leave an excess of");
        await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("some"), Coin, -1_00000000);
    }

    [Fact]
    public async Task Options_count_at_their_value_with_their_premium_and_debts_in_another_currency_weigh_more()
    {
        await using var house = await TestHouse.StartAsync();
        foreach (var instrument in new[] { Contracts.Index(), Contracts.Call(), Contracts.Inverse() })
        {
            await house.Engine.DefineInstrumentAsync(Operator, instrument);
        }

        await house.SubmitAsync(TestHouse.Report("o1", price: 90m, quantity: 10, instrument: "SPX.CALL"));
        await house.SubmitAsync(TestHouse.Report("i1", price: 2400m, quantity: 1000, instrument: "SPX.INVERSE", guaranteed: true));
        Coverage Of(string account, long requirement, long call, long inverse) => Coverages(house, account, requirement, call, inverse);

        // Bought for 90 x 10 x 50 and worth 100 x 10 x 50 now: premium is owed until it is settled.
        var buyer = Of("ALPHA.HOUSE", 1_000_00, 100_00, 2400_00);
        (buyer.NetOptionValue, buyer.PremiumPayable, buyer.PremiumReceivable, buyer.OptionValue).ShouldBe((50_000_00, 45_000_00, 0, 1_000_00));
        var seller = Of("BETA.HOUSE", 1_000_00, 100_00, 2400_00);
        (seller.NetOptionValue, seller.PremiumPayable, seller.PremiumReceivable, seller.OptionValue).ShouldBe((-50_000_00, 0, 45_000_00, -5_000_00));

        // 1,000 lots of 100 at 2,400, marked at 2,500: longs gain 100,000 x (1/2400 - 1/2500) = 1.6667 BTC.
        var gain = Of("ALPHA.HOUSE", 0, 100_00, 2500_00).AccruedVariationMargin;
        var loss = Of("BETA.HOUSE", 0, 100_00, 2500_00).AccruedVariationMargin;
        gain.ShouldBeInRange(2_916_66, 2_916_67, "1.66666... x 2,500 x 0.7");
        loss.ShouldBeInRange(-5_416_68, -5_416_66, "1.66666... x 2,500 x 1.3");
    }

    [Theory]
    [InlineData("""{ "currencies": { "eur": { "haircut": 0 } } }""", "collateral.currencies.eur: currency code")]
    [InlineData("""{ "currencies": { "EUR": { "haircut": 1.01 } } }""", "collateral.currencies.EUR.haircut is 1.01; 0 to 1")]
    [InlineData("""{ "assets": { "BOND": { "haircut": -0.1 } } }""", "collateral.assets.BOND.haircut is -0.1; 0 to 1")]
    [InlineData("""{ "assets": { "BO ND": { "haircut": 0 } } }""", "collateral.assets.BO ND: 1 to 64 characters")]
    [InlineData("""{ "assets": { "BOND": { "haircut": 0, "maxShare": -1 } } }""", "collateral.assets.BOND.maxShare is -1; 0 or more")]
    [InlineData("""{ "issuers": { "STATE": { "maxAmounts": { "USD": -1 } } } }""", "collateral.issuers.STATE.maxAmounts.USD is -1; 0 or more")]
    [InlineData("""{ "assets": { "BOND": null } }""", "collateral.assets.BOND is null; an object is needed")]
    [InlineData("""{ "rates": { "EURUSD": "X" } }""", "collateral.rates.EURUSD: two different currency codes")]
    [InlineData("""{ "rates": { "EUR/USD": "X Y" } }""", "collateral.rates.EUR/USD names \"X Y\"")]
    [InlineData("""{ "assets": { "BOND": { "haircut": 0, "surprise": 1 } } }""", "surprise")]
    public void Bad_terms_are_refused_with_their_place(string collateral, string message) =>
        Should.Throw<FormatException>(() => ClearingEngine.VersionOfRiskModel(Model[..Model.IndexOf("\"collateral\"", StringComparison.Ordinal)] + $"\"collateral\": {collateral} }}")).Message.ShouldContain(message);

    private static async Task<TestHouse> StartAsync(int lots = 900)
    {
        var house = await TestHouse.StartAsync();
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Index());
        await house.Engine.DefineCollateralAssetAsync(Operator, Asset("BOND", 0, "STATE", factor: 10m));
        await house.Engine.DefineCollateralAssetAsync(Operator, Asset("COIN", 8, "COIN", "SPX.INDEX", factor: 0.5m));
        await house.Engine.SetCollateralPricesAsync(Operator, new CollateralPricesSet([new AssetPrice(Bond, 100m)], [new("EUR", "USD", 1.25m)]));
        await house.Engine.SetRiskModelAsync(Operator, Model);
        List<FactorPrice> prices = [.. Enumerable.Range(0, 400).Select(i => new FactorPrice(new DateOnly(2019, 1, 1).AddDays(i), 2700.0 + (60.0 * Math.Sin(i * 1.7)) + (i % 7 * 11)))];
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", prices, true));
        await house.SubmitAsync(TestHouse.Report("open", quantity: lots, guaranteed: true));
        await MarkAsync(house, 2750.25m);
        await MarkAsync(house, 2750.25m, Contracts.Index());
        return house;
    }

    private static async Task MarkAsync(TestHouse house, decimal price, Instrument? instrument = null)
    {
        var mark = new MarkReport(instrument?.Id ?? TestHouse.Future, MarkSourceId.Parse("FEED"), price, TestHouse.Noon - 1_000_000 + (long)(3_000m - price));
        (await house.AskAsync(to => house.Engine.Mark("venue:VENUE", UnderlyingId.Parse("SPX"), mark, to))).ShouldBeOfType<MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
    }

    private static async Task<MarginView> MarginAsync(TestHouse house, string account = "ALPHA.HOUSE") => (await house.Engine.GetMarginAsync(Operator, AccountId.Parse(account), [])).ShouldNotBeNull();

    private static async Task<(MarginCall Call, long Requirement)> CallAsync(TestHouse house)
    {
        var official = (await MarginAsync(house)).Official;
        return (official.Calls.ShouldHaveSingleItem(), official.Last!.Coverage.Requirement);
    }

    private static Task<Money> WithdrawAsync(TestHouse house, string request, long minor) =>
        house.Engine.BookCollateralAsync(Operator, Alpha, RequestId.Parse(request), new Money(-minor, TestHouse.Usd));

    /// <summary>The coverage of an account at marks of the call and the inverse perpetual, one BTC at 2,500 USD.</summary>
    private static Coverage Coverages(TestHouse house, string account, long requirement, long call, long inverse)
    {
        var marks = new Dictionary<InstrumentId, long> { [Contracts.Call().Id] = call, [Contracts.Inverse().Id] = inverse };
        var terms = CollateralTerms.None with { Currencies = new Dictionary<string, decimal> { ["BTC"] = 0.3m } };
        var directory = new Domain.House.HouseDirectory();
        foreach (var instrument in new[] { Contracts.Call(), Contracts.Inverse() })
        {
            directory.Apply(new Domain.House.InstrumentDefined(instrument));
        }

        var state = AccountState.Restore(house.AccountAsync(account).GetAwaiter().GetResult());
        return new AccountCoverage(terms, new CollateralPrices([], [new("BTC", "USD", 2500m)]), marks).Of(state, directory, requirement);
    }
}
