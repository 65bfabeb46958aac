using System.Collections.Concurrent;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>Forged rows and snapshots that break what must hold of every journal, whatever its turns say.</summary>
public sealed class RulebookJournalTests
{
    private const ulong Seed = 5;
    private const long Steps = 4 * HouseSimulation.DefaultSteps;

    [Fact]
    public void A_recorded_time_that_is_not_above_the_turn_before_is_found() => HouseSimulation.Run(Seed, Steps, journal =>
    {
        long time = 0;
        var forged = new ForgedJournal(journal);
        forged.ChangeRow(row =>
        {
            var before = time;
            time = row.Shard == 0 ? row.RecordedTime : time;
            return row is { Shard: 0, Position: 20 } ? row with { RecordedTime = before } : null;
        });
        Named(forged, "recorded-time");
    });

    [Fact]
    public void An_effect_recorded_with_its_cause_is_found() => HouseSimulation.Run(Seed, Steps, journal =>
    {
        var sent = new Dictionary<(int From, int To, long Sequence), long>();
        var forged = new ForgedJournal(journal);
        forged.ChangeRow(row =>
        {
            var turn = Turn.Parser.ParseFrom(row.Payload.Span);
            foreach (var message in turn.Steps.SelectMany(s => s.Sent))
            {
                sent.Add((row.Shard, (int)message.ToShard, (long)message.Sequence), row.RecordedTime);
            }

            return row.Position > 5 && turn.Consumed.FirstOrDefault(c => c.FromShard != row.Shard) is { } consumed && TimeBefore(journal, row) < sent[((int)consumed.FromShard, row.Shard, (long)consumed.Sequence)]
                ? row with { RecordedTime = sent[((int)consumed.FromShard, row.Shard, (long)consumed.Sequence)] }
                : null;
        });
        var report = Audit(forged);
        report.Passed.ShouldBeFalse();
        report.Findings.ShouldContain(f => f.Shard == forged.Row.Shard && f.Position == forged.Row.Position && (f.Rule == "recorded-time" || f.Rule == "replay"));
    });

    [Fact]
    public void An_epoch_that_falls_is_found() => HouseSimulation.Run(Seed, Steps, journal =>
    {
        var epochs = new Dictionary<int, long>();
        Named(
            new ForgedJournal(journal).ChangeRow(row =>
            {
                var same = epochs.GetValueOrDefault(row.Shard) == row.Epoch;
                epochs[row.Shard] = row.Epoch;
                return same ? row with { Epoch = row.Epoch - 1 } : null;
            }),
            "epoch");
    });

    [Fact]
    public void A_message_consumed_that_was_never_sent_ends_the_replay_at_its_row() => HouseSimulation.Run(Seed, Steps, journal =>
    {
        var forged = new ForgedJournal(journal).Change(turn =>
        {
            if (turn.Consumed.Count == 0)
            {
                return false;
            }

            turn.Consumed[0].Sequence += 1_000;
            return true;
        });
        var report = Named(forged, "replay");
        report.Complete.ShouldBeFalse();
        report.Passed.ShouldBeFalse();
    });

    /// <summary>No actor of a simulated house throws, so one is set aside here: the bank's account, for the last entry of a deposit; later it works again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_waits_with_an_actor_that_was_set_aside_is_under_way_until_it_works_again(bool released)
    {
        var forged = new ForgedJournal(KeptJournal.Of(Seed, defaults: false));
        var deposits = 0;
        forged.TryChange(turn =>
        {
            deposits += EntryAtTheBank(turn) is null ? 0 : 1;
            return false;
        }).ShouldBeFalse();
        var step = SetAside(forged, deposits);
        if (released)
        {
            var (shard, position) = forged.Row;
            forged.Change((row, turn) =>
            {
                if (row.Shard != shard || row.Position <= position)
                {
                    return false;
                }

                turn.Steps.Add(new Step { ActorKind = step.ActorKind, ActorKey = step.ActorKey, Principal = "OPS1", Released = true });
                turn.Steps.Add(step);
                return true;
            });
        }

        // A cycle would wait for an account that is set aside; this house, which knew of nothing, went on.
        var report = Audit(forged);
        report.Findings.ShouldAllBe(f => !released && f.Rule == "set-aside");
        report.Complete.ShouldBeTrue();
    }

    [Fact]
    public void An_actor_that_was_set_aside_and_goes_on_is_found()
    {
        var forged = new ForgedJournal(KeptJournal.Of(Seed, defaults: false));
        SetAside(forged, 1);
        var report = Audit(forged);
        report.Findings.ShouldNotBeEmpty();
        report.Findings.ShouldAllBe(f => f.Rule == "set-aside" && f.Shard == forged.Row.Shard && f.Position > forged.Row.Position);
    }

