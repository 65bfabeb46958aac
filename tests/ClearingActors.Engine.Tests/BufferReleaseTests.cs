using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Risk;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.4 through the actors: while the buffer is released the requirement is min(1.25 M, max(M, previous)).</summary>
public sealed class BufferReleaseTests
{
    private const string Operator = "operator:test";

    [Fact]
    public async Task A_released_buffer_absorbs_a_rise_and_is_built_again_when_restored()
    {
        await using var house = await MarginRunTests.StartAsync(3);
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 10));
        await MarginRunTests.MarkAsync(house, 2600m, beforeNoon: 3);
        var held = await RunAsync(house);
        (held.Requirement * 4).ShouldBe(held.Model * 5, 5);

        await house.Engine.DecideBufferAsync(Operator, released: true, "the index fell by a tenth");
        await MarginRunTests.MarkAsync(house, 2700m, beforeNoon: 2);
        var absorbed = await RunAsync(house);
        absorbed.Model.ShouldBeGreaterThan(held.Model);
        absorbed.Requirement.ShouldBe(held.Requirement, 1, "the rise is within the buffer, so nothing more is asked");

        // Twice the lots need more than the buffer holds; what is beyond it is asked, and no new buffer.
        await house.SubmitAsync(TestHouse.Report("T2", quantity: 10, guaranteed: true));
        var exhausted = await RunAsync(house);
        exhausted.Requirement.ShouldBe(exhausted.Model);
        exhausted.Model.ShouldBe(2 * absorbed.Model, 5);

        await house.Engine.DecideBufferAsync(Operator, released: false, "the market is calm");
        var restored = await RunAsync(house);
        restored.Model.ShouldBe(exhausted.Model, 2);
        (restored.Requirement * 4).ShouldBe(restored.Model * 5, 5);

        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        var recomputed = MarginRunReplay.Recompute(journal);
        (recomputed.Runs, recomputed.Different, recomputed.FirstDifference).ShouldBe((4, 0, ""));
    }

    [Fact]
    public async Task A_fall_of_margin_takes_the_buffer_with_it()
    {
        await using var house = await MarginRunTests.StartAsync(3);
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 10));
        await MarginRunTests.MarkAsync(house, 2700m);
        var held = await RunAsync(house);
        await house.Engine.DecideBufferAsync(Operator, released: true, "stress");

        // What is left needs half; never more than 1.25 M, though the previous margin was higher.
        await house.SubmitAsync(TestHouse.Report("T2", "BETA.HOUSE", "ALPHA.HOUSE", 5));
        var fallen = await RunAsync(house);
        (fallen.Requirement * 2).ShouldBe(held.Requirement, 2);
    }

    [Fact]
    public async Task An_account_that_is_new_in_the_stress_builds_no_buffer_and_the_monitor_is_never_below_it()
    {
        await using var house = await MarginRunTests.StartAsync(3);
        await MarginRunTests.MarkAsync(house, 2700m);
        await house.Engine.DecideBufferAsync(Operator, released: true, "stress");
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 10));
        var found = await RunAsync(house);
        found.Requirement.ShouldBe(found.Model);

        var view = (await house.Engine.GetMarginAsync(Operator, AccountId.Parse("ALPHA.HOUSE"), [])).ShouldNotBeNull();
        ((double)view.Indicative!.Value.Requirement).ShouldBe(1.25 * found.Requirement, 2, "before novation the buffer counts whole");
        var simulated = (await house.Engine.GetMarginAsync(Operator, AccountId.Parse("ALPHA.HOUSE"), [new HypotheticalTrade(TestHouse.Future, default, 1)])).ShouldNotBeNull();
        ((double)simulated.Indicative!.Value.Requirement).ShouldBe(1.1 * found.Requirement, 2, "what a run would find has the rise and no buffer");
    }

    [Fact]
    public async Task The_decision_and_what_it_compares_with_outlive_a_restart_from_snapshots()
    {
        await using var house = await MarginRunTests.StartAsync(3);
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 10));
        await MarginRunTests.MarkAsync(house, 2600m, beforeNoon: 2);
        var held = await RunAsync(house);
        await house.Engine.DecideBufferAsync(Operator, released: true, "stress");
        await house.Engine.StopAsync();
        house.Crash();
        house.Open(3);
        house.FromSnapshot.ShouldBePositive();
        await MarginRunTests.MarkAsync(house, 2650m);
        (await RunAsync(house)).Requirement.ShouldBe(held.Requirement, 1);

        // The release is what it is; to release again is no decision and needs no reason.
        await house.Engine.DecideBufferAsync(Operator, released: true, "");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DecideBufferAsync(Operator, released: false, " "))).Message.ShouldContain("say why the buffer is restored");
    }

    [Fact]
    public async Task Without_a_buffer_there_is_nothing_to_release()
    {
        await using var house = await TestHouse.StartAsync();
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DecideBufferAsync(Operator, true, "stress"))).Message.ShouldContain("the risk model is not set");
        await house.Engine.SetRiskModelAsync(Operator, """
            {
              "factors": { "SPX": { "change": "relative" } },
              "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } },
              "calls": { "USD": { "minimumTransfer": 1000.00, "callUnit": 500.00, "minutesToMeet": 60 } }
            }
            """);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DecideBufferAsync(Operator, true, "stress"))).Message.ShouldContain("no product group of the risk model has buffer25");
    }

    [Fact]
    public void Sets_that_have_changed_compare_with_all_that_shared_a_product_group()
    {
        var client = ClientId.Parse("C1");
        var buffer = new AccountBuffer([new(client, ["A", "B"], 100), new(client, ["C"], 30), new(default, ["A"], 900), new(client, ["D"], 900)]);

        buffer.Of(client, ["A"], 90).ShouldBe(100);
        buffer.Of(client, ["B", "C"], 110).ShouldBe(130);
        buffer.Of(client, ["E"], 10).ShouldBe(10);
        buffer.Of(client, ["F"], 0).ShouldBe(0);
        buffer.Margins.Select(m => (string.Join('+', m.Groups), m.Margin)).ShouldBe([("A", 100), ("B+C", 130), ("E", 10)]);
        new AccountBuffer(null).Of(client, ["A"], 90).ShouldBe(112.5);
    }

    [Fact]
    public void A_run_from_before_such_margins_were_recorded_is_not_taken_for_one_without_a_buffer()
    {
        var old = new MarginAssessed(1, default, [new RequirementPart("model", 100), new RequirementPart("buffer", 25)], 1);
        old.KnownBuffered.ShouldBeNull();
        (old with { Parts = [new RequirementPart("model", 100)] }).KnownBuffered.ShouldNotBeNull().ShouldBeEmpty();
        (old with { Buffered = [new BufferedMargin(default, ["A"], 1.25)] }).KnownBuffered!.Count.ShouldBe(1);
    }

    /// <summary>A run, and what it found of the buyer, in minor units.</summary>
    private static async Task<(double Requirement, double Model)> RunAsync(TestHouse house)
    {
        await house.Engine.RunMarginAsync(Operator);
        var last = (await house.Engine.GetMarginAsync(Operator, AccountId.Parse("ALPHA.HOUSE"), []))!.Official.Last!;
        return (last.Coverage.Requirement, last.Parts.Single(p => p.Name == "model").AmountMinor);
    }
}
