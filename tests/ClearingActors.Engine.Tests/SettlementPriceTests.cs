using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

/// <summary>Bands that are drawn anew around a cycle's freeze (rulebook 6.5): what stands in the way is refused at the door, or waited for.</summary>
public sealed class SettlementPriceTests
{
    private const string Operator = "operator:test";
    private const long Minute = 60_000_000_000;

    [Fact]
    public async Task A_last_price_outside_bands_that_were_drawn_anew_must_be_given_and_nothing_is_frozen()
    {
        await using var house = await TestHouse.StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1"));
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, [new PricePoint(TestHouse.Future, 2750_00)]);
        await house.Engine.DefineInstrumentAsync(Operator, Banded(2000m));

        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, []))).Message.ShouldContain("the last price 2750 of SPX.FUT is outside 0.25 to 2000");

        (await house.Engine.GetSettlementAsync(Operator)).OpenCycle.ShouldBe(2);
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, [new PricePoint(TestHouse.Future, 2000_00)]);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cycle_whose_prices_left_the_bands_after_the_freeze_waits_and_closes_when_they_are_drawn_back()
    {
        await using var house = await TestHouse.StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1"));

        // The freeze is one message away from the settlement, the new bands are two, the end of the freeze is three.
        var settled = house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, [new PricePoint(TestHouse.Future, 2750_00)]);
        await house.Engine.DefineInstrumentAsync(Operator, Banded(2000m));
        await house.Engine.QuiesceAsync();
        await house.Engine.DefineInstrumentAsync(Operator, Banded(100_000m));
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (2 * Minute));

        (await settled).Cycle.ShouldBe(1);
        (await house.Engine.GetSettlementAsync(Operator)).Blocked.ShouldBeEmpty();
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_contract_that_is_listed_during_the_cut_holds_the_cycle_until_it_has_a_mark()
    {
        await using var house = await TestHouse.StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1"));
        (TestHouse.Instrument().Definition with { Id = "SPX.NEW" }).Validate(out var listed).ShouldBeEmpty();

        var settled = house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, [new PricePoint(TestHouse.Future, 2750_00)]);
        await house.Engine.DefineInstrumentAsync(Operator, listed!);
        await house.Engine.QuiesceAsync();
        (await house.Engine.GetSettlementAsync(Operator)).Blocked.ShouldContain("instrument SPX.NEW was defined while cycle 1 was being cut and has no mark");

        var mark = new MarkReport(listed!.Id, MarkSourceId.Parse("FEED"), 2751m, TestHouse.Noon);
        (await house.AskAsync(to => house.Engine.Mark("venue:VENUE", UnderlyingId.Parse("SPX"), mark, to))).ShouldBeOfType<MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (2 * Minute));
        (await settled).Cycle.ShouldBe(1);
        house.Alarms.ShouldBeEmpty();
    }

    private static Instrument Banded(decimal high)
    {
        (TestHouse.Instrument().Definition with { PriceHigh = high }).Validate(out var instrument).ShouldBeEmpty();
        return instrument!;
    }
}
