using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Engine.Actors;
using ClearingActors.Journal;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Engine.Tests;

/// <summary>Actions on the record: stages, four eyes, deadlines, and what a restart makes of them.</summary>
public sealed class ActionLogTests
{
    private const string Ann = "operator:ann";
    private const string Ben = "operator:ben";
    private const string Node = "node:actions";
    private const string Resume = "clearing.operations.v1.OperationsService/ResumeHouse";
    private const string Halt = "clearing.operations.v1.OperationsService/HaltHouse";
    private const long Minute = 60_000_000_000;

    [Fact]
    public async Task What_needs_nobody_else_runs_at_once_and_ends_with_its_outcome()
    {
        await using var house = await TestHouse.StartAsync();
        var begun = await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: false, Cancellation);
        (begun.Begun, begun.Action.Number, begun.Action.Stage, begun.Action.By, begun.Action.At, begun.Action.ExpiresAt).ShouldBe((true, 1L, ActionStage.Running, Ann, TestHouse.Noon, 0L));

        var done = await house.Engine.EndActionAsync(Node, 1, ActionStage.Done, "{ }", Cancellation);
        (done.Stage, done.Outcome, done.FinishedAt, done.DecidedBy).ShouldBe((ActionStage.Done, "{ }", TestHouse.Noon, ""));
        (await house.Engine.EndActionAsync(Node, 1, ActionStage.Done, "{ }", Cancellation)).ShouldBe(done);
        (await Should.ThrowAsync<RefusedException>(house.Engine.EndActionAsync(Node, 1, ActionStage.Failed, "no", Cancellation))).Message.ShouldBe("action 1 is done; only what runs can end");
        await AssertReplayedAsync(house);
    }

    [Fact]
    public async Task The_same_request_again_is_the_same_action_and_another_content_is_refused()
    {
        await using var house = await TestHouse.StartAsync();
        var first = await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: false, Cancellation);
        var again = await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: false, Cancellation);
        again.ShouldBe(new(first.Action, Begun: false));

        const string Refusal = "request r1 was another action, number 1 of operator:ann: clearing.operations.v1.OperationsService/ResumeHouse; take another request_id";
        foreach (var (by, other) in new[] { (Ben, Request("r1")), (Ann, Request("r1", reason: "another")), (Ann, Request("r1", request: "{ \"reason\": \"x\" }")), (Ann, Request("r1", method: "a.B/C")) })
        {
            (await Should.ThrowAsync<RefusedException>(house.Engine.SubmitActionAsync(by, other, needsSecond: false, Cancellation))).Message.ShouldBe(Refusal);
        }

        (await ReadAsync(house)).Open.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Who_hands_it_in_cannot_approve_it_and_that_he_tried_is_on_the_record()
    {
        await using var house = await TestHouse.StartAsync();
        var proposed = await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: true, Cancellation);
        (proposed.Begun, proposed.Action.Stage, proposed.Action.ExpiresAt).ShouldBe((false, ActionStage.Proposed, TestHouse.Noon + (30 * Minute)));
        (await Should.ThrowAsync<RefusedException>(house.Engine.EndActionAsync(Node, 1, ActionStage.Done, "{ }", Cancellation))).Message.ShouldBe("action 1 is waiting for a second person; only what runs can end");

        (await Should.ThrowAsync<RefusedException>(DecideAsync(house, Ann, approve: true))).Message.ShouldBe("operator:ann has handed action 1 in; somebody else must approve");
        (await ReadAsync(house)).Open.Single().Refusals.ShouldContain(new ActionRefusal { By = Ann, Why = "operator:ann has handed action 1 in; somebody else must approve", At = TestHouse.Noon });

        var approved = await DecideAsync(house, Ben, approve: true);
        (approved.Begun, approved.Action.Stage, approved.Action.DecidedBy, approved.Action.DecisionReason, approved.Action.DecidedAt).ShouldBe((true, ActionStage.Running, Ben, "seen", TestHouse.Noon));
        (await Should.ThrowAsync<RefusedException>(DecideAsync(house, "operator:cat", approve: true))).Message.ShouldBe("action 1 is being carried out; only what waits for a second person can be approved");
        await AssertReplayedAsync(house);
    }

    [Fact]
    public async Task Who_hands_it_in_may_take_it_back()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: true, Cancellation);
        var declined = await DecideAsync(house, Ann, approve: false);
        (declined.Begun, declined.Action.Stage, declined.Action.DecidedBy).ShouldBe((false, ActionStage.Declined, Ann));
        (await Should.ThrowAsync<RefusedException>(DecideAsync(house, Ben, approve: true))).Message.ShouldBe("action 1 is declined; only what waits for a second person can be approved");
    }

    [Fact]
    public async Task What_nobody_approves_within_half_an_hour_expires_also_over_a_restart()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: true, Cancellation);
        await house.Engine.SubmitActionAsync(Ann, Request("r2"), needsSecond: true, Cancellation);
        await DecideAsync(house, Ben, approve: true, number: 2);
        await house.Engine.AdvanceAsync(Node, TestHouse.Noon + (30 * Minute) - 1, Cancellation);
        (await ReadAsync(house)).Open.Select(a => a.Stage).ShouldBe([ActionStage.Proposed, ActionStage.Running]);
        house.Crash();
        house.Open();

        await house.Engine.AdvanceAsync(Node, TestHouse.Noon + (30 * Minute), Cancellation);
        var (open, decided) = ((await ReadAsync(house)).Open.Single(), (await ReadAsync(house)).Decided.Single());
        (open.Number, open.Stage).ShouldBe((2, ActionStage.Running));
        (decided.Number, decided.Stage, decided.FinishedAt, decided.Outcome).ShouldBe((1, ActionStage.Expired, TestHouse.Noon + (30 * Minute), "nobody approved it in time"));
        (await Should.ThrowAsync<RefusedException>(DecideAsync(house, Ben, approve: true))).Message.ShouldBe("action 1 is expired; only what waits for a second person can be approved");
        await AssertReplayedAsync(house);
    }

    [Fact]
    public async Task What_ran_when_the_node_ended_is_marked_as_interrupted_and_nothing_else_is()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: false, Cancellation);
        await house.Engine.SubmitActionAsync(Ann, Request("r2"), needsSecond: true, Cancellation);
        await house.Engine.SubmitActionAsync(Ann, Request("r3"), needsSecond: false, Cancellation);
        house.Crash();
        house.Open();

        var interrupted = (await house.Engine.InterruptActionsAsync(Node, [3], Cancellation)).ShouldHaveSingleItem();
        (interrupted.Number, interrupted.Stage).ShouldBe((1, ActionStage.Interrupted));
        (await house.Engine.InterruptActionsAsync(Node, [3], Cancellation)).ShouldBeEmpty();
        (await ReadAsync(house)).Open.Select(a => a.Number).ShouldBe([2, 3]);
        (await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: false, Cancellation)).ShouldBe(new(interrupted, Begun: false));
        await AssertReplayedAsync(house);
    }

    [Theory]
    [InlineData("", "reason", "{ }", "request_id is \"\": 1 to 64 characters of A-Z a-z 0-9 . _ - are required")]
    [InlineData("a b", "reason", "{ }", "request_id is \"a b\": 1 to 64 characters of A-Z a-z 0-9 . _ - are required")]
    [InlineData("r1", "", "{ }", "a reason of 1 to 500 characters is needed; it has 0")]
    [InlineData("r1", "long:501", "{ }", "a reason of 1 to 500 characters is needed; it has 501")]
    [InlineData("r1", "reason", "long:16385", "the request of an action has at most 16384 bytes; this has 16385: call clearing.operations.v1.OperationsService/ResumeHouse itself")]
    public async Task What_is_malformed_is_refused(string id, string reason, string request, string refusal)
    {
        await using var house = await TestHouse.StartAsync();
        var refused = house.Engine.SubmitActionAsync(Ann, Request(id, reason: Long(reason), request: Long(request)), needsSecond: true, Cancellation);
        (await Should.ThrowAsync<RefusedException>(refused)).Message.ShouldBe(refusal);
        (await ReadAsync(house)).Open.ShouldBeEmpty();

        static string Long(string text) => text.StartsWith("long:", StringComparison.Ordinal) ? new string('x', int.Parse(text[5..], System.Globalization.CultureInfo.InvariantCulture)) : text;
    }

    [Fact]
    public async Task Only_so_many_are_open_and_only_so_many_decided_ones_are_kept()
    {
        await using var house = await TestHouse.StartAsync();
        for (var i = 1; i <= ActionLog.DecidedKept + 5; i++)
        {
            await house.Engine.SubmitActionAsync(Ann, Request($"r{i}"), needsSecond: false, Cancellation);
            await house.Engine.EndActionAsync(Node, i, ActionStage.Done, "{ }", Cancellation);
        }

        for (var i = 1; i <= ActionLog.MaxOpen; i++)
        {
            await house.Engine.SubmitActionAsync(Person(i), Request($"open{i}"), needsSecond: true, Cancellation);
        }

        (await Should.ThrowAsync<RefusedException>(house.Engine.SubmitActionAsync(Ann, Request("one-more"), needsSecond: true, Cancellation))).Message
            .ShouldBe("100 actions wait for a second person, and no more are taken: decide about one of them first");
        var view = await house.Engine.GetActionsAsync(Ann, 0, 200, Cancellation);
        view.Open.Select(a => a.Number).ShouldBe(Enumerable.Range(ActionLog.DecidedKept + 6, ActionLog.MaxOpen).Select(n => (long)n));
        view.Decided.Select(a => a.Number).ShouldBe(Enumerable.Range(6, ActionLog.DecidedKept).Reverse().Select(n => (long)n));
        (await Should.ThrowAsync<RefusedException>(house.Engine.SubmitActionAsync(Ann, Request("r5"), needsSecond: false, Cancellation))).Message
            .ShouldBe("request r5 was an action of long ago, of which the journal tells; take another request_id");
        (await house.Engine.GetActionsAsync(Ann, 100, 3, Cancellation)).Decided.Select(a => a.Number).ShouldBe([99, 98, 97]);
        (await Should.ThrowAsync<RefusedException>(house.Engine.FindActionAsync(Ann, 5, Cancellation))).Message.ShouldBe("action 5 was decided long ago; the journal has it");
        (await Should.ThrowAsync<RefusedException>(house.Engine.FindActionAsync(Ann, 999, Cancellation))).Message.ShouldBe($"there is no action 999; 1 to {ActionLog.DecidedKept + 5 + ActionLog.MaxOpen} are known");
        await AssertReplayedAsync(house);
    }

    [Fact]
    public async Task One_person_cannot_fill_the_list_of_what_waits()
    {
        await using var house = await TestHouse.StartAsync();
        for (var i = 1; i <= ActionLog.MaxWaitingOfOne; i++)
        {
            await house.Engine.SubmitActionAsync(Ann, Request($"ann{i}"), needsSecond: true, Cancellation);
        }

        const string Refusal = "20 actions of operator:ann wait for a second person, and no more than 20 of one person are taken: take one of them back, or have somebody else decide about one, first";
        (await Should.ThrowAsync<RefusedException>(house.Engine.SubmitActionAsync(Ann, Request("one-more"), needsSecond: true, Cancellation))).Message.ShouldBe(Refusal);
        await AssertReplayedAsync(house);
        (await Should.ThrowAsync<RefusedException>(house.Engine.SubmitActionAsync(Ann, Request("one-more"), needsSecond: true, Cancellation))).Message.ShouldBe(Refusal);
        (await house.Engine.SubmitActionAsync(Ann, Request("ann1"), needsSecond: true, Cancellation)).Action.Number.ShouldBe(1);
        (await house.Engine.SubmitActionAsync(Ben, Request("ben"), needsSecond: true, Cancellation)).Action.Stage.ShouldBe(ActionStage.Proposed);
        (await house.Engine.SubmitActionAsync(Ann, Request("halt"), needsSecond: false, Cancellation)).Action.Stage.ShouldBe(ActionStage.Running);

        // What is taken back makes room, and so does what somebody else approves, though it runs.
        await DecideAsync(house, Ann, approve: false, number: 1);
        await DecideAsync(house, Ben, approve: true, number: 2);
        await house.Engine.SubmitActionAsync(Ann, Request("room1"), needsSecond: true, Cancellation);
        await house.Engine.SubmitActionAsync(Ann, Request("room2"), needsSecond: true, Cancellation);
        (await Should.ThrowAsync<RefusedException>(house.Engine.SubmitActionAsync(Ann, Request("one-more"), needsSecond: true, Cancellation))).Message.ShouldBe(Refusal);
        await AssertReplayedAsync(house);
    }

    [Fact]
    public async Task However_many_wait_for_a_second_person_a_halt_is_taken()
    {
        await using var house = await TestHouse.StartAsync();
        for (var i = 1; i <= ActionLog.MaxOpen; i++)
        {
            await house.Engine.SubmitActionAsync(Person(i), Request($"open{i}"), needsSecond: true, Cancellation);
        }

        (await house.Engine.SubmitActionAsync(Ben, Request("halt"), needsSecond: false, Cancellation)).Action.Stage.ShouldBe(ActionStage.Running);
        await AssertReplayedAsync(house);
    }

    [Fact]
    public async Task However_many_of_one_persons_runs_hang_a_halt_is_taken()
    {
        await using var house = await TestHouse.StartAsync();
        for (var i = 1; i <= ActionLog.MaxRunningOfOne; i++)
        {
            await house.Engine.SubmitActionAsync(Ann, Request($"ann{i}"), needsSecond: false, Cancellation);
        }

        (await Should.ThrowAsync<RefusedException>(house.Engine.SubmitActionAsync(Ann, Request("one-more"), needsSecond: false, Cancellation))).Message
            .ShouldBe($"10 actions {Resume} of operator:ann run, and no more than 10 of one person are taken: wait for one to end");
        (await house.Engine.SubmitActionAsync(Ann, Request("halt", Halt), needsSecond: false, Cancellation)).Action.Stage.ShouldBe(ActionStage.Running);
        (await house.Engine.SubmitActionAsync(Ben, Request("ben"), needsSecond: false, Cancellation)).Action.Stage.ShouldBe(ActionStage.Running);
        await house.Engine.EndActionAsync(Node, 1, ActionStage.Done, "{ }", Cancellation);
        (await house.Engine.SubmitActionAsync(Ann, Request("room"), needsSecond: false, Cancellation)).Action.Stage.ShouldBe(ActionStage.Running);
        await AssertReplayedAsync(house);
    }

    [Fact]
    public async Task Of_refusals_the_last_twenty_are_kept_and_a_long_outcome_is_cut()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: true, Cancellation);
        for (var i = 0; i < ActionLog.RefusalsKept + 3; i++)
        {
            await Should.ThrowAsync<RefusedException>(DecideAsync(house, Ann, approve: true));
        }

        (await ReadAsync(house)).Open.Single().Refusals.Count.ShouldBe(ActionLog.RefusalsKept);
        await DecideAsync(house, Ben, approve: true);
        var outcome = new string('x', ActionLog.MaxOutcome - 1) + "\U0001F600 and more";
        (await house.Engine.EndActionAsync(Node, 1, ActionStage.Failed, outcome, Cancellation)).Outcome.ShouldBe(new string('x', ActionLog.MaxOutcome - 1));
        await AssertReplayedAsync(house);
    }

    /// <summary>A life of actions in which every event occurs.</summary>
    internal static async Task LiveThroughActionsAsync(TestHouse house)
    {
        await house.Engine.SubmitActionAsync(Ann, Request("r1"), needsSecond: true, Cancellation);
        await Should.ThrowAsync<RefusedException>(DecideAsync(house, Ann, approve: true));
        await DecideAsync(house, Ben, approve: true);
        await house.Engine.EndActionAsync(Node, 1, ActionStage.Done, "{ }", Cancellation);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>As many people as there must be to fill the list.</summary>
    private static string Person(int i) => $"operator:o{i % (ActionLog.MaxOpen / ActionLog.MaxWaitingOfOne)}";

    private static SubmitActionRequest Request(string id, string method = Resume, string request = "{ \"reason\": \"calm again\" }", string reason = "calm again") => new() { RequestId = id, Method = method, Request = request, Reason = reason };

    private static Task<Commands.ActionReply> DecideAsync(TestHouse house, string by, bool approve, long number = 1) =>
        house.Engine.DecideActionAsync(by, new DecideActionRequest { Number = number, Reason = "seen" }, approve, Cancellation);

    private static Task<GetActionsResponse> ReadAsync(TestHouse house) => house.Engine.GetActionsAsync(Ann, 0, 50, Cancellation);

    /// <summary>From the log alone and from a snapshot the same comes.</summary>
    private static async Task AssertReplayedAsync(TestHouse house)
    {
        var live = await house.Engine.GetActionsAsync(Ann, 0, 200, Cancellation);
        using (var journal = SqliteJournal.OpenReadOnly(house.JournalPath))
        {
            (await house.Engine.ReplayEqualsLiveAsync(journal, Cancellation)).ShouldBeTrue();
        }

        house.Crash();
        house.Open();
        (await house.Engine.GetActionsAsync(Ann, 0, 200, Cancellation)).ShouldBe(live);
        await house.Engine.StopAsync(Cancellation);
        house.Crash();
        var loaded = house.FromSnapshot;
        house.Open();
        (await house.Engine.GetActionsAsync(Ann, 0, 200, Cancellation)).ShouldBe(live);
        house.FromSnapshot.ShouldBeGreaterThan(loaded);
        house.Alarms.ShouldBeEmpty();
    }
}
