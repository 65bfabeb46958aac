using System.Globalization;
using Microsoft.Data.Sqlite;
using static ClearingActors.Journal.Tests.TestRows;

namespace ClearingActors.Journal.Tests;

public sealed class SqliteJournalTests : JournalContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clearing-journal-").FullName;

    private string File => Path.Combine(_folder, "journal.db");

    protected override IJournalStore OpenStore(JournalOpenOptions options) => SqliteJournal.Open(File, options);

    protected override void CleanUp() => Directory.Delete(_folder, true);

    [Fact]
    public void A_missing_journal_is_an_error_where_none_may_be_created_and_leaves_nothing_behind()
    {
        Should.Throw<JournalException>(() => Open(new JournalOpenOptions(8, 1, CreateIfMissing: false))).Message.ShouldContain("There is no journal at");
        Should.Throw<JournalException>(() => Open(new JournalOpenOptions(8, 1, Guid.NewGuid()))).Message.ShouldContain("was expected there");
        Should.Throw<JournalException>(() => Open(new JournalOpenOptions(4097, 1))).Message.ShouldContain("4097 shards; it has 1 to 4096");
        Should.Throw<JournalException>(() => SqliteJournal.OpenReadOnly(File)).Message.ShouldContain("There is no journal at");

        Directory.EnumerateFileSystemEntries(_folder).ShouldBeEmpty();
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_named()
    {
        var path = Path.Combine(_folder, "absent", "journal.db");

        Should.Throw<JournalException>(() => SqliteJournal.Open(path, new JournalOpenOptions(8, 1))).Message.ShouldContain(path);
    }

    [Fact]
    public void A_file_that_is_no_journal_is_refused_and_stays_as_it_was()
    {
        Execute("CREATE TABLE other(x)");
        var before = System.IO.File.ReadAllBytes(File);
        Should.Throw<JournalException>(() => Open()).Message.ShouldContain("not a journal");
        System.IO.File.ReadAllBytes(File).ShouldBe(before);

        System.IO.File.WriteAllText(Path.Combine(_folder, "text"), new string('x', 5000));
        Should.Throw<JournalException>(() => SqliteJournal.Open(Path.Combine(_folder, "text"), new JournalOpenOptions(8, 1))).Message.ShouldContain("cannot be opened");
        System.IO.File.ReadAllText(Path.Combine(_folder, "text")).ShouldBe(new string('x', 5000));
    }

    [Fact]
    public void A_journal_of_another_format_is_refused()
    {
        Open().Dispose();
        Execute("UPDATE meta SET format = 9");

        Should.Throw<JournalException>(() => Open()).Message.ShouldContain("format version 9; this program reads version 2");
    }

    [Fact]
    public void A_second_writer_is_refused_by_name_until_the_first_is_closed()
    {
        var first = Open();

        var message = Should.Throw<JournalException>(() => Open()).Message;

        message.ShouldContain($"process {Environment.ProcessId} ");
        message.ShouldContain("Stop that process");
        first.Dispose();
        Open();
    }

    [Fact]
    public void Rows_acknowledged_by_a_process_that_is_killed_are_all_there_and_its_lock_is_gone()
    {
        using var writer = WriterProcess.Start(File);
        writer.StandardOutput.ReadLine().ShouldBe("ready");
        var inUse = Should.Throw<JournalException>(() => Open(new JournalOpenOptions(WriterProcess.Shards, 1))).Message;
        inUse.ShouldContain($"process {writer.Id} ");
        var acknowledged = 0L;
        while (acknowledged < 300)
        {
            acknowledged = long.Parse(writer.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        }

        writer.Kill();
        var rest = writer.StandardOutput.ReadToEnd();
        writer.WaitForExit();
        // The last line may be cut off by the kill.
        var whole = rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        acknowledged = whole.Length > 0 ? long.Parse(whole[^1], CultureInfo.InvariantCulture) : acknowledged;

        ShouldHold(acknowledged);
    }

    [Fact]
    public void An_io_error_makes_the_append_unknown_ends_the_journal_and_loses_nothing_acknowledged()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The limit to a file's size that provokes the error is POSIX's.");
        using var writer = WriterProcess.Start(File, fileSizeLimitBytes: 2 << 20);
        var lines = writer.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        writer.WaitForExit();

        writer.ExitCode.ShouldBe(3);
        lines[0].ShouldBe("ready");
        lines[^3..].ShouldBe(["fatal SqliteException", "Unknown", "Failed"]);
        var acknowledged = long.Parse(lines[^4], CultureInfo.InvariantCulture);
        acknowledged.ShouldBeGreaterThan(10);
        ShouldHold(acknowledged);
    }

    [Fact]
    public void A_reader_beside_the_writer_sees_what_is_durable_and_cannot_write()
    {
        var writer = Open();
        writer.TakeOver(0, "a");
        using var reader = SqliteJournal.OpenReadOnly(File);
        reader.Identity.ShouldBe(writer.Identity);
        reader.ReadHeads()[0].ShouldBe(new ShardHead(0, 1, 0, "a"));

        writer.Append(Rows(0, 1, 3)).AllAppended.ShouldBeTrue();
        writer.WriteSnapshot(Snapshot(0, 3, 1, Part("x")), [Part("x")]);

        reader.ReadHeads().ShouldBe(writer.ReadHeads());
        reader.ReadShard(0, 0, 3).ShouldBe(Rows(0, 1, 3));
        reader.ReadSnapshots(0).Single().Position.ShouldBe(3);
        reader.ReadSnapshotPart(0, Part("x").Hash).Length.ShouldBe(1);
        Should.Throw<JournalException>(() => reader.Append([Row(0, 4)])).Message.ShouldContain("for reading only");
        Should.Throw<JournalException>(() => reader.TakeOver(0, "b"));
        Should.Throw<JournalException>(() => reader.WriteSnapshot(Snapshot(0, 3, 1), []));
    }

    [Fact]
    public void A_read_that_is_not_finished_does_not_hold_up_the_writer()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.Append(Rows(0, 1, 10)).AllAppended.ShouldBeTrue();

        foreach (var row in store.ReadShard(0, 0, 10))
        {
            store.Append([Row(0, 10 + row.Position)]).AllAppended.ShouldBeTrue();
        }

        store.ReadHeads()[0].Position.ShouldBe(20);
    }

    [Fact]
    public void A_full_file_refuses_the_whole_append_and_goes_on_when_there_is_room()
    {
        var store = (SqliteJournal)Open();
        store.OnFatal = error => throw new InvalidOperationException("fatal", error);
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        store.Append([Row(0, 1), Row(1, 1)]).AllAppended.ShouldBeTrue();
        store.LimitPages(30);

        Statuses(store.Append([Row(0, 2), Row(1, 2, size: 500_000), Row(2, 1)])).ShouldBe("0 Full, 1 Full, 2 Fenced");
        store.ReadHeads().Take(2).Select(h => h.Position).ShouldBe([1, 1]);
        Should.Throw<JournalException>(() => store.WriteSnapshot(Snapshot(0, 1, 1) with { Payload = new byte[500_000] }, [])).Message.ShouldContain("Make room");

        store.LimitPages(0);
        store.Append([Row(0, 2), Row(1, 2, size: 500_000)]).AllAppended.ShouldBeTrue();
        store.ReadShard(1, 0, 2).ShouldBe([Row(1, 1), Row(1, 2, size: 500_000)]);
    }

    [Fact]
    public void An_append_that_was_refused_leaves_no_trace_in_the_blocks_that_follow()
    {
        var store = (SqliteJournal)Open();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        store.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();
        store.LimitPages(30);
        Statuses(store.Append([Row(0, 2), Row(1, 1, size: 500_000)])).ShouldBe("0 Full, 1 Full");
        store.LimitPages(0);
        store.Append(Rows(1, 1, 5_000, size: 8)).AllAppended.ShouldBeTrue();
        var heads = store.ReadHeads();
        store.Dispose();

        var again = Open();

        again.ReadHeads().ShouldBe(heads);
        again.Append([Row(0, 2)]).AllAppended.ShouldBeTrue();
        again.ReadShard(0, 0, 2).ShouldBe(Rows(0, 1, 2));
    }

    [Fact]
    public void A_full_disk_loses_nothing_and_appends_go_on_after_room_is_made()
    {
        using var disk = SmallDisk.MountOrSkip(_folder, megabytes: 24);
        var ballast = Path.Combine(disk.Path, "ballast");
        System.IO.File.WriteAllBytes(ballast, new byte[12 << 20]);
        var path = Path.Combine(disk.Path, "journal.db");
        var store = SqliteJournal.Open(path, new JournalOpenOptions(8, 1));
        Exception? fatal = null;
        store.OnFatal = error => fatal = error;
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        var position = 1L;
        // A refusal may be the last or not: when the WAL has been copied meanwhile, its room is used again.
        for (var refused = 0; refused < 20;)
        {
            var result = store.Append([Row(0, position, size: 20_000), Row(1, position, size: 20_000)]);
            if (result.AllAppended)
            {
                position++;
            }
            else
            {
                Statuses(result).ShouldBe("0 Full, 1 Full");
                refused++;
            }
        }

        fatal.ShouldBeNull();
        store.ReadShard(1, 0, position - 1).Count().ShouldBe((int)position - 1);

        System.IO.File.Delete(ballast);
        store.Append([Row(0, position, size: 20_000), Row(1, position, size: 20_000)]).AllAppended.ShouldBeTrue();
        store.Dispose();
        using var again = SqliteJournal.Open(path, new JournalOpenOptions(8, 1));
        again.ReadShard(0, 0, position).ShouldBe(Rows(0, 1, position, size: 20_000));
    }

    [Theory]
    [InlineData("UPDATE journal SET epoch = 2", "never updated")]
    [InlineData("DELETE FROM journal", "never deleted")]
    [InlineData("UPDATE block SET heads = x''", "never updated")]
    [InlineData("DELETE FROM block", "never deleted")]
    [InlineData("INSERT INTO journal SELECT * FROM journal", "UNIQUE")]
    [InlineData("UPDATE block_shard SET rows = x''", "never updated")]
    [InlineData("DELETE FROM block_shard", "never deleted")]
    public void The_schema_forbids_to_change_rows(string sql, string reason)
    {
        var store = Open();
        store.TakeOver(0, "a");
        // A whole block, and the first row of the next.
        store.Append(Rows(0, 1, 4_097, size: 8)).AllAppended.ShouldBeTrue();

        Should.Throw<SqliteException>(() => Execute(sql)).Message.ShouldContain(reason);

        store.ReadShard(0, 4_095, 4_097).ShouldBe(Rows(0, 4_096, 4_097, size: 8));
    }

    [Fact]
    public void A_gap_or_a_row_cut_short_is_an_error_when_read()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        store.Append([.. Rows(0, 1, 4), .. Rows(1, 1, 2)]).AllAppended.ShouldBeTrue();
        Execute("DROP TRIGGER journal_no_delete; DROP TRIGGER journal_no_update; DELETE FROM journal WHERE shard = 0 AND position = 3; UPDATE journal SET leaf = x'00' WHERE shard = 1 AND position = 2");

        Should.Throw<JournalException>(() => store.ReadShard(0, 0, 4).ToList()).Message.ShouldContain("gap: position 4 follows 2");
        Should.Throw<JournalException>(() => store.ReadShard(1, 0, 2).ToList()).Message.ShouldContain("cut short");
    }

    [Fact]
    public void A_position_that_stands_twice_or_in_another_shards_list_is_an_error_when_read()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        store.Append([.. Rows(0, 1, 4_000, size: 8), .. Rows(1, 1, 200, size: 8)]).AllAppended.ShouldBeTrue();
        Execute("INSERT INTO journal SELECT seq + 104, shard, position, epoch, recorded_time, payload, leaf FROM journal WHERE seq = 4196");
        Execute("DROP TRIGGER block_shard_no_update; UPDATE block_shard SET rows = CAST(x'0FA10FA0' || substr(rows, 5) AS BLOB) WHERE shard = 1");

        Should.Throw<JournalException>(() => store.ReadShard(1, 0, 50).ToList()).Message.ShouldContain("gap: position 2 follows 0");
        Should.Throw<JournalException>(() => store.ReadShard(1, 96, 201).ToList()).Message.ShouldContain("gap: position 197 follows 200");
        Execute("UPDATE block_shard SET rows = CAST(x'0001' || substr(rows, 3) AS BLOB) WHERE shard = 1");
        Should.Throw<JournalException>(() => store.ReadShard(1, 0, 50).ToList()).Message.ShouldContain("names row 1 as shard 1's at position 1, but it is not");
    }

    [Fact]
    public void A_journal_that_is_opened_again_goes_on_within_its_newest_block()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        store.Append([.. Rows(0, 1, 4_000, size: 8), .. Rows(1, 1, 50, size: 8)]).AllAppended.ShouldBeTrue();
        store.Dispose();

        var again = Open();
        again.Append([.. Rows(1, 51, 200, size: 8), .. Rows(0, 4_001, 4_002, size: 8)]).AllAppended.ShouldBeTrue();

        again.ReadShard(0, 3_990, 4_002).ShouldBe(Rows(0, 3_991, 4_002, size: 8));
        again.ReadShard(1, 0, 200).ShouldBe(Rows(1, 1, 200, size: 8));
        again.ReadShard(1, 95, 97).ShouldBe(Rows(1, 96, 97, size: 8));
    }

    [Fact]
    public void The_wal_begins_anew_while_appends_go_on()
    {
        var store = Open();
        store.TakeOver(0, "a");
        for (var position = 1; position <= 4_000; position++)
        {
            store.Append([Row(0, position, size: 64_000)]).AllAppended.ShouldBeTrue();
        }

        // 256 MB were appended.
        new FileInfo(File + "-wal").Length.ShouldBeLessThan(160L << 20);
    }

    [Fact]
    public void A_damaged_snapshot_part_is_an_error_when_read()
    {
        var store = Open();
        store.TakeOver(0, "a");
        store.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();
        store.WriteSnapshot(Snapshot(0, 1, 1, Part("x")), [Part("x")]);
        Execute("UPDATE snapshot_part SET content = x'00'");

        Should.Throw<JournalException>(() => store.ReadSnapshotPart(0, Part("x").Hash)).Message.ShouldContain("damaged");
    }

    [Fact]
    public void A_backup_taken_while_the_journal_is_written_is_a_journal_of_its_own()
    {
        var store = (SqliteJournal)Open();
        store.TakeOver(0, "a");
        store.Append(Rows(0, 1, 100)).AllAppended.ShouldBeTrue();
        var copy = Path.Combine(_folder, "copy.db");

        store.BackupTo(copy);
        store.Append([Row(0, 101)]).AllAppended.ShouldBeTrue();

        System.IO.File.Exists(copy + "-wal").ShouldBeFalse();
        Should.Throw<JournalException>(() => store.BackupTo(copy)).Message.ShouldContain("never overwrites");
        using var reader = SqliteJournal.OpenReadOnly(copy);
        reader.ReadHeads()[0].Position.ShouldBe(100);
        using var restored = SqliteJournal.Open(copy, new JournalOpenOptions(8, 2, store.Identity.Id));
        restored.ReadShard(0, 0, 100).ShouldBe(Rows(0, 1, 100));
        restored.Append([Row(0, 101)]).AllAppended.ShouldBeTrue();
    }

    private void ShouldHold(long acknowledged)
    {
        using var journal = SqliteJournal.Open(File, new JournalOpenOptions(WriterProcess.Shards, 1, CreateIfMissing: false));
        foreach (var head in journal.ReadHeads())
        {
            head.Position.ShouldBeInRange(acknowledged, acknowledged + 1);
            journal.ReadShard(head.Shard, 0, head.Position).ShouldBe(Rows(head.Shard, 1, head.Position, size: WriterProcess.RowSize));
        }

        journal.TakeOver(0, "next");
        journal.Append([Row(0, journal.ReadHeads()[0].Position + 1, epoch: 2)]).AllAppended.ShouldBeTrue();
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
