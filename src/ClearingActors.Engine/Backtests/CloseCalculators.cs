using ClearingActors.Domain.Margin;
using ClearingActors.Engine.Risk;

namespace ClearingActors.Engine.Backtests;

/// <summary>
/// Margin routines of closes, shared by the shards of a house. What is asked with names the routine completely, since equal versions of the risk book have the same content.
/// </summary>
internal sealed class CloseCalculators
{
    /// <summary>Beyond this many all are forgotten: two months of a house whose shards are replayed one after the other.</summary>
    private const int Limit = 64;

    private readonly Dictionary<(long Cycle, long At, long Version, string Parameters, BufferDecision? Buffer), MarginCalculator> _calculators = [];

    /// <summary>Gains per lot, of all closes.</summary>
    internal PerLotCache Gains { get; } = new();

    internal MarginCalculator Of(long cycle, long at, long version, string parameters, BufferDecision? buffer, Func<MarginCalculator> make)
    {
        var key = (cycle, at, version, parameters, buffer);
        if (!_calculators.TryGetValue(key, out var calculator))
        {
            calculator = make();
            if (_calculators.Count >= Limit)
            {
                _calculators.Clear();
            }

            _calculators.Add(key, calculator);
        }

        return calculator;
    }
}
