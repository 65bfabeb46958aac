using System.Collections.Concurrent;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// Vectors of gains per lot that the shards of a node share. What is asked with names the answer completely (the instrument as the model sees it, and the version of the
/// scenarios), so whoever comes first computes the same bits. Any thread.
/// </summary>
internal sealed class PerLotCache
{
    /// <summary>Beyond this many vectors all are forgotten: 40 MB of 1,250 scenarios.</summary>
    private const int Limit = 4096;

    private readonly ConcurrentDictionary<(InstrumentRisk Instrument, string Scenarios), Lazy<double[]>> _vectors = [];

    internal double[] Of(InstrumentRisk instrument, ScenarioSet scenarios)
    {
        if (_vectors.Count >= Limit)
        {
            _vectors.Clear();
        }

        return _vectors.GetOrAdd((instrument, scenarios.Version), _ => new Lazy<double[]>(() => FullRevaluation.PerLot(instrument, scenarios))).Value;
    }
}
