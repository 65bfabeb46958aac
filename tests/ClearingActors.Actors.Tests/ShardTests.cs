using ClearingActors.Journal;

namespace ClearingActors.Actors.Tests;

public sealed class ShardTests
{
    [Fact]
    public void What_replays_equals_what_lives()
    {
        var node = new ToyNode();
        node.Do(Deed.Add, 5);
        node.Do(Deed.Add, -7, shard: 1, key: "b");
        node.Do(Deed.Add, 11, passTo: ToyNode.At(1, "b"));
        node.Do(Deed.Add, 3, passTo: ToyNode.At(0, "c"));
        node.Do(Deed.SetTimer, 1_000, text: "later");
        node.Settle();
        for (var shard = 0; shard < 2; shard++)
        {
            var live = node.Shard(shard);
            live.Position.ShouldBePositive();
            node.DigestOf(node.Reload(shard, useSnapshots: false)).ShouldBe(node.DigestOf(live));
            node.Worker.SnapshotAll((record, parts) => node.Writer.Submit(record, parts, error => throw error));
            node.Settle();
            node.DigestOf(node.Reload(shard, useSnapshots: true)).ShouldBe(node.DigestOf(live));
        }

        node.Told.ShouldContain(told => told.EndsWith("True", StringComparison.Ordinal));
        ToyNode.SumOf(node.Shard(1), "b").ShouldBe(4);
        ToyNode.SumOf(node.Shard(0), "c").ShouldBe(3);
    }

    [Fact]
    public void A_message_that_throws_before_it_changes_anything_sets_its_actor_aside_and_is_run_when_it_is_released()
    {
        var node = new ToyNode();
        ToyActor.Mended.Value = false;
        node.Do(Deed.ThrowClean, 2, passTo: ToyNode.At(1));
        node.Do(Deed.Add, 3, passTo: ToyNode.At(1));
        node.Do(Deed.Add, 4, passTo: ToyNode.At(1, "b"));
        node.Settle();
        node.Told.ShouldContain("quarantined a");
        node.Told.ShouldNotContain(told => told.StartsWith("lost", StringComparison.Ordinal));
        ToyNode.SumOf(node.Shard(1)).ShouldBe(0);
        ToyNode.SumOf(node.Shard(1), "b").ShouldBe(4);
        node.DigestOf(node.Reload(1, useSnapshots: false)).ShouldBe(node.DigestOf(node.Shard(1)));

        ToyActor.Mended.Value = true;
        node.Post(new ReleaseQuarantined(ToyNode.At(1), "operator"), 9);
        node.Settle();
        ToyNode.SumOf(node.Shard(1)).ShouldBe(5);
        node.Answers.ShouldContain((9, new QuarantineReleased(2)));
        node.DigestOf(node.Reload(1, useSnapshots: false)).ShouldBe(node.DigestOf(node.Shard(1)));
    }

    [Fact]
    public void Readers_who_ask_again_and_again_take_turns_with_commands()
    {
        const int Most = 1000;
        var node = new ToyNode();
        var read = 0;
        void Read()
        {
            node.Advance(2);
            if (++read < Most)
            {
                node.Worker.Post(Read);
            }
        }

        node.Worker.Post(Read);
        node.Do(Deed.Add, 5, token: 7);
        for (var i = 0; i < 3; i++)
        {
            node.Step();
            node.Write();
        }

        node.Answers.ShouldContain((7, 5L));
        read.ShouldBe(3);
    }

    [Fact]
    public void Of_commands_that_compute_long_a_turn_takes_few()
    {
        var node = new ToyNode(new RuntimeOptions { Workers = 1, MessagesPerTurn = 100 });
        for (var i = 0; i < 10; i++)
        {
            node.Post(new ReadCommand(ToyNode.At(0), weight: 40), i);
        }

        node.Step();
        node.Answers.Count.ShouldBe(3);
        node.Settle();
        node.Answers.Select(a => a.Token).ShouldBe(Enumerable.Range(0, 10).Select(i => (long)i));
    }

    [Fact]
    public void Messages_of_a_quarantined_actor_survive_a_snapshot()
    {
        var node = new ToyNode();
        ToyActor.Mended.Value = false;
        node.Do(Deed.ThrowClean, 2, passTo: ToyNode.At(1));
        node.Do(Deed.Add, 3, passTo: ToyNode.At(1));
        node.Settle();
        node.Worker.SnapshotAll((record, parts) => node.Writer.Submit(record, parts, error => throw error));
        node.Settle();
        node.Worker.Drop(node.Shard(1), "test");
        node.Claim(1);
        node.Settle();
        ToyActor.Mended.Value = true;
        node.Post(new ReleaseQuarantined(ToyNode.At(1), "operator"), 9);
        node.Settle();
        ToyNode.SumOf(node.Shard(1)).ShouldBe(5);
    }

