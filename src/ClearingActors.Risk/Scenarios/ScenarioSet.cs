using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace ClearingActors.Risk.Scenarios;

/// <summary>A factor's history and how its changes are measured.</summary>
public readonly record struct FactorHistory(PriceSeries Prices, ChangeKind Kind);

/// <summary>
/// Joint scenarios of several factors: scenario i of every factor comes from the same dates. Immutable, so it may be shared. Its <see cref="Version"/> is a hash of
/// its exact doubles: two sets of the same version give the same margin to the last bit.
/// </summary>
public sealed class ScenarioSet
{
    private readonly ImmutableSortedDictionary<RiskFactorId, FactorShocks> _factors;

    /// <param name="factors">Each factor once, all with the same number of scenarios.</param>
    /// <exception cref="ArgumentException">No factor, one given twice, numbers of scenarios that differ or are 0, or a shock that is not finite or below -0.99 if relative.</exception>
    public ScenarioSet(IReadOnlyCollection<FactorShocks> factors)
    {
        if (factors.Count == 0)
        {
            throw new ArgumentException("a scenario set needs one factor at least", nameof(factors));
        }

        var builder = ImmutableSortedDictionary.CreateBuilder<RiskFactorId, FactorShocks>();
        Count = factors.First().Shocks.Length;
        foreach (var factor in factors)
        {
            Check(factor, Count);
            if (!builder.TryAdd(factor.Factor, factor))
            {
                throw new ArgumentException($"{factor.Factor} is given twice", nameof(factors));
            }
        }

        _factors = builder.ToImmutable();
        Version = Hash();
    }

    /// <summary>Scenarios, 1 or more.</summary>
    public int Count { get; }

    /// <summary>SHA-256 over the factors by id: kind, volatility and shocks as IEEE 754 bits. 64 hexadecimal digits.</summary>
    public string Version { get; }

    /// <summary>By factor.</summary>
    public IEnumerable<FactorShocks> Factors => _factors.Values;

    /// <summary>The shocks of a factor.</summary>
    /// <exception cref="ArgumentException">The set has no such factor.</exception>
    public FactorShocks this[RiskFactorId factor] => _factors.TryGetValue(factor, out var shocks)
        ? shocks
        : throw new ArgumentException($"the scenario set has no shocks of {factor}; it has {string.Join(", ", _factors.Keys)}", nameof(factor));

    public bool Has(RiskFactorId factor) => _factors.ContainsKey(factor);

    /// <summary>Scenarios from histories up to a date, all factors on the same dates.</summary>
    /// <param name="histories">Each factor once. The dates used begin with the latest first date.</param>
    /// <param name="asOf">The last date used.</param>
    /// <param name="settings">Lookback, volatility, scaling and what to do about missing dates.</param>
    /// <exception cref="ArgumentException">See <see cref="FactorShocks.FromHistory"/>; or a date that one factor has and another has not, unless it is to be held.</exception>
    public static ScenarioSet FromHistories(IReadOnlyList<FactorHistory> histories, DateOnly asOf, ScenarioSettings settings)
    {
        var aligned = AlignedDates.Of([.. histories.Select(h => h.Prices)], asOf, settings.MissingDates);
        return new ScenarioSet([.. aligned.Select((prices, i) => FactorShocks.FromHistory(prices, histories[i].Kind, asOf, settings))]);
    }

    /// <summary>Unscaled scenarios of a window, all factors on the same dates (rulebook 8.4).</summary>
    /// <param name="histories">Each factor once.</param>
    /// <param name="first">The window's first date.</param>
    /// <param name="last">The window's last date; must be in the histories.</param>
    /// <param name="mporDays">Above 0.</param>
    /// <param name="missingDates">What to do about missing dates.</param>
    /// <exception cref="ArgumentException">See <see cref="FactorShocks.FromWindow"/>; or a date that one factor has and another has not, unless it is to be held.</exception>
    public static ScenarioSet FromWindow(IReadOnlyList<FactorHistory> histories, DateOnly first, DateOnly last, double mporDays, MissingDates missingDates)
    {
        var aligned = AlignedDates.Of([.. histories.Select(h => h.Prices)], last, missingDates);
        return new ScenarioSet([.. aligned.Select((prices, i) => FactorShocks.FromWindow(prices, histories[i].Kind, first, last, mporDays))]);
    }

    private static void Check(FactorShocks factor, int count)
    {
        if (factor.Factor.Kind == RiskFactorKind.None || factor.Kind == ChangeKind.None)
        {
            throw new ArgumentException($"{factor.Factor} with {factor.Kind} changes is no factor", nameof(factor));
        }

        if (factor.Shocks.IsDefaultOrEmpty || factor.Shocks.Length != count)
        {
            throw new ArgumentException($"{factor.Factor} has {(factor.Shocks.IsDefault ? 0 : factor.Shocks.Length)} scenarios; every factor needs the same number, 1 or more (the first has {count})", nameof(factor));
        }

        for (var i = 0; i < count; i++)
        {
            var shock = factor.Shocks[i];
            if (!double.IsFinite(shock) || (factor.Kind == ChangeKind.Relative && shock < Shock.LowestRelative))
            {
                throw new ArgumentException($"shock {i} of {factor.Factor} is {shock:R}; a finite number is needed, at least {Shock.LowestRelative:R} if relative", nameof(factor));
            }
        }
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[8];
        hash.AppendData("clearing scenario set 1"u8);
        Number(Count, word);
        Number(_factors.Count, word);
        foreach (var factor in _factors.Values)
        {
            Number((int)factor.Factor.Kind, word);
            Text(factor.Factor.Name, word);
            Text(factor.Factor.Node, word);
            Number((int)factor.Kind, word);
            Number(factor.DailyVolatility is null ? 0 : 1, word);
            Number(BitConverter.DoubleToInt64Bits(factor.DailyVolatility ?? 0.0), word);
            foreach (var shock in factor.Shocks)
            {
                Number(BitConverter.DoubleToInt64Bits(shock), word);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Number(long value, Span<byte> bytes)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            hash.AppendData(bytes);
        }

        void Text(string value, Span<byte> bytes)
        {
            var utf8 = Encoding.UTF8.GetBytes(value);
            Number(utf8.Length, bytes);
            hash.AppendData(utf8);
        }
    }
}
