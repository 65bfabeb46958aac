using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Settlement;

/// <summary>The final price of an expired instrument was fixed (rulebook 6.3).</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="PriceUnits">In its own price units, on its tick.</param>
/// <param name="Marks">How many accepted marks the window held.</param>
/// <param name="DecidedBy">The operator who decided it because there were too few; empty if the marks did.</param>
/// <param name="Reason">The operator's reason; empty if the marks decided.</param>
public readonly record struct FinalPriceFixed(InstrumentId Instrument, long PriceUnits, int Marks, string DecidedBy, string Reason);
