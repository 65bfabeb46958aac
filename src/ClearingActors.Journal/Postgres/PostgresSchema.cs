using Npgsql;

namespace ClearingActors.Journal;

/// <summary>The tables of a journal in PostgreSQL; docs/journal-format.md describes them.</summary>
internal static class PostgresSchema
{
    /// <summary>The layout of the tables. A program opens only its own.</summary>
    public const int FormatVersion = 1;

    /// <summary>
    /// Reads the journal's identity; creates the journal when there is none and the options allow it. Nodes that start together do this one after the other.
    /// </summary>
    /// <exception cref="JournalException">It is missing, or not the one that the options ask for.</exception>
    public static JournalIdentity OpenOrCreate(NpgsqlConnection connection, string schema, JournalOpenOptions options)
    {
        var where = Where(connection, schema);
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"SELECT pg_advisory_xact_lock(hashtextextended('clearing journal schema {schema}', 0))");
        JournalIdentity identity;
        if (Exists(connection, schema))
        {
            identity = ReadIdentity(connection, schema, where);
        }
        else
        {
            identity = JournalIdentityCheck.New(options, where);
            Create(connection, schema, identity);
        }

        JournalIdentityCheck.Existing(identity, options, where);
        if (!HasCheckpointTables(connection, schema))
        {
            AddCheckpointTables(connection, schema);
        }

