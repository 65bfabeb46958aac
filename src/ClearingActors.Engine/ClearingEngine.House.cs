using ClearingActors.Actors;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Reports;

namespace ClearingActors.Engine;

/// <summary>Reports of the whole house.</summary>
public sealed partial class ClearingEngine
{
    /// <summary>
    /// Every account of the house in a line. The shards are read in pieces between their turns, each worker's one after the other; it completes when all that was read is durable.
    /// </summary>
    /// <exception cref="CommandFailedException">A shard is being taken again just now; ask again.</exception>
    public async Task<HouseSummary> SummariseAsync(CancellationToken cancellation = default)
    {
        var shards = new List<AccountSummaries.Piece>[_book.ShardCount];
        var durable = await Task.WhenAll(_runtime.ShardsByWorker().Select(mine => Task.Run(() => ReadAsync(mine, shards, cancellation), cancellation))).ConfigureAwait(false);
        var house = await _runtime.ReadAsync(SettlementAddress.Shard, static scope => AccountSummaries.ReadHouse((EngineScope)scope)).WaitAsync(cancellation).ConfigureAwait(false);
        await Task.WhenAll([.. durable.SelectMany(d => d), house.Durable]).WaitAsync(cancellation).ConfigureAwait(false);
        var pieces = shards.SelectMany(s => s).ToList();
        return new HouseSummary(
            [.. pieces.Select(p => p.Accounts)],
            [.. pieces.SelectMany(p => p.Calls).OrderBy(c => c.Deadline).ThenBy(c => c.Account).ThenBy(c => c.Number)],
            house.Value.Members,
            house.Value.Clock);
    }

    /// <summary>An account's positions at the newest marks; null if there is no such account.</summary>
    /// <exception cref="CommandFailedException">Its shard is being taken again just now; ask again.</exception>
    public Task<PositionReport?> ReadPositionsAsync(AccountId account, CancellationToken cancellation = default) =>
        ReadDurableAsync(account, scope => PositionReport.Of(scope, account), cancellation);

    /// <summary>The scenarios behind an account's requirement, computed for this call; null if there is no such account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="group">The product group whose scenarios are wanted; empty for the one with the largest margin.</param>
    /// <param name="client">Its client in gross omnibus accounts; else none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="CommandFailedException">Its shard is being taken again just now; ask again.</exception>
    public Task<ScenarioReport?> ReadScenariosAsync(AccountId account, string group, ClientId client, CancellationToken cancellation = default) =>
        ReadDurableAsync(account, scope => ScenarioReport.Of(scope, account, group, client), cancellation);

    private async Task<T> ReadDurableAsync<T>(AccountId account, Func<EngineScope, T> read, CancellationToken cancellation)
    {
        var (value, durable) = await _runtime.ReadAsync(AccountAddress(account).Shard, scope => read((EngineScope)scope)).WaitAsync(cancellation).ConfigureAwait(false);
        await durable.WaitAsync(cancellation).ConfigureAwait(false);
        return value;
    }

    private async Task<List<Task>> ReadAsync(IReadOnlyList<int> mine, List<AccountSummaries.Piece>[] shards, CancellationToken cancellation)
    {
        List<Task> durable = [];
        foreach (var shard in mine)
        {
            shards[shard] = [];
            for (var from = 0; from >= 0;)
            {
                var start = from;
                var (piece, isDurable) = await _runtime.ReadAsync(shard, scope => AccountSummaries.Read((EngineScope)scope, start)).WaitAsync(cancellation).ConfigureAwait(false);
                durable.Add(isDurable);
                if (shards[shard] is [var first, ..] && !ReferenceEquals(first.Scope, piece.Scope))
                {
                    // It was loaded again meanwhile.
                    shards[shard].Clear();
                    from = 0;
                    continue;
                }

                shards[shard].Add(piece);
                from = piece.Next;
            }
        }

        return durable;
    }
}
