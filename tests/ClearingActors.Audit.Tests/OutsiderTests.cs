using System.Text;
using System.Text.Json;
using ClearingActors.Audit.Proofs;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Audit.Tests;

/// <summary>
/// Two verifiers, one of them written from the journal's format alone, must say the same of every journal: in order or not, and in each shard the same first bad row. An error in
/// one of them, or in the document, is a difference here.
/// </summary>
public sealed class OutsiderTests(OutsiderTests.SignedHouse house) : IClassFixture<OutsiderTests.SignedHouse>
{
    [Fact]
    public async Task The_journal_as_it_was_written_is_in_order()
    {
        using var copy = house.Copy();
        var result = (await copy.BothAsync(inOrder: true)).Outsider;
        result.GetProperty("rows").GetInt64().ShouldBe(copy.Number("SELECT count(*) FROM journal"));
        result.GetProperty("checkpoints").GetInt64().ShouldBe(copy.Number("SELECT max(number) FROM checkpoint"));
        result.GetProperty("receipts").GetInt64().ShouldBeGreaterThan(50);
        result.GetProperty("signatures").GetString().ShouldBe("checked");
    }

    [Fact]
    public async Task A_journal_that_its_writer_has_open_is_read_with_its_log()
    {
        using var copy = house.Copy();
        using (SqliteJournal.Open(copy.Path, new JournalOpenOptions(house.Shards, Engine.ClearingEngine.FeatureLevel)))
        {
            await copy.BothAsync(inOrder: true);
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public async Task A_bit_of_a_payload(double place)
    {
        using var copy = house.Copy();
        var row = copy.Row(place);
        copy.Run("UPDATE journal SET payload = $2 WHERE seq = $1", row.Seq, Flip(row.Payload));
        (await copy.BothAsync()).Bad.ShouldContain((row.Shard, row.Position));
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.6)]
    public async Task A_bit_of_a_hash(double place)
    {
        using var copy = house.Copy();
        var row = copy.Row(place);
        copy.Run("UPDATE journal SET leaf = $2 WHERE seq = $1", row.Seq, Flip(row.Leaf));
        (await copy.BothAsync()).Bad.ShouldContain((row.Shard, row.Position));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    public async Task A_payload_with_the_hash_made_to_fit(double place)
    {
        using var copy = house.Copy();
        var row = copy.Row(place);
        copy.Rewrite(row with { Payload = Flip(row.Payload) });
        (await copy.BothAsync()).Bad.ShouldContain(bad => bad.Shard == row.Shard && bad.Position <= row.Position);
    }

    [Fact]
    public async Task Two_turns_changed_far_apart_with_one_hash_made_to_fit()
    {
        using var copy = house.Copy();
        var first = copy.Row(0.2);
        var second = copy.Row(0.6);
        copy.Run("UPDATE journal SET leaf = $2 WHERE seq = $1", first.Seq, Flip(first.Leaf));
        copy.Rewrite(second with { Payload = copy.Row(0.4).Payload });
        (await copy.BothAsync()).Bad.ShouldContain((first.Shard, first.Position));
    }

    [Fact]
    public async Task A_recorded_time_with_the_hash_made_to_fit()
    {
        using var copy = house.Copy();
        var row = copy.Row(0.5);
        copy.Rewrite(row with { RecordedTime = 1 });
        (await copy.BothAsync()).Bad.ShouldContain((row.Shard, row.Position));
    }

    [Fact]
    public async Task An_epoch_above_the_head_s()
    {
        using var copy = house.Copy();
        var row = copy.Row(0.5);
        copy.Run("UPDATE shard_head SET epoch = 0 WHERE shard = $1", row.Shard);
        (await copy.BothAsync()).Bad.ShouldContain((row.Shard, 1));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public async Task A_row_removed(double place)
    {
        using var copy = house.Copy();
        var row = copy.Row(place);
        copy.Run("DELETE FROM journal WHERE seq = $1", row.Seq);
        (await copy.BothAsync()).Bad.ShouldContain((row.Shard, row.Position));
    }

    [Fact]
    public async Task The_tail_cut_off()
    {
        using var copy = house.Copy();
        var row = copy.Row(0.6);
        copy.Run("DELETE FROM journal WHERE seq >= $1", row.Seq);
        (await copy.BothAsync()).Bad.ShouldContain((row.Shard, row.Position));
    }

    [Fact]
    public async Task The_tail_cut_off_and_its_checkpoints_with_it()
    {
        using var copy = house.Copy();
        copy.Run("DELETE FROM journal WHERE seq >= $1", copy.Row(0.6).Seq);
        copy.Run("DELETE FROM checkpoint WHERE number > 4");
        var both = await copy.BothAsync();
        both.Bad.ShouldNotBeEmpty();
        both.Checkpoint.ShouldBe(5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_checkpoint_forged_in_the_journal(bool withFile)
    {
        using var copy = house.Copy();
        copy.Change(5, checkpoint => checkpoint with { Time = checkpoint.Time + 1 });
        (await copy.BothAsync(withFile: withFile)).Checkpoint.ShouldBe(5);
    }

    [Fact]
    public async Task A_checkpoint_forged_in_the_file()
    {
        using var copy = house.Copy();
        var text = Encoding.ASCII.GetString(File.ReadAllBytes(copy.Checkpoints));
        File.WriteAllText(copy.Checkpoints, text.Replace("\nnumber 5\ntime 1", "\nnumber 5\ntime 2", StringComparison.Ordinal));
        (await copy.BothAsync()).Checkpoint.ShouldBe(5);
    }

    [Fact]
    public async Task A_checkpoint_removed_from_the_journal()
    {
        using var copy = house.Copy();
        copy.Run("DELETE FROM checkpoint WHERE number = 5");
        await copy.BothAsync();
    }

    [Fact]
    public async Task A_checkpoint_whose_tail_a_crash_cut_off_in_the_file_is_none()
    {
        using var copy = house.Copy();
        var whole = File.ReadAllBytes(copy.Checkpoints);
        File.WriteAllBytes(copy.Checkpoints, whole[..^1]);
        await copy.BothAsync(inOrder: true);
    }

    [Fact]
    public async Task A_stranger_s_key_signs_nothing()
    {
        using var copy = house.Copy();
        using var stranger = CheckpointKey.Create();
        File.WriteAllText(copy.PublicKeys, stranger.ToPublicPem());
        (await copy.BothAsync()).Checkpoint.ShouldBe(1);
    }

    [Fact]
    public async Task A_key_that_was_handed_over_is_trusted_by_the_first_one_alone()
    {
        using var copy = house.Copy();
        using var first = CheckpointKey.FromPem(File.ReadAllText(SimulatedJournal.FirstKeyOf(house.Path)));
        File.WriteAllText(copy.PublicKeys, first.ToPublicPem());
        await copy.BothAsync(inOrder: true);
    }

    [Fact]
    public async Task The_newest_key_alone_does_not_prove_what_the_first_one_signed()
    {
        using var copy = house.Copy();
        using var second = CheckpointKey.FromPem(File.ReadAllText(SimulatedJournal.KeyOf(house.Path)));
        File.WriteAllText(copy.PublicKeys, second.ToPublicPem());
        (await copy.BothAsync()).Checkpoint.ShouldBe(1);
    }

    [Fact]
    public async Task A_key_that_was_handed_over_signs_no_longer()
    {
        using var copy = house.Copy();
        using var first = CheckpointKey.FromPem(File.ReadAllText(SimulatedJournal.FirstKeyOf(house.Path)));
        var last = (int)copy.Number("SELECT max(number) FROM checkpoint");
        copy.Sign(last, checkpoint => checkpoint with { Key = first.Id }, first);
        (await copy.BothAsync(withFile: false)).Checkpoint.ShouldBe(last);
    }

    [Fact]
    public async Task A_house_that_signs_other_receipts_than_its_turns_have()
    {
        using var copy = house.Copy();
        using var second = CheckpointKey.FromPem(File.ReadAllText(SimulatedJournal.KeyOf(house.Path)));
        var last = (int)copy.Number("SELECT max(number) FROM checkpoint");
        copy.Sign(last, checkpoint => checkpoint with { Receipts = checkpoint.Receipts + 1 }, second);
        var both = await copy.BothAsync(withFile: false);
        both.Checkpoint.ShouldBe(last);
        both.Rules.ShouldBe(["receipts"]);
    }

    [Fact]
    public async Task A_house_that_signs_another_root_than_its_turns_have()
    {
        using var copy = house.Copy();
        using var second = CheckpointKey.FromPem(File.ReadAllText(SimulatedJournal.KeyOf(house.Path)));
        var last = (int)copy.Number("SELECT max(number) FROM checkpoint");
        var changed = copy.CheckpointOf(last).Shards.Zip(copy.CheckpointOf(last - 1).Shards).ToList().FindIndex(pair => pair.First.Size > pair.Second.Size);
        copy.Sign(last, checkpoint => checkpoint with { Shards = [.. checkpoint.Shards.Select((tree, shard) => shard == changed ? tree with { Root = Flip(tree.Root.ToArray()) } : tree)] }, second);
        (await copy.BothAsync(withFile: false)).Bad.ShouldContain((changed, copy.CheckpointOf(last - 1).Shards[changed].Size + 1));
    }

    [Theory]
    [InlineData("id", "'0f8fad5b-d9cb-469f-a165-70867728950e'")]
    [InlineData("generation", "2")]
    public async Task The_identity_of_the_journal(string column, string value)
    {
        using var copy = house.Copy();
        copy.Run($"UPDATE meta SET {column} = {value}");
        (await copy.BothAsync()).Checkpoint.ShouldBe(1);
    }

    [Fact]
    public async Task The_tree_that_is_kept_to_go_on_from()
    {
        using var copy = house.Copy();
        copy.Run("UPDATE merkle_frontier SET roots = zeroblob(length(roots)) WHERE shard = 0");
        (await copy.BothAsync()).Bad.ShouldHaveSingleItem().Shard.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_no_journal_cannot_be_checked()
    {
        using var copy = house.Copy();
        (await Outsider.RunAsync(copy.Checkpoints)).Code.ShouldBe(2);
        (await Outsider.RunAsync(copy.Path + ".nowhere")).Code.ShouldBe(2);
        (await Outsider.RunAsync(copy.Path, "--key", copy.Checkpoints)).Code.ShouldBe(2);
    }

    [Fact]
    public async Task The_proof_of_a_trade_s_side_proves_it_and_a_changed_one_nothing()
    {
        using var copy = house.Copy();
        var proof = copy.Prove();
        var expected = proof.Verify(copy.Keys()).Receipt;
        var (code, result) = await copy.ProofAsync(ProofFile.Write(proof));
        code.ShouldBe(0);
        var receipt = result.GetProperty("receipt");
        receipt.GetProperty("tradeId").GetString().ShouldBe(expected.TradeId);
        receipt.GetProperty("account").GetString().ShouldBe(expected.Account);
        receipt.GetProperty("quantity").GetInt64().ShouldBe(expected.Quantity);
        receipt.GetProperty("priceUnits").GetInt64().ShouldBe(expected.PriceUnits);
        receipt.GetProperty("recordedTime").GetInt64().ShouldBe(expected.RecordedTime);

        ReceiptProof[] changed =
        [
            proof with { Receipt = Flip(proof.Receipt.ToArray()) },
            proof with { Nonce = Flip(proof.Nonce.ToArray()) },
            proof with { Nonce = proof.Nonce[1..] },
            proof with { Index = proof.Index + 1 },
            proof with { Count = proof.Count + 1 },
            proof with { Path = [.. proof.Path.Skip(1)] },
            proof with { ShardPath = [.. proof.ShardPath.Select(Flip)] },
            proof with { Checkpoint = copy.Text(proof.Verify(copy.Keys()).Checkpoint.Number + 1) },
        ];
        foreach (var other in changed)
        {
            Should.Throw<FormatException>(() => other.Verify(copy.Keys()));
            (await copy.ProofAsync(ProofFile.Write(other))).Code.ShouldBe(1);
        }
    }

    [Fact]
    public async Task The_proof_of_a_row_proves_it_and_a_changed_one_nothing()
    {
        using var copy = house.Copy();
        using var journal = SqliteJournal.OpenReadOnly(copy.Path);
        var prover = new Prover(journal);
        var row = copy.Row(0.4);
        var proof = prover.ProveRow(row.Shard, row.Position, prover.ReadCheckpoint(journal.LastCheckpoint()));
        var (code, result) = await copy.ProofAsync(ProofFile.Write(proof));
        code.ShouldBe(0);
        result.GetProperty("row").GetProperty("position").GetInt64().ShouldBe(row.Position);
        result.GetProperty("checkpoint").GetInt64().ShouldBe(journal.LastCheckpoint());
        (await copy.ProofAsync(ProofFile.Write(proof with { Row = proof.Row with { Payload = Flip(row.Payload) } }))).Code.ShouldBe(1);
        (await copy.ProofAsync(ProofFile.Write(proof with { Row = proof.Row with { Position = row.Position + 1 } }))).Code.ShouldBe(1);
    }

    private static byte[] Flip(byte[] bytes)
    {
        var flipped = bytes.ToArray();
        flipped[flipped.Length / 2] ^= 4;
        return flipped;
    }

    /// <summary>A row of the file.</summary>
    public sealed record StoredTurn(long Seq, int Shard, long Position, long Epoch, long RecordedTime, byte[] Payload, byte[] Leaf);

    /// <summary>What both verifiers said.</summary>
    /// <param name="Bad">In each shard with a bad row the first one.</param>
    /// <param name="Checkpoint">The first bad one; 0 for none.</param>
    /// <param name="Rules">Those of the outsider's findings.</param>
    /// <param name="Outsider">All that the outsider said.</param>
    internal sealed record Verdict(IReadOnlyList<(int Shard, long Position)> Bad, long Checkpoint, IReadOnlyList<string> Rules, JsonElement Outsider);

    /// <summary>A small signed journal of a simulated house, whose signing key changed on the way.</summary>
    public sealed class SignedHouse : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-outsider-");

        public SignedHouse()
        {
            Path = System.IO.Path.Combine(_folder.FullName, "clearing.journal");
            SimulatedJournal.WriteSigned(Path, 3, 100, 20_000, handOverAfter: 350);
            using var journal = SqliteJournal.OpenReadOnly(Path);
            Shards = journal.Identity.ShardCount;
        }

        public string Path { get; }

        public int Shards { get; }

        internal SignedCopy Copy() => new(Path);

        public void Dispose() => _folder.Delete(recursive: true);
    }

    /// <summary>A copy to change, without triggers.</summary>
    internal sealed class SignedCopy : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-outsider-");

        internal SignedCopy(string journal)
        {
            Path = System.IO.Path.Combine(_folder.FullName, "clearing.journal");
            PublicKeys = Path + ".pub";
            Checkpoints = Path + ".checkpoints";
            File.Copy(journal, Path);
            File.Copy(SimulatedJournal.CheckpointsOf(journal), Checkpoints);
            File.Copy(CheckpointKeyFile.PublicPathOf(SimulatedJournal.KeyOf(journal)), PublicKeys);
            Read("SELECT name FROM sqlite_schema WHERE type = 'trigger'", reader => reader.GetString(0)).ForEach(name => Run($"DROP TRIGGER {name}"));
        }

        internal string Path { get; }

        internal string PublicKeys { get; }

        internal string Checkpoints { get; }

        public void Dispose() => _folder.Delete(recursive: true);

        internal PublicKeys Keys() => Journal.Proofs.PublicKeys.FromPem(File.ReadAllText(PublicKeys));

        /// <summary>A signed row at a share of all rows.</summary>
        internal StoredTurn Row(double place) => Read(
            $"SELECT seq, shard, position, epoch, recorded_time, payload, leaf FROM journal WHERE seq >= {(long)(place * Number("SELECT count(*) FROM journal"))} AND length(payload) > 8 ORDER BY seq LIMIT 1",
            r => new StoredTurn(r.GetInt64(0), r.GetInt32(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), (byte[])r[5], (byte[])r[6])).Single();

        internal long Number(string sql) => Read(sql, reader => reader.GetInt64(0)).Single();

        internal byte[] Text(long number) => Read($"SELECT text FROM checkpoint WHERE number = {number}", reader => (byte[])reader[0]).Single();

        internal Checkpoint CheckpointOf(long number) => Checkpoint.Parse(Text(number)).Checkpoint;

        /// <summary>Changes a row, with a hash that fits.</summary>
        internal void Rewrite(StoredTurn row)
        {
            var leaf = new byte[RowLeaf.Size];
            using var hash = RowLeaf.NewHasher();
            RowLeaf.Compute(row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload, hash, leaf);
            Run("UPDATE journal SET recorded_time = $2, payload = $3, leaf = $4 WHERE seq = $1", row.Seq, row.RecordedTime, row.Payload, leaf);
        }

        /// <summary>Changes a checkpoint and leaves its signature.</summary>
        internal void Change(long number, Func<Checkpoint, Checkpoint> change)
        {
            var signed = Checkpoint.Parse(Text(number));
            Run("UPDATE checkpoint SET text = $2 WHERE number = $1", number, Checkpoint.WithSignature(change(signed.Checkpoint).ToSignedBytes(), signed.Signature.Span));
        }

        /// <summary>Changes a checkpoint and signs it.</summary>
        internal void Sign(long number, Func<Checkpoint, Checkpoint> change, CheckpointKey key)
        {
            var signed = change(CheckpointOf(number)).ToSignedBytes();
            Run("UPDATE checkpoint SET text = $2 WHERE number = $1", number, Checkpoint.WithSignature(signed, key.Sign(signed)));
        }

        internal ReceiptProof Prove()
        {
            using var journal = SqliteJournal.OpenReadOnly(Path);
            var prover = new Prover(journal);
            return Read("SELECT shard, position FROM journal ORDER BY seq", reader => (Shard: reader.GetInt32(0), Position: reader.GetInt64(1)))
                .Select(row => prover.FirstCovering(row.Shard, row.Position)?.Checkpoint.Receipts > 4 ? prover.ProveReceipt(row.Shard, row.Position, _ => true) : null)
                .First(proof => proof is { Path.Count: > 1 })!;
        }

        internal async Task<(int Code, JsonElement Result)> ProofAsync(byte[] proof)
        {
            var file = Path + ".proof";
            await File.WriteAllBytesAsync(file, proof);
            var (code, result) = await Outsider.RunAsync("--proof", file, "--key", PublicKeys);
            return (code, result!.Value);
        }

        /// <summary>Asks both verifiers, and compares what they say.</summary>
        internal async Task<Verdict> BothAsync(bool inOrder = false, bool withFile = true)
        {
            var findings = new AuditFindings();
            using (var journal = SqliteJournal.OpenReadOnly(Path))
            using (var keys = Keys())
            {
                var hashes = HashAudit.Run(journal, withFile ? Checkpoints : null, keys, findings, null, CancellationToken.None);
                if (findings.Count == 0)
                {
                    // Receipts say something new only where the rows are what was signed.
                    _ = ReceiptAudit.Run(journal, withFile ? Checkpoints : null, hashes.Checkpoints, findings, CancellationToken.None);
                }
            }

            var (code, result) = await Outsider.RunAsync([Path, "--key", PublicKeys, "--receipts", .. (string[])(withFile ? ["--checkpoints", Checkpoints] : [])]);
            var outsider = result!.Value;
            var told = outsider.GetProperty("findings").EnumerateArray()
                .Select(f => new AuditFinding(f.GetProperty("shard").GetInt32(), f.GetProperty("position").GetInt64(), f.GetProperty("rule").GetString()!, f.GetProperty("what").GetString()!)).ToList();
            var both = $"own:\n{string.Join('\n', findings.First)}\noutsider:\n{string.Join('\n', told)}";
            (findings.Count == 0).ShouldBe(inOrder, both);
            code.ShouldBe(inOrder ? 0 : 1, both);
            outsider.GetProperty("inOrder").GetBoolean().ShouldBe(inOrder, both);
            var bad = FirstBad(told);
            bad.ShouldBe(FirstBad(findings.First), both);
            FirstCheckpoint(told).ShouldBe(FirstCheckpoint(findings.First), both);
            return new Verdict(bad, FirstCheckpoint(told), [.. told.Select(f => f.Rule).Distinct()], outsider);
        }

        internal void Run(string sql, params object[] values)
        {
            using var connection = Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters.AddWithValue($"${i + 1}", values[i]);
            }

            command.ExecuteNonQuery();
        }

        private static List<(int Shard, long Position)> FirstBad(IEnumerable<AuditFinding> findings) =>
            [.. findings.Where(f => f is { Shard: >= 0, Position: > 0 }).GroupBy(f => f.Shard).Select(g => (g.Key, g.First().Position)).Order()];

        private static long FirstCheckpoint(IEnumerable<AuditFinding> findings) => findings.Where(f => f.Shard < 0 && f.Position > 0).Select(f => f.Position).DefaultIfEmpty().Min();

        private List<T> Read<T>(string sql, Func<SqliteDataReader, T> read)
        {
            var rows = new List<T>();
            using var connection = Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }

            return rows;
        }

        private SqliteConnection Open()
        {
            var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
            connection.Open();
            return connection;
        }
    }
}
