using static ClearingActors.Journal.Tests.TestRows;

namespace ClearingActors.Journal.Tests;

/// <summary>What an append that was taken back leaves of the lists that say which rows of a block are whose.</summary>
public sealed class SqliteBlockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clearing-journal-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void An_append_that_was_refused_behind_the_end_of_a_block_leaves_the_blocks_list_as_it_was()
    {
        var path = Path.Combine(_folder, "journal.db");
        using (var store = SqliteJournal.Open(path, new JournalOpenOptions(8, 1)))
        {
            store.TakeOver(0, "a");
            store.TakeOver(1, "a");
            store.Append(Rows(0, 1, 2_000, size: 8)).AllAppended.ShouldBeTrue();
            store.Append(Rows(1, 1, 2_090, size: 8)).AllAppended.ShouldBeTrue();

            // Six rows are left in the block of 4,096; the seventh begins the next, and the last finds no room.
            JournalRow[] group = [.. Rows(1, 2_091, 2_110, size: 8), Row(1, 2_111, size: 4_000_000)];
            store.LimitPages(100);
            store.Append(group).Exceptions.ShouldHaveSingleItem().Status.ShouldBe(AppendStatus.Full);
            store.LimitPages(0);
            store.Append(group).AllAppended.ShouldBeTrue();
        }

        using var again = SqliteJournal.Open(path, new JournalOpenOptions(8, 1));
        again.ReadShard(0, 0, 2_000).ShouldBe(Rows(0, 1, 2_000, size: 8));
        again.ReadShard(1, 0, 2_110).ShouldBe(Rows(1, 1, 2_110, size: 8));
    }
}
