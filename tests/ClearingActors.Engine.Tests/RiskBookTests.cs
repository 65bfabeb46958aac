using ClearingActors.Domain.Margin;

namespace ClearingActors.Engine.Tests;

/// <summary>The risk book through the register to every shard, and back from the journal.</summary>
public sealed class RiskBookTests
{
    private static readonly DateOnly First = new(2019, 1, 2);

    [Fact]
    public async Task Every_shard_has_the_parameters_and_the_prices_also_after_a_crash_and_from_snapshots()
    {
        await using var house = await TestHouse.StartAsync();
        var prices = Enumerable.Range(0, 1500).Select(i => new FactorPrice(First.AddDays(i), 2500.0 + Math.Sin(i))).ToList();
        await house.Engine.SetRiskModelAsync(
            "operator:test",
            """{"factors":{"SPX":{"change":"relative"}},"groups":{"*":{"confidence":0.9,"lookback":3,"ewmaLambda":0.9,"ewmaSeedReturns":1,"mporDays":1,"scaling":"none"}},"calls":{"USD":{"minimumTransfer":0,"callUnit":1,"minutesToMeet":60}}}""");
        await house.Engine.SetFactorPricesAsync("operator:test", new FactorPricesSet("SPX", prices[..1400], true));
        await house.Engine.SetFactorPricesAsync("operator:test", new FactorPricesSet("SPX", prices[1400..], false));

        // The repeat of a command whose answer was lost changes nothing.
        await house.Engine.SetFactorPricesAsync("operator:test", new FactorPricesSet("SPX", prices[1400..], false));
        await Check(house, prices);

        house.Crash();
        house.Open();
        await Check(house, prices);

        await house.Engine.StopAsync();
        house.Crash();
        house.Open();
        house.FromSnapshot.ShouldBePositive();
        await Check(house, prices);
    }

    [Fact]
    public async Task A_bad_price_is_refused_and_nothing_changes()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SetFactorPricesAsync("operator:test", new FactorPricesSet("SPX", [new(First, 1)], true));
        var refused = await Should.ThrowAsync<RefusedException>(() =>
            house.Engine.SetFactorPricesAsync("operator:test", new FactorPricesSet("SPX", [new(First, 2)], false)));
        refused.Message.ShouldContain("2019-01-02");
        await Check(house, [new(First, 1)]);
    }

    private static async Task Check(TestHouse house, List<FactorPrice> expected)
    {
        for (var shard = 0; shard < 4; shard++)
        {
            var prices = await house.Engine.Runtime.InspectAsync(shard, (_, scope) => ((EngineScope)scope).Directory.Risk.PricesOf("SPX").ToArray());
            prices.ShouldBe(expected);
        }
    }
}
