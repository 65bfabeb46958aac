using System.Collections.Concurrent;
using ClearingActors.Journal.Proofs;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClearingActors.Journal;

/// <summary>
/// A journal in one SQLite file, written by one process. The default: nothing needs installing. Each append is one transaction, synced to the disk before it returns.
/// </summary>
/// <remarks>
/// An I/O error other than a full disk leaves open what is on the disk, so it is the last thing that a journal does: the append is <see cref="AppendStatus.Unknown"/>,
/// <see cref="OnFatal"/> is invoked, and every later append is refused. Opening anew tells what was written.
/// </remarks>
public sealed class SqliteJournal : ICheckpointStore
{
    /// <summary>Measured on 2 KB to 8 KB turns against 4 and 16 KiB: 4 KiB writes half as many rows a second, 16 KiB wastes half of each page of 8 KB turns.</summary>
    private const int PageSize = 8192;

    /// <summary>KiB. An append needs the newest pages only; the rest of this serves snapshots.</summary>
    private const int CacheKiB = 65_536;

    /// <summary>How long to wait for a foreign program that writes the file, such as the sqlite3 shell; ms.</summary>
    private const int BusyTimeoutMs = 2000;

    /// <summary>KiB. Who reads a file through needs no page twice; the fewer pages are used in turns, the more of them are in the processor's cache. Measured: 2 MiB, SQLite's own, takes a tenth longer.</summary>
    private const int ScanCacheKiB = 2000;

    private readonly string _path;
    private readonly JournalLockFile? _lock;
    private readonly SqliteWriter? _writer;
    private readonly ConcurrentBag<SqliteReader> _readers = [];
    private volatile bool _disposed;

    private SqliteJournal(string path, JournalIdentity identity, JournalLockFile? held, SqliteWriter? writer)
    {
        _path = path;
        Identity = identity;
        _lock = held;
        _writer = writer;
    }

    /// <summary>
    /// Invoked once, on the writer's thread, after an I/O error that leaves unknown what is durable. The host ends the process.
    /// </summary>
    public Action<Exception>? OnFatal
    {
        get => _writer?.OnFatal;
        set => (_writer ?? throw ReadOnly()).OnFatal = value;
    }

    /// <inheritdoc/>
    public JournalIdentity Identity { get; private set; }

    /// <summary>Opens the journal in <paramref name="path"/> for this process alone, or creates it. Other processes may read it beside, see <see cref="OpenReadOnly"/>.</summary>
    /// <exception cref="JournalException">
    /// Another process has it open; there is none and none may be created; it is not a journal, is damaged, or is not the one that the options ask for.
    /// </exception>
    public static SqliteJournal Open(string path, JournalOpenOptions options)
    {
        if (!File.Exists(path))
        {
            // Before the lock file, so that a mistyped path leaves nothing behind.
            _ = JournalIdentityCheck.New(options, path);
        }

        var held = JournalLockFile.Take(path);
        SqliteConnection? connection = null;
        SqliteCheckpointer? checkpointer = null;
        try
        {
            connection = Connect(path, SqliteOpenMode.ReadWriteCreate);
            // Before the first change: a file that is not ours stays as it is.
            var identity = SqliteSchema.ReadIdentity(connection, path);
            // The page size takes effect only on a file that is still empty, and before WAL is set.
            SqliteSchema.Execute(connection, $"PRAGMA page_size = {PageSize}");
            SqliteSchema.RequireWal(connection, path);
            SqliteSchema.Execute(connection, $"PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -{CacheKiB}");
            if (identity is null)
            {
                identity = JournalIdentityCheck.New(options, path);
                SqliteSchema.Create(connection, identity);
            }

            JournalIdentityCheck.Existing(identity, options, path);
            SqliteSchema.AddCheckpointTables(connection);
            using var reader = new SqliteReader(Connect(path, SqliteOpenMode.ReadOnly), identity.ShardCount);
            var (heads, block, newest) = reader.ReadHeads();
            checkpointer = new SqliteCheckpointer(Connect(path, SqliteOpenMode.ReadWrite));
            return new SqliteJournal(path, identity, held, new SqliteWriter(connection, heads, block, newest, checkpointer));
        }
        catch (Exception error)
        {
            checkpointer?.Dispose();
            connection?.Dispose();
            held.Dispose();
            throw error is SqliteException ? new JournalException($"The journal {path} cannot be opened: {error.Message}", error) : error;
        }
    }

    /// <summary>Opens a journal for reading only, beside the process that writes it or without one. Takes no lock; the methods that write throw.</summary>
    /// <exception cref="JournalException">There is none at <paramref name="path"/>, or it is not a journal that this program reads.</exception>
    public static SqliteJournal OpenReadOnly(string path)
    {
        if (!File.Exists(path))
        {
            throw new JournalException($"There is no journal at {path}. Check the location.");
        }

        try
        {
            using var connection = Connect(path, SqliteOpenMode.ReadOnly);
            var identity = SqliteSchema.ReadIdentity(connection, path) ?? throw new JournalException($"{path} is an empty database, not a journal. Check the location.");
            return new SqliteJournal(path, identity, null, null);
        }
        catch (SqliteException error)
        {
            throw new JournalException($"The journal {path} cannot be read: {error.Message}. A journal that was not closed can be read only where its folder can be written; copy it with its -wal file, or use a backup.", error);
        }
    }

    /// <inheritdoc/>
    public AppendResult Append(IReadOnlyList<JournalRow> rows) => (_writer ?? throw ReadOnly()).Append(rows);

