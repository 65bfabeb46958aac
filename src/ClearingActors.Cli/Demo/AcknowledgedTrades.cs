using ClearingActors.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// The trades that the clearing house told its members it had novated, held against the accounts' own event streams, read from their beginning: each must be with its
/// buyer and with its seller exactly once, and nothing else may be. Filled and read by one caller at a time.
/// </summary>
public sealed class AcknowledgedTrades
{
    private readonly Dictionary<string, Dictionary<(string Source, string Id), long>> _legs = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];
    private long _count;

    /// <summary>Takes a novated trade's report, once per trade.</summary>
    public void Add(TradeReport report)
    {
        _count++;
        Add(report, report.Buyer.Account, report.Quantity);
        Add(report, report.Seller.Account, -report.Quantity);
    }

    /// <summary>Reads every account's events from the first to its present state and compares.</summary>
    /// <param name="accounts">All accounts, with the client that may watch them.</param>
    /// <param name="patience">How long a stream may be silent before its present state.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public async Task<DemoCheck> CheckAsync(IEnumerable<(string Account, MembersClient Client)> accounts, TimeSpan patience, CancellationToken cancellationToken)
    {
        foreach (var chunk in accounts.Chunk(8))
        {
            var read = await Task.WhenAll(chunk.Select(pair => ReadAsync(pair.Account, pair.Client, patience, cancellationToken)));
            foreach (var (account, legs, fault) in read)
            {
                Compare(account, legs, fault);
            }
        }

        return new DemoCheck(
            "every acknowledged trade on both sides",
            _faults.Count == 0,
            _faults.Count == 0 ? $"{_count:N0} trades, {2 * _count:N0} legs" : $"{_faults.Count:N0} faults, such as: {string.Join("; ", _faults.Take(5))}");
    }

    private void Add(TradeReport report, string account, long quantity)
    {
        if (!_legs.TryGetValue(account, out var legs))
        {
            _legs.Add(account, legs = []);
        }

        if (!legs.TryAdd((report.Source, report.TradeId), quantity))
        {
            _faults.Add($"trade {report.Source}/{report.TradeId} was acknowledged as novated twice, with different content");
        }
    }

    private void Compare(string account, List<AccountEvent> legs, string? fault)
    {
        if (fault is not null)
        {
            _faults.Add(fault);
        }

        var expected = _legs.GetValueOrDefault(account) ?? [];
        var seen = new HashSet<(string, string)>();
        foreach (var leg in legs)
        {
            var key = (leg.Source, leg.TradeId);
            if (!expected.TryGetValue(key, out var quantity))
            {
                _faults.Add($"{account} has trade {leg.Source}/{leg.TradeId}, which was never acknowledged");
            }
            else if (!seen.Add(key))
            {
                _faults.Add($"{account} has trade {leg.Source}/{leg.TradeId} twice");
            }
            else if (quantity != leg.Quantity)
            {
                _faults.Add($"{account} has {leg.Quantity} lots of trade {leg.Source}/{leg.TradeId} instead of {quantity}");
            }
        }

        foreach (var (source, id) in expected.Keys.Where(key => !seen.Contains(key)))
        {
            _faults.Add($"{account} lacks trade {source}/{id}, which was acknowledged");
        }
    }

    /// <summary>The account's legs up to its present state; a stream that stays silent before that is a fault.</summary>
    private static async Task<(string Account, List<AccountEvent> Legs, string? Fault)> ReadAsync(
        string account, MembersClient client, TimeSpan patience, CancellationToken cancellationToken)
    {
        var legs = new List<AccountEvent>();
        var present = (await client.GetAccountAsync(account, cancellationToken)).AsOf;
        if (present is null or { Position: 0 })
        {
            return (account, legs, null);
        }

        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(patience);
        var watch = client.WatchAccount(account);
        try
        {
            await foreach (var response in watch.ReadAllAsync(silence.Token))
            {
                // Bought legs are durable with the novation, sold ones with the seller's confirmation.
                // The clearing house's own, by which it moves a defaulter's positions, nobody has reported.
                legs.AddRange(response.Events.Where(e => e.Type is "TradeNovated" or "TradeConfirmed" && e.Source != "CCP.DEFAULT"));
                if (HasReached(response.Position, present))
                {
                    return (account, legs, null);
                }

                silence.CancelAfter(patience);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (account, legs, $"the events of {account} stopped at position {watch.Position?.Position ?? 0} of {present.Position} for {patience.TotalSeconds:N0} s");
        }

        throw new InvalidOperationException("a watch has no end");
    }

    private static bool HasReached(ResumeToken position, ResumeToken present) => position.Shard == present.Shard && position.Position >= present.Position;
}
