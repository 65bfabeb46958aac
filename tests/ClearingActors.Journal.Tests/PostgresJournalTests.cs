using ClearingActors.Testing;
using Npgsql;
using static ClearingActors.Journal.Tests.TestRows;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace ClearingActors.Journal.Tests;

public sealed class PostgresJournalTests(PostgresServer server) : JournalContract
{
    /// <summary>Asked for first, so that without a server every test is skipped as a whole.</summary>
    private readonly string _server = server.ConnectionString;
    private readonly string _schema = "t" + Guid.NewGuid().ToString("N");

    protected override IJournalStore OpenStore(JournalOpenOptions options) => OpenPostgres(options);

    protected override void CleanUp()
    {
        using var connection = Connect();
        Execute(connection, $"SET client_min_messages = warning; DROP SCHEMA IF EXISTS {_schema} CASCADE");
    }

    [Fact]
    public void A_missing_journal_is_an_error_where_none_may_be_created()
    {
        Should.Throw<JournalException>(() => Open(new JournalOpenOptions(8, 1, CreateIfMissing: false))).Message.ShouldContain($"There is no journal at schema {_schema}");
    }

    [Fact]
    public void A_reader_reads_beside_the_writer_and_can_write_and_create_nothing()
    {
        Should.Throw<JournalException>(() => PostgresJournal.OpenReadOnly(_server, _schema)).Message.ShouldContain($"There is no journal at schema {_schema}");
        using var writer = OpenPostgres(settings: new PostgresSettings { Schema = _schema, Exclusive = true });
        var head = writer.TakeOver(2, "writer");
        writer.Append([Row(2, 1, head.Epoch)]).AllAppended.ShouldBeTrue();

        using var reader = PostgresJournal.OpenReadOnly(_server, _schema);

        reader.Identity.ShouldBe(writer.Identity);
        reader.ReadHeads().Single(h => h.Shard == 2).Position.ShouldBe(1);
        reader.ReadShard(2, 0, 1).ShouldHaveSingleItem().Position.ShouldBe(1);
        Should.Throw<JournalException>(() => reader.TakeOver(2, "reader")).Message.ShouldContain("read-only transaction");
        reader.Append([Row(2, 2, head.Epoch)]).AllAppended.ShouldBeFalse();
        writer.ReadHeads().Single(h => h.Shard == 2).Epoch.ShouldBe(head.Epoch);
        Should.Throw<JournalException>(() => PostgresJournal.OpenReadOnly(_server, "a; DROP")).Message.ShouldContain("cannot be the journal's schema");
        Should.Throw<JournalException>(() => PostgresJournal.OpenReadOnly("Host=127.0.0.1;Port=1;Username=x", _schema)).Message.ShouldContain("cannot be read: ");
    }

    [Fact]
    public void A_server_that_cannot_be_reached_and_a_connection_string_that_cannot_be_read_are_named()
    {
        Should.Throw<JournalException>(() => PostgresJournal.Open("Host=127.0.0.1;Port=1;Username=x", new JournalOpenOptions(8, 1))).Message.ShouldContain("127.0.0.1:1");
        Should.Throw<JournalException>(() => PostgresJournal.Open("Colour=blue", new JournalOpenOptions(8, 1))).Message.ShouldContain("cannot be read");
        Should.Throw<JournalException>(() => OpenPostgres(settings: new PostgresSettings { Schema = "a; DROP" })).Message.ShouldContain("cannot be the journal's schema");
        Should.Throw<JournalException>(() => OpenPostgres(settings: new PostgresSettings { Lease = TimeSpan.FromSeconds(1) })).Message.ShouldContain("too short");
    }

