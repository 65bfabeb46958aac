using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;
using Turn = ClearingActors.Contracts.Journal.V1.Turn;
using Used = ClearingActors.Contracts.Journal.V1.IndicativeMarginUsed;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.7 and 8.9: before novation all that coverage counts is counted, debts too.</summary>
public sealed class HeadroomCollateralTests
{
    private const string Operator = "operator:test";
    private const string Poor = "POOR.HOUSE";
    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } },
          "calls": { "USD": { "minimumTransfer": 0, "callUnit": 0.01, "minutesToMeet": 60 } },
          "collateral": {
            "currencies": { "EUR": { "haircut": 0.08 } },
            "assets": { "BOND": { "haircut": 0.05, "maxShare": 0.5 }, "COIN": { "haircut": 0.4 } }
          }
        }
        """;

    private static readonly Currency Eur = new("EUR", 2);
    private static readonly Currency Chf = new("CHF", 2);
    private static readonly AssetId Bond = AssetId.Parse("BOND");
    private static readonly AssetId Coin = AssetId.Parse("COIN");
    private long _time = TestHouse.Noon - 1_000_000;
    private int _trades;

    [Fact]
    public async Task An_account_with_nothing_but_coins_trades_up_to_their_value_and_no_further()
    {
        await using var house = await StartAsync();
        (await BuyAsync(house)).ShouldBe(RejectReason.InsufficientHeadroom);
        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("coin"), Coin, 100_00000000);

        // 100 coins at half of 2,750.25, less 40 %.
        await FillAsync(house, 82_507_50);
        (await UsedAsync(house)).ShouldAllBe(u => u.Collateral == 82_507_50);
        (await MarginAsync(house)).Indicative!.Value.Collateral.ShouldBe(82_507_50);
    }

    [Fact]
    public async Task Cash_in_another_currency_counts_less_its_haircut()
    {
        await using var house = await StartAsync();
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("eur"), new Money(50_000_00, Eur));
        await FillAsync(house, 57_500_00);
        (await UsedAsync(house)).ShouldAllBe(u => u.Collateral == 57_500_00);
    }

    [Fact]
    public async Task A_limit_by_share_grows_with_the_requirement_of_the_trade()
    {
        await using var house = await StartAsync();
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("usd"), new Money(30_000_00, TestHouse.Usd));
        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("bonds"), Bond, 1_000);

        // Half of the requirement in bonds, the other half in cash.
        await FillAsync(house, 60_000_00);
        (await UsedAsync(house)).ShouldAllBe(u => u.Collateral <= u.Requirement / 2);
    }

    [Fact]
    public async Task A_mark_or_an_operators_price_moves_the_room_at_once()
    {
        await using var house = await StartAsync();
        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("coin"), Coin, 100_00000000);
        await FillAsync(house, 82_507_50);
        var room = (await MarginAsync(house)).Indicative!.Value.Excess;
        var perLot = (await UsedAsync(house))[0].Requirement;

        // The index is worth five per cent more.
        await MarkAsync(house, 2_880m, Contracts.Index().Id);
        ((await MarginAsync(house)).Indicative!.Value.Excess - room).ShouldBe(86_400_00 - 82_507_50);
        await FillAsync(house, 86_400_00);
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("eur"), new Money(50_000_00, Eur));
        await FillAsync(house, 86_400_00 + 57_500_00);
        await house.Engine.SetCollateralPricesAsync(Operator, new CollateralPricesSet([], [new("EUR", "USD", 1.5m)]));
        await FillAsync(house, 86_400_00 + 69_000_00);
        await house.Engine.SetCollateralPricesAsync(Operator, new CollateralPricesSet([], [new("EUR", "USD", 1m)]));
        (await BuyAsync(house)).ShouldBe(RejectReason.InsufficientHeadroom);
        (await MarginAsync(house)).Indicative!.Value.Excess.ShouldBeLessThan(-perLot);
        (await BuyAsync(house, sell: true)).ShouldBe(RejectReason.None, "it reduces");
        (await UsedAsync(house))[^1].Reduces.ShouldBeTrue();
    }

    [Fact]
    public async Task A_debt_in_another_currency_weighs_more_by_its_haircut()
    {
        await using var house = await StartAsync();
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("usd"), new Money(60_000_00, TestHouse.Usd));
        await OweAsync(house, Eur);
        await FillAsync(house, 60_000_00 - 33_750_00);

        // 25,000 EUR at 1.25 and 8 % more.
        (await UsedAsync(house)).ShouldAllBe(u => u.Collateral == -33_750_00);
        (await MarginAsync(house)).Indicative!.Value.Collateral.ShouldBe(60_000_00 - 33_750_00);
    }

    [Fact]
    public async Task A_debt_that_cannot_be_converted_stops_every_trade_but_one_that_reduces()
    {
        await using var house = await StartAsync();
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("usd"), new Money(1_000_000_00, TestHouse.Usd));
        (await BuyAsync(house, lots: 2)).ShouldBe(RejectReason.None);
        await OweAsync(house, Chf);
        (await BuyAsync(house)).ShouldBe(RejectReason.InsufficientHeadroom);
        (await BuyAsync(house, sell: true)).ShouldBe(RejectReason.None);
        (await UsedAsync(house))[^1].Reduces.ShouldBeTrue();
        var margin = await MarginAsync(house);
        margin.Indicative.ShouldBeNull();
        margin.Stale.ShouldContain("the risk model has no collateral.currencies.CHF; add it");
    }

    [Fact]
    public async Task What_let_a_trade_pass_cannot_leave_before_the_first_run()
    {
        await using var house = await StartAsync();
        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("coin"), Coin, 100_00000000);
        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("some"), Coin, -10_00000000);
        await FillAsync(house, 74_256_75);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("out"), Coin, -90_00000000))).Message.ShouldContain("would leave an excess of");
        await house.SubmitAsync(TestHouse.Report("FLAT", buyer: "BETA.HOUSE", seller: Poor, quantity: await house.PositionAsync(Poor)));
        await house.Engine.QuiesceAsync();
        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("out"), Coin, -90_00000000);
    }

    [Fact]
    public async Task Without_a_mark_assets_carry_the_amount_per_lot_and_stay_until_it_can_be_told_what_is_needed()
    {
        await using var house = await StartAsync(marked: false);
        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("bonds"), Bond, 1_000);
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("usd"), new Money(6_000_00, TestHouse.Usd));

        // 1,000 a lot: half in bonds.
        (await BuyAsync(house, lots: 12)).ShouldBe(RejectReason.None);
        (await BuyAsync(house)).ShouldBe(RejectReason.InsufficientHeadroom);
        (await UsedAsync(house)).ShouldHaveSingleItem().Collateral.ShouldBe(6_000_00);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("out"), Bond, -1))).Message.ShouldContain("cannot be computed now");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.BookCollateralAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("cash"), new Money(-1_00, TestHouse.Usd)))).Message.ShouldContain("InsufficientHeadroom");
    }

    [Fact]
    public async Task A_share_above_one_does_not_make_a_higher_requirement_cover_a_debt()
    {
        await using var house = await StartAsync(Model.Replace("\"maxShare\": 0.5", "\"maxShare\": 2", StringComparison.Ordinal));
        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("bonds"), Bond, 1_000);
        (await BuyAsync(house)).ShouldBe(RejectReason.None);
        await OweAsync(house, Eur);
        (await BuyAsync(house, lots: 50)).ShouldBe(RejectReason.InsufficientHeadroom, "were the requirement nothing, as it may come to be, the debt would stand uncovered");
    }

    [Fact]
    public async Task Cash_in_the_margin_currency_alone_has_no_other_figure_and_nothing_is_computed_twice()
    {
        await using var house = await StartAsync();
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("usd"), new Money(60_000_00, TestHouse.Usd));
        await FillAsync(house, 60_000_00);
        (await UsedAsync(house)).ShouldAllBe(u => u.Collateral == 0);
        (await AllocatedAsync(house)).ShouldBe((0, 0));

        await house.Engine.MoveAssetAsync(Operator, AccountId.Parse(Poor), RequestId.Parse("coin"), Coin, 100_00000000);
        await FillAsync(house, 60_000_00 + 82_507_50);
        var (allocated, version) = await AllocatedAsync(house);
        allocated.ShouldBe(0);

        // A mark that prices no collateral.
        await MarkAsync(house, 2_751m, TestHouse.Future);
        await BuyAsync(house);
        (await AllocatedAsync(house)).ShouldBe((0, version));
    }

    /// <summary>What a hundred looks at the account's figure allocate, and the number of the prices.</summary>
    private static async Task<(long Allocated, long Version)> AllocatedAsync(TestHouse house)
    {
        for (var shard = 0; shard < house.Engine.Identity.ShardCount; shard++)
        {
            (long, long)? found = await house.Engine.Runtime.InspectAsync<(long, long)?>(shard, static (_, scope) =>
            {
                var engine = (EngineScope)scope;
                if (engine.Accounts.Find(a => a.State.Id == AccountId.Parse(Poor))?.Risk?.Collateral is not { } collateral)
                {
                    return null;
                }

                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < 100; i++)
                {
                    collateral.AtLeast(1_000_00 + i);
                    collateral.At(1_000_00 + i);
                }

                return (GC.GetAllocatedBytesForCurrentThread() - before, engine.Monitor.Collateral.Version);
            });
            if (found is { } figures)
            {
                return figures;
            }
        }

        throw new InvalidOperationException($"{Poor} has no figures");
    }

    private async Task<TestHouse> StartAsync(string model = Model, bool marked = true)
    {
        var house = await TestHouse.StartAsync();
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Index());
        await house.Engine.DefineCollateralAssetAsync(Operator, Asset("BOND", 0, ""));
        await house.Engine.DefineCollateralAssetAsync(Operator, Asset("COIN", 8, "SPX.INDEX", 0.5m));
        await house.Engine.SetCollateralPricesAsync(Operator, new CollateralPricesSet([new AssetPrice(Bond, 1_000m)], [new("EUR", "USD", 1.25m), new("CHF", "USD", 1.1m)]));
        await house.Engine.SetRiskModelAsync(Operator, model);
        List<FactorPrice> prices = [.. Enumerable.Range(0, 400).Select(i => new FactorPrice(new DateOnly(2019, 1, 1).AddDays(i), 2700.0 + (60.0 * Math.Sin(i * 1.7)) + (i % 7 * 11)))];
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", prices, true));
        if (marked)
        {
            await MarkAsync(house, 2_750.25m, TestHouse.Future);
            await MarkAsync(house, 2_750.25m, Contracts.Index().Id);
        }

        return house;
    }

    private static CollateralAsset Asset(string id, int digits, string pricedBy, decimal factor = 1)
    {
        CollateralAsset.TryCreate(AssetId.Parse(id), TestHouse.Usd, digits, "ISSUER", pricedBy.Length == 0 ? default : InstrumentId.Parse(pricedBy), factor, out var asset).ShouldBeNull();
        return asset!;
    }

    /// <summary>Buys lot by lot until the headroom is used, and finds that it was used to the last lot that fits.</summary>
    private async Task FillAsync(TestHouse house, long most)
    {
        var taken = 0;
        while (await BuyAsync(house) == RejectReason.None)
        {
            (++taken).ShouldBeLessThan(1_000);
        }

        taken.ShouldBePositive();
        await house.Engine.QuiesceAsync();
        var lots = await house.PositionAsync(Poor);
        var requirement = (await MarginAsync(house)).Indicative!.Value.Requirement;
        requirement.ShouldBeLessThanOrEqualTo(most);
        ((double)requirement * (lots + 1) / lots).ShouldBeGreaterThan(most);
    }

    private async Task<RejectReason> BuyAsync(TestHouse house, int lots = 1, bool sell = false)
    {
        var report = TestHouse.Report($"T{++_trades}", buyer: sell ? "BETA.HOUSE" : Poor, seller: sell ? Poor : "BETA.HOUSE", quantity: lots);
        return (await house.SubmitAsync(report)).Reason;
    }

    /// <summary>Loses 25,000 of a currency in a day's trading, which the account has none of.</summary>
    private async Task OweAsync(TestHouse house, Currency currency)
    {
        var future = Contracts.Made(TestHouse.Instrument().Definition with { Id = $"SPX.{currency.Code}", Currency = currency });
        await house.Engine.DefineInstrumentAsync(Operator, future);
        await house.SubmitAsync(TestHouse.Report("LOSS1", buyer: Poor, price: 2_760m, quantity: 50, guaranteed: true, instrument: future.Id.Value));
        await house.SubmitAsync(TestHouse.Report("LOSS2", buyer: "BETA.HOUSE", seller: Poor, price: 2_750m, quantity: 50, guaranteed: true, instrument: future.Id.Value));
        await house.Engine.QuiesceAsync();
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2_750_25), new PricePoint(future.Id, 2_750_00)]);
        await house.Engine.QuiesceAsync();
        (await house.AccountAsync(Poor)).Balances.Single(b => b.Currency == currency).Cash.ShouldBe(-25_000_00);
    }

    private async Task MarkAsync(TestHouse house, decimal price, InstrumentId instrument)
    {
        var mark = new MarkReport(instrument, MarkSourceId.Parse("FEED"), price, _time += 1_000);
        (await house.AskAsync(to => house.Engine.Mark("venue:VENUE", UnderlyingId.Parse("SPX"), mark, to))).ShouldBeOfType<MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
    }

    private static async Task<MarginView> MarginAsync(TestHouse house) => (await house.Engine.GetMarginAsync(Operator, AccountId.Parse(Poor), [])).ShouldNotBeNull();

    /// <summary>The figures of the account's trades as the journal has them.</summary>
    private static async Task<List<Used>> UsedAsync(TestHouse house)
    {
        await house.Engine.QuiesceAsync();
        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        var steps = journal.ReadHeads().SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position)).SelectMany(r => Turn.Parser.ParseFrom(r.Payload.Span).Steps);
        List<Used> used = [.. steps.Where(s => s.ActorKey == Poor).SelectMany(s => s.Events).Where(e => e.IndicativeMarginUsed is not null).Select(e => e.IndicativeMarginUsed)];
        used.ShouldNotBeEmpty();
        return used;
    }
}
