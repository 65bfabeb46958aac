using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Settlement;

/// <summary>An instrument's settlement price in one cycle.</summary>
/// <param name="Instrument">The instrument; what it is counted in never changes.</param>
/// <param name="PriceUnits">Price units.</param>
public readonly record struct SettlementPrice(Instrument Instrument, long PriceUnits);

/// <summary>The settlement prices of one cycle, and what else it settles at (rulebook 6.1, 6.4): immutable, one object for all accounts of a process, each price by instrument.</summary>
public sealed class SettlementPrices
{
    private readonly Dictionary<InstrumentId, SettlementPrice> _prices;
    private readonly SortedSet<InstrumentId> _expiring;

    /// <param name="cycle">From 1.</param>
    /// <param name="businessDate">The date of the cycle.</param>
    /// <param name="prices">Each instrument once.</param>
    /// <param name="fundings">What the cycle pays of perpetuals; none if null.</param>
    /// <param name="expiring">The instruments that the cycle settles for the last time, at the price given; none if null.</param>
    /// <exception cref="ArgumentException">The cycle is below 1, or an instrument occurs twice, or one expires without a price.</exception>
    public SettlementPrices(long cycle, DateOnly businessDate, IReadOnlyCollection<SettlementPrice> prices, IReadOnlyList<FundingPayment>? fundings = null, IReadOnlyCollection<InstrumentId>? expiring = null)
    {
        if (cycle < 1)
        {
            throw new ArgumentException($"cycle {cycle} is below 1", nameof(cycle));
        }

        Cycle = cycle;
        BusinessDate = businessDate;
        Fundings = fundings ?? [];
        _expiring = [.. expiring ?? []];
        _prices = new Dictionary<InstrumentId, SettlementPrice>(prices.Count);
        foreach (var price in prices)
        {
            if (!_prices.TryAdd(price.Instrument.Id, price))
            {
                throw new ArgumentException($"instrument {price.Instrument.Id} has two settlement prices in cycle {cycle}", nameof(prices));
            }
        }

        foreach (var instrument in _expiring)
        {
            if (!_prices.ContainsKey(instrument))
            {
                throw new ArgumentException($"instrument {instrument} expires in cycle {cycle} and has no price", nameof(expiring));
            }
        }
    }

    public long Cycle { get; }

    public DateOnly BusinessDate { get; }

    /// <summary>The fundings that the cycle pays, in the order in which they were fixed.</summary>
    public IReadOnlyList<FundingPayment> Fundings { get; }

    /// <summary>The instruments that the cycle settles for the last time, by id.</summary>
    public IReadOnlyCollection<InstrumentId> Expiring => _expiring;

    public int Count => _prices.Count;

    /// <summary>True if the cycle settles the instrument for the last time.</summary>
    public bool IsExpiring(InstrumentId instrument) => _expiring.Contains(instrument);

    public bool TryGet(InstrumentId instrument, out SettlementPrice price) => _prices.TryGetValue(instrument, out price);

    /// <summary>All prices by instrument id, ordinal.</summary>
    public IReadOnlyList<SettlementPrice> Sorted() => [.. _prices.OrderBy(p => p.Key).Select(p => p.Value)];
}
