using System.Runtime.CompilerServices;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// Cash and assets by entries alone: every entry has its counter entry, which is on its way from the turn that books the first half to the turn that books the second, and an account
/// has what its entries sum to.
/// </summary>
internal sealed class Ledger(StepAt at, CycleCheck cycles)
{
    private readonly Dictionary<string, Dictionary<Currency, long>> _cash = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<AssetId, long>> _assets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<Currency, Int128> _cashUnderWay = [];
    private readonly SortedDictionary<Currency, Int128> _toSettlement = [];
    private readonly SortedDictionary<AssetId, Int128> _assetsUnderWay = [];
    private readonly HashSet<(string Account, Currency Currency)> _changed = [];
    private readonly HashSet<(string Account, AssetId Asset)> _changedAssets = [];
    private readonly List<CashEntry> _counters = [];
    private readonly List<AssetEntry> _assetCounters = [];

    /// <summary>Cash entries seen.</summary>
    internal long Entries { get; private set; }

    /// <summary>Entries of securities and coins seen.</summary>
    internal long AssetEntries { get; private set; }

    /// <summary>Per currency what is on its way to an account.</summary>
    internal IReadOnlyDictionary<Currency, Int128> CashUnderWay => _cashUnderWay;

    /// <summary>Per currency what is on its way to the settlement account.</summary>
    internal IReadOnlyDictionary<Currency, Int128> ToSettlement => _toSettlement;

    /// <summary>Per security or coin what is on its way to an account.</summary>
    internal IReadOnlyDictionary<AssetId, Int128> AssetsUnderWay => _assetsUnderWay;

    /// <summary>All accounts that have had cash, with what their entries sum to.</summary>
    internal IReadOnlyDictionary<string, Dictionary<Currency, long>> Cash => _cash;

    /// <summary>A message is sent (1), or it has arrived (-1).</summary>
    internal void UnderWay(in Flight flight, int sign)
    {
        if (flight.Type == MessageTypes.BookCash)
        {
            var entry = MoneyWire.ReadEntry(flight.Body);
            var currency = entry.Amount.Currency;
            _cashUnderWay[currency] = _cashUnderWay.GetValueOrDefault(currency) + (sign * entry.Amount.MinorUnits);
            if (entry.Account == CcpAccounts.Settlement)
            {
                _toSettlement[currency] = _toSettlement.GetValueOrDefault(currency) + (sign * entry.Amount.MinorUnits);
            }
        }
        else if (flight.Type == MessageTypes.BookAsset)
        {
            var entry = CollateralWire.ReadEntry(flight.Body);
            _assetsUnderWay[entry.Asset] = _assetsUnderWay.GetValueOrDefault(entry.Asset) + (sign * entry.Units);
        }
    }

    /// <summary>An account has booked cash.</summary>
    /// <returns>The entry.</returns>
    internal CashEntry Booked(ReadOnlySpan<byte> body, ref Flight cause)
    {
        Entries++;
        var entry = MoneyWire.ReadEntry(body);
        var (currency, amount) = (entry.Amount.Currency, entry.Amount.MinorUnits);
        if (entry.Account.Value != at.Key)
        {
            at.Find("cash-entry", $"account {at.Key} booked an entry of account {entry.Account}: {entry}");
        }

        var sums = Of(_cash, at.Key);
        sums[currency] = checked(sums.GetValueOrDefault(currency) + amount);
        _changed.Add((at.Key, currency));
        var type = Unsafe.IsNullRef(ref cause) ? 0 : cause.Type;
        if (type is MessageTypes.BookCash or MessageTypes.BookDefaultEntry)
        {
            if (!cause.Body.SequenceEqual(body))
            {
                at.Find("cash-entry", $"account {at.Key} booked {entry}, and was told to book {MoneyWire.ReadEntry(cause.Body)}");
            }

            if (type == MessageTypes.BookDefaultEntry)
            {
                _counters.Add(entry.Mirrored());
            }
        }
        else if (entry.Type.IsSettled() && entry.Cause.Request.IsNone)
        {
            cycles.Booked(at, entry);
        }
        else
        {
            _counters.Add(entry.Mirrored());
        }

        return entry;
    }

