using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Ledger;

/// <summary>One half of a double entry in a security or coin, seen from <see cref="Account"/> (rulebook 3).</summary>
/// <param name="ValueDate">The business date it counts from.</param>
/// <param name="Account">Whose holding changes by <paramref name="Units"/>.</param>
/// <param name="CounterAccount">Whose holding changes by the opposite.</param>
/// <param name="Asset">What is moved.</param>
/// <param name="UnitDigits">Decimal places of its quantity.</param>
/// <param name="Currency">The currency of its price.</param>
/// <param name="Units">Signed: positive is received by <paramref name="Account"/>.</param>
/// <param name="Request">The request that brought it about.</param>
public readonly record struct AssetEntry(DateOnly ValueDate, AccountId Account, AccountId CounterAccount, AssetId Asset, int UnitDigits, Currency Currency, long Units, RequestId Request)
{
    /// <summary>The other half.</summary>
    public AssetEntry Mirrored() => this with { Account = CounterAccount, CounterAccount = Account, Units = -Units };
}

/// <summary>An entry in a security or coin was booked on its account.</summary>
public readonly record struct AssetBooked(AssetEntry Entry);

/// <summary>Units of an asset.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Units">In 10^-digits of the asset; negative only in the CCP's own accounts.</param>
public readonly record struct AssetHolding(AssetId Asset, long Units);

/// <summary>A request that moved an asset.</summary>
public readonly record struct BookedAssetRequest(RequestId Request, AssetId Asset, long Units);

/// <summary>Everything in an <see cref="AssetHoldings"/>: holdings by asset, requests in the order in which they came.</summary>
public sealed record AssetHoldingsSnapshot(IReadOnlyList<AssetHolding> Holdings, IReadOnlyList<BookedAssetRequest> Requests);

/// <summary>
/// The securities and coins of an account, and its last <see cref="AccountState.RememberedRequests"/> requests for them. Changes only in Apply, which throws
/// <see cref="InvalidOperationException"/> on an event that contradicts the state.
/// </summary>
public sealed class AssetHoldings
{
    private readonly SortedDictionary<AssetId, long> _units = [];
    private readonly Dictionary<RequestId, BookedAssetRequest> _requests = [];
    private readonly Queue<RequestId> _order = new();

    /// <summary>What is held, by asset; never zero units.</summary>
    public IEnumerable<AssetHolding> Held => _units.Select(u => new AssetHolding(u.Key, u.Value));

    /// <summary>Grows with every change; it says whether what was computed from the holdings still holds, and is not part of their content.</summary>
    public long Version { get; private set; }

    /// <summary>True if nothing is held.</summary>
    public bool IsEmpty => _units.Count == 0;

    public static AssetHoldings Restore(AssetHoldingsSnapshot snapshot)
    {
        var holdings = new AssetHoldings();
        foreach (var held in snapshot.Holdings)
        {
            holdings._units.Add(held.Asset, held.Units);
        }

        foreach (var request in snapshot.Requests)
        {
            holdings.Remember(request);
        }

        return holdings;
    }

    public AssetHoldingsSnapshot ToSnapshot() => new([.. Held], [.. _order.Select(r => _requests[r])]);

    /// <summary>Units held; 0 if none.</summary>
    public long UnitsOf(AssetId asset) => _units.GetValueOrDefault(asset);

    /// <summary>What a remembered request moved.</summary>
    public bool TryGetRequest(RequestId request, out BookedAssetRequest booked) => _requests.TryGetValue(request, out booked);

    internal void Apply(in AssetEntry entry, bool ofCcp)
    {
        var units = checked(UnitsOf(entry.Asset) + entry.Units);
        if (entry.Units == 0 || (units < 0 && !ofCcp))
        {
            throw new InvalidOperationException($"account {entry.Account} holds {UnitsOf(entry.Asset)} units of {entry.Asset} and cannot book {entry.Units}");
        }

        Version++;
        if (!ofCcp)
        {
            Remember(new BookedAssetRequest(entry.Request, entry.Asset, entry.Units));
        }

        if (units == 0)
        {
            _units.Remove(entry.Asset);
        }
        else
        {
            _units[entry.Asset] = units;
        }
    }

    private void Remember(in BookedAssetRequest request)
    {
        if (!_requests.TryAdd(request.Request, request))
        {
            throw new InvalidOperationException($"request {request.Request} for {request.Asset} was booked before");
        }

        _order.Enqueue(request.Request);
        if (_order.Count > AccountState.RememberedRequests)
        {
            _requests.Remove(_order.Dequeue());
        }
    }
}
