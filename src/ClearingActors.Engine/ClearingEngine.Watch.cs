using ClearingActors.Domain.Instruments;

namespace ClearingActors.Engine;

/// <summary>What those who watch the house ask.</summary>
public sealed partial class ClearingEngine
{
    /// <summary>Whether the whole house is halted, and which instruments are by themselves.</summary>
    public Task<(bool House, IReadOnlyList<InstrumentId> Instruments)> ReadHaltsAsync() => _runtime.InspectAsync(
        SettlementAddress.Shard,
        static (_, scope) => (((EngineScope)scope).Directory.Halted,
            (IReadOnlyList<InstrumentId>)[.. ((EngineScope)scope).Directory.SortedInstruments().Where(static i => i.Halted).Select(static i => i.Instrument.Id)]));
}
