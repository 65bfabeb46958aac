using ClearingActors.Actors;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Node.Tests;

/// <summary>A shard that its node has lost and cannot take again, until this is disposed: a foreign program holds the journal's file, and an append of that shard has failed.</summary>
internal sealed class LostShard : IDisposable
{
    private readonly SqliteConnection _foreign;

    private LostShard(SqliteConnection foreign) => _foreign = foreign;

    /// <summary>The shard of an actor of the tests' nodes.</summary>
    internal static int Of(int kind, string id) => new AddressBook(RunningNode.SettingsIn("").Journal.Shards, ActorKinds.NameOf).Of(kind, id).Shard;

    internal static async Task<LostShard> LoseAsync(RunningNode node, int shard)
    {
        var op = node.As(House.Operator);
        var account = Enumerable.Range(0, 1000).Select(i => $"LOST-{i}").First(id => node.Node.Engine.ShardOf(AccountId.Parse(id)) == shard);
        await op.OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(new() { Accounts = { House.Account(account, "BRAVO", AccountDefinition.Types.Segregation.ClientIndividual) } });
        await node.Node.Engine.QuiesceAsync();
        var foreign = new SqliteConnection($"Data Source={Path.Combine(node.Folder, "clearing.journal")};Pooling=False");
        var lost = new LostShard(foreign);
        try
        {
            foreign.Open();
            using var begin = foreign.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();
            await Should.ThrowAsync<Grpc.RpcException>(() => op.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "lost", Account = account, Currency = "USD", Amount = House.Number(1) }));
            await Patience.UntilAsync(async () => (await node.Node.Engine.Runtime.StatusAsync()).All(s => s.Shard != shard), $"shard {shard} is lost");
            return lost;
        }
        catch
        {
            lost.Dispose();
            throw;
        }
    }

    public void Dispose() => _foreign.Dispose();
}
