using ClearingActors.Audit.TimeTravel;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Engine;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>A replay that goes back and forth shows what a replay up to the moment shows.</summary>
public sealed class HouseTravelTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(3, true)]
    public void Every_moment_is_that_of_a_replay_that_ends_there_whatever_was_looked_at_before(ulong seed, bool defaults)
    {
        var journal = KeptJournal.Of(seed, defaults);
        var turns = JournalCut.AtHeads(journal).Positions.Sum();
        using var travel = new HouseTravel(journal);
        foreach (var turn in new[] { turns / 2, turns / 3, turns / 2, turns, 1, turns - 1, (turns / 3) + 1, turns / 3 })
        {
            var moment = travel.ToTurn(turn, Nothing);
            moment.Turn.ShouldBe(turn);
            moment.ShouldBe(Replayed(journal, turn));
        }

        travel.Kept.Count.ShouldBeInRange(Math.Min((int)turns, HouseTravel.Frames), (2 * HouseTravel.Frames) + 10);
        travel.Marks.Select(m => m.Turn).ShouldBeInOrder();
        travel.Marks.ShouldContain(m => m.Kind == TravelMarkKind.CycleClosed);
    }

    [Fact]
    public void A_moment_by_time_holds_all_that_was_recorded_by_then_and_nothing_else()
    {
        var journal = KeptJournal.Of(1, false);
        using var travel = new HouseTravel(journal);
        var newest = travel.ToNewest(Nothing);
        newest.Turn.ShouldBe(JournalCut.AtHeads(journal).Positions.Sum());
        newest.NextRecordedTime.ShouldBe(0);
        foreach (var turn in new[] { newest.Turn / 4, newest.Turn / 2 })
        {
            var there = travel.ToTurn(turn, Nothing);
            there.NextRecordedTime.ShouldBeGreaterThanOrEqualTo(there.RecordedTime);
            var moment = travel.ToTime(there.RecordedTime, Nothing);
            moment.Turn.ShouldBe(JournalCut.AtTime(journal, there.RecordedTime).Positions.Sum());
            travel.ToTime(moment.NextRecordedTime - 1, Nothing).ShouldBe(moment);
            travel.ToTime(moment.NextRecordedTime, Nothing).Turn.ShouldBeGreaterThan(moment.Turn);
        }

        Should.Throw<ArgumentOutOfRangeException>(() => travel.ToTime(1, Nothing)).Message.ShouldContain("Nothing was recorded by then");
        Should.Throw<ArgumentOutOfRangeException>(() => travel.ToTurn(newest.Turn + 1, Nothing)).Message.ShouldContain($"1 to {newest.Turn}");
        Should.Throw<ArgumentOutOfRangeException>(() => travel.ToTurn(0, Nothing));
    }

    [Fact]
    public void A_moment_by_cycle_is_the_one_at_which_it_closed()
    {
        var journal = KeptJournal.Of(1, false);
        using var travel = new HouseTravel(journal);
        var second = travel.ToCycle(2, Nothing);
        (second.SettlingCycle, second.SettlingStage).ShouldBe((2, "closed"));
        var before = travel.ToTurn(second.Turn - 1, Nothing);
        (before.SettlingCycle == 2 && before.SettlingStage == "closed").ShouldBeFalse();
        travel.ToCycle(1, Nothing).Turn.ShouldBeLessThan(second.Turn);
        travel.ToCycle(2, Nothing).ShouldBe(second);
        Should.Throw<ArgumentOutOfRangeException>(() => travel.ToCycle(1_000_000, Nothing)).Message.ShouldContain("has not closed");
    }

    [Fact]
    public void A_move_that_is_broken_off_goes_on_from_there_and_what_was_passed_is_kept()
    {
        var journal = KeptJournal.Of(7, false);
        var turns = JournalCut.AtHeads(journal).Positions.Sum();
        using var travel = new HouseTravel(journal);
        Should.Throw<OperationCanceledException>(() => travel.ToTurn(turns, () =>
        {
            if (travel.Place.Turn > turns / 2)
            {
                throw new OperationCanceledException();
            }
        }));
        var (at, goal) = travel.Place;
        at.ShouldBeInRange(turns / 2, turns - 1);
        goal.ShouldBe(turns);
        travel.Nearest(turns)!.Turn.ShouldBeInRange(turns / 3, at);
        travel.Nearest(1)!.Turn.ShouldBeLessThanOrEqualTo(Math.Max(1, turns / HouseTravel.Frames));
        var passed = 0;
        travel.ToTurn(turns, () => passed++).ShouldBe(Replayed(journal, turns));
        passed.ShouldBeLessThan((int)(turns / 64), "it did not begin anew");

        // What is kept needs no replay.
        travel.ToTurn(turns, () => throw new InvalidOperationException("nothing is to be replayed")).Turn.ShouldBe(turns);
    }

    [Fact]
    public void A_turn_that_makes_an_actor_throw_is_refused_again_and_never_passed_by_half()
    {
        var journal = KeptJournal.Of(7, false);

        // A margin run cannot follow itself: the account says so when the second is applied, and by then the turn has changed others.
        var forged = new ForgedJournal(journal).Change(turn =>
        {
            if (turn.Steps.LastOrDefault(s => s.Events.Any(e => e.MarginAssessed is not null)) is not { } step)
            {
                return false;
            }

            step.Events.Add(step.Events.Last(e => e.MarginAssessed is not null).Clone());
            return true;
        });
        var turns = JournalCut.AtHeads(journal).Positions.Sum();
        using var travel = new HouseTravel(forged);
        var first = Should.Throw<InvalidOperationException>(() => travel.ToTurn(turns, Nothing));
        travel.Place.Turn.ShouldBe(0);
        Should.Throw<InvalidOperationException>(() => travel.ToTurn(turns, Nothing)).Message.ShouldBe(first.Message);
        Should.Throw<InvalidOperationException>(() => travel.ToNewest(Nothing)).Message.ShouldBe(first.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void What_is_appended_meanwhile_is_seen_and_the_order_of_recorded_time_stays(ulong seed)
    {
        var whole = KeptJournal.Of(seed, false);
        var turns = JournalCut.AtHeads(whole).Positions.Sum();
        var growing = new GrowingJournal(whole);
        using var travel = new HouseTravel(growing);

        // In pieces that are no cuts by time: a shard that commits later has turns that were recorded before what was seen of others.
        for (var piece = 1; piece <= 6; piece++)
        {
            growing.GrowTo(piece, 6);
            var newest = travel.ToNewest(Nothing);
            newest.Turn.ShouldBe(JournalCut.AtHeads(growing).Positions.Sum());
            newest.ShouldBe(Replayed(growing, newest.Turn));
            var earlier = Math.Max(1, newest.Turn * 2 / 3);
            travel.ToTurn(earlier, Nothing).ShouldBe(Replayed(growing, earlier));
        }

        travel.ToNewest(Nothing).Turn.ShouldBe(turns);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void A_halt_is_marked_where_an_operator_stopped_an_instrument_and_not_where_one_was_listed(ulong seed)
    {
        var journal = KeptJournal.Of(seed, false);
        var (halts, listings) = (0, 0);
        foreach (var row in journal.ReadShard(0, 0, journal.ReadHeads()[0].Position))
        {
            var events = Contracts.Journal.V1.Turn.Parser.ParseFrom(row.Payload.Span).Steps.Where(s => s.ActorKind == ActorKinds.Directory).SelectMany(s => s.Events).ToList();
            var listed = events.Where(e => e.InstrumentDefined is not null).Select(e => e.InstrumentDefined.Instrument).ToHashSet();
            var halted = events.Where(e => e.InstrumentHalted is not null).Select(e => e.InstrumentHalted.Instrument).ToList();
            listings += halted.Count(listed.Contains);
            halts += halted.Any(i => !listed.Contains(i)) ? 1 : 0;
        }

        listings.ShouldBeGreaterThan(0);
        using var travel = new HouseTravel(journal);
        travel.ToNewest(Nothing);
        travel.ToTurn(1, Nothing);
        travel.ToNewest(Nothing);
        travel.Marks.Count(m => m.Kind == TravelMarkKind.Halt && m.Words.Split("; ").Any(w => w.EndsWith(" halted", StringComparison.Ordinal) && w != "the house halted")).ShouldBe(halts);
    }

    [Theory]
    [InlineData(36)]
    [InlineData(9)]
    public void The_small_picture_says_what_the_whole_one_says(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        house.Run(null, TestContext.Current.CancellationToken);
        var whole = HousePictures.Of(house);
        var small = HouseMoments.Of(house);
        small.Checks.CashConserved.ShouldBeTrue();
        small.Checks.MatchedBook.ShouldBe(whole.Checks.MatchedBook);
        small.Checks.AtRest.ShouldBe(whole.Checks.AtRest);
        small.Currencies.ShouldAllBe(c => c.Sum.Mantissa == 0);
        small.Currencies.Select(c => (c.Currency, Value(c.MembersCash), Value(c.HouseCash), Value(c.Requirement), Value(c.Collateral), Value(c.Excess), Value(c.Shortfall), Value(c.OpenCalls)))
            .ShouldBe(whole.Currencies.Select(c => (c.Currency, c.Cash, c.HouseCash, c.Requirement, c.Collateral, c.Excess, c.Shortfall, c.OpenCalls)));
        small.Currencies.Sum(c => c.OpenCallCount).ShouldBe(whole.OpenCalls.Count);
        small.Instruments.Select(i => (i.Instrument, i.Mark is null ? null : (decimal?)Value(i.Mark), (decimal)i.OpenInterest, i.Accounts)).ShouldBe(whole.Instruments.Select(i => (i.Instrument, i.Mark, i.OpenInterest, i.Accounts)));
        small.Assets.Select(a => (a.Asset, Value(a.Members), Value(a.Custody))).ShouldBe(whole.Assets.Select(a => (a.Asset, a.Members, a.Custody)));
        small.Members.ShouldBe(whole.Members.Count);
        small.StoppedMembers.Select(m => m.Member).ShouldBe(whole.Members.Where(m => m.Standing != "active").Select(m => m.Member));
        small.Cycle.ShouldBe(whole.Cycle.Open);
        small.Claims.ShouldBe(whole.Claims.Count);
        small.ShortAccounts.Count.ShouldBe(Math.Min(20, small.ShortAccountCount));
        small.ShortAccounts.ShouldAllBe(s => s.Shortfall.Mantissa > 0);
    });

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, true)]
    public void The_timeline_says_about_when_a_moment_was(ulong seed, bool defaults)
    {
        var journal = KeptJournal.Of(seed, defaults);
        var timeline = HouseTimeline.Read(journal);
        timeline.Turns.ShouldBe(JournalCut.AtHeads(journal).Positions.Sum());
        timeline.Heads.Sum(h => h.Position).ShouldBe(timeline.Turns);
        timeline.Points.Select(p => p.Turn).ShouldBeInOrder();
        timeline.Points.Select(p => p.RecordedTime).ShouldBeInOrder();
        timeline.Points.Select(p => p.BusinessTime).ShouldBeInOrder();
        foreach (var point in timeline.Points)
        {
            var exact = JournalCut.AtTime(journal, point.RecordedTime).Positions.Sum();
            Math.Abs(point.Turn - exact).ShouldBeLessThanOrEqualTo(timeline.Turns / 20 + timeline.Heads.Count);
        }

        timeline.FirstRecorded.ShouldBeLessThanOrEqualTo(timeline.Points[0].RecordedTime);
        timeline.LastRecorded.ShouldBeGreaterThanOrEqualTo(timeline.Points[^1].RecordedTime);
        timeline.Days.Select(d => d.Date).ShouldBeInOrder(SortDirection.Ascending);
        timeline.Days.ShouldAllBe(d => d.RecordedTime >= timeline.FirstRecorded && d.RecordedTime <= timeline.LastRecorded);
    }

    private static void Nothing()
    {
    }

    private static decimal Value(Contracts.Common.V1.Decimal d) => d.Mantissa * new decimal(1, 0, 0, false, (byte)-d.Exponent);

    /// <summary>The first turns in the order of recorded time, replayed by themselves. What comes next is not theirs to know.</summary>
    private static HouseAt Replayed(IJournalStore journal, long turns)
    {
        var order = journal.ReadHeads().SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position)).OrderBy(r => r.RecordedTime).ThenBy(r => r.Shard).ToList();
        var cut = new long[journal.Identity.ShardCount];
        foreach (var row in order.Take((int)turns))
        {
            cut[row.Shard] = row.Position;
        }

        using var house = new HouseReplay(journal, new JournalCut(cut));
        house.Run(null, TestContext.Current.CancellationToken);
        var moment = HouseMoments.Of(house);
        moment.NextRecordedTime = turns < order.Count ? order[(int)turns].RecordedTime : 0;
        return moment;
    }

    /// <summary>A journal of which ever more is there.</summary>
    private sealed class GrowingJournal(IJournalStore whole) : IJournalStore
    {
        private readonly long[] _heads = new long[whole.Identity.ShardCount];

        public JournalIdentity Identity => whole.Identity;

        /// <summary>A share of the turns in order, but each second shard commits only what was there before; whole at the end.</summary>
        internal void GrowTo(int piece, int pieces)
        {
            var order = whole.ReadHeads().SelectMany(h => whole.ReadShard(h.Shard, 0, h.Position)).OrderBy(r => r.RecordedTime).ThenBy(r => r.Shard).ToList();
            var share = order.Take(order.Count * piece / pieces).ToList();

            // Late are the last turns that nothing durable depends on: the tail of one shard after the last turn of any other.
            foreach (var row in share)
            {
                _heads[row.Shard] = Math.Max(_heads[row.Shard], row.Position);
            }

            if (piece < pieces && share.Count > 2 && share[^1].Shard != share[^2].Shard && _heads[share[^2].Shard] == share[^2].Position && !Depends(share[^1], share[^2]))
            {
                _heads[share[^2].Shard]--;
            }
        }

        public IReadOnlyList<ShardHead> ReadHeads() => [.. whole.ReadHeads().Select(h => h with { Position = _heads[h.Shard] })];

        public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) => whole.ReadShard(shard, afterPosition, upToPosition);

        public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => [];

        public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => throw new JournalException("no snapshots are kept");

        public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw new NotSupportedException();

        public ShardHead TakeOver(int shard, string owner) => throw new NotSupportedException();

        public void RaiseFeatureLevel(int level) => throw new NotSupportedException();

        public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        /// <summary>True if the later turn consumed something of the earlier one's shard: it may be its effect.</summary>
        private static bool Depends(JournalRow later, JournalRow earlier)
        {
            var turn = Contracts.Journal.V1.Turn.Parser.ParseFrom(later.Payload.Span);
            return turn.Consumed.Any(c => c.FromShard == earlier.Shard);
        }
    }
}
