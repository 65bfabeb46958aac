using ClearingActors.Contracts.Members.V1;
using ClearingActors.Journal;
using ClearingActors.Node.Settings;
using ClearingActors.Testing;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace ClearingActors.Node.Tests;

/// <summary>A node whose journal is in PostgreSQL.</summary>
public sealed class PostgresNodeTests(PostgresServer server)
{
    [Fact]
    public async Task a_node_on_postgres_clears_restarts_and_is_alone_on_its_journal()
    {
        var journal = new JournalSettings { Store = JournalStoreKind.Postgres, Connection = server.ConnectionString, Schema = "node_test", Shards = 8 };
        TradeAnswer answer;
        await using (var node = await RunningNode.StartAsync(s => s with { Journal = journal }))
        {
            using var venue = new TradeConversation(node.As(House.Venue));
            answer = await venue.AskOneAsync(House.Trade("t1"));
            answer.Status.ShouldBe(Status.Novated);
            await Should.ThrowAsync<JournalException>(() => RunningNode.StartAsync(s => s with { Journal = journal }, define: false));
            await node.Node.StopAsync();
        }

        await using var successor = await RunningNode.StartAsync(s => s with { Journal = journal }, define: false);
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
}
