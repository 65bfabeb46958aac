using ClearingActors.Audit.Proofs;
using ClearingActors.Client;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node.Tests;

/// <summary>Checkpoints and proofs as auditors and members get them over the wire.</summary>
public sealed class ProofTests : IAsyncLifetime
{
    private readonly string _folder = RunningNode.NewFolder();
    private readonly List<ClearingConnection> _connections = [];
    private RunningNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string KeyFile => Path.Combine(_folder, "clearing.journal.checkpoint-key");

    private string CheckpointFilePath => Path.Combine(_folder, "clearing.journal.checkpoints");

    public async ValueTask InitializeAsync() => _node = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(c => c.Dispose());
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task a_member_gets_a_proof_of_its_side_of_a_trade_and_of_no_other()
    {
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskAsync(Enumerable.Range(0, 50).Select(i => House.Trade($"t{i}")));
        var bravo = Audit(House.Bravo);
        var proof = await WhenSignedAsync(() => bravo.ProveTradeAsync(new ProveTradeRequest { Source = "XEUR", TradeId = "t17", Account = "B-HOUSE" }, Cancellation));

        using var keys = PublicKeys.FromPem(await bravo.GetKeysAsync(Cancellation));
        var (receipt, checkpoint) = ProofFile.Read(proof.File.Memory).Receipt!.Verify(keys);
        (receipt.Source, receipt.TradeId, receipt.Account, receipt.Kind).ShouldBe(("XEUR", "t17", "B-HOUSE", TradeReceipt.Types.Kind.Novated));
        receipt.Quantity.ShouldBeGreaterThan(0);
        checkpoint.Number.ShouldBe(proof.Checkpoint);
        System.Text.Encoding.UTF8.GetString(proof.File.Span).ShouldNotContain("A-HOUSE");

        var other = await Should.ThrowAsync<RpcException>(() => bravo.ProveTradeAsync(new ProveTradeRequest { Source = "XEUR", TradeId = "t17", Account = "A-HOUSE" }, Cancellation));
        other.StatusCode.ShouldBe(StatusCode.PermissionDenied);
        var none = await Should.ThrowAsync<RpcException>(() => bravo.ProveTradeAsync(new ProveTradeRequest { Source = "XEUR", TradeId = "t99", Account = "B-HOUSE" }, Cancellation));
        none.StatusCode.ShouldBe(StatusCode.NotFound);

        // The other side has the same trade, from its own account.
        var alpha = await WhenSignedAsync(() => Audit(House.Auditor).ProveTradeAsync(new ProveTradeRequest { Source = "XEUR", TradeId = "t17", Account = "A-HOUSE" }, Cancellation));
        var (seller, _) = ProofFile.Read(alpha.File.Memory).Receipt!.Verify(keys);
        (seller.Quantity, seller.Instrument, seller.Side).ShouldBe((receipt.Quantity, receipt.Instrument, 3 - receipt.Side));
    }

    [Fact]
    public async Task no_bit_of_a_proof_can_be_changed()
    {
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskAsync(Enumerable.Range(0, 20).Select(i => House.Trade($"t{i}")));
        var proof = await WhenSignedAsync(() => Audit(House.Bravo).ProveTradeAsync(new ProveTradeRequest { Source = "XEUR", TradeId = "t3", Account = "B-HOUSE" }, Cancellation));
        using var keys = PublicKeys.FromPem(await Audit(House.Bravo).GetKeysAsync(Cancellation));
        var whole = ProofFile.Read(proof.File.Memory).Receipt!;
        whole.Verify(keys);
        for (var bit = 0; bit < whole.Receipt.Length * 8; bit++)
        {
            Refused(whole with { Receipt = Flip(whole.Receipt, bit) });
        }

        for (var bit = 0; bit < whole.Nonce.Length * 8; bit++)
        {
            Refused(whole with { Nonce = Flip(whole.Nonce, bit) });
        }

        for (var bit = 0; bit < whole.Checkpoint.Length * 8; bit += 3)
        {
            Refused(whole with { Checkpoint = Flip(whole.Checkpoint, bit) });
        }

        Refused(whole with { Index = whole.Index + 1 });
        Refused(whole with { Count = whole.Count + 1 });
        Refused(whole with { Path = [.. whole.Path, new byte[32]] });
        Refused(whole with { ShardPath = [.. whole.ShardPath.Skip(1)] });

        void Refused(ReceiptProof forged) => Should.Throw<FormatException>(() => forged.Verify(keys));
    }

