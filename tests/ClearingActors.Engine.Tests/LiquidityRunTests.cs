using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.5 and 8.6 through the actors: the liquidity add-on of whole members, charged to their accounts, and the gearing limit.</summary>
public sealed class LiquidityRunTests
{
    private const string Operator = "operator:test";

    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } },
          "liquidity": { "SPX": { "reference": "SPX.FUT", "halfSpread": 0.0005, "kappa": 0.8, "averageDailyVolume": 40000 } },
          "calls": { "USD": { "minimumTransfer": 1000, "callUnit": 500, "minutesToMeet": 60 } } $
        }
        """;

    private static readonly DateOnly FirstDate = new(2019, 1, 1);

    [Fact]
    public async Task The_add_on_of_a_member_is_that_of_its_net_lots_and_its_accounts_share_it()
    {
        await using var house = await StartAsync(4);
        await TradeAsync(house);
        await house.Engine.RunMarginAsync(Operator);

        // ALPHA has 100 and 20 lots in two accounts, BETA is short of the same. A lot is 50 units.
        var figures = new LiquidityFigures(0.0005, 0.8, Sigma(), 40_000);
        var whole = LiquidityAddOn.Of(120 * 50, 2750.25, figures);
        var shares = LiquidityAddOn.ShareOverAccounts(whole, [LiquidityAddOn.Of(100 * 50, 2750.25, figures), LiquidityAddOn.Of(20 * 50, 2750.25, figures)]);
        var large = await LiquidityAsync(house, "ALPHA.HOUSE");
        var small = await LiquidityAsync(house, "ALPHA.GROSS");
        ((double)large / 100).ShouldBe(shares[0], 0.02);
        ((double)small / 100).ShouldBe(shares[1], 0.02);
        (large + small).ShouldBeGreaterThanOrEqualTo((long)(whole * 100));
        (await LiquidityAsync(house, "BETA.HOUSE")).ShouldBe(large, "the other side of the same trades");

        // What is asked now is what the run said; a trade asked for changes the account's part of the same whole.
        var view = await MarginAsync(house, "ALPHA.GROSS");
        view.Indicative!.Value.Requirement.ShouldBe(view.Official.Last!.Coverage.Requirement);
        (await MarginAsync(house, "ALPHA.GROSS", new HypotheticalTrade(TestHouse.Future, ClientId.Parse("C1"), 20))).Parts.Single(p => p.Name == "liquidity").AmountMinor.ShouldBeGreaterThan(small);
    }

    [Fact]
    public async Task Members_figures_are_the_same_bits_with_any_number_of_shards_and_after_a_replay()
    {
        List<string> all = [];
        foreach (var shards in new[] { 1, 3, 8 })
        {
            await using var house = await StartAsync(shards);
            await TradeAsync(house);
            await house.Engine.RunMarginAsync(Operator);
            var before = await FiguresAsync(house);
            house.Crash();
            house.Open(shards);
            await house.Engine.QuiesceAsync();
            (await FiguresAsync(house)).ShouldBe(before);

            // The shards still know the members' add-ons, so that what is asked now is what the run said.
            (await MarginAsync(house, "ALPHA.GROSS")).Indicative!.Value.Requirement.ShouldBe((await MarginAsync(house, "ALPHA.GROSS")).Official.Last!.Coverage.Requirement);
            all.Add(before);
        }

        all.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task What_a_shard_cannot_measure_ends_the_run_with_its_reason()
    {
        await using var house = await StartAsync(3);
        await TradeAsync(house, mark: false);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunMarginAsync(Operator))).Message.ShouldContain("SPX.FUT has neither a mark nor a settlement price");
        (await house.Engine.GetMarginRunsAsync(Operator)).ShardsMissing.ShouldBe(0);
        (await MarginAsync(house, "ALPHA.HOUSE")).Official.Last.ShouldBeNull();
        await MarkAsync(house, 2750.25m);
        (await house.Engine.RunMarginAsync(Operator)).Totals.Single().Accounts.ShouldBe(4);
    }

    [Fact]
    public async Task An_account_above_its_gearing_may_only_reduce_until_a_run_finds_it_below()
    {
        await using var house = await StartAsync(3, """, "gearing": { "maximum": 20 } """);
        foreach (var member in new[] { "ALPHA", "BETA" })
        {
            // Headroom is not what stops them here.
            await house.Engine.DefineAccountAsync(Operator, AccountId.Parse($"{member}.HOUSE"), MemberId.Parse(member), Segregation.House, TestHouse.Usd, 100_000_000_00);
        }

        await TradeAsync(house);
        await house.Engine.RunMarginAsync(Operator);
        (await MarginAsync(house, "ALPHA.HOUSE")).Official.Last!.GearingExceeded.ShouldBeFalse("13.8 million over 1 million");
        (await house.SubmitAsync(TestHouse.Report("G1", quantity: 60))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        await house.Engine.RunMarginAsync(Operator);
        (await MarginAsync(house, "ALPHA.HOUSE")).Official.Last!.GearingExceeded.ShouldBeTrue("22 million over 1 million");
        house.Crash();
        house.Open(3);
        (await house.SubmitAsync(TestHouse.Report("G2", quantity: 1))).Reason.ShouldBe(RejectReason.GearingLimit);
        (await house.SubmitAsync(TestHouse.Report("G3", "BETA.HOUSE", "ALPHA.HOUSE", 50))).Kind.ShouldBe(TradeOutcomeKind.Novated, "both reduce");
        (await house.SubmitAsync(TestHouse.Report("G4", quantity: 1))).Reason.ShouldBe(RejectReason.GearingLimit);
        await house.Engine.RunMarginAsync(Operator);
        (await house.SubmitAsync(TestHouse.Report("G5", quantity: 1))).Kind.ShouldBe(TradeOutcomeKind.Novated);
    }

    [Fact]
    public async Task Options_and_perpetuals_that_nobody_holds_are_margined_with_every_part()
    {
        await using var house = await StartAsync(3, """, "base": "USD", "currencies": { "BTC": { "factor": "SPX" } }, "options": { "*": { "volatility": 0.2, "rate": 0.03, "yield": 0.01 } } """);
        await TradeAsync(house);
        await house.Engine.RunMarginAsync(Operator);
        foreach (var instrument in new[] { Contracts.Index(), Contracts.Call(), Contracts.Inverse() })
        {
            await house.Engine.DefineInstrumentAsync(Operator, instrument);
        }

        (await MarginAsync(house, "ALPHA.HOUSE", new HypotheticalTrade(Contracts.Call().Id, default, -10))).Stale.ShouldContain("SPX.INDEX has neither a mark nor a settlement price");
        foreach (var (instrument, price) in new[] { (Contracts.Index(), 2740m), (Contracts.Inverse(), 2745m) })
        {
            var mark = new MarkReport(instrument.Id, MarkSourceId.Parse("FEED"), price, TestHouse.Noon - 1);
            (await house.AskAsync(to => house.Engine.Mark("venue:VENUE", instrument.Underlying, mark, to))).ShouldBeOfType<MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        }

        await house.Engine.QuiesceAsync();
        var now = (await MarginAsync(house, "ALPHA.HOUSE")).Indicative!.Value.Requirement;
        foreach (var trade in new[] { new HypotheticalTrade(Contracts.Call().Id, default, 100), new HypotheticalTrade(Contracts.Inverse().Id, default, 5000) })
        {
            var with = await MarginAsync(house, "ALPHA.HOUSE", trade);
            with.Stale.ShouldBeEmpty();
            with.Indicative!.Value.Requirement.ShouldBeGreaterThan(now);
            with.Parts.Sum(p => p.AmountMinor).ShouldBe(with.Indicative.Value.Requirement);
            with.Parts.Select(p => p.Name).ShouldBe(["model", "liquidity"]);
        }
    }

    private static async Task<TestHouse> StartAsync(int shards, string more = "")
    {
        var house = await TestHouse.StartAsync(shards);
        await house.Engine.SetRiskModelAsync(Operator, Model.Replace("$", more, StringComparison.Ordinal));
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", Prices(), true));
        return house;
    }

    private static async Task TradeAsync(TestHouse house, bool mark = true)
    {
        (await house.SubmitAsync(TestHouse.Report("L1", quantity: 100))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        (await house.SubmitAsync(TestHouse.Report("L2", "ALPHA.GROSS", "BETA.GROSS", 30, buyerClient: "C1", sellerClient: "C1"))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        (await house.SubmitAsync(TestHouse.Report("L3", "BETA.GROSS", "ALPHA.GROSS", 10, buyerClient: "C2", sellerClient: "C2"))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        if (mark)
        {
            await MarkAsync(house, 2750.25m);
        }
    }

    private static double Sigma() => FactorShocks.FromHistory(
        new PriceSeries(RiskFactorId.Price("SPX"), [.. Prices().Select(p => new DatedPrice(p.Date, p.Price))]),
        ChangeKind.Relative,
        Prices()[^1].Date,
        new ScenarioSettings { Lookback = 250, EwmaLambda = 0.97, EwmaSeedReturns = 30, MporDays = 2, Scaling = VolatilityScaling.Mid }).DailyVolatility!.Value;

    private static List<FactorPrice> Prices() => [.. Enumerable.Range(0, 400).Select(i => new FactorPrice(FirstDate.AddDays(i), 2700.0 + (60.0 * Math.Sin(i * 1.7)) + (i % 7 * 11)))];

    private static async Task MarkAsync(TestHouse house, decimal price)
    {
        var answer = await house.AskAsync(replyTo => house.Engine.Mark("venue:VENUE", UnderlyingId.Parse("SPX"), new MarkReport(TestHouse.Future, MarkSourceId.Parse("FEED"), price, TestHouse.Noon - 1), replyTo));
        answer.ShouldBeOfType<MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
    }

    private static async Task<long> LiquidityAsync(TestHouse house, string account) =>
        (await MarginAsync(house, account)).Official.Last!.Parts.Single(p => p.Name == "liquidity").AmountMinor;

    private static async Task<MarginView> MarginAsync(TestHouse house, string account, params HypotheticalTrade[] hypothetical) =>
        (await house.Engine.GetMarginAsync(Operator, AccountId.Parse(account), hypothetical)).ShouldNotBeNull();

    private static async Task<string> FiguresAsync(TestHouse house)
    {
        List<string> figures = [];
        foreach (var account in new[] { "ALPHA.HOUSE", "ALPHA.GROSS", "BETA.HOUSE", "BETA.GROSS" })
        {
            var last = (await MarginAsync(house, account)).Official.Last!;
            figures.Add($"{account} {last.Coverage} {string.Join(' ', last.Parts)}");
        }

        return string.Join('\n', figures);
    }
}