    private static Step? EntryAtTheBank(Turn turn) => turn.Steps.LastOrDefault(s => s.Events.Count == 1 && s.Events[0].CashBooked is { Account: "CCP.BANK" });

    /// <summary>Sets the bank's account aside with one of its deposits.</summary>
    /// <returns>What it would have done.</returns>
    private static Step SetAside(ForgedJournal forged, int deposit)
    {
        Step? set = null;
        forged.Change(turn =>
        {
            if (EntryAtTheBank(turn) is not { } step || --deposit > 0)
            {
                return false;
            }

            set = step.Clone();
            step.Parked.Add(new Parked { FromShard = step.CauseShardPlusOne - 1, Sequence = step.CauseSequence, Body = new MessageBody { BookCash = step.Events[0].CashBooked } });
            step.Events.Clear();
            step.QuarantinedBecause = "a test";
            return true;
        });
        return set!;
    }

    [Fact]
    public void A_step_that_names_another_cause_is_found() => HouseSimulation.Run(Seed, Steps, journal =>
        Named(
            new ForgedJournal(journal).Change(turn =>
            {
                if (turn.Steps.FirstOrDefault(s => s.CauseSequence > 1 && s.Events.Count > 0) is not { } step)
                {
                    return false;
                }

                step.CauseSequence--;
                return true;
            }),
            "cause"));

    [Fact]
    public void A_business_time_that_nothing_moved_is_found() => HouseSimulation.Run(Seed, Steps, journal =>
        Named(
            new ForgedJournal(journal).Change(turn =>
            {
                turn.BusinessTime += turn.BusinessTime > 0 ? 1 : 0;
                return turn.BusinessTime > 0;
            }),
            "business-time"));