    /// <summary>An account has booked a security or coin.</summary>
    internal void AssetBooked(ReadOnlySpan<byte> body, ref Flight cause)
    {
        AssetEntries++;
        var entry = CollateralWire.ReadEntry(body);
        if (entry.Account.Value != at.Key)
        {
            at.Find("asset-entry", $"account {at.Key} booked an entry of account {entry.Account}: {entry}");
        }

        var sums = Of(_assets, at.Key);
        sums[entry.Asset] = checked(sums.GetValueOrDefault(entry.Asset) + entry.Units);
        _changedAssets.Add((at.Key, entry.Asset));
        var type = Unsafe.IsNullRef(ref cause) ? 0 : cause.Type;
        if (type is MessageTypes.BookAsset or MessageTypes.BookDefaultAsset && !cause.Body.SequenceEqual(body))
        {
            at.Find("asset-entry", $"account {at.Key} booked {entry}, and was told to book {CollateralWire.ReadEntry(cause.Body)}");
        }

        if (type != MessageTypes.BookAsset)
        {
            _assetCounters.Add(entry.Mirrored());
        }
    }

    /// <summary>The step sends the other half of an entry: of one that its account has booked, or one of two that belong together.</summary>
    internal void Sent(int type, ReadOnlySpan<byte> body)
    {
        if (type == MessageTypes.BookCash)
        {
            var entry = MoneyWire.ReadEntry(body);
            if (entry.CounterAccount.IsNone)
            {
                cycles.Instructed(at, entry);
            }
            else if (!_counters.Remove(entry))
            {
                if (at.Kind == ActorKinds.Account)
                {
                    at.Find("cash-counter-entry", $"account {at.Key} sends {entry} and has not booked its other half");
                }
                else
                {
                    _counters.Add(entry.Mirrored());
                }
            }
        }
        else if (type == MessageTypes.BookAsset && CollateralWire.ReadEntry(body) is var asset && !_assetCounters.Remove(asset))
        {
            at.Find("asset-counter-entry", $"{at.Key} sends {asset} and has not booked its other half");
        }
    }

    /// <summary>The step ends: both halves of every entry have been seen.</summary>
    internal void EndStep()
    {
        foreach (var entry in _counters)
        {
            at.Find("cash-counter-entry", $"{at.Key} booked or sent the other half of {entry}, which nobody is told to book");
        }

        foreach (var entry in _assetCounters)
        {
            at.Find("asset-counter-entry", $"{at.Key} booked the other half of {entry}, which nobody is told to book");
        }

        _counters.Clear();
        _assetCounters.Clear();
    }

    /// <summary>The row ends: whose balances changed must have what the entries sum to.</summary>
    internal void End(HouseReplay house)
    {
        foreach (var (account, currency) in _changed)
        {
            Check(house, account, currency);
        }

        foreach (var (account, asset) in _changedAssets)
        {
            var held = house.Account(account)?.State.Assets?.UnitsOf(asset) ?? 0;
            if (held != _assets[account][asset])
            {
                at.Find("asset-balance", $"account {account} holds {held} units of {asset}, its entries sum to {_assets[account][asset]}");
            }
        }

        _changed.Clear();
        _changedAssets.Clear();
    }

    /// <summary>All accounts: what they have is what their entries sum to, and what no entry names is zero.</summary>
    internal void CheckAll(HouseReplay house)
    {
        foreach (var actor in house.Scopes.SelectMany(static scope => scope.Accounts))
        {
            var id = actor.State.Id.Value;
            foreach (ref readonly var balance in actor.State.Balances)
            {
                var sum = _cash.GetValueOrDefault(id)?.GetValueOrDefault(balance.Currency) ?? 0;
                if (balance.Cash != sum)
                {
                    at.Find("cash-balance", $"account {id} has {balance.Cash} minor units of {balance.Currency}, its entries sum to {sum}");
                }
            }

            foreach (var held in actor.State.Assets?.Held ?? [])
            {
                var sum = _assets.GetValueOrDefault(id)?.GetValueOrDefault(held.Asset) ?? 0;
                if (held.Units != sum)
                {
                    at.Find("asset-balance", $"account {id} holds {held.Units} units of {held.Asset}, its entries sum to {sum}");
                }
            }
        }
    }

    private void Check(HouseReplay house, string account, Currency currency)
    {
        var has = house.Account(account)?.State.BalanceOf(currency).Cash ?? 0;
        if (has != _cash[account][currency])
        {
            at.Find("cash-balance", $"account {account} has {has} minor units of {currency}, its entries sum to {_cash[account][currency]}");
        }
    }

    private static Dictionary<TKey, long> Of<TKey>(Dictionary<string, Dictionary<TKey, long>> all, string account)
        where TKey : notnull
    {
        if (!all.TryGetValue(account, out var sums))
        {
            all.Add(account, sums = []);
        }

        return sums;
    }
}
