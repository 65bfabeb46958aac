using ClearingActors.Client;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Contracts.House.V1;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Settings;
using ClearingActors.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClearingActors.Node.Tests;

/// <summary>The node verifies its own journal while it clears.</summary>
public abstract class VerificationTests(TestJournal journal) : IAsyncLifetime
{
    private readonly string _folder = RunningNode.NewFolder();
    private readonly List<ClearingConnection> _connections = [];
    private RunningNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(c => c.Dispose());
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task a_journal_in_order_verifies_with_its_checkpoints_while_trades_come()
    {
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskAsync(Enumerable.Range(0, 200).Select(i => House.Trade($"t{i}")));
        var auditor = As(House.Auditor);
        await Patience.UntilAsync(async () => (await _connections[0].Audit.GetCheckpointsAsync(0, cancellationToken: Cancellation)).Newest > 0, "the house is signed");
        (await auditor.GetVerificationAsync(new(), Cancellation)).ShouldBe(new GetVerificationResponse());

        var number = (await auditor.StartVerificationAsync(new(), Cancellation)).Number;
        await venue.AskAsync(Enumerable.Range(200, 200).Select(i => House.Trade($"t{i}")));
        var run = await EndedAsync(auditor, number);

        run.Findings.ShouldBeEmpty();
        run.Failure.ShouldBeEmpty();
        run.Result.ShouldBe(VerificationResult.InOrder);
        (run.By, run.HashesOnly, run.FindingCount, run.Phase).ShouldBe(("auditor:aud1", false, 0, VerificationPhase.Receipts));
        run.EndedAt.ShouldBeGreaterThan(run.StartedAt);
        run.Hashes.Rows.ShouldBeGreaterThan(20);
        run.Hashes.Bytes.ShouldBeGreaterThan(10_000);
        run.Hashes.Checkpoint.ShouldBeGreaterThan(0);
        run.Hashes.CheckpointTime.ShouldBeGreaterThan(0);
        run.Hashes.Signatures.ShouldBeTrue();
        run.Rulebook.Complete.ShouldBeTrue();
        run.Rulebook.Trades.ShouldBeGreaterThanOrEqualTo(200);
        run.Receipts.ShouldBeGreaterThan(0);

        // Everybody who reads the house sees the result.
        (await As(House.Operator).GetVerificationAsync(new(), Cancellation)).Last.ShouldBe(run);
    }

    [Fact]
    public async Task a_row_that_was_changed_in_the_file_is_found_and_named()
    {
        using (var venue = new TradeConversation(_node.As(House.Venue)))
        {
            await venue.AskAsync(Enumerable.Range(0, 50).Select(i => House.Trade($"t{i}")));
        }

        // In order, so that every shard is snapshotted and the next node has no need to read the row.
        await _node.Node.StopAsync();
        await _node.DisposeAsync();
        JournalRow changed;
        using (var stored = journal.OpenReadOnly(_folder))
        {
            var head = stored.ReadHeads().MaxBy(h => h.Position);
            changed = stored.ReadShard(head.Shard, 1, 2).Single();
        }

        (await journal.TamperAsync(_folder, $"SET recorded_time = recorded_time - 1 WHERE shard = {changed.Shard} AND position = {changed.Position}", Cancellation)).ShouldBe(1);

        _node = await StartAsync(define: false);
        var auditor = As(House.Auditor);
        var quick = await EndedAsync(auditor, (await auditor.StartVerificationAsync(new() { HashesOnly = true }, Cancellation)).Number);
        quick.Result.ShouldBe(VerificationResult.Findings);
        quick.Rulebook.ShouldBeNull();
        quick.Findings.ShouldContain(f => f.Shard == changed.Shard && f.Position == changed.Position);
        quick.FindingCount.ShouldBeGreaterThanOrEqualTo(quick.Findings.Count);

        var whole = await EndedAsync(auditor, (await auditor.StartVerificationAsync(new(), Cancellation)).Number);
        whole.Result.ShouldBe(VerificationResult.Findings);
        whole.FindingCount.ShouldBeGreaterThanOrEqualTo(quick.FindingCount);
        whole.Rulebook.Complete.ShouldBeFalse();

        // Nobody has to look for it.
        var overview = await _node.As(House.Operator).UnaryAsync(GrpcMethod.Of<GetOverviewRequest, GetOverviewResponse>(HouseReflection.Descriptor.Services[0], "GetOverview"), new()).Within();
        overview.Alerts.ShouldContain(a => a.Id == "verification" && a.Severity == Alert.Types.Severity.Critical && a.Page == "audit");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(100)]
    public async Task a_store_that_stops_answering_is_a_run_that_failed_and_no_finding(long answers)
    {
        using (var venue = new TradeConversation(_node.As(House.Venue)))
        {
            await venue.AskAsync(Enumerable.Range(0, 200).Select(i => House.Trade($"t{i}")));
        }

        await _node.Node.StopAsync();
        using var stored = (ICheckpointStore)journal.OpenReadOnly(_folder);
        await using var runs = new VerificationRuns(
            new OutageJournal(stored, answers), journal.In(RunningNode.SettingsIn(_folder)), new ReadBudget(1 << 30, TimeProvider.System), TimeProvider.System, NullLogger.Instance);

        runs.Start("auditor:aud1", hashesOnly: false);
        await Patience.UntilAsync(() => Task.FromResult(runs.View().Last is not null), "the verification has ended");

        var run = runs.View().Last;
        (run.Result, run.Failure, run.FindingCount).ShouldBe((VerificationResult.Failed, "the server closed the connection", 0));
    }

