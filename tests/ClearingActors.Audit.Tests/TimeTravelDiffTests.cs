using ClearingActors.Audit.TimeTravel;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>What changed between two moments is what leads from the one to the other.</summary>
public sealed class TimeTravelDiffTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(36)]
    public void The_first_state_and_the_difference_make_the_second(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        var times = TimeTravelReplayTests.TimesOf(journal);
        foreach (var (first, second) in new[] { (times[times.Count / 4], times[times.Count / 2]), (times[times.Count / 2], times[^1]), (times[0], times[^1]) })
        {
            var (from, to) = (JournalCut.AtTime(journal, first), JournalCut.AtTime(journal, second));
            var diff = new HouseDiffs(journal, from, to, null).Run(null, CancellationToken.None);
            diff.Wrong.ShouldBeEmpty();
            var (before, after) = (AccountsAt(journal, from), AccountsAt(journal, to));
            foreach (var account in before.Keys.Union(after.Keys))
            {
                var changes = diff.Accounts.SingleOrDefault(a => a.Account == account);
                var lots = LotsOf(before, account);
                foreach (var change in changes?.Positions ?? [])
                {
                    lots[(change.Instrument, change.Client)] = lots.GetValueOrDefault((change.Instrument, change.Client)) + change.Change;
                }

                lots.Where(l => l.Value != 0).OrderBy(l => l.Key).ShouldBe(LotsOf(after, account).Where(l => l.Value != 0).OrderBy(l => l.Key));
                var cash = CashOf(before, account);
                foreach (var change in changes?.Cash ?? [])
                {
                    change.Entries.Sum(e => e.Sum).ShouldBe(change.Change);
                    cash[change.Currency] = cash.GetValueOrDefault(change.Currency) + change.Change;
                }

                cash.Where(c => c.Value != 0).OrderBy(c => c.Key, StringComparer.Ordinal).ShouldBe(CashOf(after, account).Where(c => c.Value != 0).OrderBy(c => c.Key, StringComparer.Ordinal));
            }

            diff.To.Turns.ShouldBe(to.Positions.Sum());
        }
    });

    [Fact]
    public void The_first_moment_may_be_one_at_which_shards_were_writing() => HouseSimulation.Run(7, HouseSimulation.DefaultSteps, journal =>
    {
        // The first shard is ahead of what the others had recorded by then; what it received is in the journal.
        var times = TimeTravelReplayTests.TimesOf(journal);
        var (early, late) = (JournalCut.AtTime(journal, times[times.Count / 2]), JournalCut.AtTime(journal, times[(times.Count / 2) + 4]));
        var ahead = Enumerable.Range(0, early.Positions.Count).Last(s => late.Positions[s] > early.Positions[s]);
        var from = new JournalCut([.. early.Positions.Select((p, s) => s == ahead ? late.Positions[s] : p)]);
        var diff = new HouseDiffs(journal, from, JournalCut.AtHeads(journal), null).Run(null, CancellationToken.None);
        diff.Wrong.ShouldBeEmpty();
        diff.From.Turns.ShouldBe(from.Positions.Sum());
    });

    [Fact]
    public void Between_a_moment_and_itself_nothing_changed() => HouseSimulation.Run(7, HouseSimulation.DefaultSteps, journal =>
    {
        var cut = JournalCut.AtTime(journal, TimeTravelReplayTests.TimesOf(journal)[^1]);
        var diff = new HouseDiffs(journal, cut, cut, null).Run(null, CancellationToken.None);
        diff.IsEmpty.ShouldBeTrue();
        diff.Turns.ShouldBe(0);
    });

    [Fact]
    public void Of_one_account_only_that_is_compared() => HouseSimulation.Run(7, HouseSimulation.DefaultSteps, journal =>
    {
        var times = TimeTravelReplayTests.TimesOf(journal);
        var (from, to) = (JournalCut.AtTime(journal, times[0]), JournalCut.AtTime(journal, times[^1]));
        var all = new HouseDiffs(journal, from, to, null).Run(null, CancellationToken.None);
        foreach (var account in all.Accounts.Take(3))
        {
            var one = new HouseDiffs(journal, from, to, account.Account).Run(null, CancellationToken.None);
            one.Members.ShouldBeEmpty();
            one.Accounts.ShouldHaveSingleItem().Cash.Select(c => c.Change).ShouldBe(account.Cash.Select(c => c.Change));
        }
    });

    [Theory]
    [InlineData(7)]
    [InlineData(37)]
    public void From_the_beginning_every_call_is_accounted_for(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        var times = TimeTravelReplayTests.TimesOf(journal);
        var to = JournalCut.AtTime(journal, times[^1]);
        var diff = new HouseDiffs(journal, JournalCut.AtTime(journal, times[0]), to, null).Run(null, CancellationToken.None);
        using var house = TimeTravelReplayTests.Replayed(journal, to);
        var calls = HousePictures.AccountsOf(house).SelectMany(a => HousePictures.CallsOf(a.State).Select(c => (a.State.Id.Value, c.Number, c.Status, c.Remaining))).ToList();
        calls.ShouldNotBeEmpty();
        diff.Accounts.SelectMany(a => a.Calls.Select(c => (a.Account, c.Number, c.Status, c.Remaining))).ShouldBe(calls, ignoreOrder: true);
    });

    [Fact]
    public void Moments_in_the_wrong_order_are_refused() => HouseSimulation.Run(1, HouseSimulation.DefaultSteps, journal =>
    {
        var times = TimeTravelReplayTests.TimesOf(journal);
        var (early, late) = (JournalCut.AtTime(journal, times[0]), JournalCut.AtTime(journal, times[^1]));
        Should.Throw<ArgumentException>(() => new HouseDiffs(journal, late, early, null).Run(null, CancellationToken.None)).Message.ShouldContain("exchange them");
    });

    private static Dictionary<string, AccountPicture> AccountsAt(IJournalStore journal, JournalCut cut)
    {
        using var house = TimeTravelReplayTests.Replayed(journal, cut);
        return HousePictures.AccountsOf(house).ToDictionary(a => a.State.Id.Value, a => AccountPictures.Of(house, a));
    }

    private static Dictionary<(string Instrument, string Client), long> LotsOf(Dictionary<string, AccountPicture> accounts, string account) =>
        accounts.GetValueOrDefault(account)?.Positions.ToDictionary(p => (p.Instrument, p.Client), p => p.Lots) ?? [];

    private static Dictionary<string, decimal> CashOf(Dictionary<string, AccountPicture> accounts, string account) =>
        accounts.GetValueOrDefault(account)?.Balances.ToDictionary(b => b.Currency, b => b.Cash) ?? [];
}
