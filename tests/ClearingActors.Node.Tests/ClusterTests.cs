using ClearingActors.Client;
using ClearingActors.Contracts.House.V1;
using ClearingActors.Grpc;
using ClearingActors.Journal;

namespace ClearingActors.Node.Tests;

/// <summary>The machinery behind the house as operators see it.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private readonly string _folder = RunningNode.NewFolder();
    private readonly List<ClearingConnection> _connections = [];
    private RunningNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await RunningNode.StartAsync(folder: _folder);

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(c => c.Dispose());
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task shards_have_their_owner_and_stand_where_the_journal_does()
    {
        using (var venue = new TradeConversation(_node.As(House.Venue)))
        {
            await venue.AskAsync(Enumerable.Range(0, 50).Select(i => House.Trade($"t{i}")));
        }

        await _node.Node.Engine.QuiesceAsync();
        var cluster = await As(House.Operator).GetClusterAsync(Cancellation);
        using var journal = SqliteJournal.OpenReadOnly(Path.Combine(_folder, "clearing.journal"));
        cluster.Shards.Select(s => new ShardHead(s.Shard, s.Epoch, s.DurablePosition, s.Owner)).ShouldBe(journal.ReadHeads());
        cluster.Shards.ShouldAllBe(s => s.Position == s.DurablePosition && s.SetAside == 0 && s.SnapshotPosition == 0);
        var node = cluster.Nodes.ShouldHaveSingleItem();
        (node.Shards, node.BusinessClock, node.BusinessTime, node.DiskFull).ShouldBe((8, "manual", House.Noon, false));
        cluster.Shards.ShouldAllBe(s => s.Owner == node.Name);
        (cluster.JournalId, cluster.Store).ShouldBe((journal.Identity.Id.ToString("D"), "SQLite"));
        cluster.Now.ShouldBeGreaterThanOrEqualTo(node.StartedAt);
        cluster.Moves.Select(m => (m.Shard, m.Kind, m.Epoch)).ShouldBe(Enumerable.Range(0, 8).Select(shard => (shard, ShardMove.Types.Kind.Loaded, 1L)), ignoreOrder: true);
    }

    [Fact]
    public async Task after_a_stop_in_order_shards_come_from_their_snapshots()
    {
        await _node.Node.StopAsync();
        await _node.DisposeAsync();
        _node = await RunningNode.StartAsync(folder: _folder, define: false);
        var cluster = await As(House.Auditor).GetClusterAsync(Cancellation);
        var written = cluster.Shards.Where(s => s.Position > 0).ToList();
        written.ShouldNotBeEmpty();
        written.ShouldAllBe(s => s.SnapshotPosition > 0 && s.SnapshotPosition <= s.DurablePosition && s.Epoch == 2);
        written.ShouldAllBe(s => s.SnapshotTime > 0 && s.SnapshotTime < cluster.Now);
        cluster.Moves.ShouldContain(m => m.Reason.Contains("from a snapshot", StringComparison.Ordinal));
    }

    [Fact]
    public async Task members_see_nothing_of_it() =>
        (await Should.ThrowAsync<RpcException>(() => As(House.Alpha).GetClusterAsync(Cancellation))).StatusCode.ShouldBe(StatusCode.PermissionDenied);

    private ClusterClient As(string token)
    {
        var connection = new ClearingConnection(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = token });
        _connections.Add(connection);
        return connection.Cluster;
    }
}
