using ClearingActors.Actors.Simulation;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Simulation;

/// <summary>Securities and coins by durable events alone: what came in is held or went out, after every row.</summary>
internal sealed class AssetLedger(SimulationTrace trace)
{
    private readonly SortedDictionary<AssetId, long> _sum = [];
    private readonly SortedDictionary<AssetId, long> _underWay = [];
    private readonly Dictionary<AccountId, SortedDictionary<AssetId, long>> _held = [];
    private readonly HashSet<(AccountId, RequestId)> _requests = [];

    /// <summary>Units of an account by asset; never zero.</summary>
    internal IReadOnlyDictionary<AssetId, long> HeldBy(AccountId account) => Of(account);

    internal bool HasBooked(AccountId account, RequestId request) => _requests.Contains((account, request));

    /// <summary>An entry was booked.</summary>
    /// <returns>True if units left on a request.</returns>
    internal bool Book(AccountId account, ReadOnlySpan<byte> body)
    {
        var entry = CollateralWire.ReadEntry(body);
        Require(entry.Account == account && entry.Units != 0, "assets conserved", $"account {account} booked {entry}");
        _sum[entry.Asset] = _sum.GetValueOrDefault(entry.Asset) + entry.Units;
        if (account.Value.StartsWith("CCP.", StringComparison.Ordinal))
        {
            _underWay[entry.Asset] = _underWay.GetValueOrDefault(entry.Asset) - entry.Units;
            return false;
        }

        var held = Of(account);
        var units = held.GetValueOrDefault(entry.Asset) + entry.Units;
        Require(units >= 0, "no asset below zero", $"account {account} holds {units} units of {entry.Asset}");
        Require(_requests.Add((account, entry.Request)), "assets booked once", $"account {account} booked request {entry.Request} twice");
        if (units == 0)
        {
            held.Remove(entry.Asset);
        }
        else
        {
            held[entry.Asset] = units;
        }

        trace.Count(entry.Units > 0 ? "asset deposits" : "asset withdrawals");
        return entry.Units < 0;
    }

    /// <summary>The other half of an entry is on its way.</summary>
    internal void Sent(ReadOnlySpan<byte> body)
    {
        var entry = CollateralWire.ReadEntry(body);
        _underWay[entry.Asset] = _underWay.GetValueOrDefault(entry.Asset) + entry.Units;
    }

    internal void CheckSums()
    {
        foreach (var (asset, sum) in _sum)
        {
            Require(sum + _underWay.GetValueOrDefault(asset) == 0, "assets conserved", $"{asset}: accounts hold {sum} in all, entries in flight are {_underWay.GetValueOrDefault(asset)}");
        }
    }

    internal void CheckQuiet()
    {
        foreach (var (asset, sum) in _sum)
        {
            Require(sum == 0, "assets conserved", $"{asset}: accounts hold {sum} in all with nothing in flight");
        }
    }

    private static void Require(bool holds, string name, string what)
    {
        if (!holds)
        {
            throw new InvariantBrokenException(name, what);
        }
    }

    private SortedDictionary<AssetId, long> Of(AccountId account)
    {
        if (!_held.TryGetValue(account, out var held))
        {
            _held.Add(account, held = []);
        }

        return held;
    }
}
