using Npgsql;
using NpgsqlTypes;

namespace ClearingActors.Journal;

/// <summary>The fenced append: one statement that moves the heads it may move, and inserts the rows of those shards only.</summary>
/// <remarks>
/// The UPDATE is the fence. It locks the head until commit, and where a takeover holds the lock it waits and then judges the epoch that the takeover left. A statement that only
/// looks at the epoch judges the one that stood when it began.
/// </remarks>
internal sealed class PostgresAppend : IDisposable
{
    private readonly NpgsqlCommand _command;
    private readonly List<int> _headShards = [];
    private readonly List<long> _headEpochs = [];
    private readonly List<long> _headOld = [];
    private readonly List<long> _headNew = [];
    private readonly List<int> _shards = [];
    private readonly List<long> _positions = [];
    private readonly List<long> _epochs = [];
    private readonly List<long> _times = [];
    private readonly List<ReadOnlyMemory<byte>> _payloads = [];
    private readonly List<ReadOnlyMemory<byte>> _leaves = [];

    public PostgresAppend(NpgsqlConnection connection, string schema)
    {
        _command = new NpgsqlCommand(Sql(schema), connection);
        Add(_headShards, NpgsqlDbType.Integer);
        Add(_headEpochs, NpgsqlDbType.Bigint);
        Add(_headOld, NpgsqlDbType.Bigint);
        Add(_headNew, NpgsqlDbType.Bigint);
        Add(_shards, NpgsqlDbType.Integer);
        Add(_positions, NpgsqlDbType.Bigint);
        Add(_epochs, NpgsqlDbType.Bigint);
        Add(_times, NpgsqlDbType.Bigint);
        Add(_payloads, NpgsqlDbType.Bytea);
        Add(_leaves, NpgsqlDbType.Bytea);
        _command.Prepare();
    }

    /// <summary>The statement, with ten arrays as parameters: shard, epoch, old and new position of each head, then the columns of the rows.</summary>
    public static string Sql(string schema) => $"""
        WITH f AS (
            UPDATE {schema}.shard_head h SET position = v.new
            FROM unnest($1, $2, $3, $4) AS v(shard, epoch, old, new)
            WHERE h.shard = v.shard AND h.epoch = v.epoch AND h.position = v.old
            RETURNING h.shard)
        INSERT INTO {schema}.journal(shard, position, epoch, recorded_time, payload, leaf)
        SELECT r.* FROM unnest($5, $6, $7, $8, $9, $10) AS r(shard, position, epoch, recorded_time, payload, leaf) JOIN f USING (shard)
        RETURNING shard
        """;

    /// <summary>Runs the statement and adds the shards whose rows were appended to <paramref name="appended"/>.</summary>
    public void Run(IReadOnlyList<ShardRun> runs, IReadOnlyList<JournalRow> rows, HashSet<int> appended)
    {
        Fill(runs, rows);
        try
        {
            using var reader = _command.ExecuteReader();
            while (reader.Read())
            {
                appended.Add(reader.GetInt32(0));
            }
        }
        finally
        {
            // The payloads are the caller's; do not keep them alive until the next append.
            _payloads.Clear();
            _leaves.Clear();
        }
    }

    public void Dispose() => _command.Dispose();

    private void Add<T>(List<T> column, NpgsqlDbType type) => _command.Parameters.Add(new NpgsqlParameter<List<T>> { TypedValue = column, NpgsqlDbType = NpgsqlDbType.Array | type });

    private void Fill(IReadOnlyList<ShardRun> runs, IReadOnlyList<JournalRow> rows)
    {
        _headShards.Clear();
        _headEpochs.Clear();
        _headOld.Clear();
        _headNew.Clear();
        foreach (var run in runs)
        {
            _headShards.Add(run.Shard);
            _headEpochs.Add(run.Epoch);
            _headOld.Add(run.First - 1);
            _headNew.Add(run.Last);
        }

        _shards.Clear();
        _positions.Clear();
        _epochs.Clear();
        _times.Clear();
        _payloads.Clear();
        _leaves.Clear();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            _shards.Add(row.Shard);
            _positions.Add(row.Position);
            _epochs.Add(row.Epoch);
            _times.Add(row.RecordedTime);
            _payloads.Add(row.Payload);
            _leaves.Add(row.Leaf);
        }
    }
}
