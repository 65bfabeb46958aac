using System.Text.Json;
using ClearingActors.Cli.Demo;
using ClearingActors.Cli.History;
using ClearingActors.Contracts.Common.V1;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DemoRunTests
{
    private static readonly IReadOnlyList<DailyPrices> Days =
        PriceHistory.Load(PriceHistory.RestoredFile).Between(new DateOnly(2020, 3, 12), new DateOnly(2020, 3, 16));

    private static readonly RejectReason[] Reasons =
    [
        RejectReason.UnknownInstrument, RejectReason.UnknownAccount, RejectReason.PriceOutsideBands, RejectReason.OffTick, RejectReason.QuantityLimit,
        RejectReason.InsufficientHeadroom, RejectReason.SameAccount, RejectReason.ClientMissing, RejectReason.StaleTradeDate, RejectReason.Conflict,
    ];

    [Fact]
    public async Task A_house_that_keeps_its_promises_passes_every_check()
    {
        var (summary, house) = await RunAsync(ModelFault.None);

        summary.Checks.Where(c => !c.Passed).ShouldBeEmpty();
        summary.Passed.ShouldBeTrue();
        (summary.MatchedBook, summary.CashSum, summary.BothSides, summary.ReplayEqualsLive).ShouldBe((true, 0m, true, true));
        summary.Days.Select(d => d.SettlementPrice).ShouldBe([2480.75m, 2711.00m, 2386.25m]);
        foreach (var day in summary.Days)
        {
            day.Novated.ShouldBeInRange(400, 420);
            day.RejectedByReason.Keys.ShouldBe(Reasons, ignoreOrder: true);
            day.Repeats.ShouldBeInRange(2, 4);
            day.Trades.ShouldBe(day.Novated + day.Rejected);
            day.Paid.ShouldBeGreaterThan(0);
            day.Received.ShouldBe(day.Paid);
            (day.MarksAccepted + day.MarksRejected).ShouldBe(2 * DemoRun.MarksPerSource);
        }

        // 14 members, 2 sources of marks, 1 operator, each with a token of its own.
        house.TokensSeen.Count.ShouldBe(17);
    }

    [Theory]
    [InlineData(ModelFault.SellerLegMissing, "every acknowledged trade on both sides", "lacks trade")]
    [InlineData(ModelFault.BuyerLegTwice, "every acknowledged trade on both sides", "twice")]
    [InlineData(ModelFault.LegNobodyWasToldOf, "every acknowledged trade on both sides", "never acknowledged")]
    [InlineData(ModelFault.LegOfAnotherQuantity, "every acknowledged trade on both sides", "lots of trade")]
    [InlineData(ModelFault.NovatedWithoutAnyLeg, "every acknowledged trade on both sides", "lacks trade")]
    [InlineData(ModelFault.EventsStop, "every acknowledged trade on both sides", "stopped at position")]
    [InlineData(ModelFault.BookNotMatched, "book matched", "SPX.FUT sums to 1")]
    [InlineData(ModelFault.NeverQuiet, "book matched", "still in flight")]
    [InlineData(ModelFault.CentLost, "cash sums to exactly zero", "-0.01")]
    [InlineData(ModelFault.SettlementSumNotZero, "variation margin sums to zero every day", "0.01")]
    [InlineData(ModelFault.RepeatAnsweredOtherwise, "repeats got the first answer", "0 of")]
    [InlineData(ModelFault.ReplayDiffers, "state rebuilt from the journal equals the live state", "differ")]
    public async Task A_house_that_breaks_a_promise_fails_the_check_of_it(ModelFault fault, string check, string detail)
    {
        var (summary, _) = await RunAsync(fault);

        summary.Passed.ShouldBeFalse();
        var failed = summary.Checks.Single(c => c.Name == check);
        failed.Passed.ShouldBeFalse();
        failed.Detail.ShouldContain(detail);
    }

    [Fact]
    public async Task The_same_seed_comes_to_the_same_days()
    {
        var (first, _) = await RunAsync(ModelFault.None, seed: 9);
        var (second, _) = await RunAsync(ModelFault.None, seed: 9);
        var (other, _) = await RunAsync(ModelFault.None, seed: 10);

        Outcomes(first).ShouldBe(Outcomes(second));
        Outcomes(first).ShouldNotBe(Outcomes(other));

        static List<string> Outcomes(DemoSummary summary) =>
            [.. summary.Days.Select(d => $"{d.Date} {d.Novated} {string.Join(',', d.RejectedByReason.OrderBy(r => r.Key))} {d.Repeats} {d.Paid} {d.Received}")];
    }

    [Fact]
    public async Task A_journal_that_was_used_before_is_refused()
    {
        await using var house = await ModelHouse.StartAsync(Days[0].Date, novatedBefore: 7);

        (await Should.ThrowAsync<CommandException>(new DemoRun(house, Settings(1), new PlainDemoView(new StringWriter())).RunAsync(CancellationToken.None)))
            .Message.ShouldContain("7 trades");
    }

    [Fact]
    public async Task The_summary_for_machines_has_the_agreed_names()
    {
        var (summary, _) = await RunAsync(ModelFault.None);
        using var json = JsonDocument.Parse(DemoJson.ToUtf8(summary));
        var root = json.RootElement;

        root.GetProperty("days").GetInt32().ShouldBe(3);
        root.GetProperty("trades").GetInt64().ShouldBe(summary.Novated + summary.Rejected);
        root.GetProperty("novated").GetInt64().ShouldBe(summary.Novated);
        root.GetProperty("rejected").GetInt64().ShouldBe(summary.Rejected);
        root.GetProperty("rejectedByReason").EnumerateObject().Sum(p => p.Value.GetInt64()).ShouldBe(summary.Rejected);
        root.GetProperty("rejectedByReason").GetProperty("offTick").GetInt64().ShouldBeInRange(6, 12);
        root.GetProperty("matchedBook").GetBoolean().ShouldBeTrue();
        root.GetProperty("cashSum").GetDecimal().ShouldBe(0);
        root.GetProperty("replayEqualsLive").GetBoolean().ShouldBeTrue();
        root.GetProperty("perDay").GetArrayLength().ShouldBe(3);
        root.GetProperty("perDay")[2].GetProperty("settlementPrice").GetDecimal().ShouldBe(2386.25m);
    }

    private static async Task<(DemoSummary Summary, ModelHouse House)> RunAsync(ModelFault fault, ulong seed = 1)
    {
        await using var house = await ModelHouse.StartAsync(Days[0].Date, fault);
        var patience = fault is ModelFault.NeverQuiet or ModelFault.EventsStop ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(20);
        var running = new DemoRun(house, Settings(seed) with { CheckPatience = patience }, new PlainDemoView(new StringWriter())).RunAsync(CancellationToken.None);
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        house.Objections.ShouldBeEmpty();
        var summary = await running;
        return (summary, house);
    }

    private static DemoSettings Settings(ulong seed) => new() { Days = Days, Seed = seed, TradesPerDay = 400 };
}
