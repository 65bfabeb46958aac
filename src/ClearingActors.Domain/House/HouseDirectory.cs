using System.Runtime.InteropServices;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.House;

/// <summary>An instrument as a shard knows it.</summary>
/// <param name="Instrument">The definition in force.</param>
/// <param name="Halted">Its own halt; see also <see cref="HouseDirectory.Halted"/>.</param>
/// <param name="LastSettlementCycle">The cycle of the last settlement price; 0 before the first.</param>
/// <param name="LastSettlementUnits">The last settlement price in price units; meaningless before the first.</param>
/// <param name="Expiry">How far its expiry has come.</param>
/// <param name="FinalUnits">The final price in price units, for an option those of what it is on; meaningless before there is one.</param>
public readonly record struct ListedInstrument(
    Instrument Instrument, bool Halted, long LastSettlementCycle, long LastSettlementUnits, ExpiryStage Expiry = ExpiryStage.None, long FinalUnits = 0);

/// <summary>How far an instrument's expiry has come (rulebook 6.3). The numbers are journaled and never change.</summary>
public enum ExpiryStage
{
    /// <summary>It has no final price.</summary>
    None = 0,

    /// <summary>It has a final price and takes no trades; some shard may not know that yet.</summary>
    PriceSet = 1,

    /// <summary>Every shard knows: the next cycle that is frozen settles it for the last time.</summary>
    Confirmed = 2,

    /// <summary>It was settled for the last time.</summary>
    Closed = 3,
}

/// <summary>A member as a shard knows it.</summary>
public readonly record struct ListedMember(MemberId Member, MemberStatus Status);

/// <summary>A trade source as a shard knows it.</summary>
public readonly record struct ListedSource(SourceId Source, int Lanes);

/// <summary>Everything in a <see cref="HouseDirectory"/>, lists by id, ordinal.</summary>
public sealed record HouseDirectorySnapshot(
    long BusinessTime,
    long CurrentCycle,
    DateOnly BusinessDate,
    bool Halted,
    IReadOnlyList<ListedInstrument> Instruments,
    IReadOnlyList<ListedMember> Members,
    IReadOnlyList<ListedSource> Sources)
{
    /// <summary>See <see cref="PaymentTerms"/>.</summary>
    public PaymentTerms Payment { get; init; } = PaymentTerms.None;

    /// <summary>Defaults that were declared and have not ended, ascending.</summary>
    public IReadOnlyList<long> OpenDefaults { get; init; } = [];

    /// <summary>See <see cref="HouseDirectory.DefaultEpoch"/>.</summary>
    public long DefaultEpoch { get; init; }
}

/// <summary>
/// A shard's copy of what the whole house agrees on (rulebook 1, 2): instruments, members, trade sources, halts, business time and the open settlement cycle.
/// One thread at a time. It changes only in Apply; an event that contradicts it throws <see cref="InvalidOperationException"/>. Whether an operator's wish is
/// allowed is decided in <see cref="HouseDecisions"/>.
/// </summary>
public sealed class HouseDirectory
{
    /// <summary>The most lanes a trade source may have.</summary>
    public const int MaxLanes = 256;

    private readonly Dictionary<InstrumentId, ListedInstrument> _instruments = [];
    private readonly Dictionary<InstrumentId, List<InstrumentId>> _referring = [];
    private readonly Dictionary<MemberId, MemberStatus> _members = [];
    private readonly Dictionary<SourceId, int> _sources = [];
    private readonly SortedSet<long> _openDefaults = [];

    /// <summary>UTC ns; 0 until first advanced.</summary>
    public long BusinessTime { get; private set; }

    /// <summary>The cycle that new trades are stamped with, from 1; 0 until the house opened its first.</summary>
    public long CurrentCycle { get; private set; }

    /// <summary>The business date of <see cref="CurrentCycle"/>.</summary>
    public DateOnly BusinessDate { get; private set; }

    /// <summary>True while the whole house is halted.</summary>
    public bool Halted { get; private set; }

    /// <summary>When payers must have paid, and what stands in for one who has not.</summary>
    public PaymentTerms Payment { get; private set; } = PaymentTerms.None;

    /// <summary>Defaults that were declared and have not ended, ascending.</summary>
    public IReadOnlyCollection<long> OpenDefaults => _openDefaults;

    /// <summary>The default with which the present time of defaults began; 0 while there is none. Gains since then may be cut (rulebook 11.5).</summary>
    public long DefaultEpoch { get; private set; }

    /// <summary>What margin is computed from besides positions and marks.</summary>
    public RiskBook Risk { get; private init; } = new();

    /// <summary>The securities and coins that are taken as collateral, and their prices.</summary>
    public CollateralBook Collateral { get; private init; } = new();

