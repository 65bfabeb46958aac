using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine;

/// <summary>
/// The invariants' raw figures: positions per instrument and cash per currency over all accounts, the CCP's own included. While nothing is in flight every position
/// sum and every cash sum is zero.
/// </summary>
public sealed class HouseBooks
{
    private readonly SortedDictionary<InstrumentId, (Int128 Sum, Int128 Long, long Accounts)> _positions = [];
    private readonly SortedDictionary<Currency, Int128> _cash = [];
    private readonly SortedDictionary<AssetId, Int128> _assets = [];

    /// <summary>Per instrument the sum of all positions, the sum of the long ones, and the accounts that hold any.</summary>
    public IReadOnlyDictionary<InstrumentId, (Int128 Sum, Int128 Long, long Accounts)> Positions => _positions;

    /// <summary>Per currency the sum of all cash, minor units.</summary>
    public IReadOnlyDictionary<Currency, Int128> Cash => _cash;

    /// <summary>Per security or coin the sum of all units.</summary>
    public IReadOnlyDictionary<AssetId, Int128> Assets => _assets;

    /// <summary>Reservations that are open: trades in flight.</summary>
    public long OpenReservations { get; private set; }

    /// <summary>Variation margin computed and not yet booked.</summary>
    public long Unbooked { get; private set; }

    /// <summary>Accounts defined, the CCP's own included.</summary>
    public long Accounts { get; private set; }

    /// <summary>True if every position sum is zero.</summary>
    public bool MatchedBook => _positions.Values.All(p => p.Sum == 0);

    /// <summary>True if every cash sum is zero.</summary>
    public bool CashConserved => _cash.Values.All(c => c == 0);

    /// <summary>True if every sum of units is zero.</summary>
    public bool AssetsConserved => _assets.Values.All(a => a == 0);

    internal static HouseBooks Of(EngineScope scope)
    {
        var books = new HouseBooks();
        foreach (var actor in scope.Accounts)
        {
            books.Add(actor.State);
        }

        return books;
    }

    internal void Add(HouseBooks other)
    {
        foreach (var (instrument, p) in other._positions)
        {
            var (sum, lots, accounts) = _positions.GetValueOrDefault(instrument);
            _positions[instrument] = (sum + p.Sum, lots + p.Long, accounts + p.Accounts);
        }

        foreach (var (currency, cash) in other._cash)
        {
            _cash[currency] = _cash.GetValueOrDefault(currency) + cash;
        }

        foreach (var (asset, units) in other._assets)
        {
            _assets[asset] = _assets.GetValueOrDefault(asset) + units;
        }

        OpenReservations += other.OpenReservations;
        Unbooked += other.Unbooked;
        Accounts += other.Accounts;
    }

    private void Add(AccountState account)
    {
        Accounts++;
        OpenReservations += account.OpenReservationCount;
        Unbooked += account.UnbookedVariationMargin.Count;
        foreach (var position in account.Positions)
        {
            var (sum, lots, accounts) = _positions.GetValueOrDefault(position.Key.Instrument);
            var quantity = position.Quantity;
            _positions[position.Key.Instrument] = (sum + quantity, lots + Math.Max(0, quantity), accounts + 1);
        }

        foreach (ref readonly var balance in account.Balances)
        {
            _cash[balance.Currency] = _cash.GetValueOrDefault(balance.Currency) + balance.Cash;
        }

        foreach (var held in account.Assets?.Held ?? [])
        {
            _assets[held.Asset] = _assets.GetValueOrDefault(held.Asset) + held.Units;
        }
    }
}