    [Fact]
    public async Task an_auditor_gets_every_checkpoint_and_proofs_of_rows_and_of_what_they_continue()
    {
        using var venue = new TradeConversation(_node.As(House.Venue));
        var audit = Audit(House.Auditor);
        var seen = new List<SignedCheckpoint>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var watch = Task.Run(
            async () =>
            {
                await foreach (var checkpoint in audit.WatchCheckpoints(0, stop.Token))
                {
                    lock (seen)
                    {
                        seen.Add(Checkpoint.Parse(checkpoint.Text.Memory));
                    }
                }
            },
            Cancellation);
        for (var batch = 0; batch < 4; batch++)
        {
            await venue.AskAsync(Enumerable.Range(0, 20).Select(i => House.Trade($"b{batch}-{i}")));
            var sofar = Seen(seen);
            await Patience.UntilAsync(() => Task.FromResult(Seen(seen) > sofar), "a checkpoint comes");
        }

        await stop.CancelAsync();
        await Should.ThrowAsync<Exception>(watch.Within());
        using var keys = PublicKeys.FromPem(await audit.GetKeysAsync(Cancellation));
        var chain = new CheckpointChain(keys);
        seen.Select(chain.Add).ShouldAllBe(wrong => wrong == null);
        var newest = (await audit.GetCheckpointsAsync(0, cancellationToken: Cancellation)).Checkpoints.Single();
        newest.Number.ShouldBeGreaterThanOrEqualTo(seen[^1].Checkpoint.Number);
        (await audit.GetCheckpointsAsync(1, 2, Cancellation)).Checkpoints.Select(c => c.Number).ShouldBe([1, 2]);

        var last = seen[^1].Checkpoint;
        for (var shard = 0; shard < last.Shards.Count; shard++)
        {
            var first = seen.Find(c => c.Checkpoint.Shards[shard].Size > 0);
            if (first is null)
            {
                continue;
            }

            var hashes = await audit.ProveConsistencyAsync(shard, first.Checkpoint.Number, last.Number, Cancellation);
            MerkleProof.ProvesConsistency(first.Checkpoint.Shards[shard].Size, first.Checkpoint.Shards[shard].Root.Span, last.Shards[shard].Size, last.Shards[shard].Root.Span, hashes).ShouldBeTrue();
            foreach (var position in new[] { 1, (last.Shards[shard].Size + 1) / 2, last.Shards[shard].Size })
            {
                var file = await audit.ProveRowAsync(shard, position, last.Number, Cancellation);
                var proof = ProofFile.Read(file.File.Memory).Row!;
                proof.Verify(keys).Number.ShouldBe(last.Number);
                Should.Throw<FormatException>(() => (proof with { Row = proof.Row with { Epoch = 9 } }).Verify(keys));
            }
        }

        (await Should.ThrowAsync<RpcException>(() => Audit(House.Bravo).ProveRowAsync(0, 1, 0, Cancellation))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await Should.ThrowAsync<RpcException>(() => audit.ProveRowAsync(0, 1_000_000, last.Number, Cancellation))).StatusCode.ShouldBe(StatusCode.OutOfRange);
    }