    /// <summary>The directory with this content; the books become its own.</summary>
    public static HouseDirectory Restore(HouseDirectorySnapshot snapshot, RiskBook? risk = null, CollateralBook? collateral = null)
    {
        var directory = new HouseDirectory
        {
            BusinessTime = snapshot.BusinessTime,
            CurrentCycle = snapshot.CurrentCycle,
            BusinessDate = snapshot.BusinessDate,
            Halted = snapshot.Halted,
            Payment = snapshot.Payment,
            DefaultEpoch = snapshot.DefaultEpoch,
            Risk = risk ?? new RiskBook(),
            Collateral = collateral ?? new CollateralBook(),
        };
        foreach (var listed in snapshot.Instruments)
        {
            directory._instruments.Add(listed.Instrument.Id, listed);
            directory.AddReference(listed.Instrument);
        }

        foreach (var listed in snapshot.Members)
        {
            directory._members.Add(listed.Member, listed.Status);
        }

        foreach (var listed in snapshot.Sources)
        {
            directory._sources.Add(listed.Source, listed.Lanes);
        }

        directory._openDefaults.UnionWith(snapshot.OpenDefaults);

        return directory;
    }

    public bool TryGetInstrument(InstrumentId id, out ListedInstrument listed) => _instruments.TryGetValue(id, out listed);

    /// <summary>
    /// The instant from which an average may still ask for marks of an instrument (rulebook 6.3, 6.4), UTC ns, above 0: the instant itself if none does, else two funding
    /// intervals before it or the beginning of a window that has begun.
    /// </summary>
    public long MarksNeededFrom(InstrumentId instrument, long instant)
    {
        var from = Math.Max(1, instant);
        if (_instruments.TryGetValue(instrument, out var listed))
        {
            from = Earliest(from, instant, listed);
        }

        if (_referring.TryGetValue(instrument, out var all))
        {
            foreach (var referring in all)
            {
                from = Earliest(from, instant, _instruments[referring]);
            }
        }

        return from;
    }

    /// <summary>True if the instrument or the whole house is halted.</summary>
    public bool IsHalted(in ListedInstrument listed) => Halted || listed.Halted;

    /// <summary>The member's status; <see cref="MemberStanding.Unknown"/> if there is no such member.</summary>
    public MemberStatus MemberStatusOf(MemberId member) => _members.GetValueOrDefault(member);

    /// <summary>The source's lanes, 1 to 256; 0 if there is no such source.</summary>
    public int LanesOf(SourceId source) => _sources.GetValueOrDefault(source);

    /// <summary>All instruments by id, ordinal.</summary>
    public IReadOnlyList<ListedInstrument> SortedInstruments() => [.. _instruments.OrderBy(i => i.Key).Select(i => i.Value)];

    /// <summary>All members by id, ordinal.</summary>
    public IReadOnlyList<ListedMember> SortedMembers() => [.. _members.OrderBy(m => m.Key).Select(m => new ListedMember(m.Key, m.Value))];

    /// <summary>All trade sources by id, ordinal.</summary>
    public IReadOnlyList<ListedSource> SortedSources() => [.. _sources.OrderBy(s => s.Key).Select(s => new ListedSource(s.Key, s.Value))];

    public HouseDirectorySnapshot ToSnapshot() =>
        new(BusinessTime, CurrentCycle, BusinessDate, Halted, SortedInstruments(), SortedMembers(), SortedSources()) { Payment = Payment, OpenDefaults = [.. _openDefaults], DefaultEpoch = DefaultEpoch };

    public void Apply(in InstrumentDefined e)
    {
        var id = e.Instrument.Id;
        if (!_instruments.TryGetValue(id, out var listed))
        {
            _instruments.Add(id, new ListedInstrument(e.Instrument, false, 0, 0));
            AddReference(e.Instrument);
            return;
        }

        if (!listed.Instrument.MayBecome(e.Instrument, out var error))
        {
            throw new InvalidOperationException($"instrument {id} was redefined: {error}");
        }

        _instruments[id] = listed with { Instrument = e.Instrument };
    }

    public void Apply(in InstrumentHalted e) => Listed(e.Instrument) = Listed(e.Instrument) with { Halted = true };

    public void Apply(in InstrumentResumed e) => Listed(e.Instrument) = Listed(e.Instrument) with { Halted = false };

    public void Apply(in HouseHalted e) => Halted = true;

    public void Apply(in HouseResumed e) => Halted = false;

    public void Apply(in PaymentTermsSet e) => Payment = e.Terms;

    public void Apply(in MemberDefined e)
    {
        if (!_members.TryAdd(e.Member, MemberStatus.Active))
        {
            throw new InvalidOperationException($"member {e.Member} is already defined");
        }
    }

    public void Apply(in MemberSuspended e)
    {
        if (MemberStatusOf(e.Member).Standing != MemberStanding.Active)
        {
            throw new InvalidOperationException($"member {e.Member} is {MemberStatusOf(e.Member).Standing}, not active, and cannot be suspended");
        }

        _members[e.Member] = MemberStatus.Suspended(e.SuspendedAt);
    }

    public void Apply(in MemberReinstated e)
    {
        if (MemberStatusOf(e.Member).Standing != MemberStanding.Suspended)
        {
            throw new InvalidOperationException($"member {e.Member} is {MemberStatusOf(e.Member).Standing}, not suspended, and cannot be reinstated");
        }

        _members[e.Member] = MemberStatus.Active;
    }

