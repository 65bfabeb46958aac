using System.Text.Json;
using ClearingActors.Cli.Demo;
using ClearingActors.Cli.History;
using ClearingActors.Contracts.Common.V1;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DemoRunTests
{
    private static readonly PriceHistory History = PriceHistory.Load(PriceHistory.RestoredFile);
    private static readonly IReadOnlyList<DailyPrices> Days = History.Between(new DateOnly(2020, 3, 12), new DateOnly(2020, 3, 16));
    private static readonly IReadOnlyList<DailyPrices> Before = History.Between(new DateOnly(2000, 1, 3), new DateOnly(2020, 3, 11));

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

            // Eight steps of the clock and one more for the run within the day, each with a mark of every option.
            (day.MarksAccepted + day.MarksRejected).ShouldBe((2 * DemoRun.MarksPerSource) + (9 * 5));
            day.NovatedOptions.ShouldBeInRange(1, 40);
        }

        // 14 members, 2 sources of marks, 1 operator, each with a token of its own.
        house.TokensSeen.Count.ShouldBe(17);
    }

    [Fact]
    public async Task Members_post_collateral_and_meet_their_calls_at_once_but_for_one_that_pays_on_the_last_half_hour()
    {
        var (summary, house) = await RunAsync(ModelFault.None, tradesPerDay: 1500);

        house.Factors.Keys.ShouldBe(["SPX", "SPX.VOL"]);
        house.Factors["SPX"].Count.ShouldBe(Before.Count + 3);
        house.Factors["SPX"][^1].ShouldBe((20200316, 2386.25));
        house.Factors["SPX.VOL"].Count.ShouldBe(Before.Count + 3 - SyntheticVolatility.Days);
        summary.Days[^1].Margin!.SyntheticVolatility.ShouldBe(house.Factors["SPX.VOL"][^2].Price);
        var margin = summary.Margin.ShouldNotBeNull();
        margin.Issued.ShouldBe(house.CallsPaid.Count);
        (margin.Met, margin.Missed).ShouldBe((margin.Issued, 0));
        margin.Called.ShouldBe(house.CallsPaid.Sum(paid => ExactDecimal.FromWire(paid.Call.Amount)));
        margin.Requirement.ShouldBe(summary.Days[^1].Margin!.Requirement);
        foreach (var day in summary.Days.Select(day => day.Margin!))
        {
            day.Requirement.ShouldBeGreaterThan(0);
            day.Intraday.ShouldBeTrue();
            day.Met.ShouldBe(day.Issued);
        }

        var hour = (long)TimeSpan.FromHours(1).TotalNanoseconds;
        house.CallsPaid.Where(paid => paid.Member != "M03").ShouldAllBe(paid => paid.At - paid.Call.IssuedAt <= hour);
        var late = house.CallsPaid.Where(paid => paid.Member == "M03").ToList();
        late.ShouldNotBeEmpty();
        late.ShouldAllBe(paid => paid.At - paid.Call.IssuedAt > 12 * hour && paid.At < paid.Call.Deadline);

        // Each member has a cushion of its own.
        house.Openings.Where(opening => opening.Key.EndsWith("-HOUSE", StringComparison.Ordinal)).OrderBy(opening => opening.Key).Select(opening => opening.Value).ShouldBeInOrder();
        house.Openings["M14-HOUSE"].ShouldBeGreaterThan(2 * house.Openings["M01-HOUSE"]);
    }

    [Fact]
    public async Task A_history_that_is_too_short_for_the_model_is_cleared_without_margin_and_says_so()
    {
        await using var house = await ModelHouse.StartAsync(Days[0].Date);
        var output = new StringWriter();

        var summary = await new DemoRun(house, Settings(1) with { Before = [.. Before.TakeLast(1331)] }, new PlainDemoView(output)).RunAsync(CancellationToken.None);

        summary.Passed.ShouldBeTrue();
        (summary.Margin, summary.Backtest).ShouldBe((null, null));
        output.ToString().ShouldContain("No margin and no options: the model needs 1,332 closes before 2020-03-12, and the history has 1,331");
        summary.NovatedOptions.ShouldBe(0);
        house.Factors.ShouldBeEmpty();
        house.CallsPaid.ShouldBeEmpty();
        using var json = JsonDocument.Parse(DemoJson.ToUtf8(summary));
        json.RootElement.GetProperty("margin").ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("backtest").ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("accountBacktests").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData(ModelFault.DepositsDoNotMeetCalls, "every margin call is met or was covered again", "missed")]
    [InlineData(ModelFault.RequirementOfAnAccountLost, "the total requirement is the sum of the accounts'", "in the run")]
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
    [InlineData(ModelFault.RunRecomputedOtherwise, "every margin run recomputed from the journal gives the same bits", "1 of 90 differ, the first: run 2, account M01-HOUSE")]
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
            [.. summary.Days.Select(d => $"{d.Date} {d.Novated} {string.Join(',', d.RejectedByReason.OrderBy(r => r.Key))} {d.Repeats} {d.Paid} {d.Received} {d.Margin}")];
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
        root.GetProperty("novatedOptions").GetInt64().ShouldBe(summary.NovatedOptions);
        root.GetProperty("rejected").GetInt64().ShouldBe(summary.Rejected);
        root.GetProperty("rejectedByReason").EnumerateObject().Sum(p => p.Value.GetInt64()).ShouldBe(summary.Rejected);
        root.GetProperty("rejectedByReason").GetProperty("offTick").GetInt64().ShouldBeInRange(6, 12);
        root.GetProperty("matchedBook").GetBoolean().ShouldBeTrue();
        root.GetProperty("cashSum").GetDecimal().ShouldBe(0);
        root.GetProperty("replayEqualsLive").GetBoolean().ShouldBeTrue();
        root.GetProperty("margin").GetProperty("requirement").GetDecimal().ShouldBe(summary.Margin!.Requirement);
        root.GetProperty("margin").GetProperty("callsIssued").GetInt64().ShouldBe(summary.Margin.Issued);
        root.GetProperty("margin").GetProperty("callsMet").GetInt64().ShouldBe(summary.Margin.Issued);
        root.GetProperty("margin").GetProperty("callsMissed").GetInt64().ShouldBe(0);
        root.GetProperty("backtest").GetProperty("observations").GetInt32().ShouldBe(1);
        root.GetProperty("backtest").GetProperty("exceptions").GetInt32().ShouldBe(0);
        root.GetProperty("backtest").GetProperty("trafficLight").GetString().ShouldBe("yellow");
        root.GetProperty("backtest").GetProperty("kupiecPValue").GetDouble().ShouldBe(0.887, 0.001);
        root.GetProperty("accountBacktests").GetProperty("accounts").GetInt32().ShouldBe(0);
        root.GetProperty("accountBacktests").GetProperty("unstarted").GetInt32().ShouldBe(2);
        root.GetProperty("perDay").GetArrayLength().ShouldBe(3);
        root.GetProperty("perDay").EnumerateArray().Sum(day => day.GetProperty("callsIssued").GetInt64()).ShouldBe(summary.Margin.Issued);
        root.GetProperty("perDay")[2].GetProperty("settlementPrice").GetDecimal().ShouldBe(2386.25m);
    }

    private static async Task<(DemoSummary Summary, ModelHouse House)> RunAsync(ModelFault fault, ulong seed = 1, int tradesPerDay = 400)
    {
        await using var house = await ModelHouse.StartAsync(Days[0].Date, fault);
        var patience = fault is ModelFault.NeverQuiet or ModelFault.EventsStop ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(20);
        var running = new DemoRun(house, Settings(seed) with { CheckPatience = patience, TradesPerDay = tradesPerDay }, new PlainDemoView(new StringWriter())).RunAsync(CancellationToken.None);
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        house.Objections.ShouldBeEmpty();
        var summary = await running;
        return (summary, house);
    }

    private static DemoSettings Settings(ulong seed) => new() { Before = Before, Days = Days, Seed = seed, TradesPerDay = 400 };
}
