using System.Security.Cryptography;
using ClearingActors.Actors.Simulation;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Simulation;

/// <summary>What must hold of the risk factors' histories, by durable events alone: dates ascend, so none comes twice, and every shard has been told the same.</summary>
/// <param name="shards">Shards of the journal.</param>
internal sealed class HistoryLedger(int shards)
{
    private readonly Dictionary<(int Shard, string Factor), DateOnly> _last = [];
    private readonly Dictionary<(int Shard, string Factor), string> _told = [];

    /// <summary>Dates that a cycle or an operator added behind a history, in shard 0.</summary>
    internal long Extensions { get; private set; }

    internal void PricesSet(int shard, ReadOnlySpan<byte> body)
    {
        var e = RiskWire.ReadPrices(body);
        var key = (shard, e.Factor);
        var last = e.Replaces ? DateOnly.MinValue : _last.GetValueOrDefault(key);
        foreach (var price in e.Prices)
        {
            if (price.Date <= last)
            {
                throw new InvariantBrokenException("no date comes twice", $"shard {shard} puts the price of {e.Factor} on {price.Date:O} behind {last:O}");
            }

            last = price.Date;
        }

        _last[key] = last;
        _told[key] = Convert.ToHexString(SHA256.HashData([.. System.Text.Encoding.ASCII.GetBytes(_told.GetValueOrDefault(key, "")), .. body]));
        Extensions += shard == 0 && !e.Replaces ? e.Prices.Count : 0;
    }

    internal void CheckQuiet()
    {
        foreach (var ((_, factor), told) in _told)
        {
            for (var shard = 0; shard < shards; shard++)
            {
                if (_told.GetValueOrDefault((shard, factor)) != told)
                {
                    throw new InvariantBrokenException("every shard has the same histories", $"shard {shard} was told other prices of {factor} than another one");
                }
            }
        }
    }
}
