using System.Globalization;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// Which of a scenario's tenor nodes a live instrument stands at (rulebook 10.1): the one that the risk model names for it; else one that is called as the instrument, as the
/// date of its expiry, or as the month of it, the most exact first (2020-06-19 before 2020-06, in UTC). An option on a future stands where the future does, one on an index at
/// its own expiry; its volatility always at its own. Where the scenario has none of these nodes, the shock of the underlying holds.
/// </summary>
/// <param name="vectors">Where references are found.</param>
/// <param name="named">Nodes by instrument, from the risk model.</param>
internal sealed class TenorNodes(InstrumentVectors vectors, IReadOnlyDictionary<string, string> named)
{
    /// <summary>The shock that moves an instrument's price by way of this factor.</summary>
    /// <exception cref="ArgumentException">The scenario says nothing of the factor.</exception>
    internal StressShock ShockOf(RiskFactorId factor, Instrument instrument, StressScenario scenario) => scenario.ShockOf(At(factor, NodesOf(instrument, ofPrice: true), scenario));

    /// <summary>The shock that moves an option's volatility by way of this factor.</summary>
    /// <exception cref="ArgumentException">The scenario says nothing of the factor.</exception>
    internal StressShock VolatilityShockOf(RiskFactorId factor, Instrument option, StressScenario scenario) => scenario.ShockOf(At(factor, NodesOf(option, ofPrice: false), scenario));

    /// <summary>True if the scenario moves the factor, at the instrument's node or at every one.</summary>
    internal bool IsMoved(RiskFactorId factor, Instrument instrument, StressScenario scenario) => scenario.Names(At(factor, NodesOf(instrument, ofPrice: true), scenario));

    private static RiskFactorId At(RiskFactorId factor, IEnumerable<string> nodes, StressScenario scenario)
    {
        foreach (var node in nodes)
        {
            if (scenario.Names(factor with { Node = node }))
            {
                return factor with { Node = node };
            }
        }

        return factor;
    }

    private IEnumerable<string> NodesOf(Instrument instrument, bool ofPrice)
    {
        if (named.TryGetValue(instrument.Id.Value, out var node))
        {
            return [node];
        }

        if (ofPrice && instrument.Option is not null && vectors.ReferenceOf(instrument) is { Kind: InstrumentKind.Future } future)
        {
            return NodesOf(future, ofPrice);
        }

        if (instrument.Expiry == long.MaxValue)
        {
            return [instrument.Id.Value];
        }

        var date = UtcTime.DateOf(instrument.Expiry);
        return [instrument.Id.Value, date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), date.ToString("yyyy-MM", CultureInfo.InvariantCulture)];
    }
}