    [Fact]
    public void A_message_that_throws_half_done_reloads_the_shard_and_then_sets_its_actor_aside()
    {
        var node = new ToyNode();
        ToyActor.Mended.Value = false;
        node.Do(Deed.Add, 10, shard: 1);
        node.Settle();
        node.Do(Deed.ThrowDirty, 2, passTo: ToyNode.At(1));
        node.Do(Deed.Add, 3, passTo: ToyNode.At(1));
        node.Settle();
        node.Told.ShouldContain("lost 1 StepFailed");
        node.Told.Count(told => told == "lost 1 StepFailed").ShouldBe(1);
        node.Told.ShouldContain("quarantined a");
        ToyNode.SumOf(node.Shard(1)).ShouldBe(10, "the half that was done must not be seen");

        ToyActor.Mended.Value = true;
        node.Post(new ReleaseQuarantined(ToyNode.At(1), "operator"), 9);
        node.Settle();
        ToyNode.SumOf(node.Shard(1)).ShouldBe(15);
    }

    [Fact]
    public void A_command_that_throws_is_refused_and_others_of_its_shard_are_told_to_come_again_or_done()
    {
        var node = new ToyNode();
        ToyActor.Mended.Value = false;
        node.Do(Deed.ThrowClean, 1, token: 1);
        node.Do(Deed.Add, 2, token: 2);
        node.Settle();
        node.Answers.ShouldContain(answer => answer.Token == 1 && ((CommandFailure)answer.Answer).Kind == CommandFailureKind.Internal);
        node.Answers.ShouldContain((2, 2L));
        node.Do(Deed.Add, 4, token: 3);
        node.Do(Deed.ThrowDirty, 1, token: 4);
        node.Settle();
        node.Answers.Where(answer => answer.Token == 4).ShouldHaveSingleItem().Answer.ShouldBeOfType<CommandFailure>().Kind.ShouldBe(CommandFailureKind.Internal);
        node.Answers.Where(answer => answer.Token == 3).ShouldHaveSingleItem().Answer.ShouldBeOfType<CommandFailure>().Kind.ShouldBe(CommandFailureKind.Unavailable);
        ToyNode.SumOf(node.Shard(0)).ShouldBe(2);
    }

    [Fact]
    public void A_step_that_went_on_with_another_actor_sets_aside_the_one_it_began_with_in_memory_and_in_the_log()
    {
        var node = new ToyNode();
        ToyActor.Mended.Value = false;
        node.Do(Deed.ContinueThenThrow, 1, passTo: ToyNode.At(1));
        node.Settle();
        node.Shard(1).IsQuarantined(ToyNode.At(1)).ShouldBeTrue();
        var replayed = node.Reload(1, useSnapshots: false);
        replayed.IsQuarantined(ToyNode.At(1)).ShouldBeTrue();
        replayed.IsQuarantined(ToyNode.At(1, "other")).ShouldBeFalse();
        node.DigestOf(replayed).ShouldBe(node.DigestOf(node.Shard(1)));
    }

    [Fact]
    public void Late_timers_fire_once_after_a_load_in_the_order_in_which_they_were_due()
    {
        var node = new ToyNode();
        node.Do(Deed.SetTimer, 300, text: "third");
        node.Do(Deed.SetTimer, 100, text: "first");
        node.Do(Deed.SetTimer, 200, text: "second");
        node.Do(Deed.SetTimer, 9_000, text: "not yet");
        node.Settle();
        node.Post(new AdvanceCommand(ToyNode.At(0, "clock"), 500), 1);
        node.Step();
        node.Write();
        node.Worker.Drop(node.Shard(0), "test");
        node.Claim(0);
        node.Settle();
        var actor = node.Shard(0).Find(ToyNode.At(0)).ShouldBeOfType<ToyActor>();
        actor.Fired.ShouldBe(["first", "second", "third"]);
        node.Worker.Drop(node.Shard(0), "test");
        node.Claim(0);
        node.Settle();
        node.Shard(0).Find(ToyNode.At(0)).ShouldBeOfType<ToyActor>().Fired.ShouldBe(["first", "second", "third"]);
        node.Shard(0).Timers.Count.ShouldBe(1);
    }