    [Fact]
    public void A_turn_without_its_hash_ends_the_replay() => HouseSimulation.Run(Seed, Steps, journal =>
    {
        var other = new ForgedJournal(journal) { Snapshots = s => s };
        var row = journal.ReadShard(0, 9, 10).Single();
        var report = RulebookAudit.Run(new WrongLeaf(journal, row), JournalCut.AtHeads(journal), null, CancellationToken.None);
        report.Complete.ShouldBeFalse();
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Shard, finding.Position, finding.Rule).ShouldBe((0, 10, "replay"));
        RulebookAudit.Run(other, JournalCut.AtHeads(journal), null, CancellationToken.None).Passed.ShouldBeTrue();
    });

    [Fact]
    public void A_snapshot_of_another_turn_epoch_or_version_is_found() => HouseSimulation.Run(Seed, Steps, journal =>
    {
        foreach (var (rule, change) in new (string, Func<SnapshotRecord, SnapshotRecord>)[]
        {
            ("snapshot-leaf", s => s with { Leaf = new byte[32] }),
            ("snapshot-epoch", s => s with { Epoch = s.Epoch + 1_000 }),
            ("snapshot-epoch", s => s with { Epoch = 0 }),
            ("snapshot-version", s => s with { SchemaVersion = s.SchemaVersion + 1 }),
            ("snapshot-position", s => s with { Position = s.Position + 1_000_000 }),
            ("snapshot-state", s => s with { Position = s.Position - 1 }),
            ("snapshot-state", s => s with { Payload = s.Payload[..^1] }),
            ("snapshot-parts", s => s with { Parts = [.. s.Parts, new byte[32]] }),
        })
        {
            var report = Audit(new ForgedJournal(journal) { Snapshots = change });
            report.Findings.ShouldContain(f => f.Rule == rule, rule);
            report.Findings.ShouldAllBe(f => f.Rule.StartsWith("snapshot-"));
        }
    });

    [Fact]
    public void A_snapshot_that_has_forgotten_what_the_receiver_has_lost_is_found()
    {
        // The journal was restored to the very moment of a snapshot: what its owner heard afterwards, nobody has any more.
        var found = 0;
        for (var seed = 1UL; seed <= 5; seed++)
        {
            HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
            {
                foreach (var snapshot in journal.ReadHeads().SelectMany(h => journal.ReadSnapshots(h.Shard)))
                {
                    var report = Audit(new RestoredJournal(journal, JournalCut.AtTurn(journal, snapshot.Shard, snapshot.Position), snapshot));
                    report.Findings.ShouldAllBe(f => f.Rule == "snapshot-watermark" && f.Shard == snapshot.Shard && f.Position == snapshot.Position);
                    found += report.Findings.Count;
                }
            });
        }

        found.ShouldBeGreaterThan(0);
    }

    /// <summary>The first bytes are times and channels; of the actors behind them, which are compared byte by byte, every seventh bit.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Every_bit_of_a_snapshot_counts(ulong seed) => HouseSimulation.Run(seed, 300, journal =>
    {
        var snapshot = journal.ReadHeads().SelectMany(h => journal.ReadSnapshots(h.Shard)).MinBy(s => s.Payload.Length).ShouldNotBeNull();
        var cut = JournalCut.AtTurn(journal, snapshot.Shard, snapshot.Position);
        var missed = new ConcurrentBag<int>();
        Parallel.For(0, snapshot.Payload.Length * 8, bit =>
        {
            if (bit > 8 * 120 && bit % 7 > 0)
            {
                return;
            }

            var payload = snapshot.Payload.ToArray();
            payload[bit / 8] ^= (byte)(1 << (bit % 8));
            var forged = new ForgedJournal(journal) { Snapshots = s => s == snapshot ? s with { Payload = payload } : s };
            var report = RulebookAudit.Run(forged, cut, null, CancellationToken.None);
            if (report.Findings.Count == 0 || report.Findings.Any(f => (f.Shard, f.Position) != (snapshot.Shard, snapshot.Position)))
            {
                missed.Add(bit);
            }
        });
        missed.Order().ShouldBeEmpty();
    });

    [Fact]
    public void A_part_of_a_snapshot_that_is_not_there_is_found() => HouseSimulation.Run(Seed, Steps, journal =>
        Audit(new ForgedJournal(journal) { Snapshots = s => s with { Parts = [new byte[32]] } }).Findings.ShouldContain(f => f.Rule == "snapshot-parts" && f.What.Contains("There is no snapshot part")));

    [Fact]
    public void An_audit_to_a_moment_leaves_what_is_beyond_it() => HouseSimulation.Run(Seed, Steps, journal =>
    {
        var heads = journal.ReadHeads();
        foreach (var part in new[] { 3, 5, 7, 9 })
        {
            var cut = JournalCut.AtTurn(journal, heads[0].Shard, heads[0].Position * part / 10);
            var report = RulebookAudit.Run(journal, cut, null, CancellationToken.None);
            report.Findings.ShouldBeEmpty();
            report.Passed.ShouldBeTrue();
            report.Rows.ShouldBe(cut.Positions.Sum());
            (report.Snapshots + report.SnapshotsBeyondCut).ShouldBe(heads.Sum(h => journal.ReadSnapshots(h.Shard).Count));
        }
    });

    private static RulebookReport Audit(IJournalStore journal) => RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, CancellationToken.None);

    private static RulebookReport Named(ForgedJournal forged, string rule)
    {
        var report = Audit(forged);
        report.Passed.ShouldBeFalse();
        report.Findings.ShouldContain(f => f.Rule == rule && f.Shard == forged.Row.Shard && f.Position == forged.Row.Position, string.Join("\n", report.Findings.Take(5)));
        return report;
    }

    private static long TimeBefore(IJournalStore journal, JournalRow row) => JournalCut.TimeOf(journal, row.Shard, row.Position - 1);

    /// <summary>One row has another hash beside it.</summary>
    private sealed class WrongLeaf(IJournalStore journal, JournalRow wrong) : Wrapped(journal)
    {
        public override IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) =>
            base.ReadShard(shard, afterPosition, upToPosition).Select(r => (r.Shard, r.Position) == (wrong.Shard, wrong.Position) ? r with { Leaf = new byte[32] } : r);
    }

    /// <summary>It ends at a moment, and has one snapshot.</summary>
    private sealed class RestoredJournal(IJournalStore journal, JournalCut cut, SnapshotRecord snapshot) : Wrapped(journal)
    {
        public override IReadOnlyList<ShardHead> ReadHeads() => [.. base.ReadHeads().Select(h => h with { Position = cut.Positions[h.Shard] })];

        public override IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => [.. base.ReadSnapshots(shard).Where(s => s == snapshot)];
    }

    private abstract class Wrapped(IJournalStore journal) : IJournalStore
    {
        public JournalIdentity Identity => journal.Identity;

        public virtual IReadOnlyList<ShardHead> ReadHeads() => journal.ReadHeads();

        public virtual IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) => journal.ReadShard(shard, afterPosition, upToPosition);

        public virtual IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => journal.ReadSnapshots(shard);

        public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => journal.ReadSnapshotPart(shard, hash);

        public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw new NotSupportedException();

        public ShardHead TakeOver(int shard, string owner) => throw new NotSupportedException();

        public void RaiseFeatureLevel(int level) => throw new NotSupportedException();

        public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
