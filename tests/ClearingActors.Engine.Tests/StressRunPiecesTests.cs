using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 10: what happens while a stress run is computed between turns. Every test runs the same house, stopped at a chosen piece of its second run.</summary>
public sealed class StressRunPiecesTests
{
    private const string Operator = "operator:test";

    /// <summary>Of which each takes at least a piece.</summary>
    private const int Scenarios = 120;

    private static readonly AccountId AlphaFund = AccountId.Parse("FUND.ALPHA");

    [Fact]
    public async Task Trades_cash_of_the_fund_and_a_whole_cycle_are_done_while_a_run_is_computed_and_its_figures_are_of_its_beginning()
    {
        await using var house = await PrepareAsync();
        using var stepped = new SteppedHouse(house.JournalPath);
        var undisturbed = FirstRun(stepped);
        var run = Begin(stepped);

        var trade = stepped.Submit(TestHouse.Report("T9", quantity: 100, price: 2750m));
        stepped.StepUntil(() => stepped.AnswerOf(trade) is not null);
        stepped.AnswerOf(trade).ShouldBeOfType<TradeReply>().Outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
        PayIn(stepped, 1_000_00);
        stepped.Ask<CycleResult>(new RunSettlementCycle(stepped.Book.Of(ActorKinds.Settlement, ActorKinds.House), Operator, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2800_00)]));
        stepped.AnswerOf(run).ShouldBeNull("all of it was done in the middle of the run");

        stepped.StepUntil(() => stepped.AnswerOf(run) is not null);
        var view = stepped.AnswerOf(run).ShouldBeOfType<StressRunView>();
        (view.Inputs.Run, view.Inputs.Cycle).ShouldBe((2, 1));
        BytesOf(view).ShouldBe(BytesOf(undisturbed));

        // The next run is of the new cycle, and sees what has been paid.
        var next = stepped.Ask<StressRunView>(new RunStress(stepped.StressRuns, Operator));
        next.Inputs.Cycle.ShouldBe(2);
        next.Outcome!.Scenarios[0].UncoveredLosses.ShouldNotBe(view.Outcome!.Scenarios[0].UncoveredLosses);
        stepped.Alarms.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_a_crash_interrupts_is_computed_anew_by_itself_and_comes_to_the_same_bits(bool snapshot)
    {
        await using var house = await PrepareAsync();
        StressRunView undisturbed;
        using (var stepped = new SteppedHouse(house.JournalPath))
        {
            undisturbed = FirstRun(stepped);
            Begin(stepped);
            if (snapshot)
            {
                // Nothing but reads is under way, so the shards are drained.
                stepped.Worker.SnapshotAll((record, parts) => stepped.Writer.Submit(record, parts, error => throw error));
                stepped.Step();
            }

            RunsOf(stepped)[^1].Outcome.ShouldBeNull("the house stops in the middle of the run");
        }

        using var again = new SteppedHouse(house.JournalPath);
        var run = RunsOf(again)[^1];
        (run.Inputs.Run, run.Outcome).ShouldBe((2, null));
        again.Settle();
        BytesOf(RunsOf(again)[^1]).ShouldBe(BytesOf(undisturbed));
        again.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_asks_for_a_run_while_one_is_computed_gets_that_one_also_after_a_crash()
    {
        await using var house = await PrepareAsync();
        using (var stepped = new SteppedHouse(house.JournalPath))
        {
            FirstRun(stepped);
            var first = stepped.Post(new RunStress(stepped.StressRuns, Operator));
            var atOnce = stepped.Post(new RunStress(stepped.StressRuns, Operator));
            stepped.StepUntil(() => stepped.Worker.OwesCommand);
            var late = stepped.Post(new RunStress(stepped.StressRuns, Operator));
            stepped.Settle();
            foreach (var token in new[] { first, atOnce, late })
            {
                stepped.AnswerOf(token).ShouldBeOfType<StressRunView>().Inputs.Run.ShouldBe(2);
            }

            Begin(stepped);
        }

        using var again = new SteppedHouse(house.JournalPath);
        again.Step();
        var view = again.Ask<StressRunView>(new RunStress(again.StressRuns, Operator));
        (view.Inputs.Run, view.Outcome!.Scenarios.Count).ShouldBe((3, Scenarios));
    }

    [Fact]
    public async Task Scenarios_terms_and_model_set_anew_in_the_middle_leave_the_run_as_it_began_and_nothing_is_sized_from_it()
    {
        await using var house = await PrepareAsync();
        using var stepped = new SteppedHouse(house.JournalPath);
        var undisturbed = FirstRun(stepped);
        var run = Begin(stepped);
        stepped.Ask<Done>(new SetScenarios(stepped.StressRuns, Operator, StressFundTests.Scenarios));
        stepped.Ask<Done>(new SetFundTerms(stepped.StressRuns, Operator, OtherTerms));
        SetModel(stepped);
        stepped.AnswerOf(run).ShouldBeNull("all of it was done in the middle of the run");
        stepped.StepUntil(() => stepped.AnswerOf(run) is not null);
        BytesOf(stepped.AnswerOf(run).ShouldBeOfType<StressRunView>()).ShouldBe(BytesOf(undisturbed));
        stepped.Ask<Refused>(new SizeDefaultFund(stepped.StressRuns, Operator, dryRun: true)).Reason.ShouldContain("run stress again");
        stepped.Ask<StressRunView>(new RunStress(stepped.StressRuns, Operator)).Outcome!.Scenarios.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_run_whose_model_was_set_anew_before_it_is_computed_again_after_a_crash_comes_to_nothing_and_says_why()
    {
        await using var house = await PrepareAsync();
        using (var stepped = new SteppedHouse(house.JournalPath))
        {
            FirstRun(stepped);
            Begin(stepped);
            SetModel(stepped);
            RunsOf(stepped)[^1].Outcome.ShouldBeNull();
        }

        using var again = new SteppedHouse(house.JournalPath);
        again.Settle();
        RunsOf(again)[^1].Outcome.ShouldNotBeNull().Failure.ShouldContain("set anew since stress run 2");
        again.Ask<StressRunView>(new RunStress(again.StressRuns, Operator)).Inputs.Run.ShouldBe(3);
        again.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_quarantined_actor_lets_the_house_come_to_rest_and_its_run_ends_when_it_is_released()
    {
        await using var house = await PrepareAsync();
        using var stepped = new SteppedHouse(house.JournalPath);
        var undisturbed = FirstRun(stepped);
        var run = Begin(stepped);
        stepped.PoisonNext(stepped.Book.Of(ActorKinds.Account, AlphaFund.Value).Shard, stepped.StressRuns.Shard);
        PayIn(stepped, 1_000_00);
        stepped.Settle();
        stepped.Alarms.ShouldHaveSingleItem().ShouldContain("quarantined");
        (stepped.Worker.OwesCommand, stepped.AnswerOf(run)).ShouldBe((false, null));

        stepped.Ask<QuarantineReleased>(new ReleaseQuarantined(stepped.StressRuns, Operator)).Messages.ShouldBe(1);
        stepped.StepUntil(() => stepped.AnswerOf(run) is not null);
        BytesOf(stepped.AnswerOf(run).ShouldBeOfType<StressRunView>()).ShouldBe(BytesOf(undisturbed));
        stepped.Settle();
        stepped.Ask<FundView>(new GetDefaultFund(stepped.StressRuns, Operator)).Held.Single(h => h.Member.Value == "ALPHA").CashMinor.ShouldBe(1_000_00);
    }

    [Fact]
    public async Task What_came_of_a_run_waits_while_its_shard_takes_no_more_commands()
    {
        const int Room = 8;
        await using var house = await PrepareAsync();
        using var stepped = new SteppedHouse(house.JournalPath, options: new RuntimeOptions { Workers = 1, UnansweredHandOvers = 1, CommandsPerShard = Room });
        var undisturbed = FirstRun(stepped);
        var run = Begin(stepped);

        // A turn that is handed over and not written keeps the worker from its commands, but not from the run.
        var paid = stepped.Post(Deposit(stepped, "unwritten", 5_00));
        stepped.StepUnwritten();
        for (var i = 0; i < Room; i++)
        {
            stepped.StressShard.Admit(new GetDefaultFund(stepped.StressRuns, Operator));
        }

        for (var i = 0; i < 2 * Scenarios; i++)
        {
            stepped.StepUnwritten();
        }

        (stepped.Worker.OwesCommand, stepped.StressShard.QueuedCommands, stepped.AnswerOf(run)).ShouldBe((true, Room, null));
        stepped.Settle();
        stepped.AnswerOf(paid).ShouldBeOfType<CollateralBooked>();
        BytesOf(stepped.AnswerOf(run).ShouldBeOfType<StressRunView>()).ShouldBe(BytesOf(undisturbed));
        stepped.Worker.OwesCommand.ShouldBeFalse();
    }

    [Fact]
    public async Task An_outcome_of_another_run_is_refused()
    {
        await using var house = await PrepareAsync();
        using var stepped = new SteppedHouse(house.JournalPath);
        var undisturbed = FirstRun(stepped);
        stepped.Ask<Refused>(new EndStress(stepped.StressRuns, Operator, undisturbed.Outcome!)).Reason.ShouldContain("stress run 1 is not being computed");
        var run = Begin(stepped);
        stepped.Ask<Refused>(new EndStress(stepped.StressRuns, Operator, undisturbed.Outcome!)).Reason.ShouldContain("stress run 1 is not being computed");
        stepped.AnswerOf(run).ShouldBeNull();
        stepped.Settle();
        BytesOf(stepped.AnswerOf(run).ShouldBeOfType<StressRunView>()).ShouldBe(BytesOf(undisturbed));
    }

    [Fact]
    public async Task A_house_is_not_called_quiet_before_its_run_has_ended()
    {
        await using var house = await PrepareAsync();
        using (var stepped = new SteppedHouse(house.JournalPath))
        {
            FirstRun(stepped);
            Begin(stepped);
        }

        house.Open();
        await house.Engine.QuiesceAsync();
        (await house.Engine.GetStressRunsAsync(Operator)).Runs[^1].Outcome.ShouldNotBeNull().Scenarios.Count.ShouldBe(Scenarios);
        house.Crash();
        house.Open();
    }

    [Fact]
    public async Task A_run_begun_at_any_moment_of_a_cycle_is_of_the_house_before_it_or_after_it_or_says_that_it_cannot_be()
    {
        await using var house = await PrepareAsync();
        List<string> came = [];
        byte[]? before = null, after = null;
        for (var steps = 0; ; steps++)
        {
            var copy = $"{house.JournalPath}.{steps}";
            foreach (var file in Directory.GetFiles(Path.GetDirectoryName(house.JournalPath)!, Path.GetFileName(house.JournalPath) + "*").Where(f => f == house.JournalPath || f == house.JournalPath + "-wal"))
            {
                File.Copy(file, copy + file[house.JournalPath.Length..]);
            }

            using var stepped = new SteppedHouse(copy);
            var cycle = stepped.Post(new RunSettlementCycle(stepped.Book.Of(ActorKinds.Settlement, ActorKinds.House), Operator, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2800_00)]));
            for (var i = 0; i < steps; i++)
            {
                stepped.Step();
            }

            var closed = stepped.AnswerOf(cycle) is not null;
            var run = stepped.Post(new RunStress(stepped.StressRuns, Operator));
            stepped.StepUntil(() => stepped.AnswerOf(run) is not null && stepped.AnswerOf(cycle) is not null);
            stepped.AnswerOf(cycle).ShouldBeOfType<CycleResult>();
            if (stepped.AnswerOf(run) is Refused refused)
            {
                refused.Reason.ShouldContain("run stress again when the cycle is closed");
                came.Add("refused");
            }
            else
            {
                var view = stepped.AnswerOf(run).ShouldBeOfType<StressRunView>();
                ref var expected = ref view.Inputs.Cycle == 1 ? ref before : ref after;
                BytesOf(view).ShouldBe(expected ??= BytesOf(view), $"begun after {steps} steps");
                came.Add($"cycle {view.Inputs.Cycle}");
            }

            stepped.Alarms.ShouldBeEmpty();
            if (closed)
            {
                break;
            }
        }

        came.Distinct().ShouldBe(["cycle 1", "refused", "cycle 2"], ignoreOrder: true);
        before.ShouldNotBe(after);
    }

    private static string OtherTerms => StressFundTests.Terms.Replace("1000.00", "2000.00", StringComparison.Ordinal);

    /// <summary>A house whose members have a fund to pay into; its journal is let go of.</summary>
    private static async Task<TestHouse> PrepareAsync()
    {
        var house = await TestHouse.StartAsync();
        var scenarios = Enumerable.Range(0, Scenarios).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $$"""{ "id": "s{{i:D3}}", "name": "S", "type": "hypothetical", "othersUnmoved": true, "shocks": [{ "factor": "price", "name": "SPX", "kind": "relative", "shock": {{-0.3 + (0.005 * i)}}, "assumed": "for the test" }] }"""));
        await house.Engine.SetScenariosAsync(Operator, $"[{string.Join(',', scenarios)}]");
        await house.Engine.SetFundTermsAsync(Operator, StressFundTests.Terms.Replace("\"juniorCapital\"", "\"contributions\": { \"ALPHA\": 1000.00, \"BETA\": 1000.00 }, \"juniorCapital\"", StringComparison.Ordinal));
        await StressFundTests.PrepareAsync(house);
        await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false);
        await house.Engine.SetFundTermsAsync(Operator, StressFundTests.Terms);
        await house.Engine.QuiesceAsync();
        house.Crash();
        return house;
    }

    private static StressRunView FirstRun(SteppedHouse stepped)
    {
        var view = stepped.Ask<StressRunView>(new RunStress(stepped.StressRuns, Operator));
        (view.Inputs.Run, view.Outcome!.Scenarios.Count).ShouldBe((1, Scenarios));
        stepped.Settle();
        return view;
    }

    /// <summary>Steps into the middle of another run; the token of who waits for it.</summary>
    private static long Begin(SteppedHouse stepped)
    {
        var run = stepped.Post(new RunStress(stepped.StressRuns, Operator));
        stepped.StepUntil(() => stepped.Worker.OwesCommand);
        for (var i = 0; i < 10; i++)
        {
            stepped.Step();
        }

        stepped.AnswerOf(run).ShouldBeNull();
        stepped.Worker.OwesCommand.ShouldBeTrue();
        return run;
    }

    private static IReadOnlyList<StressRunView> RunsOf(SteppedHouse stepped) => stepped.Ask<StressRunsView>(new GetStressRuns(stepped.StressRuns, Operator)).Runs;

    private static BookCollateral Deposit(SteppedHouse stepped, string request, long minor) =>
        new(stepped.Book.Of(ActorKinds.Account, AlphaFund.Value), Operator, RequestId.Parse(request), new Money(minor, TestHouse.Usd));

    private static void PayIn(SteppedHouse stepped, long minor) => stepped.Ask<CollateralBooked>(Deposit(stepped, "paid", minor));

    private static void SetModel(SteppedHouse stepped) => stepped.Ask<Done>(new SetRiskModel(stepped.Book.Of(ActorKinds.Registry, ActorKinds.House), Operator, new RiskModelSet("""
        {
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "*": { "confidence": 0.8, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none" } },
          "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
        }
        """)));

    /// <summary>What a run comes to, whatever its number.</summary>
    private static byte[] BytesOf(StressRunView run)
    {
        var writer = new WireWriter();
        (run.Outcome.ShouldNotBeNull() with { Run = 1 }).Write(writer);
        return writer.Written.ToArray();
    }
}
