namespace ClearingActors.Risk.Scenarios;

/// <summary>A price of one date.</summary>
/// <param name="Date">The trading date.</param>
/// <param name="Price">Finite; above zero where changes are relative.</param>
public readonly record struct DatedPrice(DateOnly Date, double Price);

/// <summary>The daily history of one risk factor: at least one price, dates strictly ascending, every price a finite number. Immutable.</summary>
public sealed class PriceSeries
{
    private readonly DatedPrice[] _prices;

    /// <param name="factor">The factor.</param>
    /// <param name="prices">By strictly ascending date.</param>
    /// <exception cref="ArgumentException">No prices, a price that is not finite, or dates out of order.</exception>
    public PriceSeries(RiskFactorId factor, IReadOnlyList<DatedPrice> prices)
        : this(factor, [.. prices])
    {
    }

    private PriceSeries(RiskFactorId factor, DatedPrice[] prices)
    {
        if (prices.Length == 0)
        {
            throw new ArgumentException($"the history of {factor} is empty; one price at least is needed", nameof(prices));
        }

        for (var i = 0; i < prices.Length; i++)
        {
            if (!double.IsFinite(prices[i].Price))
            {
                throw new ArgumentException($"the price of {factor} on {prices[i].Date:yyyy-MM-dd} is {prices[i].Price}; a finite number is needed", nameof(prices));
            }

            if (i > 0 && prices[i].Date <= prices[i - 1].Date)
            {
                throw new ArgumentException(
                    $"in the history of {factor} {prices[i].Date:yyyy-MM-dd} stands behind {prices[i - 1].Date:yyyy-MM-dd}; each date must be later than the one before", nameof(prices));
            }
        }

        Factor = factor;
        _prices = prices;
    }

    public RiskFactorId Factor { get; }

    public int Count => _prices.Length;

    public DateOnly FirstDate => _prices[0].Date;

    public DateOnly LastDate => _prices[^1].Date;

    /// <param name="index">0 to <see cref="Count"/> - 1, by ascending date.</param>
    public DatedPrice this[int index] => _prices[index];

    /// <summary>The place of a date that must be in the history.</summary>
    /// <exception cref="ArgumentException">The date has no price; the message names its neighbours.</exception>
    public int IndexOf(DateOnly date)
    {
        var place = Find(date);
        if (place >= 0)
        {
            return place;
        }

        var next = ~place;
        var neighbours = next == 0 ? $"the history begins on {FirstDate:yyyy-MM-dd}"
            : next == Count ? $"the history ends on {LastDate:yyyy-MM-dd}"
            : $"the nearest dates are {_prices[next - 1].Date:yyyy-MM-dd} and {_prices[next].Date:yyyy-MM-dd}";
        throw new ArgumentException($"{date:yyyy-MM-dd} has no price of {Factor}; {neighbours}", nameof(date));
    }

    public bool Has(DateOnly date) => Find(date) >= 0;

    /// <summary>The history from a date on, inclusive.</summary>
    /// <exception cref="ArgumentException">Nothing is left.</exception>
    public PriceSeries From(DateOnly first)
    {
        var place = Find(first);
        var start = place >= 0 ? place : ~place;
        return start < Count
            ? new PriceSeries(Factor, _prices[start..])
            : throw new ArgumentException($"the history of {Factor} ends on {LastDate:yyyy-MM-dd}, so nothing is left from {first:yyyy-MM-dd} on", nameof(first));
    }

    /// <summary>The changes from each date to the next: <see cref="Count"/> - 1 of them, oldest first.</summary>
    /// <exception cref="ArgumentException">A relative change with a price that is not above zero, or a change that is not finite; the message names the date.</exception>
    public double[] Changes(ChangeKind kind)
    {
        if (kind is not (ChangeKind.Relative or ChangeKind.Absolute))
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "Relative or Absolute is allowed");
        }

        var changes = new double[Count - 1];
        for (var i = 0; i < Count; i++)
        {
            if (kind == ChangeKind.Relative && _prices[i].Price <= 0)
            {
                throw new ArgumentException(
                    $"the price of {Factor} on {_prices[i].Date:yyyy-MM-dd} is {_prices[i].Price:R}; relative changes need prices above 0, use absolute ones", nameof(kind));
            }

            if (i == 0)
            {
                continue;
            }

            var change = kind == ChangeKind.Relative ? (_prices[i].Price / _prices[i - 1].Price) - 1.0 : _prices[i].Price - _prices[i - 1].Price;
            changes[i - 1] = double.IsFinite(change)
                ? change
                : throw new ArgumentException($"the change of {Factor} to {_prices[i].Date:yyyy-MM-dd} is {change}; check the price {_prices[i].Price:R}", nameof(kind));
        }

        return changes;
    }

    internal PriceSeries Take(int count) => new(Factor, _prices[..count]);

    /// <summary>The prices of two places and all between them.</summary>
    internal PriceSeries Slice(int first, int last) => new(Factor, _prices[first..(last + 1)]);

    /// <summary>The first and the last place within two dates that have a price before them; the first is greater if there is none.</summary>
    internal (int First, int Last) ChangesWithin(DateOnly first, DateOnly last)
    {
        var from = Find(first);
        var to = Find(last);
        return (Math.Max(1, from >= 0 ? from : ~from), to >= 0 ? to : ~to - 1);
    }

    private int Find(DateOnly date)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _prices[middle].Date.CompareTo(date);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
