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
            : listed.Expiry != ExpiryStage.None ? $"instrument {wanted.Id} has its final price and is not defined anew"
            : RefuseReference(directory, wanted) ?? RefuseDependents(directory, wanted);
    }

    /// <summary>What an option or a perpetual refers to must be there and fit it.</summary>
    private static string? RefuseReference(HouseDirectory directory, Instrument wanted)
    {
        var name = wanted.Option?.Reference ?? wanted.Perpetual?.Index;
        return name is null ? null
            : !directory.TryGetInstrument(InstrumentId.Parse(name), out var reference) ? $"instrument {wanted.Id} refers to {name}, which is not defined; define it first"
            : RefuseFit(wanted, reference.Instrument);
    }

    /// <summary>What is defined anew must still fit what refers to it.</summary>
    private static string? RefuseDependents(HouseDirectory directory, Instrument wanted)
    {
        foreach (var other in directory.SortedInstruments())
        {
            if ((other.Instrument.Option?.Reference ?? other.Instrument.Perpetual?.Index) == wanted.Id.Value && RefuseFit(other.Instrument, wanted) is { } refused)
            {
                return refused;
            }
        }

        return null;
    }

    private static string? RefuseFit(Instrument wanted, Instrument reference)
    {
        if (reference.Underlying != wanted.Underlying)
        {
            return $"instrument {wanted.Id} is of underlying {wanted.Underlying} and refers to {reference.Id} of {reference.Underlying}; both must be of one";
        }

        if (wanted.Perpetual is not null)
        {
            return reference.Kind != InstrumentKind.Index || reference.AllowsNegativePrices
                ? $"perpetual {wanted.Id} refers to {reference.Id}, which must be an Index without negative prices and is a {reference.Kind}"
                : null;
        }

        var option = wanted.Option!;
        if (reference.Kind is not (InstrumentKind.Index or InstrumentKind.Future))
        {
            return $"option {wanted.Id} is on {reference.Id}, a {reference.Kind}; an Index or a Future is allowed";
        }

        if (reference.Kind == InstrumentKind.Future && (reference.Currency != wanted.Currency || reference.Definition.Multiplier != wanted.Definition.Multiplier))
        {
            return $"option {wanted.Id} ({wanted.Definition.Multiplier} {wanted.Currency}) is on future {reference.Id} ({reference.Definition.Multiplier} {reference.Currency}): multiplier and currency must be the same, because one lot yields one lot";
        }

        if (reference.Kind == InstrumentKind.Future && reference.Expiry < wanted.Expiry)
        {
            return $"option {wanted.Id} expires at {wanted.Expiry}, after its future {reference.Id} ({reference.Expiry})";
        }

        if (!reference.TryToMarkUnits(option.Strike, out var strike) || strike < reference.PriceLowUnits || strike > reference.PriceHighUnits)
        {
            return $"the strike {option.Strike} of option {wanted.Id} must be a price of {reference.Id}: {reference.ToPrice(reference.PriceLowUnits)} to {reference.ToPrice(reference.PriceHighUnits)}, at most {reference.PriceScale} decimal places";
        }

        // The position limit follows from the option's own bands, so these must hold whatever an exercise can pay.
        var most = reference.ToPrice(option.Type == OptionType.Call ? reference.PriceHighUnits - strike : strike - reference.PriceLowUnits);
        return most > wanted.Definition.PriceHigh
            ? $"option {wanted.Id} can be worth {most} between the bands of {reference.Id}; its PriceHigh ({wanted.Definition.PriceHigh}) must be at least that"
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
        : e.Source.Value.StartsWith("CCP.", StringComparison.Ordinal) ? $"trade source {e.Source}: ids that begin with CCP. are the clearing house's own"
        : e.Lanes is < 1 or > HouseDirectory.MaxLanes ? $"trade source {e.Source} has {e.Lanes} lanes: 1 to {HouseDirectory.MaxLanes} are allowed"
        : directory.LanesOf(e.Source) != 0 ? $"trade source {e.Source} is already defined with {directory.LanesOf(e.Source)} lanes, which never change"
        : null;

    public static string? Refuse(HouseDirectory directory, in BusinessTimeAdvanced e) =>
        e.BusinessTime < directory.BusinessTime ? $"business time {e.BusinessTime} is before {directory.BusinessTime}, and it never goes back" : null;
}
