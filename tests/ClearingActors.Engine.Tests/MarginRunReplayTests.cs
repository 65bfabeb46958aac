using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.9: whoever has the journal computes a run again and comes to the same bits.</summary>
public sealed class MarginRunReplayTests
{
    [Fact]
    public async Task Every_run_is_recomputed_from_the_state_and_the_marks_that_it_had()
    {
        await using var house = await RunsAsync();

        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        var recomputed = MarginRunReplay.Recompute(journal);

        recomputed.Runs.ShouldBe(3);
        recomputed.Assessments.ShouldBe(3 * 4);
        recomputed.FirstDifference.ShouldBeEmpty();
        recomputed.Different.ShouldBe(0);
    }

    [Fact]
    public async Task A_mark_other_than_the_recorded_one_gives_other_figures()
    {
        await using var house = await RunsAsync();

        var recomputed = Replay(house, check => new Altered(check) { Inputs = i => i.Run == 2 ? i with { Marks = [.. i.Marks.Select(m => m with { Units = m.Units + 25 })] } : i });

        recomputed.Different.ShouldBe(4);
        recomputed.FirstDifference.ShouldStartWith("run 2, account ");
    }

    [Fact]
    public async Task An_account_that_a_run_left_out_is_found()
    {
        // In one shard: where all accounts of a shard are left out, nothing in it tells of the run.
        await using var house = await RunsAsync(1);

        var recomputed = Replay(house, check => new Altered(check) { Recorded = (account, e) => account.Value != "BETA.GROSS" || e.Run != 1 });

        recomputed.Different.ShouldBe(1);
        recomputed.FirstDifference.ShouldBe("run 1, account BETA.GROSS: it was not assessed");
    }

    [Fact]
    public async Task A_run_of_another_scenario_set_is_not_recomputed_with_the_shards_own()
    {
        await using var house = await RunsAsync();

        var recomputed = Replay(house, check => new Altered(check) { Inputs = i => i.Run == 3 ? i with { ScenarioSet = new string('0', 64) } : i });

        recomputed.Different.ShouldBe(4);
        recomputed.FirstDifference.ShouldContain("the run names scenario set 0000");
    }

    private static RecomputedRuns Replay(TestHouse house, Func<MarginRunCheck, IMarginRunObserver> altered)
    {
        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        var check = new MarginRunCheck();
        MarginRunReplay.Replay(journal, altered(check));
        return check.End();
    }

    /// <summary>Three runs of four accounts, with trades, marks and a deposit between them.</summary>
    private static async Task<TestHouse> RunsAsync(int shards = 3)
    {
        var house = await MarginRunTests.StartAsync(shards);
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 10));
        await house.SubmitAsync(TestHouse.Report("T2", "ALPHA.GROSS", "BETA.GROSS", 4, buyerClient: "C1", sellerClient: "C2"));
        await MarginRunTests.MarkAsync(house, 2751.25m, beforeNoon: 2);
        await house.Engine.RunMarginAsync("operator:test");
        await house.SubmitAsync(TestHouse.Report("T3", "BETA.HOUSE", "ALPHA.HOUSE", 3));
        await MarginRunTests.MarkAsync(house, 2749.00m);
        await house.Engine.RunMarginAsync("operator:test");
        await house.Engine.BookCollateralAsync("operator:test", AccountId.Parse("ALPHA.HOUSE"), RequestId.Parse("in"), new Money(12_345_67, TestHouse.Usd));
        await house.SubmitAsync(TestHouse.Report("T4", "BETA.HOUSE", "BETA.GROSS", 1, sellerClient: "C2"));
        await house.Engine.RunMarginAsync("operator:test");
        await house.Engine.QuiesceAsync();
        return house;
    }

    /// <summary>Passes on a replay that is not what the journal says.</summary>
    private sealed class Altered(MarginRunCheck check) : IMarginRunObserver
    {
        internal Func<MarginInputs, MarginInputs> Inputs { get; init; } = static i => i;

        internal Func<AccountId, MarginAssessed, bool> Recorded { get; init; } = static (_, _) => true;

        public void Started(MarginInputs inputs) => check.Started(Inputs(inputs));

        public void Assessed(EngineScope scope, AccountActor account, MarginAssessed recorded)
        {
            if (Recorded(account.State.Id, recorded))
            {
                check.Assessed(scope, account, recorded);
            }
        }
    }
}
