using Microsoft.Data.Sqlite;

namespace ClearingActors.Journal;

/// <summary>The tables of a journal file; docs/journal-format.md describes them.</summary>
internal static class SqliteSchema
{
    /// <summary>The layout of the tables. A program opens only its own.</summary>
    public const int FormatVersion = 2;

    /// <summary>"CAJ1" in the file's header, so that a file names itself.</summary>
    public const int ApplicationId = 0x43414A31;

    /// <summary>
    /// A block is 2^12 = 4,096 consecutive rows. Which of them are a shard's is written once, when the block is whole; within the newest block a reader looks at every row.
    /// An index that is kept up with each append writes a page for every shard in it: measured at 20,000 trades a second, 2.4 times the bytes.
    /// </summary>
    public const int BlockBits = 12;

    /// <summary>The rows of a block.</summary>
    public const int BlockRows = 1 << BlockBits;

    private const string Tables = """
        CREATE TABLE meta(
            one INTEGER PRIMARY KEY CHECK (one = 1),
            format INTEGER NOT NULL,
            id TEXT NOT NULL,
            generation INTEGER NOT NULL,
            shard_count INTEGER NOT NULL,
            feature_level INTEGER NOT NULL) STRICT;
        CREATE TABLE shard_head(
            shard INTEGER PRIMARY KEY,
            epoch INTEGER NOT NULL,
            owner TEXT NOT NULL) STRICT;
        CREATE TABLE journal(
            seq INTEGER PRIMARY KEY,
            shard INTEGER NOT NULL,
            position INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            recorded_time INTEGER NOT NULL,
            payload BLOB NOT NULL,
            leaf BLOB NOT NULL) STRICT;
        CREATE TABLE block(
            block INTEGER PRIMARY KEY,
            heads BLOB NOT NULL) STRICT;
        CREATE TABLE block_shard(
            block INTEGER NOT NULL,
            shard INTEGER NOT NULL,
            rows BLOB NOT NULL,
            PRIMARY KEY (block, shard)) STRICT, WITHOUT ROWID;
        CREATE TABLE snapshot(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            shard INTEGER NOT NULL,
            position INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            leaf BLOB NOT NULL,
            schema_version INTEGER NOT NULL,
            parts BLOB NOT NULL,
            payload BLOB NOT NULL) STRICT;
        CREATE INDEX snapshot_by_shard ON snapshot(shard, id);
        CREATE TABLE snapshot_part(
            id INTEGER PRIMARY KEY,
            shard INTEGER NOT NULL,
            hash BLOB NOT NULL,
            content BLOB NOT NULL) STRICT;
        CREATE UNIQUE INDEX snapshot_part_by_hash ON snapshot_part(shard, hash);
        CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journal rows are never updated'); END;
        CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journal rows are never deleted'); END;
        CREATE TRIGGER block_no_update BEFORE UPDATE ON block BEGIN SELECT RAISE(ABORT, 'journal blocks are never updated'); END;
        CREATE TRIGGER block_no_delete BEFORE DELETE ON block BEGIN SELECT RAISE(ABORT, 'journal blocks are never deleted'); END;
        CREATE TRIGGER block_shard_no_update BEFORE UPDATE ON block_shard BEGIN SELECT RAISE(ABORT, 'journal blocks are never updated'); END;
        CREATE TRIGGER block_shard_no_delete BEFORE DELETE ON block_shard BEGIN SELECT RAISE(ABORT, 'journal blocks are never deleted'); END;
        """;

    /// <summary>Added to a journal when it is next written: one that has none has no checkpoints yet, so this is no other format.</summary>
    private const string CheckpointTables = """
        CREATE TABLE IF NOT EXISTS checkpoint(
            number INTEGER PRIMARY KEY,
            text BLOB NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS merkle_frontier(
            shard INTEGER PRIMARY KEY,
            size INTEGER NOT NULL,
            roots BLOB NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS merkle_subtree(
            shard INTEGER NOT NULL,
            height INTEGER NOT NULL,
            number INTEGER NOT NULL,
            root BLOB NOT NULL,
            PRIMARY KEY (shard, height, number)) STRICT, WITHOUT ROWID;
        CREATE TRIGGER IF NOT EXISTS checkpoint_no_update BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are never updated'); END;
        CREATE TRIGGER IF NOT EXISTS checkpoint_no_delete BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;
        """;

