using System.Collections.Concurrent;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine;

namespace ClearingActors.Node;

/// <summary>What never changes of the house's instruments (price scale, underlying, currency), kept so that prices need no question to a shard. Thread-safe.</summary>
internal sealed class Instruments(ClearingEngine engine)
{
    private readonly ConcurrentDictionary<InstrumentId, Instrument> _known = new();

    /// <summary>The instrument; null if the house does not know it. Limits and bands may be those of an earlier definition.</summary>
    internal ValueTask<Instrument?> FindAsync(InstrumentId id) => _known.TryGetValue(id, out var known) ? new(known) : AskAsync(id);

    private async ValueTask<Instrument?> AskAsync(InstrumentId id)
    {
        if (await engine.FindInstrumentAsync(id).ConfigureAwait(false) is { } found)
        {
            _known.TryAdd(id, found);
            return found;
        }

        return null;
    }
}