    [Fact]
    public void A_session_that_does_not_wait_for_its_commits_is_refused()
    {
        var forgetful = _server + ";Options=-c synchronous_commit=off";

        Should.Throw<JournalException>(() => PostgresJournal.Open(forgetful, new JournalOpenOptions(8, 1), new PostgresSettings { Schema = _schema })).Message.ShouldContain("synchronous_commit = off");
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    public void A_server_that_would_lose_commits_in_a_crash_is_refused(string setting)
    {
        using var forgetful = PostgresServer.WithSettings(setting + "=off");

        Should.Throw<JournalException>(() => PostgresJournal.Open(forgetful.ConnectionString, new JournalOpenOptions(8, 1))).Message.ShouldContain($"{setting} = off");
    }

    [Fact]
    public void Nodes_that_start_together_create_one_journal()
    {
        var ids = new Guid[4];

        Parallel.For(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = ids.Length }, i =>
        {
            using var node = PostgresJournal.Open(_server, new JournalOpenOptions(8, 2), new PostgresSettings { Schema = _schema });
            ids[i] = node.Identity.Id;
        });

        ids.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public void Two_nodes_share_a_journal_and_each_shard_has_one_of_them_as_owner()
    {
        var a = OpenPostgres();
        var b = OpenPostgres();
        a.TakeOver(0, "a");
        b.TakeOver(1, "b");

        a.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();
        b.Append([Row(1, 1)]).AllAppended.ShouldBeTrue();
        b.TakeOver(0, "b");

        Statuses(a.Append([Row(0, 2)])).ShouldBe("0 Fenced");
        a.ReadHeads().Take(2).ShouldBe([new ShardHead(0, 2, 1, "b"), new ShardHead(1, 1, 1, "b")]);
    }

    [Fact]
    public void A_second_process_that_wants_the_journal_for_itself_is_refused_by_name_until_the_first_is_closed()
    {
        var alone = new PostgresSettings { Schema = _schema, Exclusive = true };
        var first = OpenPostgres(settings: alone);

        var message = Should.Throw<JournalException>(() => OpenPostgres(settings: alone)).Message;

        message.ShouldContain("in use by clearing at");
        message.ShouldContain("Stop that process");
        first.Dispose();
        OpenPostgres(settings: alone);
    }

    [Fact]
    public async Task A_connection_cut_during_an_append_leaves_its_outcome_unknown_and_the_next_append_finds_a_new_one()
    {
        var store = OpenPostgres();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        using var holder = Connect();
        using var transaction = holder.BeginTransaction();
        Execute(holder, $"SELECT * FROM {_schema}.shard_head WHERE shard = 1 FOR UPDATE");
        var append = Task.Run(() => store.Append([Row(0, 1), Row(1, 1)]));
        var pid = WaitForBlocked();

        using (var killer = Connect())
        {
            Execute(killer, $"SELECT pg_terminate_backend({pid})");
        }

        Statuses(await append).ShouldBe("0 Unknown, 1 Unknown");
        transaction.Rollback();
        store.TakeOver(0, "a").ShouldBe(new ShardHead(0, 2, 0, "a"));
        store.Append([Row(0, 1, epoch: 2)]).AllAppended.ShouldBeTrue();
    }

    [Fact]
    public void A_read_whose_connection_was_cut_is_made_on_another_one()
    {
        var name = "read-" + _schema;
        var store = PostgresJournal.Open($"{_server};Application Name={name}", new JournalOpenOptions(8, 2), new PostgresSettings { Schema = _schema });
        Closing(store);
        store.TakeOver(0, "a");
        store.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();
        store.ReadShard(0, 0, 1).ShouldBe([Row(0, 1)]);
        using var killer = Connect();
        for (var i = 0; i < 3; i++)
        {
            // The idle connection of the last read is in the pool and has ended when the next read takes it.
            Execute(killer, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'");
            store.ReadShard(0, 0, 1).ShouldBe([Row(0, 1)]);
        }

        Should.Throw<JournalException>(() => store.TakeOver(0, "a")).IsTransient.ShouldBeTrue();
        store.TakeOver(0, "a").Position.ShouldBe(1);
    }

    [Fact]
    public void A_lock_that_is_not_given_up_within_half_a_lease_fails_the_append_for_certain()
    {
        var store = OpenPostgres(settings: new PostgresSettings { Schema = _schema, Lease = TimeSpan.FromSeconds(2) });
        store.TakeOver(0, "a");
        using var holder = Connect();
        using var transaction = holder.BeginTransaction();
        Execute(holder, $"SELECT * FROM {_schema}.shard_head WHERE shard = 0 FOR UPDATE");

        Statuses(store.Append([Row(0, 1)])).ShouldBe("0 Failed");

        transaction.Rollback();
        store.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();
    }

    [Fact]
    public async Task The_victim_of_a_deadlock_tries_again()
    {
        var store = OpenPostgres();
        store.TakeOver(0, "a");
        store.TakeOver(1, "a");
        store.Append([Row(0, 1), Row(1, 1)]).AllAppended.ShouldBeTrue();
        using var other = Connect();
        Execute(other, "SET deadlock_timeout = '10s'");
        using var transaction = other.BeginTransaction();
        Execute(other, $"SELECT * FROM {_schema}.shard_head WHERE shard = 1 FOR UPDATE");
        var append = Task.Run(() => store.Append([Row(0, 2), Row(1, 2)]));
        WaitForBlocked();

        // The append holds shard 0 and waits for shard 1; now it is the other way round as well, and the append finds out first.
        Execute(other, $"SELECT * FROM {_schema}.shard_head WHERE shard = 0 FOR UPDATE");
        append.IsCompleted.ShouldBeFalse();
        transaction.Rollback();

        (await append).ShouldBe(AppendResult.Success);
        store.ReadHeads().Take(2).Select(h => h.Position).ShouldBe([2, 2]);
    }

    [Fact]
    public void A_server_that_holds_another_journal_after_a_reconnection_gets_no_rows()
    {
        var store = OpenPostgres();
        store.TakeOver(0, "a");
        using var other = Connect();
        Execute(other, $"UPDATE {_schema}.meta SET generation = 2");
        Execute(other, "SELECT pg_terminate_backend(l.pid) FROM pg_stat_activity l WHERE l.query LIKE '%" + _schema + "%' AND l.pid <> pg_backend_pid()");

        Statuses(store.Append([Row(0, 1)])).ShouldBe("0 Unknown");
        var result = store.Append([Row(0, 1)]);

        Statuses(result).ShouldBe("0 Failed");
        result.Error!.Message.ShouldContain("generation 2");
        for (var i = 0; i < 2; i++)
        {
            // Nor does it get a new epoch, however often it is asked.
            Should.Throw<JournalException>(() => store.TakeOver(0, "a")).Message.ShouldContain("generation 2");
        }

        store.ReadHeads()[0].Position.ShouldBe(0);
    }

    [Theory]
    [InlineData("UPDATE {0}.journal SET epoch = 2")]
    [InlineData("DELETE FROM {0}.journal")]
    [InlineData("TRUNCATE {0}.journal")]
    [InlineData("INSERT INTO {0}.journal SELECT * FROM {0}.journal ON CONFLICT (shard, position) DO UPDATE SET epoch = 2")]
    public void The_schema_forbids_to_change_rows(string sql)
    {
        var store = OpenPostgres();
        store.TakeOver(0, "a");
        store.Append([Row(0, 1)]).AllAppended.ShouldBeTrue();
        using var connection = Connect();

        Should.Throw<PostgresException>(() => Execute(connection, sql.Replace("{0}", _schema, StringComparison.Ordinal))).Message.ShouldContain("never updated or deleted");

        store.ReadShard(0, 0, 1).ShouldBe([Row(0, 1)]);
    }

    [Fact]
    public void Every_session_ends_what_hangs_before_a_lease_does()
    {
        OpenPostgres(settings: new PostgresSettings { Schema = _schema, Lease = TimeSpan.FromSeconds(8) }).ReadHeads();
        using var probe = new PostgresSession(_server, new PostgresSettings { Schema = _schema, Lease = TimeSpan.FromSeconds(8) });
        using var connection = probe.OpenWriter();

        string[] settings = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "tcp_user_timeout", "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "default_transaction_isolation"];
        settings.Select(name => Scalar(connection, $"SELECT setting FROM pg_settings WHERE name = '{name}'")).ShouldBe(["4000", "4000", "4000", "4000", "1", "1", "2", "read committed"]);
    }

    private PostgresJournal OpenPostgres(JournalOpenOptions? options = null, PostgresSettings? settings = null)
    {
        var store = PostgresJournal.Open(_server, options ?? new JournalOpenOptions(8, 2), settings ?? new PostgresSettings { Schema = _schema });
        Closing(store);
        return store;
    }

    /// <summary>The server process that waits for a lock on this test's heads.</summary>
    private int WaitForBlocked()
    {
        using var connection = Connect();
        for (var i = 0; i < 500; i++)
        {
            if (Scalar(connection, $"SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{_schema}.shard_head%' AND pid <> pg_backend_pid()") is { } pid)
            {
                return int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture);
            }

            Thread.Sleep(10);
        }

        throw new TimeoutException("No statement waited for a lock within 5 s.");
    }

    private NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection(_server);
        connection.Open();
        return connection;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static string? Scalar(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar() as string;
    }
}