    /// <summary>Makes an empty database a journal, in one transaction: after a crash in between, the file is still empty.</summary>
    public static void Create(SqliteConnection connection, JournalIdentity identity)
    {
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"PRAGMA application_id = {ApplicationId}");
        Execute(connection, Tables);
        using (var meta = new SqliteStatement(connection, "INSERT INTO meta VALUES (1, ?, ?, ?, ?, ?)"))
        {
            meta.Bind(1, FormatVersion);
            meta.Bind(2, identity.Id.ToString("D"));
            meta.Bind(3, identity.Generation);
            meta.Bind(4, identity.ShardCount);
            meta.Bind(5, identity.FeatureLevel);
            meta.Run();
        }

        using (var head = new SqliteStatement(connection, "INSERT INTO shard_head VALUES (?, 0, '')"))
        {
            for (var shard = 0; shard < identity.ShardCount; shard++)
            {
                head.Bind(1, shard);
                head.Run();
            }
        }

        transaction.Commit();
    }

    /// <summary>Makes the tables of the checkpoints if there are none.</summary>
    public static void AddCheckpointTables(SqliteConnection connection)
    {
        if (!HasCheckpointTables(connection))
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, CheckpointTables);
            transaction.Commit();
        }
    }

    /// <summary>False for a journal that was never written by a program that makes checkpoints.</summary>
    public static bool HasCheckpointTables(SqliteConnection connection) => Scalar(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'checkpoint'") == 1;

    /// <summary>The identity of a journal file; null when the file has no tables yet.</summary>
    /// <exception cref="JournalException">The file is a database, but not a journal that this program reads.</exception>
    public static JournalIdentity? ReadIdentity(SqliteConnection connection, string path)
    {
        if (Scalar(connection, "SELECT count(*) FROM sqlite_schema") == 0)
        {
            return null;
        }

        var applicationId = Scalar(connection, "PRAGMA application_id");
        if (applicationId != ApplicationId)
        {
            throw new JournalException($"{path} is a SQLite database but not a journal: its application_id is {applicationId}, a journal's is {ApplicationId}. Name another file.");
        }

        var format = Scalar(connection, "SELECT format FROM meta");
        if (format != FormatVersion)
        {
            throw new JournalException($"{path} has format version {format}; this program reads version {FormatVersion}. Use the program version that wrote it.");
        }

        using var meta = new SqliteStatement(connection, "SELECT id, generation, shard_count, feature_level FROM meta");
        if (!meta.Next())
        {
            throw new JournalException($"{path} is a journal without an identity: its table meta is empty. Restore it from a backup.");
        }

        return new JournalIdentity(Guid.Parse(meta.Text(0)), checked((int)meta.Integer(1)), checked((int)meta.Integer(2)), checked((int)meta.Integer(3)));
    }

    /// <summary>Puts the file into WAL mode. SQLite answers with the mode that it could have, which is another where memory cannot be shared.</summary>
    /// <exception cref="JournalException">It is another.</exception>
    public static void RequireWal(SqliteConnection connection, string path)
    {
        using var statement = new SqliteStatement(connection, "PRAGMA journal_mode = WAL");
        var mode = statement.Next() ? statement.Text(0) : "";
        if (mode != "wal")
        {
            throw new JournalException($"{path} is in journal mode \"{mode}\" and cannot be put into WAL mode. Put the journal on a local file system, and close other programs that have it open.");
        }
    }

    /// <summary>Runs statements that return nothing of interest.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var statement = new SqliteStatement(connection, sql);
        return statement.Next() ? statement.Integer(0) : 0;
    }
}
