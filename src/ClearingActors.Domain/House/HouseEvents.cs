using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.House;

/// <summary>An instrument was defined, or defined anew with other limits.</summary>
public readonly record struct InstrumentDefined(Instrument Instrument);

/// <summary>An instrument takes no trades until resumed.</summary>
public readonly record struct InstrumentHalted(InstrumentId Instrument);

/// <summary>An instrument takes trades again.</summary>
public readonly record struct InstrumentResumed(InstrumentId Instrument);

/// <summary>No instrument takes trades until the house resumes; halts of single instruments stand beside it.</summary>
public readonly record struct HouseHalted;

/// <summary>The house-wide halt is over.</summary>
public readonly record struct HouseResumed;

/// <summary>A member was defined, active.</summary>
public readonly record struct MemberDefined(MemberId Member);

/// <summary>A member takes no trades but guaranteed ones executed before the instant.</summary>
/// <param name="Member">The member.</param>
/// <param name="SuspendedAt">UTC ns of business time.</param>
public readonly record struct MemberSuspended(MemberId Member, long SuspendedAt);

/// <summary>A suspended member is active again.</summary>
public readonly record struct MemberReinstated(MemberId Member);

/// <summary>A member was declared in default (rulebook 11.1).</summary>
/// <param name="Number">The default's, from 1.</param>
/// <param name="Member">The member.</param>
/// <param name="At">UTC ns of business time.</param>
public readonly record struct MemberDefaulted(long Number, MemberId Member, long At);

/// <summary>A default was managed to its end; the member stays out.</summary>
public readonly record struct DefaultEnded(long Number);

/// <summary>A trade source was defined.</summary>
/// <param name="Source">Its id.</param>
/// <param name="Lanes">1 to 256, fixed for its life: lanes share the trade ids out, so another number would find ids in the wrong lane.</param>
public readonly record struct TradeSourceDefined(SourceId Source, int Lanes);

/// <summary>Business time moved on; it never goes back.</summary>
/// <param name="BusinessTime">UTC ns.</param>
public readonly record struct BusinessTimeAdvanced(long BusinessTime);

/// <summary>From here on trades are stamped with this cycle.</summary>
/// <param name="Cycle">The last cycle + 1; the first is 1.</param>
/// <param name="BusinessDate">Never before the last one's.</param>
public readonly record struct CycleOpened(long Cycle, DateOnly BusinessDate);

/// <summary>A cycle was settled at this price.</summary>
public readonly record struct SettlementPriceSet(InstrumentId Instrument, long Cycle, long PriceUnits);

/// <summary>An instrument has its final price and takes no trades any more (rulebook 6.3).</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="PriceUnits">Its final price.</param>
public readonly record struct ExpiryPriceSet(InstrumentId Instrument, long PriceUnits);

/// <summary>Every shard knows the instrument's final price, so no trade in it can begin any more: the next cycle that is frozen settles it for the last time.</summary>
public readonly record struct ExpiryConfirmed(InstrumentId Instrument);

/// <summary>An instrument was settled for the last time: nobody holds it any more.</summary>
public readonly record struct InstrumentClosed(InstrumentId Instrument);
