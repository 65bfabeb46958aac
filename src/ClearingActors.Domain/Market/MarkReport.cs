using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Market;

/// <summary>A price as a source reports it (rulebook 5).</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Source">Who says so.</param>
/// <param name="Price">Exactly as reported.</param>
/// <param name="Time">UTC ns: the instant that the price is of.</param>
public readonly record struct MarkReport(InstrumentId Instrument, MarkSourceId Source, decimal Price, long Time);

/// <summary>Why a mark was refused. The numbers are journaled and never change.</summary>
public enum MarkRejectReason
{
    None = 0,

    /// <summary>The house does not know the instrument, or it has another underlying.</summary>
    UnknownInstrument = 1,

    /// <summary>Not later than the last accepted mark, or than the mark that is held.</summary>
    NotNewer = 2,

    /// <summary>Older than the instrument's staleness allows.</summary>
    Stale = 3,

    /// <summary>Outside the absolute bands.</summary>
    OutsideBands = 4,

    /// <summary>More digits than the instrument's prices have.</summary>
    OffTick = 5,

    /// <summary>No source, zero or negative where that is not allowed, or from further in the future than the staleness.</summary>
    Malformed = 6,

    /// <summary>Nothing is held, or something else than the operator saw.</summary>
    NothingHeld = 7,
}