        transaction.Commit();
        return identity;
    }

    /// <summary>Reads the identity of a journal that must be there.</summary>
    /// <exception cref="JournalException">It is missing, or of another format.</exception>
    public static JournalIdentity ReadExisting(NpgsqlConnection connection, string schema)
    {
        var where = Where(connection, schema);
        return Exists(connection, schema)
            ? ReadIdentity(connection, schema, where)
            : throw new JournalException($"There is no journal at {where}. Check the location.");
    }

    /// <summary>False for a journal that was never written by a program that makes checkpoints.</summary>
    public static bool HasCheckpointTables(NpgsqlConnection connection, string schema)
    {
        using var command = new NpgsqlCommand($"SELECT to_regclass('{schema}.checkpoint') IS NOT NULL", connection);
        return (bool)command.ExecuteScalar()!;
    }

    /// <summary>Refuses a server that, after a reconnection, holds another journal than the one that was opened: a restored copy, or an older generation.</summary>
    /// <exception cref="JournalException">It does.</exception>
    public static void CheckSame(NpgsqlConnection connection, string schema, JournalIdentity opened)
    {
        var where = Where(connection, schema);
        var found = ReadIdentity(connection, schema, where);
        if (found.Id != opened.Id || found.Generation != opened.Generation)
        {
            throw new JournalException(
                $"The journal in {where} was {opened.Id:D}, generation {opened.Generation}, when it was opened, and is now {found.Id:D}, generation {found.Generation}. Nothing is written to it; restart the node.");
        }
    }

    /// <summary>Runs a statement that returns nothing of interest.</summary>
    public static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static string Where(NpgsqlConnection connection, string schema) => $"schema {schema} of database {connection.Database} on {connection.Host}";

    private static bool Exists(NpgsqlConnection connection, string schema)
    {
        using var command = new NpgsqlCommand($"SELECT to_regclass('{schema}.meta') IS NOT NULL", connection);
        return (bool)command.ExecuteScalar()!;
    }

    private static JournalIdentity ReadIdentity(NpgsqlConnection connection, string schema, string where)
    {
        using var command = new NpgsqlCommand($"SELECT format, id, generation, shard_count, feature_level FROM {schema}.meta", connection);
        using var reader = command.ExecuteReader();
        if (!reader.Read())
        {
            throw new JournalException($"The journal in {where} has no identity: its table meta is empty. Restore it from a backup.");
        }

        var format = reader.GetInt32(0);
        return format == FormatVersion
            ? new JournalIdentity(reader.GetGuid(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetInt32(4))
            : throw new JournalException($"The journal in {where} has format version {format}; this program reads version {FormatVersion}. Use the program version that wrote it.");
    }

    private static void AddCheckpointTables(NpgsqlConnection connection, string schema) => Execute(connection, $"""
        CREATE TABLE {schema}.checkpoint(
            number bigint PRIMARY KEY,
            text bytea NOT NULL);
        CREATE TABLE {schema}.merkle_frontier(
            shard int PRIMARY KEY,
            size bigint NOT NULL,
            roots bytea NOT NULL);
        CREATE TABLE {schema}.merkle_subtree(
            shard int NOT NULL,
            height int NOT NULL,
            number bigint NOT NULL,
            root bytea NOT NULL,
            PRIMARY KEY (shard, height, number));
        CREATE TRIGGER checkpoint_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.checkpoint
            FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
        """);

    private static void Create(NpgsqlConnection connection, string schema, JournalIdentity identity)
    {
        // shard_head: each append rewrites the heads that it moves. Pages kept nine tenths empty let PostgreSQL reuse them in place, without touching the index.
        // STORAGE EXTERNAL: not compressed. Measured, PostgreSQL's compression takes five times as long as all the rest of an append.
        Execute(connection, $"""
            CREATE SCHEMA IF NOT EXISTS {schema};
            CREATE TABLE {schema}.meta(
                one boolean PRIMARY KEY DEFAULT true CHECK (one),
                format int NOT NULL,
                id uuid NOT NULL,
                generation int NOT NULL,
                shard_count int NOT NULL,
                feature_level int NOT NULL);
            CREATE TABLE {schema}.shard_head(
                shard int PRIMARY KEY,
                epoch bigint NOT NULL,
                position bigint NOT NULL,
                owner text NOT NULL) WITH (fillfactor = 10);
            CREATE TABLE {schema}.journal(
                shard int NOT NULL,
                position bigint NOT NULL,
                epoch bigint NOT NULL,
                recorded_time bigint NOT NULL,
                payload bytea NOT NULL,
                leaf bytea NOT NULL,
                PRIMARY KEY (shard, position));
            ALTER TABLE {schema}.journal ALTER COLUMN payload SET STORAGE EXTERNAL;
            CREATE TABLE {schema}.snapshot(
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                shard int NOT NULL,
                position bigint NOT NULL,
                epoch bigint NOT NULL,
                leaf bytea NOT NULL,
                schema_version int NOT NULL,
                parts bytea[] NOT NULL,
                payload bytea NOT NULL);
            CREATE INDEX snapshot_by_shard ON {schema}.snapshot(shard, id);
            CREATE TABLE {schema}.snapshot_part(
                shard int NOT NULL,
                hash bytea NOT NULL,
                content bytea NOT NULL,
                PRIMARY KEY (shard, hash));
            ALTER TABLE {schema}.snapshot ALTER COLUMN payload SET STORAGE EXTERNAL;
            ALTER TABLE {schema}.snapshot_part ALTER COLUMN content SET STORAGE EXTERNAL;
            CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'journal rows are never updated or deleted'; END $$;
            CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.journal
                FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
            """);
        using var meta = new NpgsqlCommand($"INSERT INTO {schema}.meta VALUES (true, $1, $2, $3, $4, $5)", connection);
        meta.Parameters.Add(new() { Value = FormatVersion });
        meta.Parameters.Add(new() { Value = identity.Id });
        meta.Parameters.Add(new() { Value = identity.Generation });
        meta.Parameters.Add(new() { Value = identity.ShardCount });
        meta.Parameters.Add(new() { Value = identity.FeatureLevel });
        meta.ExecuteNonQuery();
        Execute(connection, $"INSERT INTO {schema}.shard_head SELECT shard, 0, 0, '' FROM generate_series(0, {identity.ShardCount - 1}) AS shard");
    }
}
