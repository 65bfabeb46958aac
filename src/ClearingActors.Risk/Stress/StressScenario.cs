using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Stress;

/// <summary>A shock of one factor.</summary>
/// <param name="Factor">A price, volatility or currency. Without a node it moves every node of the underlying that has no shock of its own.</param>
/// <param name="Kind">Relative or absolute.</param>
/// <param name="Shock">A fraction, at least -0.99, or price units.</param>
public readonly record struct StressShock(RiskFactorId Factor, ChangeKind Kind, double Shock);

/// <summary>A stress scenario (rulebook 10.1): one joint move of prices, volatilities and currencies. Immutable.</summary>
public sealed class StressScenario
{
    private readonly Dictionary<RiskFactorId, StressShock> _shocks = [];

    /// <param name="id">The scenario's id.</param>
    /// <param name="shocks">Each factor once.</param>
    /// <param name="otherFactorsUnmoved">True if a factor without a shock stays where it is; false if asking for one is an error.</param>
    /// <exception cref="ArgumentException">A factor twice, or a shock that is not finite or below -0.99 if relative.</exception>
    public StressScenario(string id, IReadOnlyList<StressShock> shocks, bool otherFactorsUnmoved)
    {
        Id = id;
        OtherFactorsUnmoved = otherFactorsUnmoved;
        foreach (var shock in shocks)
        {
            // The set checks kind and range.
            _ = new ScenarioSet([new FactorShocks(shock.Factor, shock.Kind, [shock.Shock], null)]);
            if (!_shocks.TryAdd(shock.Factor, shock))
            {
                throw new ArgumentException($"scenario {id} moves {shock.Factor} twice", nameof(shocks));
            }
        }
    }

    public string Id { get; }

    public bool OtherFactorsUnmoved { get; }

    /// <summary>By factor.</summary>
    public IReadOnlyList<StressShock> Shocks => [.. _shocks.Values.OrderBy(s => s.Factor)];

    /// <summary>True if the scenario has a shock of this very factor, at this node.</summary>
    public bool Names(RiskFactorId factor) => _shocks.ContainsKey(factor);

    /// <summary>The shock of a factor: its own, or its underlying's, or none where others stay unmoved.</summary>
    /// <exception cref="ArgumentException">The scenario says nothing of the factor.</exception>
    public StressShock ShockOf(RiskFactorId factor)
    {
        if (_shocks.TryGetValue(factor, out var own) || _shocks.TryGetValue(factor with { Node = "" }, out own))
        {
            return own with { Factor = factor };
        }

        return OtherFactorsUnmoved
            ? new StressShock(factor, ChangeKind.Absolute, 0.0)
            : throw new ArgumentException($"scenario {Id} says nothing of {factor}; give it a shock, 0 if it stays unmoved", nameof(factor));
    }

    /// <summary>The scenario for some factors, as a set of one.</summary>
    /// <param name="factors">One factor at least, each once.</param>
    public ScenarioSet For(IReadOnlyCollection<RiskFactorId> factors) =>
        new([.. factors.Select(f => ShockOf(f)).Select(s => new FactorShocks(s.Factor, s.Kind, [s.Shock], null))]);
}
