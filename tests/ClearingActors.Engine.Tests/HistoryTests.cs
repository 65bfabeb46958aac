using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.1: the day's settlement prices go behind the histories that the model feeds from them.</summary>
public sealed class HistoryTests
{
    private const string Operator = "operator:test";

    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative", "feed": "SPX.FUT" } },
          "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 1, "scaling": "none" } },
          "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
        }
        """;

    [Fact]
    public async Task The_run_behind_the_days_last_cycle_already_uses_its_price()
    {
        await using var house = await StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1"));
        await MarkAsync(house, 2750.25m);
        var before = (await house.Engine.RunMarginAsync(Operator)).Inputs.ScenarioSet;
        await CloseAsync(house, 1, 2475.25m);

        // The day fell by ten per cent, further than any before: the requirement is that fall, of 10 lots of 50 at the last price.
        var run = await house.Engine.RunMarginAsync(Operator);
        run.Inputs.ScenarioSet.ShouldNotBe(before);
        var requirement = (await house.Engine.GetMarginAsync(Operator, Domain.Parties.AccountId.Parse("ALPHA.HOUSE"), [])).ShouldNotBeNull().Official.Last!.Coverage.Requirement;
        ((double)requirement).ShouldBe(2750.25 * 10 * 50 * 100 * (1 - (2475.25 / 2750.0)), 1.0);
    }

    [Fact]
    public async Task An_intraday_cycle_adds_nothing_and_no_date_comes_twice()
    {
        await using var house = await StartAsync();
        await MarkAsync(house, 2750.25m);
        var first = (await house.Engine.RunMarginAsync(Operator)).Inputs.ScenarioSet;
        await CloseAsync(house, 0, 2475.25m);
        (await house.Engine.RunMarginAsync(Operator)).Inputs.ScenarioSet.ShouldBe(first);

        // An operator has set the day's price already: the cycle does not replace it.
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", [new FactorPrice(TestHouse.Monday, 2700.0)], Replaces: false));
        var set = (await house.Engine.RunMarginAsync(Operator)).Inputs.ScenarioSet;
        set.ShouldNotBe(first);
        await CloseAsync(house, 1, 2475.25m);
        (await house.Engine.RunMarginAsync(Operator)).Inputs.ScenarioSet.ShouldBe(set);
        await CloseAsync(house, 2, 2475.25m);
        (await house.Engine.RunMarginAsync(Operator)).Inputs.ScenarioSet.ShouldNotBe(set);
    }

    [Fact]
    public async Task An_extended_history_is_there_after_a_crash()
    {
        await using var house = await StartAsync();
        await CloseAsync(house, 1, 2600.25m);
        var before = (await house.Engine.RunMarginAsync(Operator)).Inputs.ScenarioSet;
        house.Crash();
        house.Open();
        (await house.Engine.RunMarginAsync(Operator)).Inputs.ScenarioSet.ShouldBe(before);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_is_none_is_refused_with_its_place()
    {
        await using var house = await TestHouse.StartAsync();
        var bad = Model.Replace("SPX.FUT", "no id", StringComparison.Ordinal);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SetRiskModelAsync(Operator, bad))).Message.ShouldContain("factors.SPX.feed is \"no id\"");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SetRiskModelAsync(Operator, "{}"))).Message.ShouldContain("missing required properties");
    }

    [Fact]
    public async Task A_house_with_room_for_one_more_factor_begins_one_of_two_and_the_cycle_closes()
    {
        await using var house = await StartAsync();
        for (var i = 2; i <= RiskBook.MaxFactors - 1; i++)
        {
            await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet($"F{i}", [new FactorPrice(TestHouse.Monday.AddDays(-1), 1.0)], Replaces: true));
        }

        await house.Engine.SetRiskModelAsync(Operator, Model.Replace("\"factors\": {", """ "factors": { "NEW1": { "change": "relative", "feed": "SPX.FUT" }, "NEW2": { "change": "relative", "feed": "SPX.FUT" }, """, StringComparison.Ordinal));
        await CloseAsync(house, 1, 2600.25m);

        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("NEW2", [new FactorPrice(TestHouse.Monday, 1.0)], Replaces: true)))).Message.ShouldContain("NEW2 would be risk factor 257");
        house.Alarms.ShouldBeEmpty();
    }

    private static async Task<TestHouse> StartAsync()
    {
        var house = await TestHouse.StartAsync();
        await house.Engine.SetRiskModelAsync(Operator, Model);
        double[] prices = [2750, 2740, 2750, 2760, 2750];
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", [.. prices.Select((p, i) => new FactorPrice(TestHouse.Monday.AddDays(i - prices.Length), p))], Replaces: true));
        return house;
    }

    private static Task CloseAsync(TestHouse house, int nextDay, decimal price) =>
        house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(nextDay), [new PricePoint(TestHouse.Future, (long)(price * 100))]);

    private static async Task MarkAsync(TestHouse house, decimal price)
    {
        var mark = new MarkReport(TestHouse.Future, MarkSourceId.Parse("FEED"), price, TestHouse.Noon - 1);
        (await house.AskAsync(to => house.Engine.Mark("marketdata:FEED", Domain.Instruments.UnderlyingId.Parse("SPX"), mark, to))).ShouldBeOfType<Commands.MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
    }
}