    [Fact]
    public async Task a_node_that_stops_signs_all_that_is_durable_and_its_successor_goes_on_with_another_key()
    {
        using (var venue = new TradeConversation(_node.As(House.Venue)))
        {
            await venue.AskAsync(Enumerable.Range(0, 20).Select(i => House.Trade($"t{i}")));
        }

        await _node.Node.StopAsync();
        await _node.DisposeAsync();
        using (var journal = SqliteJournal.OpenReadOnly(Path.Combine(_folder, "clearing.journal")))
        {
            new Prover(journal).ReadCheckpoint(journal.LastCheckpoint()).Checkpoint.Cut.Positions.ShouldBe(journal.ReadHeads().Select(h => h.Position));
        }

        CheckpointKeyFile.MakeNext(KeyFile);
        _node = await StartAsync(define: false);
        using (var venue = new TradeConversation(_node.As(House.Venue)))
        {
            await venue.AskAsync(Enumerable.Range(0, 20).Select(i => House.Trade($"u{i}")));
        }

        await _node.Node.StopAsync();
        using var trusted = PublicKeys.FromPem((await File.ReadAllTextAsync(CheckpointKeyFile.PublicPathOf(KeyFile), Cancellation)).Split("\n-----BEGIN")[0]);
        var chain = new CheckpointChain(trusted);
        var all = CheckpointFile.Read(CheckpointFilePath).ToList();
        all.Select(chain.Add).ShouldAllBe(wrong => wrong == null);
        all.Count(c => c.Checkpoint.NextKey.Length > 0).ShouldBe(1);
        all.Select(c => Convert.ToHexString(c.Checkpoint.Key.Span)).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task who_watches_again_and_again_is_refused_and_others_are_not()
    {
        using var alpha = _node.As(House.Alpha);
        var method = GrpcMethod.Of<WatchCheckpointsRequest, CheckpointText>(AuditReflection.Descriptor.Services[0], "WatchCheckpoints");
        var watches = Enumerable.Range(0, 17).Select(_ => alpha.ServerStreaming(method, new WatchCheckpointsRequest())).ToList();
        var ends = await Task.WhenAll(watches.Select(async watch =>
        {
            try
            {
                return await watch.Responses.MoveNextAsync().Within() ? StatusCode.OK : StatusCode.Unknown;
            }
            catch (RpcException e)
            {
                e.Message.ShouldContain("16 watches of checkpoints open, the limit");
                return e.StatusCode;
            }
        }));
        ends.Count(e => e == StatusCode.OK).ShouldBe(16);
        ends.Count(e => e == StatusCode.ResourceExhausted).ShouldBe(1);
        (await Audit(House.Bravo).GetCheckpointsAsync(0, cancellationToken: Cancellation)).Newest.ShouldBeGreaterThan(0);
        watches.ForEach(watch => watch.Dispose());
    }

    [Fact]
    public async Task a_row_that_was_changed_behind_the_nodes_back_is_not_signed_and_operators_are_told()
    {
        using var operations = new ClearingConnection(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = House.Operator });
        async Task<Contracts.Operations.V1.GetStatusResponse> StatusAsync() => await operations.Operations.GetStatusAsync(new(), Cancellation);
        await Patience.UntilAsync(async () => (await StatusAsync()).Checkpoint > 0, "the house is signed");
        (await StatusAsync()).CheckpointFailure.ShouldBeEmpty();
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "clearing.journal")};Pooling=False"))
        {
            // Every row that is stored from now on is changed as it is written.
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TRIGGER journal_no_update; CREATE TRIGGER tamper AFTER INSERT ON journal BEGIN UPDATE journal SET recorded_time = recorded_time + 1 WHERE seq = NEW.seq; END";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskAsync(Enumerable.Range(0, 5).Select(i => House.Trade($"t{i}")));
        await Patience.UntilAsync(async () => (await StatusAsync()).CheckpointFailure.Length > 0, "the failure is told");
        var status = await StatusAsync();
        status.CheckpointFailure.ShouldContain("does not have the hash that stands beside it");
        (await venue.AskOneAsync(House.Trade("t9"))).Status.ShouldBe(Contracts.Members.V1.TradeAnswer.Types.Status.Novated, "clearing goes on");
    }

    [Fact]
    public async Task a_journal_that_lost_what_was_signed_keeps_the_node_from_starting()
    {
        var copy = Path.Combine(_folder, "copy");
        using (var journal = SqliteJournal.OpenReadOnly(Path.Combine(_folder, "clearing.journal")))
        {
            await Patience.UntilAsync(() => Task.FromResult(journal.LastCheckpoint() > 0), "the house is signed");
            journal.BackupTo(copy);
        }

        using (var venue = new TradeConversation(_node.As(House.Venue)))
        {
            await venue.AskAsync(Enumerable.Range(0, 20).Select(i => House.Trade($"t{i}")));
        }

        await _node.Node.StopAsync();
        await _node.DisposeAsync();
        foreach (var file in Directory.GetFiles(_folder, "clearing.journal-*"))
        {
            File.Delete(file);
        }

        File.Move(copy, Path.Combine(_folder, "clearing.journal"), overwrite: true);
        var refused = await Should.ThrowAsync<CheckpointException>(() => StartAsync(define: false));
        refused.Message.ShouldContain("the journal has lost turns, or is an older copy");

        // Accepted: the file is kept under another name.
        File.Move(CheckpointFilePath, CheckpointFilePath + ".before-the-loss");
        _node = await StartAsync(define: false);
    }

    private static int Seen(List<SignedCheckpoint> seen)
    {
        lock (seen)
        {
            return seen.Count;
        }
    }

    private static byte[] Flip(ReadOnlyMemory<byte> bytes, int bit)
    {
        var flipped = bytes.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    private static async Task<Proof> WhenSignedAsync(Func<Task<Proof>> prove)
    {
        Proof? proof = null;
        await Patience.UntilAsync(
            async () =>
            {
                try
                {
                    proof = await prove();
                    return true;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
                {
                    return false;
                }
            },
            "the trade is signed");
        return proof!;
    }

    private Task<RunningNode> StartAsync(bool define = true) => RunningNode.StartAsync(s => s with { Checkpoints = new CheckpointSettings { Seconds = 1 } }, _folder, define);

    private AuditClient Audit(string token)
    {
        var connection = new ClearingConnection(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = token });
        _connections.Add(connection);
        return connection.Audit;
    }
}
