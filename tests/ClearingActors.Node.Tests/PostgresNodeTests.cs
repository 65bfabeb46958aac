using System.Collections.Concurrent;
using ClearingActors.Client;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Engine;
using ClearingActors.Journal;
using ClearingActors.Node.Settings;
using ClearingActors.Testing;
using Npgsql;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace ClearingActors.Node.Tests;

/// <summary>A node whose journal is in PostgreSQL.</summary>
public sealed class PostgresNodeTests(PostgresServer server) : IDisposable
{
    private readonly string _folder = RunningNode.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_node_on_postgres_clears_restarts_and_is_alone_on_its_journal()
    {
        var journal = new JournalSettings { Store = JournalStoreKind.Postgres, Connection = server.ConnectionString, Schema = "node_test", Shards = 8 };
        var keys = new CheckpointSettings { KeyFile = Path.Combine(_folder, "key"), File = Path.Combine(_folder, "checkpoints") };
        TradeAnswer answer;
        await using (var node = await RunningNode.StartAsync(s => s with { Journal = journal, Checkpoints = keys }))
        {
            using var venue = new TradeConversation(node.As(House.Venue));
            answer = await venue.AskOneAsync(House.Trade("t1"));
            answer.Status.ShouldBe(Status.Novated);
            await Should.ThrowAsync<JournalException>(() => RunningNode.StartAsync(s => s with { Journal = journal }, define: false));
            await node.Node.StopAsync();
        }

        await using var successor = await RunningNode.StartAsync(s => s with { Journal = journal, Checkpoints = keys }, define: false);
        using var again = new TradeConversation(successor.As(House.Venue));
        (await again.AskOneAsync(House.Trade("t1"))).ShouldBe(answer);
        using var watch = successor.As(House.Bravo).ServerStreaming(Methods.WatchAccount, new WatchAccountRequest { Account = "B-HOUSE" });
        List<AccountEvent> events = [];
        while (!events.Any(e => e.Type == "TradeNovated"))
        {
            (await watch.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            events.AddRange(watch.Responses.Current.Events);
        }

        events.Select(e => e.Type).ShouldBe(["AccountDefined", "CashBooked", "TradeNovated"]);
    }

    [Fact]
    public async Task a_node_whose_connections_are_cut_again_and_again_goes_on_and_loses_and_doubles_nothing()
    {
        const int Cuts = 24;
        const int TradesPerCut = 150;

        // By its name the node's sessions are told from those of other tests on the server.
        var name = $"cut-{Guid.NewGuid():N}";
        var journal = new JournalSettings { Store = JournalStoreKind.Postgres, Connection = $"{server.ConnectionString};Application Name={name}", Schema = "node_cut_test", Shards = 8 };
        await using var node = await RunningNode.StartAsync(s => s with { Journal = journal });
        var epochs = await EpochsAsync(node);
        var answers = new ConcurrentQueue<TradeAnswer>();
        using var connection = new ClearingConnection(node.Node.GrpcAddress, new ClearingConnectionOptions { Token = House.Venue });
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { MaxInFlight = 500, OnAnswer = answers.Enqueue });
        using var member = new ClearingConnection(node.Node.GrpcAddress, new ClearingConnectionOptions { Token = House.Bravo });
        using var watchEnd = new CancellationTokenSource();
        var watched = new ConcurrentQueue<string>();
        var watching = WatchAsync(member, watched, watchEnd.Token);
        var sent = 0;
        var cutting = true;
        var sending = Task.Run(async () =>
        {
            while (Volatile.Read(ref cutting))
            {
                await stream.PostAsync(House.Trade($"t{sent++}"));
            }
        });

        await using var killer = new NpgsqlConnection(server.ConnectionString);
        await killer.OpenAsync(TestContext.Current.CancellationToken);
        for (var cut = 0; cut < Cuts; cut++)
        {
            var target = answers.Count + TradesPerCut;
            await Patience.UntilAsync(() => Task.FromResult(answers.Count >= target || sending.IsCompleted || node.Node.Fatal.IsCompleted), $"trades are answered after cut {cut}");
            node.Node.Fatal.IsCompleted.ShouldBeFalse(node.Node.Fatal.IsCompleted ? (await node.Node.Fatal).ToString() : "");
            sending.IsCompleted.ShouldBeFalse();
            stream.InFlight.ShouldBeGreaterThan(0);

            // Once, or so often in a row that a takeover and the load of a shard meet the knife as well.
            for (var i = 0; i <= cut % 4 * 4; i++)
            {
                await using var kill = new NpgsqlCommand("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", killer);
                kill.Parameters.Add(new() { Value = name });
                var killed = (long)(await kill.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
                if (i == 0)
                {
                    killed.ShouldBeGreaterThan(0);
                }

                await Task.Delay(3, TestContext.Current.CancellationToken);
            }
        }

        Volatile.Write(ref cutting, false);
        await sending.Within();
        await stream.CompleteAsync(TestContext.Current.CancellationToken).Within();
        node.Node.Fatal.IsCompleted.ShouldBeFalse();
        answers.ShouldAllBe(a => a.Status == Status.Novated);
        answers.Select(a => a.TradeId).Distinct().Count().ShouldBe(sent);
        answers.Count.ShouldBe(sent);

        // The cuts were felt: shards were dropped and taken again under new epochs, and all are back.
        var after = await EpochsAsync(node);
        after.Count.ShouldBe(8);
        after.Zip(epochs).Count(e => e.First > e.Second).ShouldBeGreaterThan(0);

        CheckInvariantsResponse check = null!;
        await Patience.UntilAsync(async () => (check = await node.As(House.Operator).OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new())).Quiet, "the house is quiet");
        (check.MatchedBook, check.CashConserved).ShouldBe((true, true));
        check.Instruments.Single().OpenInterest.ShouldBe(sent);
        foreach (var (account, lots) in new[] { ("A-HOUSE", -sent), ("B-HOUSE", sent) })
        {
            (await node.As(House.Auditor).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = account }).Within()).Positions.Sum(p => p.Quantity).ShouldBe(lots);
        }

        await Patience.UntilAsync(() => Task.FromResult(watched.Count >= sent || watching.IsCompleted), "the watch has seen every trade");
        watched.Count.ShouldBe(sent);
        watched.Distinct().Count().ShouldBe(sent);
        await watchEnd.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(watching.Within());

        using var reader = PostgresJournal.Open(server.ConnectionString, new JournalOpenOptions(8, ClearingEngine.FeatureLevel), new PostgresSettings { Schema = "node_cut_test" });
        (await node.Node.Engine.ReplayEqualsLiveAsync(reader, TestContext.Current.CancellationToken).Within()).ShouldBeTrue();
    }

    private static async Task<List<long>> EpochsAsync(RunningNode node) =>
        [.. (await node.As(House.Operator).OperateAsync<GetStatusRequest, GetStatusResponse>(new())).Shards.OrderBy(s => s.Shard).Select(s => s.Epoch)];

    private static async Task WatchAsync(ClearingConnection connection, ConcurrentQueue<string> trades, CancellationToken end)
    {
        await foreach (var response in connection.Members.WatchAccount("B-HOUSE").ReadAllAsync(end))
        {
            foreach (var e in response.Events.Where(e => e.Type == "TradeNovated"))
            {
                trades.Enqueue(e.TradeId);
            }
        }
    }
}
