using ClearingActors.Domain;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.8: margin runs by itself, at times of day, at an interval, and when a price has moved.</summary>
public sealed class RunScheduleTests
{
    private const string Operator = "operator:test";
    private const long Minute = 60_000_000_000;
    private const long Hour = 60 * Minute;

    [Fact]
    public async Task A_time_of_day_begins_a_run_once_also_after_a_crash_before_it()
    {
        await using var house = await StartAsync("""{ "at": ["13:00", "09:00"] }""");
        house.Crash();
        house.Open();
        await AdvanceAsync(house, Hour - 1);
        (await house.Engine.GetMarginRunsAsync(Operator)).Recent.ShouldBeEmpty();
        await AdvanceAsync(house, Hour + Minute);
        var run = (await house.Engine.GetMarginRunsAsync(Operator)).Recent.ShouldHaveSingleItem();
        (run.Run, run.Cause, run.By, run.Failure, run.At).ShouldBe((1, RunCause.Scheduled, "time of day, 13:01", "", TestHouse.Noon + Hour + Minute));
        await AdvanceAsync(house, 20 * Hour);
        (await house.Engine.GetMarginRunsAsync(Operator)).Recent.Count.ShouldBe(1);
        await AdvanceAsync(house, 21 * Hour);
        (await house.Engine.GetMarginRunsAsync(Operator)).Recent.Select(r => r.Run).ShouldBe([1, 2]);
        house.Crash();
        house.Open();
        (await house.Engine.GetMarginRunsAsync(Operator)).Recent.Select(r => r.Run).ShouldBe([1, 2]);
        (await house.Engine.GetMarginRunsAsync(Operator)).Last!.Inputs.Cause.ShouldBe(RunCause.Scheduled);
    }

    [Fact]
    public async Task A_weekend_has_no_times_of_day_unless_it_is_asked_for()
    {
        // From Monday noon to Sunday noon: Tuesday to Friday, or to Sunday.
        foreach (var (weekends, runs) in new[] { ("false", 4), ("true", 6) })
        {
            await using var house = await StartAsync($$"""{ "at": ["12:00"], "weekends": {{weekends}} }""");
            for (var day = 1; day <= 6; day++)
            {
                await AdvanceAsync(house, day * 24 * Hour);
            }

            (await house.Engine.GetMarginRunsAsync(Operator)).Recent.Count.ShouldBe(runs);
        }
    }

    [Fact]
    public async Task The_interval_begins_a_run_and_an_operators_run_names_the_operator()
    {
        await using var house = await StartAsync("""{ "everyMinutes": 30 }""");
        await AdvanceAsync(house, 30 * Minute);
        await house.Engine.RunMarginAsync(Operator);
        await AdvanceAsync(house, 59 * Minute);
        await AdvanceAsync(house, 60 * Minute);
        (await house.Engine.GetMarginRunsAsync(Operator)).Recent.Select(r => (r.Cause, r.By)).ShouldBe(
            [(RunCause.Intraday, "every 30 minutes"), (RunCause.Operator, Operator), (RunCause.Intraday, "every 30 minutes")]);
        await house.Engine.SetRiskModelAsync(Operator, Model("{}"));
        await AdvanceAsync(house, 5 * Hour);
        (await house.Engine.GetMarginRunsAsync(Operator)).Recent.Count.ShouldBe(3, "a model without a schedule ends it");
    }

    [Fact]
    public async Task A_price_that_moved_too_far_since_the_last_run_begins_one()
    {
        await using var house = await StartAsync("""{ "movePercent": 2, "checkSeconds": 10 }""");
        await house.Engine.RunMarginAsync(Operator);
        await MarkAsync(house, 2805.00m, 1);
        await AdvanceAsync(house, Minute);
        (await house.Engine.GetMarginRunsAsync(Operator)).Recent.Count.ShouldBe(1, "2 per cent is not more than 2 per cent");
        await MarkAsync(house, 2805.25m, 2);
        await AdvanceAsync(house, 2 * Minute);
        await AdvanceAsync(house, 3 * Minute);
        var recent = (await house.Engine.GetMarginRunsAsync(Operator)).Recent;
        recent.Count.ShouldBe(2);
        (recent[1].Cause, recent[1].By).ShouldBe((RunCause.Intraday, "SPX.FUT moved from 2750 to 2805.25"));
    }

    [Fact]
    public async Task A_run_that_cannot_begin_says_why_and_is_tried_again_until_it_can_or_five_times()
    {
        await using var house = await StartAsync("""{ "at": ["13:00"] }""", history: false);
        for (var minute = 59; minute < 80; minute++)
        {
            await AdvanceAsync(house, minute * Minute);
        }

        var recent = (await house.Engine.GetMarginRunsAsync(Operator)).Recent;
        recent.Count.ShouldBe(6);
        recent.ShouldAllBe(r => r.Run == 0 && r.Cause == RunCause.Scheduled && r.Failure.Contains("the history of Price SPX is empty"));

        await house.Engine.SetFactorPricesAsync(Operator, Prices());
        await AdvanceAsync(house, 25 * Hour);
        (await house.Engine.GetMarginRunsAsync(Operator)).Recent[^1].Run.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{ "at": ["25:00"] }""", "runs.at holds \"25:00\"")]
    [InlineData("""{ "at": ["09:00", "09:00"] }""", "each once")]
    [InlineData("""{ "everyMinutes": 1441 }""", "runs.everyMinutes is 1441")]
    [InlineData("""{ "movePercent": 0.001 }""", "runs.movePercent is 0.001")]
    [InlineData("""{ "checkSeconds": 0 }""", "runs.checkSeconds is 0")]
    [InlineData("""{ "every": 5 }""", "malformed at $.runs.every")]
    public async Task A_schedule_that_is_none_is_refused_with_its_place(string runs, string reason)
    {
        await using var house = await TestHouse.StartAsync();
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SetRiskModelAsync(Operator, Model(runs)))).Message.ShouldContain(reason);
    }

    private static string Model(string runs) => $$"""
        {
          "runs": {{runs}},
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 1, "scaling": "none" } },
          "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
        }
        """;

    private static async Task<TestHouse> StartAsync(string runs, bool history = true)
    {
        var house = await TestHouse.StartAsync();
        if (history)
        {
            await house.Engine.SetFactorPricesAsync(Operator, Prices());
        }

        await house.SubmitAsync(TestHouse.Report("T1"));
        await MarkAsync(house, 2750.00m, 0);
        await house.Engine.SetRiskModelAsync(Operator, Model(runs));
        return house;
    }

    private static FactorPricesSet Prices() =>
        new("SPX", [.. new[] { 2750.0, 2740, 2750, 2760, 2750 }.Select((p, i) => new FactorPrice(new DateOnly(2020, 3, 2).AddDays(i), p))], Replaces: true);

    private static async Task AdvanceAsync(TestHouse house, long pastNoon)
    {
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + pastNoon);
    }

    private static async Task MarkAsync(TestHouse house, decimal price, long time)
    {
        var mark = new MarkReport(TestHouse.Future, MarkSourceId.Parse("FEED"), price, TestHouse.Noon - Minute + time);
        (await house.AskAsync(to => house.Engine.Mark("marketdata:FEED", Domain.Instruments.UnderlyingId.Parse("SPX"), mark, to))).ShouldBeOfType<Commands.MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
    }
}
