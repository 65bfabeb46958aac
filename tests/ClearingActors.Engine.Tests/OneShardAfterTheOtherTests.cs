using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>Margin runs, stress runs and cycles have no more shards at work than there are workers, and go on from wherever a crash left them, under any number of workers.</summary>
public sealed class OneShardAfterTheOtherTests
{
    private const string Operator = "operator:test";
    private const int Shards = 7;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_more_shards_are_at_work_at_once_than_there_are_workers(int workers)
    {
        await using var house = await MarginRunTests.StartAsync(Shards);
        house.Crash();
        house.Open(Shards, workers);
        await house.SubmitAsync(TestHouse.Report("T1"));
        await MarginRunTests.MarkAsync(house, 2750m);
        var run = await house.Engine.RunMarginAsync(Operator);
        run.Inputs.ShardsAtOnce.ShouldBe(workers);
        await SettleAsync(house, 1);
        await house.Engine.SetScenariosAsync(Operator, StressFundTests.Scenarios);
        await house.Engine.SetFundTermsAsync(Operator, StressFundTests.Terms);
        await house.Engine.RunStressAsync(Operator);
        house.Crash();

        MostAtOnce(house, s => s.AssessMargin is not null, e => e.ShardAssessed is not null).ShouldBe((workers, Shards));
        MostAtOnce(house, s => s.ComputeCycle is not null, e => e.ShardComputed is not null).ShouldBe((workers, Shards));
        MostAtOnce(house, s => s.BookCycle is not null, e => e.ShardConfirmed is not null).ShouldBe((workers, Shards));
        MostAtOnce(house, s => s.GatherPositions is not null, e => e.PositionsGathered is not null).ShouldBe((workers, Shards));
        house.Open(Shards);
    }

    [Fact]
    public async Task A_run_goes_on_after_a_crash_under_another_number_of_workers()
    {
        await using var house = await MarginRunTests.StartAsync(Shards);
        await house.SubmitAsync(TestHouse.Report("T1"));
        await MarginRunTests.MarkAsync(house, 2750m);
        var expected = await house.Engine.RunMarginAsync(Operator);
        var interrupted = 0;
        for (var i = 0; i < 24; i++)
        {
            var before = (await house.Engine.GetMarginRunsAsync(Operator)).Last!.Inputs.Run;
            _ = house.Engine.RunMarginAsync(Operator);
            await Task.Delay(i % 12, TestContext.Current.CancellationToken);
            house.Crash();
            house.Open(Shards, 1 + (i % 3));
            interrupted += (await house.Engine.GetMarginRunsAsync(Operator)).ShardsMissing > 0 ? 1 : 0;
            var result = await house.Engine.RunMarginAsync(Operator).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            result.Totals.ShouldBe(expected.Totals);
            result.Inputs.Run.ShouldBeInRange(before + 1, before + 2);
            house.Alarms.ShouldBeEmpty();
        }

        interrupted.ShouldBePositive();
    }

    [Fact]
    public async Task A_cycle_goes_on_after_a_crash_under_another_number_of_workers()
    {
        await using var house = await TestHouse.StartAsync(Shards);
        await house.SubmitAsync(TestHouse.Report("T1"));
        var time = TestHouse.Noon;
        for (var day = 1; day <= 24; day++)
        {
            _ = SettleAsync(house, day);
            await Task.Delay(day % 12, TestContext.Current.CancellationToken);
            house.Crash();
            house.Open(Shards, 1 + (day % 3));

            // The chain may be broken: the stage's timer asks all that are missing.
            for (var i = 0; i < 3; i++)
            {
                await house.Engine.AdvanceAsync(Operator, time += 61_000_000_000);
            }

            if ((await house.Engine.GetSettlementAsync(Operator)).BusinessDate == TestHouse.Monday.AddDays(day - 1))
            {
                await SettleAsync(house, day);
            }

            var view = await house.Engine.GetSettlementAsync(Operator);
            (view.BusinessDate, view.Blocked).ShouldBe((TestHouse.Monday.AddDays(day), ""));
            (await house.Engine.ReadBooksAsync()).ShouldSatisfyAllConditions(b => b.CashConserved.ShouldBeTrue(), b => b.Unbooked.ShouldBe(0));
        }
    }

    private static Task<CycleResult> SettleAsync(TestHouse house, int day) =>
        house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(day), [new PricePoint(TestHouse.Future, 2750_00 + (day % 5 * 25))]);

    /// <summary>The most that were told and had not reported, and how many were told.</summary>
    private static (int Most, int Told) MostAtOnce(TestHouse house, Func<MessageBody, bool> tells, Func<Event, bool> reports)
    {
        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        var (open, most, told) = (0, 0, 0);
        foreach (var step in journal.ReadHeads().SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position)).SelectMany(r => Turn.Parser.ParseFrom(r.Payload.Span).Steps))
        {
            open -= step.Events.Count(reports);
            told += step.Sent.Count(s => tells(s.Body));
            open += step.Sent.Count(s => tells(s.Body));
            most = Math.Max(most, open);
        }

        return (most, told);
    }
}
