using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Journal;
using Turn = ClearingActors.Contracts.Journal.V1.Turn;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.9 through the actors: figures that follow every mark, and trades that are accepted by them.</summary>
public sealed class MonitorTests
{
    private const string Operator = "operator:test";

    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } },
          "calls": { "USD": { "minimumTransfer": 1000.00, "callUnit": 500.00, "minutesToMeet": 60 } }
        }
        """;

    private static readonly DateOnly FirstDate = new(2019, 1, 1);
    private long _time = TestHouse.Noon - 1_000_000;

    [Fact]
    public async Task Every_mark_moves_the_figure_of_every_holder_to_what_a_run_would_find()
    {
        await using var house = await StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 7));
        await house.SubmitAsync(TestHouse.Report("T2", buyer: "ALPHA.GROSS", buyerClient: "C1", quantity: 3));
        await house.SubmitAsync(TestHouse.Report("T3", seller: "ALPHA.GROSS", sellerClient: "C2", buyer: "BETA.HOUSE", quantity: 5));
        foreach (var price in new[] { 2751.25m, 2690m, 2800.5m })
        {
            await MarkAsync(house, price);
            var run = await house.Engine.RunMarginAsync(Operator);
            foreach (var account in new[] { "ALPHA.HOUSE", "BETA.HOUSE", "ALPHA.GROSS" })
            {
                var margin = await MarginAsync(house, account);
                margin.Stale.ShouldBeEmpty();
                margin.Official.Last!.Run.ShouldBe(run.Inputs.Run);
                ((double)margin.Indicative!.Value.Requirement).ShouldBe(margin.Official.Last.Coverage.Requirement, 1.0, $"{account} at {price}");
                (margin.Indicative.Value with { Requirement = 0 }).ShouldBe(margin.Official.Last.Coverage with { Requirement = 0 });
                margin.Lags.ShouldHaveSingleItem().Lag.ShouldBe(0);
            }
        }
    }

    [Fact]
    public async Task Only_trades_that_the_excess_covers_are_novated_though_all_came_at_once()
    {
        await using var house = await StartAsync();
        await MarkAsync(house, 2750.25m);
        await house.SubmitAsync(TestHouse.Report("T0", quantity: 1));

        // A lot bought needs more than a lot sold, so that the buyer is full first.
        var perLot = (await MarginAsync(house, "ALPHA.HOUSE")).Indicative!.Value.Requirement;
        perLot.ShouldBeGreaterThan((await MarginAsync(house, "BETA.HOUSE")).Indicative!.Value.Requirement);
        var fits = 1_000_000_00 / perLot;
        var size = fits / 20;
        var most = (int)((fits - 1) / size);
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 60).Select(i => house.SubmitAsync(TestHouse.Report($"T{i}", quantity: size))));
        outcomes.Count(o => o.Kind == TradeOutcomeKind.Novated).ShouldBeInRange(most - 2, most);
        outcomes.Where(o => o.Kind != TradeOutcomeKind.Novated).ShouldAllBe(o => o.Reason == RejectReason.InsufficientHeadroom);
        (await MarginAsync(house, "ALPHA.HOUSE")).Indicative!.Value.Excess.ShouldBeInRange(0, perLot * ((3 * size) + 1));
        (await MarginAsync(house, "BETA.HOUSE")).Indicative!.Value.Excess.ShouldBePositive();

        // The way out is open whatever the excess, and no farther than flat.
        await MarkAsync(house, 2630m);
        await MarkAsync(house, 2510m);
        (await MarginAsync(house, "ALPHA.HOUSE")).Indicative!.Value.Excess.ShouldBeNegative();
        (await house.SubmitAsync(TestHouse.Report("MORE", price: 2510m, quantity: 1))).Reason.ShouldBe(RejectReason.InsufficientHeadroom);
        (await house.SubmitAsync(TestHouse.Report("OUT", buyer: "BETA.HOUSE", seller: "ALPHA.HOUSE", price: 2510m, quantity: 5))).Reason.ShouldBe(RejectReason.None);
        (await house.SubmitAsync(TestHouse.Report("FORCED", price: 2510m, quantity: 1, guaranteed: true))).Reason.ShouldBe(RejectReason.None);
        await VerifyAsync(house);
    }

    [Fact]
    public async Task What_the_decision_used_is_recorded_and_replay_uses_nothing_else()
    {
        await using var house = await StartAsync();
        await MarkAsync(house, 2750.25m);
        for (var i = 0; i < 10; i++)
        {
            await house.SubmitAsync(TestHouse.Report($"T{i}", quantity: 1 + i));
        }

        using (var journal = SqliteJournal.OpenReadOnly(house.JournalPath))
        {
            (await house.Engine.ReplayEqualsLiveAsync(journal)).ShouldBeTrue();
        }

        var before = await MarginAsync(house, "ALPHA.HOUSE");
        house.Crash();
        house.Open();
        await house.Engine.QuiesceAsync();
        (await MarginAsync(house, "ALPHA.HOUSE")).Indicative.ShouldBe(before.Indicative);
        await VerifyAsync(house);
        await house.Engine.QuiesceAsync();
        using var read = SqliteJournal.OpenReadOnly(house.JournalPath);
        var steps = read.ReadHeads().SelectMany(h => read.ReadShard(h.Shard, 0, h.Position)).SelectMany(r => Turn.Parser.ParseFrom(r.Payload.Span).Steps).ToList();
        var used = steps.Where(s => s.ActorKey == "ALPHA.HOUSE").SelectMany(s => s.Events).Where(e => e.IndicativeMarginUsed is not null).Select(e => e.IndicativeMarginUsed.Requirement).ToList();
        used.Count.ShouldBe(10);
        used.ShouldBeInOrder();
        ((double)used[^1]).ShouldBeInRange(before.Indicative!.Value.Requirement, before.Indicative.Value.Requirement + 10.0, "a bound on one instrument is exact, each part rounded up");
    }

    [Fact]
    public async Task Without_a_usable_model_or_a_mark_the_amount_per_lot_stands()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SetRiskModelAsync(Operator, Model);
        (await house.SubmitAsync(TestHouse.Report("T1"))).Kind.ShouldBe(TradeOutcomeKind.Novated, "no histories yet");
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", Prices(), true));
        (await house.SubmitAsync(TestHouse.Report("T2"))).Kind.ShouldBe(TradeOutcomeKind.Novated, "no mark yet");
        (await house.SubmitAsync(TestHouse.Report("T3", buyer: "POOR.HOUSE"))).Reason.ShouldBe(RejectReason.InsufficientHeadroom);
        var margin = await MarginAsync(house, "ALPHA.HOUSE");
        margin.Stale.ShouldContain("has neither a mark nor a settlement price");
        margin.Indicative!.Value.Requirement.ShouldBe((await house.AccountAsync("ALPHA.HOUSE")).Balances.Single().Requirement);
        margin.Parts.ShouldContain(p => p.Name == "configured");
        await VerifyAsync(house);
    }

    [Fact]
    public async Task A_held_mark_and_a_bad_history_leave_the_last_good_figures_and_the_reason()
    {
        await using var house = await StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1"));
        await MarkAsync(house, 2750.25m);
        var good = (await MarginAsync(house, "ALPHA.HOUSE")).Indicative;
        (await PublishAsync(house, 2750.25m * 0.6m)).Kind.ShouldBe(MarkDecisionKind.Held);
        (await PublishAsync(house, 0m)).Kind.ShouldBe(MarkDecisionKind.Rejected);
        (await PublishAsync(house, -1m)).Kind.ShouldBe(MarkDecisionKind.Rejected);
        (await MarginAsync(house, "ALPHA.HOUSE")).Indicative.ShouldBe(good);

        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", [new(new DateOnly(2026, 1, 5), -1)], false));
        var stale = await MarginAsync(house, "ALPHA.HOUSE");
        stale.Stale.ShouldContain("2026-01-05 is -1");
        stale.Indicative.ShouldBe(good);
        (await house.SubmitAsync(TestHouse.Report("T2"))).Kind.ShouldBe(TradeOutcomeKind.Novated, "the last good model still carries trades");

        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", Prices(), true));
        var mended = await MarginAsync(house, "ALPHA.HOUSE");
        mended.Stale.ShouldBeEmpty();
        mended.Indicative!.Value.Requirement.ShouldBeInRange((2 * good!.Value.Requirement) - 2, 2 * good.Value.Requirement);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_happens_the_figures_agree_with_full_revaluation(int seed)
    {
        await using var house = await StartAsync(3);
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Near());
        var random = new Random(seed);
        string[] accounts = ["ALPHA.HOUSE", "BETA.HOUSE", "ALPHA.GROSS"];
        string[] instruments = [TestHouse.Future.Value, Contracts.Near().Id.Value];
        var price = 2750m;
        for (var step = 0; step < 150; step++)
        {
            switch (random.Next(8))
            {
                case 0:
                    price += random.Next(-80, 80) * 0.25m;
                    await PublishAsync(house, price, random.Next(2) == 0 ? null : instruments[1]);
                    break;
                case 1 when step % 3 == 0:
                    await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [.. instruments.Select(i => new Messages.PricePoint(Domain.Instruments.InstrumentId.Parse(i), (long)(price * 100)))]);
                    break;
                default:
                    var buyer = random.Next(3);
                    var seller = (buyer + 1 + random.Next(2)) % 3;
                    var report = TestHouse.Report(
                        $"T{step}", accounts[buyer], accounts[seller], random.Next(1, 40), price, $"C{random.Next(3)}", $"C{random.Next(3)}", random.Next(5) == 0, instruments[random.Next(2)]);
                    await house.SubmitAsync(report);
                    break;
            }

            await VerifyAsync(house);
        }

        await MarkAsync(house, price);
        await PublishAsync(house, price, instruments[1]);
        await house.Engine.QuiesceAsync();
        await house.Engine.RunMarginAsync(Operator);
        foreach (var account in accounts)
        {
            var margin = await MarginAsync(house, account);
            Math.Abs(margin.Indicative!.Value.Requirement - margin.Official.Last!.Coverage.Requirement).ShouldBeLessThanOrEqualTo(1, $"{account}, seed {seed}");
            margin.Official.Last.Coverage.Requirement.ShouldBePositive();
        }
    }

    private static async Task<TestHouse> StartAsync(int shards = 4)
    {
        var house = await TestHouse.StartAsync(shards);
        await house.Engine.SetRiskModelAsync(Operator, Model);
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", Prices(), true));
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

    private static List<FactorPrice> Prices() => [.. Enumerable.Range(0, 400).Select(i => new FactorPrice(FirstDate.AddDays(i), 2700.0 + (60.0 * Math.Sin(i * 1.7)) + (i % 7 * 11)))];

    private async Task<MarkReply> PublishAsync(TestHouse house, decimal price, string? instrument = null)
    {
        var id = instrument is null ? TestHouse.Future : Domain.Instruments.InstrumentId.Parse(instrument);
        var mark = new MarkReport(id, MarkSourceId.Parse("FEED"), price, ++_time);
        return (MarkReply)await house.AskAsync(replyTo => house.Engine.Mark("venue:VENUE", Domain.Instruments.UnderlyingId.Parse("SPX"), mark, replyTo));
    }

    private async Task MarkAsync(TestHouse house, decimal price)
    {
        (await PublishAsync(house, price)).Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
    }

    private static async Task<MarginView> MarginAsync(TestHouse house, string account) =>
        (await house.Engine.GetMarginAsync(Operator, AccountId.Parse(account), [])).ShouldNotBeNull();
}
