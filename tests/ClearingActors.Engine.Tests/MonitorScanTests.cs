using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.9 through the actors for a scanned product group: futures of two expiries and options on an index and a future.</summary>
public sealed class MonitorScanTests
{
    private const string Operator = "operator:test";

    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative" } },
          "options": { "*": { "volatility": 0.3, "rate": 0.02 } },
          "groups": { "*": {
            "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid", "buffer25": true,
            "shortOptionMinimum": 2000, "span": { "priceScanRange": 90, "volScanRange": 0.06, "spreadChargePerLot": 700 } } },
          "calls": { "USD": { "minimumTransfer": 1000.00, "callUnit": 500.00, "minutesToMeet": 60 } }
        }
        """;

    private static readonly string[] Traded = [TestHouse.Future.Value, "SPX.NEAR", "SPX.CALL", "SPX.PUT"];
    private long _time = TestHouse.Noon - 1_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_happens_the_figures_are_those_of_a_run(int seed)
    {
        await using var house = await StartAsync(3);
        var random = new Random(seed);
        string[] accounts = ["ALPHA.HOUSE", "BETA.HOUSE", "ALPHA.GROSS"];
        var novated = 0;
        for (var step = 0; step < 120; step++)
        {
            if (random.Next(6) == 0)
            {
                await MarkAllAsync(house, 2750m + random.Next(-60, 60));
            }
            else
            {
                var buyer = random.Next(3);
                var seller = (buyer + 1 + random.Next(2)) % 3;
                var instrument = random.Next(4);
                var outcome = await house.SubmitAsync(TestHouse.Report(
                    $"T{step}", accounts[buyer], accounts[seller], random.Next(1, 30), instrument < 2 ? 2750m : 250m, $"C{random.Next(2)}", $"C{random.Next(2)}", random.Next(5) == 0, Traded[instrument]));
                novated += outcome.Kind == TradeOutcomeKind.Novated ? 1 : 0;
            }

            await VerifyAsync(house);
        }

        novated.ShouldBeGreaterThan(10);
        await MarkAllAsync(house, 2761.5m);
        await house.Engine.RunMarginAsync(Operator);
        foreach (var account in accounts)
        {
            var margin = await MarginAsync(house, account);
            margin.Stale.ShouldBeEmpty();
            margin.Parts.ShouldNotContain(p => p.Name == "configured");
            margin.Parts.ShouldContain(p => p.Name == "buffer");
            margin.Official.Last!.Coverage.Requirement.ShouldBePositive();
            Math.Abs(margin.Indicative!.Value.Requirement - margin.Official.Last.Coverage.Requirement).ShouldBeLessThanOrEqualTo(1, $"{account}, seed {seed}");
        }
    }

    [Fact]
    public async Task A_mark_of_an_option_s_reference_moves_the_scan_and_a_spread_costs_its_charge()
    {
        await using var house = await StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 4));
        await house.SubmitAsync(TestHouse.Report("T2", buyer: "BETA.HOUSE", seller: "ALPHA.HOUSE", quantity: 4, instrument: "SPX.NEAR"));

        // Four lots of each side cancel in the scan: four spread lots and a quarter on top.
        (await MarginAsync(house, "ALPHA.HOUSE")).Indicative!.Value.Requirement.ShouldBe(3_500_00);
        await house.SubmitAsync(TestHouse.Report("T3", quantity: 2, price: 250m, instrument: "SPX.CALL"));
        var before = (await MarginAsync(house, "BETA.HOUSE")).Indicative!.Value.Requirement;
        foreach (var price in new[] { 2650m, 2550m })
        {
            await PublishAsync(house, "SPX.INDEX", price);
        }

        (await MarginAsync(house, "BETA.HOUSE")).Indicative!.Value.Requirement.ShouldNotBe(before);
        await VerifyAsync(house);
    }

    [Fact]
    public async Task Only_trades_that_the_excess_covers_with_the_scan_are_novated_though_all_came_at_once()
    {
        await using var house = await StartAsync();

        // 90 points of 50 and a quarter: 5,625 a lot, of a million. By the amount per lot a thousand lots would do.
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 60).Select(i => house.SubmitAsync(TestHouse.Report($"T{i}", quantity: 5))));
        outcomes.Count(o => o.Kind == TradeOutcomeKind.Novated).ShouldBe(35);
        outcomes.Where(o => o.Kind != TradeOutcomeKind.Novated).ShouldAllBe(o => o.Reason == RejectReason.InsufficientHeadroom);

        // Two lots more fit, three do not; a sale of another expiry takes off more than its spread charge though it may yet fail, and out is always open.
        (await house.SubmitAsync(TestHouse.Report("THREE", quantity: 3))).Reason.ShouldBe(RejectReason.InsufficientHeadroom);
        (await house.SubmitAsync(TestHouse.Report("TWO", quantity: 2))).Reason.ShouldBe(RejectReason.None);
        (await house.SubmitAsync(TestHouse.Report("SPREAD", buyer: "BETA.HOUSE", seller: "ALPHA.HOUSE", quantity: 10, instrument: "SPX.NEAR"))).Reason.ShouldBe(RejectReason.None);
        await MarkAllAsync(house, 2640m);
        (await MarginAsync(house, "ALPHA.HOUSE")).Indicative!.Value.Excess.ShouldBeNegative();
        (await house.SubmitAsync(TestHouse.Report("MORE", price: 2640m, quantity: 1))).Reason.ShouldBe(RejectReason.InsufficientHeadroom);
        (await house.SubmitAsync(TestHouse.Report("OUT", buyer: "BETA.HOUSE", seller: "ALPHA.HOUSE", price: 2640m, quantity: 5))).Reason.ShouldBe(RejectReason.None);
        await VerifyAsync(house);
    }

    private async Task<TestHouse> StartAsync(int shards = 4)
    {
        var house = await TestHouse.StartAsync(shards);
        foreach (var instrument in new[] { Contracts.Near(), Contracts.Index(), Contracts.Call(), Contracts.Put() })
        {
            await house.Engine.DefineInstrumentAsync(Operator, instrument);
        }

        await house.Engine.SetRiskModelAsync(Operator, Model);
        var first = new DateOnly(2019, 1, 1);
        List<FactorPrice> prices = [.. Enumerable.Range(0, 400).Select(i => new FactorPrice(first.AddDays(i), 2700.0 + (60.0 * Math.Sin(i * 1.7))))];
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", prices, true));
        await MarkAllAsync(house, 2750m);
        return house;
    }

    /// <summary>Holds every account's figures and bounds against full revaluation, in every shard.</summary>
    private static async Task VerifyAsync(TestHouse house)
    {
        for (var shard = 0; shard < house.Engine.Identity.ShardCount; shard++)
        {
            (await house.Engine.Runtime.InspectAsync(shard, static (_, scope) => ((EngineScope)scope).Monitor.Verify())).ShouldBeNull();
        }
    }

    private async Task PublishAsync(TestHouse house, string instrument, decimal price)
    {
        var mark = new MarkReport(InstrumentId.Parse(instrument), MarkSourceId.Parse("FEED"), price, ++_time);
        var reply = (MarkReply)await house.AskAsync(replyTo => house.Engine.Mark("venue:VENUE", UnderlyingId.Parse("SPX"), mark, replyTo));
        reply.Kind.ShouldBe(MarkDecisionKind.Accepted);
    }

    private async Task MarkAllAsync(TestHouse house, decimal price)
    {
        foreach (var instrument in new[] { TestHouse.Future.Value, "SPX.NEAR", "SPX.INDEX" })
        {
            await PublishAsync(house, instrument, price);
        }

        await PublishAsync(house, "SPX.CALL", 250m);
        await PublishAsync(house, "SPX.PUT", 10m);
        await house.Engine.QuiesceAsync();
    }

    private static async Task<MarginView> MarginAsync(TestHouse house, string account) =>
        (await house.Engine.GetMarginAsync(Operator, AccountId.Parse(account), [])).ShouldNotBeNull();
}