    [Fact]
    public async Task there_is_one_at_a_time_and_it_can_be_stopped()
    {
        await _node.DisposeAsync();
        _node = await StartAsync(define: false, s => s with { Limits = s.Limits with { AuditMiBPerSecond = 1 } });
        using (var venue = new TradeConversation(_node.As(House.Venue)))
        {
            // More than a second's budget, so that the run is still under way when it is stopped.
            for (var batch = 0; batch < 10; batch++)
            {
                await venue.AskAsync(Enumerable.Range(batch * 500, 500).Select(i => House.Trade($"t{i}")));
            }
        }

        var auditor = As(House.Auditor);
        var number = (await auditor.StartVerificationAsync(new(), Cancellation)).Number;
        var second = await Should.ThrowAsync<RpcException>(() => auditor.StartVerificationAsync(new(), Cancellation));
        (second.StatusCode, second.Message.Contains($"verification {number} of auditor:aud1 is under way", StringComparison.Ordinal)).ShouldBe((StatusCode.FailedPrecondition, true));
        await Patience.UntilAsync(async () => (await auditor.GetVerificationAsync(new(), Cancellation)).Current.RowsDone > 0, "rows are read");
        var current = (await auditor.GetVerificationAsync(new(), Cancellation)).Current;
        (current.Number, current.Result, current.EndedAt).ShouldBe((number, VerificationResult.Unspecified, 0));
        current.RowsTotal.ShouldBeGreaterThan(current.RowsDone);

        await auditor.StopVerificationAsync(new() { Number = number }, Cancellation);
        var run = await EndedAsync(auditor, number);
        (run.Result, run.Failure).ShouldBe((VerificationResult.Stopped, "stopped by auditor:aud1"));

        // Stopped again, it stays as it is; what never was cannot be stopped.
        await auditor.StopVerificationAsync(new() { Number = number }, Cancellation);
        (await Should.ThrowAsync<RpcException>(() => auditor.StopVerificationAsync(new() { Number = number + 1 }, Cancellation))).StatusCode.ShouldBe(StatusCode.NotFound);

        // A node that stops does not wait for what it reads.
        await auditor.StartVerificationAsync(new(), Cancellation);
        await _node.Node.StopAsync();
    }

    [Fact]
    public async Task auditors_start_and_stop_and_members_see_nothing_of_it()
    {
        var start = await Should.ThrowAsync<RpcException>(() => As(House.Operator).StartVerificationAsync(new(), Cancellation));
        var stop = await Should.ThrowAsync<RpcException>(() => As(House.Operator).StopVerificationAsync(new() { Number = 1 }, Cancellation));
        var get = await Should.ThrowAsync<RpcException>(() => As(House.Alpha).GetVerificationAsync(new(), Cancellation));
        new[] { start, stop, get }.ShouldAllBe(e => e.StatusCode == StatusCode.PermissionDenied);
    }

    private static async Task<VerificationRun> EndedAsync(AuditRunClient auditor, long number)
    {
        await Patience.UntilAsync(async () => (await auditor.GetVerificationAsync(new(), Cancellation)) is { Current: null, Last: { } last } && last.Number == number, "the verification has ended");
        return (await auditor.GetVerificationAsync(new(), Cancellation)).Last;
    }

    private Task<RunningNode> StartAsync(bool define = true, Func<NodeSettings, NodeSettings>? change = null) => RunningNode.StartAsync(
        s => (change ?? (same => same))(journal.In(s with { Checkpoints = new CheckpointSettings { Seconds = 1 } })), _folder, define);

    private AuditRunClient As(string token)
    {
        var connection = new ClearingConnection(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = token });
        _connections.Add(connection);
        return connection.AuditRuns;
    }
}

/// <summary>The verification of a journal, in a file.</summary>
public sealed class SqliteVerificationTests() : VerificationTests(new TestJournal.InFile());

/// <summary>The verification of a journal, in PostgreSQL.</summary>
public sealed class PostgresVerificationTests(PostgresServer server) : VerificationTests(new TestJournal.InPostgres(server));