    /// <inheritdoc/>
    public ShardHead TakeOver(int shard, string owner)
    {
        CheckShard(shard);
        return (_writer ?? throw ReadOnly()).TakeOver(shard, owner);
    }

    /// <inheritdoc/>
    public void RaiseFeatureLevel(int level)
    {
        var writer = _writer ?? throw ReadOnly();
        if (level > Identity.FeatureLevel)
        {
            writer.RaiseFeatureLevel(level);
            Identity = Identity with { FeatureLevel = level };
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ShardHead> ReadHeads() => _writer is null ? Read(reader => reader.ReadHeads().Heads) : _writer.Heads();

    /// <inheritdoc/>
    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition)
    {
        CheckShard(shard);
        ArgumentOutOfRangeException.ThrowIfNegative(afterPosition);
        return ReadChunks(shard, afterPosition, upToPosition);
    }

    /// <inheritdoc/>
    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
    {
        CheckShard(snapshot.Shard);
        (_writer ?? throw ReadOnly()).WriteSnapshot(snapshot, newParts);
    }

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard)
    {
        CheckShard(shard);
        return Read(reader => reader.ReadSnapshots(shard));
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash)
    {
        CheckShard(shard);
        return Read(reader => reader.ReadPart(shard, hash.Span));
    }

    /// <inheritdoc/>
    public IRowScan Scan(JournalCut after)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var connection = Connect(_path, SqliteOpenMode.ReadOnly);
        SqliteSchema.Execute(connection, $"PRAGMA cache_size = -{ScanCacheKiB}");
        return new SqliteRowScan(_path, new SqliteReader(connection, Identity.ShardCount), after);
    }

    /// <inheritdoc/>
    public bool LeaseCheckpoints() => _writer is not null;

    /// <inheritdoc/>
    public bool WriteCheckpoint(CheckpointRecord record) => (_writer ?? throw ReadOnly()).WriteCheckpoint(record);

    /// <inheritdoc/>
    public IEnumerable<(long Number, ReadOnlyMemory<byte> Text)> ReadCheckpoints(long from)
    {
        while (true)
        {
            var start = from;
            var chunk = Read(reader => reader.ReadCheckpoints(start));
            foreach (var checkpoint in chunk)
            {
                yield return checkpoint;
            }

            if (chunk.Count == 0)
            {
                yield break;
            }

            from = chunk[^1].Number + 1;
        }
    }

    /// <inheritdoc/>
    public long LastCheckpoint() => Read(reader => reader.LastCheckpoint());

    /// <inheritdoc/>
    public IReadOnlyList<StoredFrontier> ReadFrontiers() => Read(reader => reader.ReadFrontiers());

    /// <inheritdoc/>
    public byte[]? ReadSubtree(int shard, int height, long index)
    {
        CheckShard(shard);
        return Read(reader => reader.ReadSubtree(shard, height, index));
    }

    /// <summary>
    /// Copies the journal as it stands now into a new file, while it is being written. The only way to copy one: a copy of the file alone misses what is in its WAL.
    /// Needs room for the whole journal, and its WAL grows until the copy is done.
    /// </summary>
    /// <exception cref="JournalException">The target exists, or the copy failed; then the target is deleted.</exception>
    public void BackupTo(string path)
    {
        if (File.Exists(path))
        {
            throw new JournalException($"{path} exists. A backup never overwrites; name a new file.");
        }

        try
        {
            using var source = Connect(_path, SqliteOpenMode.ReadOnly);
            using var target = Connect(path, SqliteOpenMode.ReadWriteCreate);
            source.BackupDatabase(target);
            // Out of WAL mode, so that the copy is one file and can be read from a medium that cannot be written. Opening it as a journal brings WAL back.
            SqliteSchema.Execute(target, "PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE");
        }
        catch (SqliteException error)
        {
            File.Delete(path);
            throw new JournalException($"The journal {_path} could not be copied to {path}: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        CloseReaders();
        _writer?.Dispose();
        _lock?.Dispose();
    }

    /// <summary>Makes the file full at so many pages, for tests of a full disk; 0 lifts the limit.</summary>
    internal void LimitPages(long pages) => _writer!.LimitPages(pages);

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            _ = raw.sqlite3_busy_timeout(connection.Handle, BusyTimeoutMs);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private IEnumerable<JournalRow> ReadChunks(int shard, long after, long upTo)
    {
        while (after < upTo)
        {
            var position = after;
            foreach (var row in Read(reader => reader.ReadChunk(shard, position, upTo)))
            {
                yield return row;
                after = row.Position;
            }
        }
    }

    /// <summary>Reads over a connection of its own, so that reads on several threads disturb neither each other nor the writer.</summary>
    private T Read<T>(Func<SqliteReader, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            if (!_readers.TryTake(out var reader))
            {
                reader = new SqliteReader(Connect(_path, SqliteOpenMode.ReadOnly), Identity.ShardCount);
            }

            T result;
            try
            {
                result = read(reader);
            }
            catch
            {
                reader.Dispose();
                throw;
            }

            _readers.Add(reader);
            if (_disposed)
            {
                CloseReaders();
            }

            return result;
        }
        catch (SqliteException error)
        {
            throw new JournalException($"The journal {_path} cannot be read: {error.Message}", error);
        }
    }

    private void CloseReaders()
    {
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    private void CheckShard(int shard)
    {
        if ((uint)shard >= (uint)Identity.ShardCount)
        {
            throw new ArgumentOutOfRangeException(nameof(shard), shard, $"The journal has the shards 0 to {Identity.ShardCount - 1}.");
        }
    }

    private JournalException ReadOnly() => new($"The journal {_path} was opened for reading only.");
}
