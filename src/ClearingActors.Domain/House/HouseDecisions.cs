using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.House;

/// <summary>
/// Whether an operator's wish for the whole house may become an event (rulebook 1, 2). Each returns null when it may, otherwise a sentence with the values;
/// off the trade path, so text is allowed.
/// </summary>
public static class HouseDecisions
{
    public static string? Refuse(HouseDirectory directory, in InstrumentDefined e)
    {
        var wanted = e.Instrument;
        foreach (var other in directory.SortedInstruments())
        {
            if (other.Instrument.Currency.Code == wanted.Currency.Code && other.Instrument.Currency.Digits != wanted.Currency.Digits)
            {
                return $"instrument {wanted.Id}: {wanted.Currency.Code} has {wanted.Currency.Digits} digits here and {other.Instrument.Currency.Digits} in {other.Instrument.Id}";
            }
        }

        return directory.TryGetInstrument(wanted.Id, out var listed) && !listed.Instrument.MayBecome(wanted, out var error)
            ? $"instrument {wanted.Id}: {error}"
            : null;
    }

    public static string? Refuse(HouseDirectory directory, in InstrumentHalted e) =>
        !directory.TryGetInstrument(e.Instrument, out var listed) ? $"instrument {e.Instrument} is not defined"
        : listed.Halted ? $"instrument {e.Instrument} is already halted"
        : null;

    public static string? Refuse(HouseDirectory directory, in InstrumentResumed e) =>
        !directory.TryGetInstrument(e.Instrument, out var listed) ? $"instrument {e.Instrument} is not defined"
        : !listed.Halted ? $"instrument {e.Instrument} is not halted"
        : null;

    public static string? Refuse(HouseDirectory directory, in MemberDefined e) =>
        e.Member.IsNone ? "a member needs an id"
        : directory.MemberStatusOf(e.Member).Standing != MemberStanding.Unknown ? $"member {e.Member} is already defined"
        : null;

    public static string? Refuse(HouseDirectory directory, in MemberSuspended e) =>
        e.Member == CcpAccounts.Member ? "the CCP itself cannot be suspended"
        : directory.MemberStatusOf(e.Member).Standing != MemberStanding.Active ? $"member {e.Member} is {directory.MemberStatusOf(e.Member).Standing}, not active"
        : null;

    public static string? Refuse(HouseDirectory directory, in MemberReinstated e) =>
        directory.MemberStatusOf(e.Member).Standing != MemberStanding.Suspended
            ? $"member {e.Member} is {directory.MemberStatusOf(e.Member).Standing}, not suspended"
            : null;

    public static string? Refuse(HouseDirectory directory, in TradeSourceDefined e) =>
        e.Source.IsNone ? "a trade source needs an id"
        : e.Lanes is < 1 or > HouseDirectory.MaxLanes ? $"trade source {e.Source} has {e.Lanes} lanes: 1 to {HouseDirectory.MaxLanes} are allowed"
        : directory.LanesOf(e.Source) != 0 ? $"trade source {e.Source} is already defined with {directory.LanesOf(e.Source)} lanes, which never change"
        : null;

    public static string? Refuse(HouseDirectory directory, in BusinessTimeAdvanced e) =>
        e.BusinessTime < directory.BusinessTime ? $"business time {e.BusinessTime} is before {directory.BusinessTime}, and it never goes back" : null;
}
