using ClearingActors.Testing;
using Npgsql;
using static ClearingActors.Journal.Tests.TestRows;

namespace ClearingActors.Journal.Tests;

/// <summary>
/// An append and a takeover on two real connections, paused between every two statements in every order that PostgreSQL allows: once the takeover has committed, the old owner's
/// rows are in the log that the new owner reads, or never come.
/// </summary>
public sealed class PostgresFenceTests : IDisposable
{
    private readonly PostgresServer _server;
    private readonly string _schema = "f" + Guid.NewGuid().ToString("N");
    private readonly PostgresJournal _journal;
    private readonly NpgsqlConnection _old;
    private readonly NpgsqlConnection _new;

    public PostgresFenceTests(PostgresServer server)
    {
        _server = server;
        _journal = PostgresJournal.Open(server.ConnectionString, new JournalOpenOptions(4, 1), new PostgresSettings { Schema = _schema });
        _journal.TakeOver(0, "old");
        _old = Connect();
        _new = Connect();
    }

    private string TakeOver => $"UPDATE {_schema}.shard_head SET epoch = epoch + 1, owner = 'new' WHERE shard = 0 RETURNING position";

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
        _journal.Dispose();
        using var connection = Connect();
        Run(connection, $"SET client_min_messages = warning; DROP SCHEMA {_schema} CASCADE");
    }

    [Fact]
    public async Task Append_then_takeover_the_takeover_waits_and_reads_the_row()
    {
        Run(_old, "BEGIN");
        AppendOn(_old).ShouldBe(1);
        var takeover = Task.Run(() => Scalar(_new, TakeOver));
        WaitForLock();
        takeover.IsCompleted.ShouldBeFalse();

        Run(_old, "COMMIT");

        (await takeover).ShouldBe(1L);
        Count().ShouldBe(1);
    }

    [Fact]
    public async Task Takeover_then_append_the_append_waits_and_is_fenced()
    {
        Run(_new, "BEGIN");
        Scalar(_new, TakeOver).ShouldBe(0L);
        var append = Task.Run(() => AppendOn(_old));
        WaitForLock();
        append.IsCompleted.ShouldBeFalse();

        Run(_new, "COMMIT");

        (await append).ShouldBe(0);
        Count().ShouldBe(0);
    }

    [Fact]
    public async Task A_takeover_that_is_rolled_back_lets_the_waiting_append_in()
    {
        Run(_new, "BEGIN");
        Scalar(_new, TakeOver).ShouldBe(0L);
        var append = Task.Run(() => AppendOn(_old));
        WaitForLock();

        Run(_new, "ROLLBACK");

        (await append).ShouldBe(1);
        Count().ShouldBe(1);
    }

    [Fact]
    public async Task An_append_that_is_rolled_back_leaves_the_takeover_an_empty_log()
    {
        Run(_old, "BEGIN");
        AppendOn(_old).ShouldBe(1);
        var takeover = Task.Run(() => Scalar(_new, TakeOver));
        WaitForLock();

        Run(_old, "ROLLBACK");

        (await takeover).ShouldBe(0L);
        Count().ShouldBe(0);
        AppendOn(_old).ShouldBe(0);
    }

    [Fact]
    public void An_old_transaction_that_began_before_the_takeover_is_fenced_after_it()
    {
        Run(_old, "BEGIN");
        Scalar(_old, $"SELECT epoch FROM {_schema}.shard_head WHERE shard = 0").ShouldBe(1L);
        Scalar(_new, TakeOver).ShouldBe(0L);
        Count().ShouldBe(0);

        AppendOn(_old).ShouldBe(0);
        Run(_old, "COMMIT");

        Count().ShouldBe(0);
    }

    /// <summary>Why the fence is an UPDATE: these statements look at the epoch, and their row comes after the new owner has read the log.</summary>
    [Theory]
    [InlineData("WHERE EXISTS (SELECT 1 FROM {0}.shard_head WHERE shard = 0 AND epoch = 1)")]
    [InlineData("FROM (SELECT 1 FROM {0}.shard_head WHERE shard = 0 AND epoch = 1 FOR KEY SHARE) AS head")]
    public void A_check_of_the_epoch_alone_does_not_fence(string check)
    {
        Run(_old, "BEGIN");
        Run(_old, $"INSERT INTO {_schema}.journal SELECT 0, 1, 1, 1, ''::bytea, ''::bytea {check.Replace("{0}", _schema, StringComparison.Ordinal)}");

        Scalar(_new, TakeOver).ShouldBe(0L, "the takeover does not wait");
        Count().ShouldBe(0, "the new owner reads an empty log");
        Run(_old, "COMMIT");

        Count().ShouldBe(1, "and then the old owner's row is there");
    }

    [Fact]
    public void However_often_a_shard_changes_hands_no_row_of_an_old_owner_follows_a_takeover()
    {
        using var second = PostgresJournal.Open(_server.ConnectionString, new JournalOpenOptions(4, 1), new PostgresSettings { Schema = _schema });
        PostgresJournal[] nodes = [_journal, second];
        var taken = new System.Collections.Concurrent.ConcurrentBag<ShardHead>();
        var appended = 0;

        Parallel.For(0, nodes.Length, new ParallelOptions { MaxDegreeOfParallelism = nodes.Length }, i =>
        {
            for (var turn = 0; turn < 40; turn++)
            {
                var head = nodes[i].TakeOver(1, "node");
                taken.Add(head);
                for (var position = head.Position + 1; nodes[i].Append([Row(1, position, head.Epoch)]).AllAppended && position < head.Position + 20; position++)
                {
                    Interlocked.Increment(ref appended);
                }
            }
        });

        var end = _journal.ReadHeads()[1].Position;
        var rows = _journal.ReadShard(1, 0, end).ToList();
        rows.Count.ShouldBe((int)end);
        end.ShouldBeGreaterThan(40);
        foreach (var head in taken)
        {
            rows.Skip((int)head.Position).ShouldAllBe(row => row.Epoch >= head.Epoch);
            rows.Take((int)head.Position).ShouldAllBe(row => row.Epoch < head.Epoch);
        }
    }

    /// <summary>Runs the journal's own statement for position 1 under epoch 1; returns the number of rows that it appended.</summary>
    private int AppendOn(NpgsqlConnection connection)
    {
        using var append = new PostgresAppend(connection, _schema);
        var appended = new HashSet<int>();
        append.Run([new ShardRun(0, 1, 1, 1)], [Row(0, 1)], appended);
        return appended.Count;
    }

    private int Count() => (int)(long)Scalar(_new, $"SELECT count(*) FROM {_schema}.journal WHERE shard = 0")!;

    private void WaitForLock()
    {
        using var connection = Connect();
        for (var i = 0; i < 500; i++)
        {
            if ((long)Scalar(connection, $"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{_schema}.shard_head%'")! > 0)
            {
                return;
            }

            Thread.Sleep(10);
        }

        throw new TimeoutException("No statement waited for a lock within 5 s.");
    }

    private NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection(_server.ConnectionString);
        connection.Open();
        return connection;
    }

    private static void Run(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static object? Scalar(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }
}
