using ClearingActors.Journal;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// An accountant who was not there: replays a journal and proves by the rulebook, from the events and with books of its own, that nothing was made, lost or counted twice. What it
/// holds is the house and what is under way, whatever the journal's length.
/// </summary>
public static class RulebookAudit
{
    private const int ProgressEvery = 4096;

    /// <summary>Audits a journal from its first turn to a cut.</summary>
    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <param name="cut">Where the audit ends.</param>
    /// <param name="progress">Is told the share of the turns that is done, now and then; null for nobody.</param>
    /// <param name="cancellation">Ends it between two turns.</param>
    /// <exception cref="JournalException">The heads or snapshots cannot be read, or the store did not answer. A turn that cannot be read is a finding.</exception>
    public static RulebookReport Run(IJournalStore journal, JournalCut cut, IProgress<double>? progress, CancellationToken cancellation) => Run(journal, cut, new AuditFindings(), progress, cancellation);

    /// <summary>The same, for who wants to see the findings as they are made.</summary>
    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <param name="cut">Where the audit ends.</param>
    /// <param name="findings">Empty; gets what is found.</param>
    /// <param name="progress">As above.</param>
    /// <param name="cancellation">As above.</param>
    internal static RulebookReport Run(IJournalStore journal, JournalCut cut, AuditFindings findings, IProgress<double>? progress, CancellationToken cancellation)
    {
        var at = new StepAt(findings);
        var expected = new ExpectedEvents(at);
        var settled = new SettledCheck(at, expected, journal.Identity.ShardCount);
        var margin = new MarginCheck(at, expected);
        HouseReplay house;
        try
        {
            house = new HouseReplay(journal, cut, margin, settled);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            findings.Add(0, 1, "replay", $"the logs cannot be read from their beginning: {e.Message}");
            return Unread(findings);
        }

        using (house)
        {
            var cycles = new CycleCheck(house.Scopes.Count);
            var ledger = new Ledger(at, cycles);
            var channels = new Channels(house.Scopes.Count, at, ledger);
            var trades = new TradeCheck(at);
            var books = new BookCheck(at, ledger, cycles, trades);
            var snapshots = new SnapshotCheck(journal, cut, house.SchemaVersion, findings);
            var defaults = new DefaultCheck(at, house);
            var payments = new PaymentCheck(at, ledger, house);
            var timers = new TimerCheck(at, channels, house.Book, house.Scopes.Count);
            var actions = new ActionCheck(at, channels);
            var walk = new TurnWalk(house, at, channels, ledger, cycles, trades, books, expected, settled, margin, defaults, payments, timers, actions);
            snapshots.Watch(house.Turns);
            var complete = true;
            while (complete && house.Turns.TryPeek(out var row))
            {
                complete = Replay(house, row, walk, snapshots, findings);
                if (house.Turns.Replayed % ProgressEvery == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Report((double)house.Turns.Replayed / house.Turns.Rows);
                }
            }

            if (complete)
            {
                books.Check(house);
                trades.End(channels, findings);
                snapshots.End();
            }

            return new RulebookReport
            {
                Rows = house.Turns.Replayed,
                Events = house.Turns.Events,
                Messages = channels.Messages,
                Trades = trades.Novated,
                Reversals = trades.Reversed,
                Cycles = cycles.Closed,
                Settlements = cycles.Settlements,
                CashEntries = ledger.Entries,
                AssetEntries = ledger.AssetEntries,
                Sums = books.Sums,
                MarginRuns = margin.Runs,
                Assessments = margin.Assessments,
                Calls = margin.Calls,
                Claims = payments.Claims,
                Timers = timers.Fired,
                Waterfalls = defaults.Waterfalls,
                Auctions = defaults.Auctions,
                Snapshots = snapshots.Compared,
                SnapshotsBeyondCut = snapshots.BeyondCut,
                FindingCount = findings.Count,
                Findings = findings.First,
                Complete = complete,
            };
        }
    }

    private static bool Replay(HouseReplay house, in JournalRow row, TurnWalk walk, SnapshotCheck snapshots, AuditFindings findings)
    {
        var shard = house.Turns[row.Shard];
        var walked = false;
        try
        {
            house.Turns.Next();
            walk.Row(row);
            walked = true;
            snapshots.Replayed(row);
            return true;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            // The turn is replayed before the next of its shard is read.
            if (shard.Position == row.Position && !walked && e is JournalException)
            {
                findings.Add(row.Shard, row.Position + 1, "replay", $"it cannot be read: {e.Message}");
            }
            else
            {
                findings.Add(row.Shard, row.Position, "replay", $"it cannot be replayed: {e.Message}");
            }

            return false;
        }
    }

    private static RulebookReport Unread(AuditFindings findings) => new()
    {
        Rows = 0,
        Events = 0,
        Messages = 0,
        Trades = 0,
        Reversals = 0,
        Cycles = 0,
        Settlements = 0,
        CashEntries = 0,
        AssetEntries = 0,
        Sums = 0,
        MarginRuns = 0,
        Assessments = 0,
        Calls = 0,
        Claims = 0,
        Timers = 0,
        Waterfalls = 0,
        Auctions = 0,
        Snapshots = 0,
        SnapshotsBeyondCut = 0,
        FindingCount = findings.Count,
        Findings = findings.First,
        Complete = false,
    };

    /// <summary>Whatever a forged turn may make a program do that was written for sound ones; not what has nothing to do with the turn, such as a store that does not answer.</summary>
    private static bool IsUnreadable(Exception e) => e is not (OperationCanceledException or OutOfMemoryException or ObjectDisposedException or JournalException { IsTransient: true });
}
