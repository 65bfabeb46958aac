using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Audit.Tests;

/// <summary>
/// Thousands of small changes to a signed journal, one at a time, made as someone would who can write the file: each is found, and its row named.
/// </summary>
public sealed class MutationTests(MutationTests.SignedHouse house) : IClassFixture<MutationTests.SignedHouse>
{
    private readonly Random _random = new(20_240_101);

    [Fact]
    public void The_journal_as_it_was_written_is_in_order()
    {
        house.Hashes().ShouldBeEmpty();
        house.Rulebook().ShouldBeEmpty();
        house.Rows.Count.ShouldBeGreaterThan(4096, "a whole block of SQLite");
        house.Checkpoints.ShouldBeGreaterThan(15);
        house.Snapshots.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_bit_of_a_payload() => Each(600, () =>
    {
        var row = AnyRow();
        Changed(row, row with { Payload = Flip(row.Payload) }).ShouldContain(f => Names(f, row), Told(row));
    });

    [Fact]
    public void A_bit_of_a_hash() => Each(250, () =>
    {
        var row = AnyRow();
        Changed(row, row with { Leaf = Flip(row.Leaf) }).ShouldContain(f => Names(f, row), Told(row));
    });

    [Fact]
    public void A_position() => Each(150, () =>
    {
        var row = AnyRow();
        var position = _random.Next(3) switch { 0 => row.Position + 1, 1 => Math.Max(0, row.Position - 1), _ => row.Position ^ (1L << _random.Next(40)) };
        Changed(row, row with { Position = position }).ShouldContain(f => Names(f, row), Told(row));
    });

    [Fact]
    public void An_epoch() => Each(100, () =>
    {
        var row = AnyRow();
        Changed(row, row with { Epoch = row.Epoch ^ (1L << _random.Next(63)) }).ShouldContain(f => Names(f, row), Told(row));
    });

    [Fact]
    public void A_recorded_time() => Each(150, () =>
    {
        var row = AnyRow();
        Changed(row, row with { RecordedTime = row.RecordedTime ^ (1L << _random.Next(63)) }).ShouldContain(f => Names(f, row), Told(row));
    });

    [Fact]
    public void A_shard() => Each(60, () =>
    {
        var row = AnyRow();
        var shard = (row.Shard + 1 + _random.Next(house.Shards)) % (house.Shards + 1);
        if (shard != row.Shard)
        {
            // From its own shard it is missing, and in the other it does not fit.
            Changed(row, row with { Shard = shard }).ShouldContain(f => f.Shard == row.Shard && f.Position <= row.Position || f.Rule == "row-shard" || f.Rule == "unreadable", Told(row));
        }
    });

    [Fact]
    public void An_actor_with_the_hash_made_to_fit() => Each(150, () =>
    {
        var row = AnyRow(r => r.Signed && Turn.Parser.ParseFrom(r.Payload).Steps.Count > 0);
        var turn = Turn.Parser.ParseFrom(row.Payload);
        var step = turn.Steps[_random.Next(turn.Steps.Count)];
        step.ActorKey += "x";
        Changed(row, Fitting(row with { Payload = turn.ToByteArray() })).ShouldContain(f => NamesRange(f, row), Told(row));
    });

    [Fact]
    public void A_payload_with_the_hash_made_to_fit() => Each(150, () =>
    {
        var row = AnyRow(r => r.Signed);
        Changed(row, Fitting(row with { Payload = Flip(row.Payload) })).ShouldContain(f => NamesRange(f, row), Told(row));
    });

    [Fact]
    public void A_row_removed() => Each(150, () =>
    {
        var row = AnyRow();
        house.With(
            c => Run(c, "DELETE FROM journal WHERE seq = $1", row.Seq),
            c => Insert(c, row),
            house.Hashes).ShouldContain(f => f.Shard == row.Shard && f.Position == row.Position || f.Rule == "unreadable", Told(row));
    });

    [Fact]
    public void Two_rows_swapped() => Each(150, () =>
    {
        var first = AnyRow();
        var second = AnyRow(r => r.Seq != first.Seq && r.Shard == first.Shard);
        house.With(
            c =>
            {
                Update(c, first.Seq, second);
                Update(c, second.Seq, first);
            },
            c =>
            {
                Update(c, first.Seq, first);
                Update(c, second.Seq, second);
            },
            house.Hashes).ShouldContain(f => Names(f, first) || Names(f, second), Told(first));
    });

    [Fact]
    public void The_contents_of_two_rows_swapped() => Each(100, () =>
    {
        var first = AnyRow(r => r.Signed);
        var second = AnyRow(r => r.Signed && r.Seq != first.Seq && !r.Payload.AsSpan().SequenceEqual(first.Payload));
        house.With(
            c =>
            {
                Update(c, first.Seq, Fitting(first with { Payload = second.Payload }));
                Update(c, second.Seq, Fitting(second with { Payload = first.Payload }));
            },
            c =>
            {
                Update(c, first.Seq, first);
                Update(c, second.Seq, second);
            },
            house.Hashes).ShouldContain(f => NamesRange(f, first) || NamesRange(f, second), Told(first));
    });

    [Fact]
    public void The_tail_cut_off() => Each(60, () =>
    {
        // Rows that nothing signs yet can be cut without a trace: that is what the next checkpoint is for.
        var keep = _random.Next((int)house.SignedRows / 2, (int)house.SignedRows);
        var cut = house.Rows.Skip(keep).ToList();
        var findings = house.With(
            c =>
            {
                Run(c, "DELETE FROM journal WHERE seq >= $1", keep);
                Run(c, "CREATE TABLE kept_block AS SELECT * FROM block WHERE block > $1", (keep - 1) >> 12);
                Run(c, "DELETE FROM block WHERE block > $1", (keep - 1) >> 12);
            },
            c =>
            {
                Run(c, "INSERT INTO block SELECT * FROM kept_block");
                Run(c, "DROP TABLE kept_block");
                cut.ForEach(row => Insert(c, row));
            },
            house.Hashes);
        var missing = cut[0];
        findings.ShouldContain(f => f.Rule == "tail-cut" && f.Shard == missing.Shard && f.Position == missing.Position, Told(missing));
    });

    [Fact]
    public void A_checkpoint_forged_in_the_journal() => Each(120, () =>
    {
        var number = _random.Next(1, house.Checkpoints + 1);
        var text = house.CheckpointText(number);
        house.With(
            c => Run(c, "UPDATE checkpoint SET text = $2 WHERE number = $1", number, Flip(text)),
            c => Run(c, "UPDATE checkpoint SET text = $2 WHERE number = $1", number, text),
            () => house.Hashes(withFile: _random.Next(2) == 0)).ShouldContain(f => f.Shard == -1 && f.Position == number, $"checkpoint {number}");
    });

    [Fact]
    public void A_checkpoint_signed_by_another_key() => Each(20, () =>
    {
        using var stranger = CheckpointKey.Create();
        var number = _random.Next(1, house.Checkpoints + 1);
        var text = house.CheckpointText(number);
        var forged = Checkpoint.Parse(text).Checkpoint with { Key = stranger.Id };
        var signed = forged.ToSignedBytes();
        house.With(
            c => Run(c, "UPDATE checkpoint SET text = $2 WHERE number = $1", number, Checkpoint.WithSignature(signed, stranger.Sign(signed))),
            c => Run(c, "UPDATE checkpoint SET text = $2 WHERE number = $1", number, text),
            () => house.Hashes(withFile: false)).ShouldContain(f => f.Shard == -1 && f.Position == number, $"checkpoint {number}");
    });

    [Fact]
    public void A_checkpoint_removed() => Each(20, () =>
    {
        var number = _random.Next(1, house.Checkpoints + 1);
        var text = house.CheckpointText(number);
        house.With(
            c => Run(c, "DELETE FROM checkpoint WHERE number = $1", number),
            c => Run(c, "INSERT INTO checkpoint VALUES ($1, $2)", number, text),
            () => house.Hashes()).ShouldContain(f => f.Shard == -1 && (f.Position == number || f.Position == number + 1), $"checkpoint {number}");
    });

    [Fact]
    public void A_checkpoint_forged_in_the_file() => Each(60, () =>
    {
        var whole = File.ReadAllBytes(house.CheckpointFile);
        try
        {
            File.WriteAllBytes(house.CheckpointFile, Flip(whole));
            house.Hashes().ShouldNotBeEmpty();
        }
        finally
        {
            File.WriteAllBytes(house.CheckpointFile, whole);
        }
    });

    [Fact]
    public void A_snapshot() => Each(120, () =>
    {
        var (id, shard, column, value) = house.Snapshots[_random.Next(house.Snapshots.Count)];
        house.With(
            c => Run(c, $"UPDATE snapshot SET {column} = $2 WHERE id = $1", id, Flip(value)),
            c => Run(c, $"UPDATE snapshot SET {column} = $2 WHERE id = $1", id, value),
            house.Rulebook).ShouldContain(f => f.Shard == shard, $"{column} of snapshot {id}");
    });

    [Theory]
    [InlineData("block", "heads", "block", 0)]
    [InlineData("block_shard", "rows", "block = 0 AND shard", 1)]
    [InlineData("merkle_frontier", "roots", "shard", 1)]
    public void What_is_kept_beside_the_rows_to_find_them_and_to_go_on_from(string table, string column, string key, long id)
    {
        var value = house.Blob($"SELECT {column} FROM {table} WHERE {key} = {id}");
        Each(20, () => house.With(
            c => Run(c, $"UPDATE {table} SET {column} = $2 WHERE {key} = $1", id, Flip(value)),
            c => Run(c, $"UPDATE {table} SET {column} = $2 WHERE {key} = $1", id, value),
            () => house.Hashes()).ShouldNotBeEmpty(table));
    }

    [Fact]
    public void The_name_of_the_journal() => Each(10, () =>
    {
        var id = house.Id.ToByteArray();
        house.With(
            c => Run(c, "UPDATE meta SET id = $1", new Guid(Flip(id)).ToString("D")),
            c => Run(c, "UPDATE meta SET id = $1", house.Id.ToString("D")),
            () => house.Hashes()).ShouldContain(f => f.Rule == "checkpoint-journal");
    });

    private static void Each(int times, Action mutation)
    {
        for (var i = 0; i < times; i++)
        {
            mutation();
        }
    }

    private static bool Names(AuditFinding finding, StoredTurn row) => finding.Shard == row.Shard && finding.Position == row.Position;

    /// <summary>A row whose hash was made to fit is found by the next checkpoint: named is the first turn that it covers, or the 256 turns whose root is stored.</summary>
    private static bool NamesRange(AuditFinding finding, StoredTurn row) => finding.Shard == row.Shard && finding.Position <= row.Position && finding.Rule is "root" or "stored-tree" or "row-content";

    private static string Told(StoredTurn row) => $"shard {row.Shard}, position {row.Position}, row {row.Seq}";

    private static StoredTurn Fitting(StoredTurn row)
    {
        var leaf = new byte[RowLeaf.Size];
        using var hash = RowLeaf.NewHasher();
        RowLeaf.Compute(row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload, hash, leaf);
        return row with { Leaf = leaf };
    }

    private static void Run(SqliteConnection connection, string sql, params object[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${i + 1}", values[i]);
        }

        command.ExecuteNonQuery();
    }

    private static void Insert(SqliteConnection connection, StoredTurn row) =>
        Run(connection, "INSERT INTO journal VALUES ($1, $2, $3, $4, $5, $6, $7)", row.Seq, row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload, row.Leaf);

    private static void Update(SqliteConnection connection, long seq, StoredTurn row) => Run(
        connection,
        "UPDATE journal SET shard = $2, position = $3, epoch = $4, recorded_time = $5, payload = $6, leaf = $7 WHERE seq = $1",
        seq, row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload, row.Leaf);

    private List<AuditFinding> Changed(StoredTurn row, StoredTurn changed) => house.With(c => Update(c, row.Seq, changed), c => Update(c, row.Seq, row), house.Hashes);

    private StoredTurn AnyRow(Func<StoredTurn, bool>? where = null)
    {
        while (true)
        {
            var row = house.Rows[_random.Next(house.Rows.Count)];
            if (where is null || where(row))
            {
                return row;
            }
        }
    }

    private byte[] Flip(byte[] bytes)
    {
        var flipped = bytes.ToArray();
        if (flipped.Length == 0)
        {
            return [1];
        }

        flipped[_random.Next(flipped.Length)] ^= (byte)(1 << _random.Next(8));
        return flipped;
    }

    /// <summary>A row of the file.</summary>
    public sealed record StoredTurn(long Seq, int Shard, long Position, long Epoch, long RecordedTime, byte[] Payload, byte[] Leaf, bool Signed);

    /// <summary>A signed journal of a simulated house, without its triggers, and what stands in it.</summary>
    public sealed class SignedHouse : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-mutations-");
        private readonly SqliteConnection _connection;
        private readonly PublicKeys _keys;

        public SignedHouse()
        {
            Path = System.IO.Path.Combine(_folder.FullName, "clearing.journal");
            SimulatedJournal.WriteSigned(Path, 8, 250, 60_000);
            _keys = PublicKeys.FromPem(File.ReadAllText(CheckpointKeyFile.PublicPathOf(SimulatedJournal.KeyOf(Path))));
            _connection = new SqliteConnection($"Data Source={Path};Pooling=False");
            _connection.Open();
            foreach (var trigger in Texts("SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
            {
                Run(_connection, $"DROP TRIGGER {trigger}");
            }

            using (var journal = SqliteJournal.OpenReadOnly(Path))
            {
                Shards = journal.Identity.ShardCount;
                Id = journal.Identity.Id;
                Checkpoints = (int)journal.LastCheckpoint();
                SignedRows = Checkpoint.Parse(journal.ReadCheckpoints(Checkpoints).Single().Text).Checkpoint.Cut.Positions.Sum();
            }

            using var command = _connection.CreateCommand();
            command.CommandText = "SELECT seq, shard, position, epoch, recorded_time, payload, leaf FROM journal ORDER BY seq";
            using (var reader = command.ExecuteReader())
            {
                while (reader.Read())
                {
                    Rows.Add(new StoredTurn(
                        reader.GetInt64(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), (byte[])reader[5], (byte[])reader[6], reader.GetInt64(0) < SignedRows));
                }
            }

            foreach (var column in new[] { "payload", "leaf", "parts" })
            {
                Snapshots.AddRange(Blobs($"SELECT id, shard, {column} FROM snapshot WHERE length({column}) > 0", column));
            }

        }

        public string Path { get; }

        public string CheckpointFile => SimulatedJournal.CheckpointsOf(Path);

        public int Shards { get; }

        public Guid Id { get; }

        public int Checkpoints { get; }

        public long SignedRows { get; }

        public List<StoredTurn> Rows { get; } = [];

        public List<(long Id, int Shard, string Column, byte[] Value)> Snapshots { get; } = [];

        public byte[] CheckpointText(long number) => Blob($"SELECT text FROM checkpoint WHERE number = {number}");

        public byte[] Blob(string sql)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            return (byte[])command.ExecuteScalar()!;
        }

        internal List<AuditFinding> Hashes() => Hashes(withFile: true);

        internal List<AuditFinding> Hashes(bool withFile)
        {
            var findings = new AuditFindings();
            try
            {
                using var journal = SqliteJournal.OpenReadOnly(Path);
                _ = HashAudit.Run(journal, withFile ? CheckpointFile : null, _keys, findings, null, CancellationToken.None);
            }
            catch (JournalException e)
            {
                findings.Add(-1, 0, "unreadable", e.Message);
            }

            return [.. findings.First];
        }

        internal List<AuditFinding> Rulebook()
        {
            using var journal = SqliteJournal.OpenReadOnly(Path);
            return [.. RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, CancellationToken.None).Findings];
        }

        /// <summary>Makes a change, looks, and takes it back.</summary>
        internal List<AuditFinding> With(Action<SqliteConnection> change, Action<SqliteConnection> back, Func<List<AuditFinding>> look)
        {
            InTransaction(change);
            try
            {
                return look();
            }
            finally
            {
                InTransaction(back);
            }
        }

        public void Dispose()
        {
            _connection.Dispose();
            _keys.Dispose();
            _folder.Delete(recursive: true);
        }

        private void InTransaction(Action<SqliteConnection> action)
        {
            Run(_connection, "BEGIN");
            try
            {
                action(_connection);
                Run(_connection, "COMMIT");
            }
            catch
            {
                Run(_connection, "ROLLBACK");
                throw;
            }
        }

        private List<(long Id, int Shard, string Column, byte[] Value)> Blobs(string sql, string column)
        {
            var blobs = new List<(long, int, string, byte[])>();
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                blobs.Add((reader.GetInt64(0), reader.GetInt32(1), column, (byte[])reader[2]));
            }

            return blobs;
        }

        private List<string> Texts(string sql)
        {
            var texts = new List<string>();
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                texts.Add(reader.GetString(0));
            }

            return texts;
        }
    }
}
