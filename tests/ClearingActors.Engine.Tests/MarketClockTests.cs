using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

/// <summary>Fundings and final prices that business time starts by itself (rulebook 6.3, 6.4).</summary>
public sealed class MarketClockTests
{
    private const string Operator = "operator:test";
    private const long Second = 1_000_000_000;
    private const long Hour = 3600 * Second;

    [Fact]
    public async Task An_interval_that_ends_is_funded_without_an_operator_and_once_with_one()
    {
        await using var house = await HouseAsync();
        var engine = house.Engine;
        (await house.SubmitAsync(TestHouse.Report("T1", price: 2400m, instrument: "SPX.INVERSE", guaranteed: true))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        await MarkAsync(house, Contracts.Index(), 2400m, TestHouse.Noon);
        await MarkAsync(house, Contracts.Inverse(), 2401m, TestHouse.Noon);

        // The timer outlives a crash, and the operator's run of the same interval is the same funding.
        await engine.QuiesceAsync(TestContext.Current.CancellationToken);
        house.Crash();
        house.Open();
        engine = house.Engine;
        await engine.AdvanceAsync(Operator, TestHouse.Noon + Hour + (5 * Second));
        var funding = await engine.FundPerpetualAsync(Operator, Contracts.Inverse(), TestHouse.Noon + Hour);
        (funding.From, funding.To).ShouldBe((TestHouse.Noon, TestHouse.Noon + Hour));
        var paid = await SettleAsync(engine);
        paid.Currencies.Count(c => c.Type == CashEntryType.Funding).ShouldBe(1);
        paid.Currencies.Single(c => c.Type == CashEntryType.Funding).Received.ShouldBe((long)decimal.Round(10 * 100m * (1m / 2401m) * funding.Rate * 100_000_000m));
        (await SettleAsync(engine)).Currencies.ShouldNotContain(c => c.Type == CashEntryType.Funding);

        // And the next interval, too.
        await engine.AdvanceAsync(Operator, TestHouse.Noon + (2 * Hour) + (5 * Second));
        (await SettleAsync(engine)).Currencies.ShouldContain(c => c.Type == CashEntryType.Funding);
    }

    [Fact]
    public async Task Nothing_starts_before_the_grace_has_passed()
    {
        await using var house = await HouseAsync();
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry + (5 * Second) - 1);
        (await house.Engine.OverdueAsync()).Keys.ShouldNotContain(Contracts.Near().Id);
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry + (5 * Second));
        (await house.Engine.OverdueAsync())[Contracts.Near().Id].ShouldContain("give its final price and a reason");
    }

    [Fact]
    public async Task A_future_s_final_price_comes_from_its_marks_by_itself_and_its_option_follows()
    {
        await using var house = await HouseAsync();
        var call = Contracts.Made(Contracts.Option("NEAR.CALL", OptionType.Call, 2500m, "SPX.NEAR"));
        await house.Engine.DefineInstrumentAsync(Operator, call);
        (await house.SubmitAsync(TestHouse.Report("T1", price: 20m, instrument: "NEAR.CALL"))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry - Second);
        await MarkAsync(house, Contracts.Near(), 2509m, Contracts.Expiry - (1800 * Second));
        await MarkAsync(house, Contracts.Near(), 2511m, Contracts.Expiry - (900 * Second));
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry + (10 * Second));
        (await house.Engine.FixFinalPriceAsync(Operator, Contracts.Near(), null, "")).ShouldBe(2510_00);
        (await house.Engine.OverdueAsync()).Keys.ShouldNotContain(call.Id);
        var settled = await SettleAsync(house.Engine);
        settled.Currencies.Single(c => c.Type == CashEntryType.Exercise).Received.ShouldBe(10 * 10_00 * 50);
    }

    [Fact]
    public async Task What_the_clock_cannot_start_is_shown_until_an_operator_has_done_it_and_what_waited_follows()
    {
        await using var house = await HouseAsync();
        var call = Contracts.Made(Contracts.Option("NEAR.CALL", OptionType.Call, 2500m, "SPX.NEAR"));
        await house.Engine.DefineInstrumentAsync(Operator, call);
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry + (10 * Second));
        (await house.Engine.OverdueAsync()).Keys.ShouldBe([call.Id, Contracts.Inverse().Id, Contracts.Near().Id], ignoreOrder: true);
        await house.Engine.FixFinalPriceAsync(Operator, Contracts.Near(), 2512_00, "no marks");
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry + (11 * Second));
        (await house.Engine.OverdueAsync()).Keys.ShouldBe([Contracts.Inverse().Id]);
        (await house.Engine.FixFinalPriceAsync(Operator, call, null, "")).ShouldBe(2512_00);
    }

    private static async Task<TestHouse> HouseAsync()
    {
        var house = await TestHouse.StartAsync();
        foreach (var instrument in new[] { Contracts.Index(), Contracts.Inverse(), Contracts.Near() })
        {
            await house.Engine.DefineInstrumentAsync(Operator, instrument);
        }

        return house;
    }

    private static async Task MarkAsync(TestHouse house, Instrument instrument, decimal price, long time) =>
        (await house.AskAsync(to => house.Engine.Mark("marketdata:M1", instrument.Underlying, new MarkReport(instrument.Id, MarkSourceId.Parse("M1"), price, time), to)))
            .ShouldBe(new MarkReply(MarkDecisionKind.Accepted, MarkRejectReason.None));

    private static async Task<CycleResult> SettleAsync(ClearingEngine engine)
    {
        var view = await engine.GetSettlementAsync(Operator);
        List<PricePoint> prices = [new(TestHouse.Future, 2400_00), new(Contracts.Inverse().Id, 2400_00)];
        var near = await engine.FindInstrumentAsync(Contracts.Near().Id);
        if (view.BusinessTime < near!.Expiry)
        {
            prices.Add(new PricePoint(near.Id, 2400_00));
        }

        return await engine.RunSettlementCycleAsync(Operator, view.BusinessDate, prices);
    }
}
