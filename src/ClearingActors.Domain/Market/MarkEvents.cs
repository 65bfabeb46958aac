using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Market;

/// <summary>A mark was accepted; whatever was held for the instrument is gone.</summary>
/// <param name="Underlying">The market.</param>
/// <param name="Instrument">The instrument.</param>
/// <param name="Mark">Price, number in the market, instant.</param>
/// <param name="Source">Whose price it is.</param>
/// <param name="ConfirmedBy">
/// For a price that jumped: the source whose held mark this one confirms, or the operator who confirmed a held one; otherwise none.
/// </param>
/// <param name="KeepFrom">UTC ns: averages ask for the marks in force from here on, and for none before; 0 in events of before there were averages.</param>
public readonly record struct MarkAccepted(
    UnderlyingId Underlying, InstrumentId Instrument, Mark Mark, MarkSourceId Source, MarkSourceId ConfirmedBy, long KeepFrom = 0);

/// <summary>A mark jumped and waits for a second source or an operator; it replaces what was held before.</summary>
public readonly record struct MarkHeld(UnderlyingId Underlying, InstrumentId Instrument, HeldMark Held);

/// <summary>An operator dropped a held mark.</summary>
/// <param name="Underlying">The market.</param>
/// <param name="Instrument">The instrument.</param>
/// <param name="DroppedBy">The operator.</param>
public readonly record struct HeldMarkDropped(UnderlyingId Underlying, InstrumentId Instrument, MarkSourceId DroppedBy);

/// <summary>A mark that waits to be confirmed.</summary>
/// <param name="PriceUnits">Price units.</param>
/// <param name="Time">UTC ns.</param>
/// <param name="Source">Whose price it is.</param>
public readonly record struct HeldMark(long PriceUnits, long Time, MarkSourceId Source);
