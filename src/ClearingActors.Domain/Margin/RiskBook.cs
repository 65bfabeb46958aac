using System.Runtime.InteropServices;

namespace ClearingActors.Domain.Margin;

/// <summary>A daily price of a risk factor. A risk number, not money: an IEEE double, kept to the bit.</summary>
/// <param name="Date">The trading date.</param>
/// <param name="Price">Finite.</param>
public readonly record struct FactorPrice(DateOnly Date, double Price);

/// <summary>The margin model's parameters were set, for the whole house.</summary>
/// <param name="Parameters">JSON as an operator gave it, checked before; its hash is the model's version.</param>
public readonly record struct RiskModelSet(string Parameters);

/// <summary>Prices were added behind a factor's history, or put in its place.</summary>
/// <param name="Factor">The factor's id.</param>
/// <param name="Prices">By strictly ascending date.</param>
/// <param name="Replaces">True if what was there is void, as when a history is loaded or corrected.</param>
public sealed record FactorPricesSet(string Factor, IReadOnlyList<FactorPrice> Prices, bool Replaces);

/// <summary>The history of one factor, as a snapshot has it.</summary>
public sealed record FactorHistory(string Factor, IReadOnlyList<FactorPrice> Prices);

/// <summary>
/// What margin is computed from besides positions and marks (rulebook 8.1): the model's parameters and the daily histories of the risk factors. Every shard holds the
/// same, so that each can compute its accounts' margin, and the journal holds enough to compute it again.
/// </summary>
public sealed class RiskBook
{
    /// <summary>The most factors.</summary>
    public const int MaxFactors = 256;

    /// <summary>The most prices of one factor: 54 years of every day.</summary>
    public const int MaxPrices = 20_000;

    /// <summary>The most prices of one event.</summary>
    public const int MaxPricesAtOnce = 4_096;

    /// <summary>The most characters of the parameters.</summary>
    public const int MaxParameters = 65_536;

    private readonly SortedDictionary<string, List<FactorPrice>> _histories = new(StringComparer.Ordinal);

    /// <summary>The parameters; empty before the first are set: then no margin is computed.</summary>
    public string Parameters { get; private set; } = "";

    /// <summary>Grows with every change; for caches. The same history of changes gives the same number.</summary>
    public long Version { get; private set; }

    /// <summary>The factors, ordinal.</summary>
    public IEnumerable<string> Factors => _histories.Keys;

    /// <summary>How many factors have a history.</summary>
    public int FactorCount => _histories.Count;

    /// <summary>The last decision about the 25 % buffer; null before the first: then it is held.</summary>
    public BufferDecision? Buffer { get; private set; }

    /// <summary>True while the buffer may be used up.</summary>
    public bool BufferReleased => Buffer is { Released: true };

    /// <summary>True before anything was set.</summary>
    public bool IsEmpty => Parameters.Length == 0 && _histories.Count == 0;

    public static RiskBook Restore(string parameters, long version, IEnumerable<FactorHistory> histories, BufferDecision? buffer = null)
    {
        var book = new RiskBook { Parameters = parameters, Version = version, Buffer = buffer };
        foreach (var history in histories)
        {
            book._histories.Add(history.Factor, [.. history.Prices]);
        }

        return book;
    }

    /// <summary>The factor's prices by ascending date; empty for an unknown factor.</summary>
    public ReadOnlySpan<FactorPrice> PricesOf(string factor) => _histories.TryGetValue(factor, out var prices) ? CollectionsMarshal.AsSpan(prices) : [];

    /// <summary>What is wrong with a change, or null. The parameters' content is checked by who can read it.</summary>
    public static string? Refuse(in RiskModelSet e) =>
        e.Parameters.Length is 0 or > MaxParameters ? $"parameters of {e.Parameters.Length} characters: 1 to {MaxParameters} are allowed" : null;

    /// <summary>What is wrong with a change, or null.</summary>
    public string? Refuse(FactorPricesSet e)
    {
        if (!IdText.IsValid(e.Factor))
        {
            return $"risk factor \"{e.Factor}\" is not an id: 1 to {IdText.MaxLength} characters of A-Z a-z 0-9 . _ - are allowed";
        }

        if (e.Prices.Count is 0 or > MaxPricesAtOnce)
        {
            return $"{e.Prices.Count} prices of {e.Factor}: 1 to {MaxPricesAtOnce} at once are allowed; send more in several parts";
        }

        var known = PricesOf(e.Factor);
        if (known.IsEmpty && _histories.Count >= MaxFactors)
        {
            return $"{e.Factor} would be risk factor {_histories.Count + 1}; {MaxFactors} are allowed";
        }

        if (!e.Replaces && known.Length + e.Prices.Count > MaxPrices)
        {
            return $"{e.Factor} would have {known.Length + e.Prices.Count} prices; {MaxPrices} are allowed";
        }

        var last = e.Replaces || known.IsEmpty ? DateOnly.MinValue : known[^1].Date;
        foreach (var price in e.Prices)
        {
            if (price.Date <= last)
            {
                return $"the price of {e.Factor} on {price.Date:yyyy-MM-dd} stands behind {last:yyyy-MM-dd}; each date must be later than the one before. A correction replaces the history";
            }

            if (!double.IsFinite(price.Price))
            {
                return $"the price of {e.Factor} on {price.Date:yyyy-MM-dd} is {price.Price}; a finite number is needed";
            }

            last = price.Date;
        }

        return null;
    }

    public void Apply(in RiskModelSet e)
    {
        Parameters = Refuse(e) is { } reason ? throw new InvalidOperationException(reason) : e.Parameters;
        Version++;
    }

    public void Apply(BufferDecision e)
    {
        Buffer = e.Refuse() is { } reason ? throw new InvalidOperationException(reason) : e;
        Version++;
    }

    public void Apply(FactorPricesSet e)
    {
        if (Refuse(e) is { } reason)
        {
            throw new InvalidOperationException(reason);
        }

        if (!_histories.TryGetValue(e.Factor, out var prices))
        {
            _histories.Add(e.Factor, prices = []);
        }

        if (e.Replaces)
        {
            prices.Clear();
        }

        prices.AddRange(e.Prices);
        Version++;
    }
}