    public void Apply(in MemberDefaulted e)
    {
        if (MemberStatusOf(e.Member).Standing is not (MemberStanding.Active or MemberStanding.Suspended) || !_openDefaults.Add(e.Number))
        {
            throw new InvalidOperationException($"member {e.Member} is {MemberStatusOf(e.Member).Standing} and cannot be declared in default {e.Number}");
        }

        _members[e.Member] = MemberStatus.Defaulted(e.At);
        DefaultEpoch = DefaultEpoch == 0 ? e.Number : DefaultEpoch;
    }

    public void Apply(in DefaultEnded e)
    {
        if (!_openDefaults.Remove(e.Number))
        {
            throw new InvalidOperationException($"default {e.Number} is not open and cannot end");
        }

        DefaultEpoch = _openDefaults.Count == 0 ? 0 : DefaultEpoch;
    }

    public void Apply(in TradeSourceDefined e)
    {
        if (e.Lanes is < 1 or > MaxLanes || !_sources.TryAdd(e.Source, e.Lanes))
        {
            throw new InvalidOperationException($"trade source {e.Source} with {e.Lanes} lanes: it has {LanesOf(e.Source)}, and 1 to {MaxLanes} are allowed, once");
        }
    }

    public void Apply(in BusinessTimeAdvanced e)
    {
        if (e.BusinessTime < BusinessTime)
        {
            throw new InvalidOperationException($"business time {e.BusinessTime} is before {BusinessTime}");
        }

        BusinessTime = e.BusinessTime;
    }

    public void Apply(in CycleOpened e)
    {
        if (e.Cycle != CurrentCycle + 1 || e.BusinessDate < BusinessDate)
        {
            throw new InvalidOperationException($"cycle {e.Cycle} of {e.BusinessDate:O} cannot follow cycle {CurrentCycle} of {BusinessDate:O}");
        }

        CurrentCycle = e.Cycle;
        BusinessDate = e.BusinessDate;
    }

    public void Apply(in SettlementPriceSet e)
    {
        ref var listed = ref Listed(e.Instrument);
        if (e.Cycle <= listed.LastSettlementCycle || e.Cycle > CurrentCycle)
        {
            throw new InvalidOperationException(
                $"a settlement price of {e.Instrument} for cycle {e.Cycle} cannot follow cycle {listed.LastSettlementCycle} while cycle {CurrentCycle} is open");
        }

        listed = listed with { LastSettlementCycle = e.Cycle, LastSettlementUnits = e.PriceUnits };
    }

    public void Apply(in ExpiryPriceSet e) =>
        Advance(e.Instrument, ExpiryStage.None) = Listed(e.Instrument) with { Expiry = ExpiryStage.PriceSet, FinalUnits = e.PriceUnits };

    public void Apply(in ExpiryConfirmed e)
    {
        // A shard may have settled it before the registry's word came.
        if (Listed(e.Instrument).Expiry != ExpiryStage.Closed)
        {
            Advance(e.Instrument, ExpiryStage.PriceSet) = Listed(e.Instrument) with { Expiry = ExpiryStage.Confirmed };
        }
    }

    public void Apply(in InstrumentClosed e)
    {
        // A shard may settle before the registry's confirmation has reached it.
        ref var listed = ref Listed(e.Instrument);
        listed = listed.Expiry is ExpiryStage.PriceSet or ExpiryStage.Confirmed
            ? listed with { Expiry = ExpiryStage.Closed }
            : throw new InvalidOperationException($"instrument {e.Instrument} cannot close: its expiry is at {listed.Expiry}");
    }

    private ref ListedInstrument Advance(InstrumentId id, ExpiryStage from)
    {
        ref var listed = ref Listed(id);
        if (listed.Expiry != from)
        {
            throw new InvalidOperationException($"the expiry of instrument {id} is at {listed.Expiry}, not at {from}");
        }

        return ref listed;
    }

    private static long Earliest(long from, long instant, in ListedInstrument listed) =>
        listed.Instrument.Perpetual is { } perpetual ? Math.Max(1, Math.Min(from, instant - (2 * perpetual.IntervalNs)))
        : listed.Expiry == ExpiryStage.None && listed.Instrument.Definition.Expiry is { } expiry ? Math.Max(1, Math.Min(from, expiry - listed.Instrument.Definition.ExpiryWindowNs))
        : from;

    private void AddReference(Instrument instrument)
    {
        if ((instrument.Option?.Reference ?? instrument.Perpetual?.Index) is { } name)
        {
            var reference = InstrumentId.Parse(name);
            (_referring.TryGetValue(reference, out var known) ? known : _referring[reference] = []).Add(instrument.Id);
        }
    }

    private ref ListedInstrument Listed(InstrumentId id)
    {
        ref var listed = ref CollectionsMarshal.GetValueRefOrNullRef(_instruments, id);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref listed))
        {
            throw new InvalidOperationException($"instrument {id} is not defined");
        }

        return ref listed;
    }
}