    [Fact]
    public void A_timer_that_leaves_its_shard_half_changed_sets_its_actor_aside_after_one_reload()
    {
        var node = new ToyNode();
        ToyActor.Mended.Value = false;
        node.Do(Deed.SetTimer, 100, text: "dirty");
        node.Post(new AdvanceCommand(ToyNode.At(0, "clock"), 500), 1);
        node.Settle();
        node.Told.Count(told => told == "lost 0 StepFailed").ShouldBe(1);
        node.Shard(0).IsQuarantined(ToyNode.At(0)).ShouldBeTrue();
        ToyActor.Mended.Value = true;
        node.Post(new ReleaseQuarantined(ToyNode.At(0), "operator"), 9);
        node.Post(new AdvanceCommand(ToyNode.At(0, "clock"), 200_000_000_000), 2);
        node.Settle();
        node.Shard(0).Find(ToyNode.At(0)).ShouldBeOfType<ToyActor>().Fired.ShouldBe(["dirty"]);
    }

    [Fact]
    public void Commands_beyond_the_limits_are_refused_and_messages_never()
    {
        var node = new ToyNode(new RuntimeOptions { Workers = 1, CommandsPerShard = 3, MessagesPerTurn = 2 });
        for (var i = 1; i <= 5; i++)
        {
            node.Do(Deed.Add, 1, token: i);
        }

        node.Settle();
        node.Answers.Count(answer => answer.Answer is CommandFailure { Kind: CommandFailureKind.ResourceExhausted }).ShouldBe(2);
        ToyNode.SumOf(node.Shard(0)).ShouldBe(3);

        node = new ToyNode(new RuntimeOptions { Workers = 1, OutboxPerShard = 2, ChannelWindow = 1 });
        for (var i = 1; i <= 3; i++)
        {
            node.Do(Deed.Add, 1, token: i, passTo: ToyNode.At(1));
            node.Step();
        }

        node.Answers.ShouldHaveSingleItem().Answer.ShouldBeOfType<CommandFailure>().Kind.ShouldBe(CommandFailureKind.ResourceExhausted);
        node.Post(new ReadCommand(ToyNode.At(0)), 9);
        node.Settle();
        node.Answers.ShouldContain((9, 0L));
        ToyNode.SumOf(node.Shard(1)).ShouldBe(2);

        node = new ToyNode(new RuntimeOptions { Workers = 1, OpenWorkPerShard = 2 });
        node.Shard(0).Scope.OpenWork = 2;
        node.Do(Deed.Add, 1, token: 1);
        node.Do(Deed.Add, 1, shard: 1, passTo: ToyNode.At(0));
        node.Settle();
        node.Answers.ShouldContain(answer => answer.Token == 1 && ((CommandFailure)answer.Answer).Kind == CommandFailureKind.ResourceExhausted);
        ToyNode.SumOf(node.Shard(0)).ShouldBe(1);
    }

    [Fact]
    public void A_read_is_answered_behind_the_last_turn_that_was_handed_over()
    {
        var node = new ToyNode();
        node.Do(Deed.Add, 5, token: 1);
        node.Step();
        node.Post(new ReadCommand(ToyNode.At(0)), 2);
        node.Step();
        node.Answers.ShouldBeEmpty();
        node.Write();
        node.Step();
        node.Answers.ShouldBe([(1, 5L), (2, 5L)]);
        node.Post(new ReadCommand(ToyNode.At(0)), 3);
        node.Step();
        node.Answers[^1].ShouldBe((3, 5L));
        node.Shard(0).Position.ShouldBe(1);
    }

    [Fact]
    public void Everyone_who_waits_in_a_shard_is_told_when_it_is_dropped_and_once()
    {
        var node = new ToyNode(new RuntimeOptions { Workers = 1, MessagesPerTurn = 3 }) { TakesLostShards = false };
        node.Do(Deed.Add, 1);
        node.Do(Deed.Wait, 0, token: 1);
        node.Settle();
        node.Answers.Clear();
        node.Do(Deed.Add, 1, token: 2);
        node.Do(Deed.Add, 1, token: 3, passTo: ToyNode.At(1));
        node.Post(new ReadCommand(ToyNode.At(0)), 4);
        node.Step();
        node.Do(Deed.Add, 1, token: 5);
        node.Fault = ModelFault.UnknownNotApplied;
        node.Settle();
        node.Answers.Select(answer => answer.Token).Order().ShouldBe([1, 2, 3, 4, 5]);
        node.Answers.ShouldAllBe(answer => ((CommandFailure)answer.Answer).Kind == CommandFailureKind.Unavailable);
    }

    [Fact]
    public void A_full_disk_loses_nothing_and_nobody()
    {
        var node = new ToyNode { Fault = ModelFault.Full };
        node.Do(Deed.Add, 5, token: 1);
        node.Settle();
        node.Writer.DiskFull.ShouldBeTrue();
        node.Answers.ShouldBeEmpty();
        node.Fault = ModelFault.None;
        node.Settle();
        node.Answers.ShouldBe([(1, 5L)]);
        node.Told.ShouldBe(["loaded 0 0 False", "loaded 1 0 False", "full True", "full False"]);
    }
}
