using System.Buffers;
using System.Globalization;

namespace ClearingActors.Domain.Instruments;

/// <summary>
/// An instrument as configuration or an operator describes it, before any check (rulebook 2). <see cref="Validate"/> makes an <see cref="Instrument"/> of it
/// or says everything that is wrong.
/// </summary>
public sealed record InstrumentDefinition
{
    /// <summary>The longest time a mark may count as fresh: seven days, in ns.</summary>
    public const long MaxMarkStalenessNs = 7 * UtcTime.NanosecondsPerDay;

    /// <summary>The most lots one trade may be allowed to have.</summary>
    public const long MaxQuantityLimit = 1_000_000_000;

    /// <summary>Bounds on relative bands, in basis points: 10,000 is 100 %.</summary>
    public const int MaxBandBps = 1_000_000;

    /// <summary>The window of the final price, if nothing else is said: the last 30 minutes, in ns.</summary>
    public const long DefaultExpiryWindowNs = 1_800_000_000_000;

    /// <summary>The shortest window of the final price: one second, in ns.</summary>
    public const long MinExpiryWindowNs = 1_000_000_000;

    /// <summary>The longest window of the final price: one day, in ns.</summary>
    public const long MaxExpiryWindowNs = UtcTime.NanosecondsPerDay;

    /// <summary>The marks that the window must hold, if nothing else is said.</summary>
    public const int DefaultExpiryMarks = 5;

    /// <summary>The most marks that the window may have to hold.</summary>
    public const int MaxExpiryMarks = 10_000;

    private const int PerpetualFacePlaces = 2;

    private const int PerpetualRatePlaces = 10;

    private static readonly SearchValues<char> ZoneCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

    public required string Id { get; init; }

    public required InstrumentKind Kind { get; init; }

    public required string Underlying { get; init; }

    /// <summary>Units of the underlying per lot; above 0, at most 9 decimal places, at most 10^9.</summary>
    public required decimal Multiplier { get; init; }

    public required Currency Currency { get; init; }

    /// <summary>Decimal places of every price of the instrument, 0 to 9, fixed for its life.</summary>
    public required int PriceScale { get; init; }

    /// <summary>The smallest price step, above 0.</summary>
    public required decimal Tick { get; init; }

    /// <summary>The lowest price accepted at all.</summary>
    public required decimal PriceLow { get; init; }

    /// <summary>The highest price accepted at all.</summary>
    public required decimal PriceHigh { get; init; }

    /// <summary>How far a trade may be from a fresh mark, in basis points of it; null for no such check.</summary>
    public int? TradeBandBps { get; init; }

    /// <summary>A mark that moves more than this, in basis points of the last one, is held until confirmed.</summary>
    public required int MarkJumpBps { get; init; }

    /// <summary>A mark older than this, in ns of business time, is stale.</summary>
    public required long MarkStalenessNs { get; init; }

    public bool AllowsNegativePrices { get; init; }

    /// <summary>UTC ns; null for none.</summary>
    public long? Expiry { get; init; }

    /// <summary>The most lots in one report, 1 to 10^9.</summary>
    public required long MaxTradeQuantity { get; init; }

    /// <summary>
    /// What one lot of a position requires until margin models do it, in the instrument's currency; 0 or more, no finer than the minor unit.
    /// </summary>
    public required decimal HeadroomPerLot { get; init; }

    public required ClearingCalendar Calendar { get; init; }

    public required string ProductGroup { get; init; }

    public SettlementMethod SettlementMethod { get; init; } = SettlementMethod.Cash;

    /// <summary>Required for an option, and for nothing else.</summary>
    public OptionTerms? Option { get; init; }

    /// <summary>Required for a perpetual, and for nothing else.</summary>
    public PerpetualTerms? Perpetual { get; init; }

    /// <summary>The window before expiry whose marks make the final price, 1 s to 24 h in ns (rulebook 6.3).</summary>
    public long ExpiryWindowNs { get; init; } = DefaultExpiryWindowNs;

    /// <summary>With fewer marks in the window an operator decides the final price; 1 to 10,000.</summary>
    public int ExpiryMarks { get; init; } = DefaultExpiryMarks;

    /// <summary>Empty, and an instrument, if the definition is good; otherwise every error.</summary>
    public IReadOnlyList<DefinitionError> Validate(out Instrument? instrument)
    {
        instrument = null;
        var errors = new List<DefinitionError>();
        void Refuse(string field, object? value, string allowed) =>
            errors.Add(new DefinitionError(field, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", allowed));

        if (!InstrumentId.TryParse(Id, out var id))
        {
            Refuse(nameof(Id), Id, "1 to 64 characters of A-Z a-z 0-9 . _ - are allowed");
        }

        if (!UnderlyingId.TryParse(Underlying, out var underlying))
        {
            Refuse(nameof(Underlying), Underlying, "1 to 64 characters of A-Z a-z 0-9 . _ - are allowed");
        }

        if (!InstrumentId.TryParse(ProductGroup, out _))
        {
            Refuse(nameof(ProductGroup), ProductGroup, "1 to 64 characters of A-Z a-z 0-9 . _ - are allowed");
        }

        switch (Kind)
        {
            case InstrumentKind.Future or InstrumentKind.Index:
                break;
            case InstrumentKind.Option:
                ValidateOption(Refuse);
                break;
            case InstrumentKind.Perpetual:
                ValidatePerpetual(Refuse);
                break;
            default:
                Refuse(nameof(Kind), Kind, "Future, Option, Perpetual or Index is allowed");
                break;
        }

        if (Option is not null && Kind != InstrumentKind.Option)
        {
            Refuse(nameof(Option), Option.Type, $"allowed for an Option only, and this is a {Kind}");
        }

        if (Perpetual is not null && Kind != InstrumentKind.Perpetual)
        {
            Refuse(nameof(Perpetual), Perpetual.Index, $"allowed for a Perpetual only, and this is a {Kind}");
        }

        if (ExpiryWindowNs is < MinExpiryWindowNs or > MaxExpiryWindowNs)
        {
            Refuse(nameof(ExpiryWindowNs), ExpiryWindowNs, $"{MinExpiryWindowNs} to {MaxExpiryWindowNs} ns");
        }

        if (ExpiryMarks is < 1 or > MaxExpiryMarks)
        {
            Refuse(nameof(ExpiryMarks), ExpiryMarks, $"1 to {MaxExpiryMarks}");
        }

        if (SettlementMethod != SettlementMethod.Cash)
        {
            Refuse(nameof(SettlementMethod), SettlementMethod, "Cash is allowed");
        }

        if (Currency.IsNone)
        {
            Refuse(nameof(Currency), "", "a currency is required");
        }

        var (_, multiplierScale, _) = DecimalPower.Split(Shortest(Multiplier));
        if (Multiplier is <= 0 or > 1_000_000_000 || multiplierScale > 9)
        {
            Refuse(nameof(Multiplier), Multiplier, "above 0, at most 1000000000, with at most 9 decimal places");
        }

        if (PriceScale is < 0 or > Instrument.MaxPriceScale)
        {
            Refuse(nameof(PriceScale), PriceScale, $"0 to {Instrument.MaxPriceScale} is allowed");
            return errors;
        }

        if (!TryUnits(Tick, out var tick) || tick <= 0)
        {
            Refuse(nameof(Tick), Tick, $"above 0, with at most {PriceScale} decimal places (PriceScale)");
        }

        var lowFits = TryUnits(PriceLow, out var low);
        if (!lowFits)
        {
            Refuse(nameof(PriceLow), PriceLow, $"between -10^18 and 10^18 in units of 10^-{PriceScale}, with at most {PriceScale} decimal places (PriceScale)");
        }
        else if (low < 0 && !AllowsNegativePrices)
        {
            Refuse(nameof(PriceLow), PriceLow, "above 0 unless AllowsNegativePrices");
        }
        else if (low == 0 && !AllowsNegativePrices && Kind != InstrumentKind.Option)
        {
            // An option may be worth nothing.
            Refuse(nameof(PriceLow), PriceLow, "above 0 unless AllowsNegativePrices");
        }

        if (!TryUnits(PriceHigh, out var high))
        {
            Refuse(nameof(PriceHigh), PriceHigh, $"between -10^18 and 10^18 in units of 10^-{PriceScale}, with at most {PriceScale} decimal places (PriceScale)");
        }
        else if (lowFits && high <= low)
        {
            Refuse(nameof(PriceHigh), PriceHigh, $"above PriceLow ({PriceLow.ToString(CultureInfo.InvariantCulture)})");
        }

        if (TradeBandBps is < 1 or > MaxBandBps)
        {
            Refuse(nameof(TradeBandBps), TradeBandBps, $"1 to {MaxBandBps}, or none");
        }

        if (MarkJumpBps is < 1 or > MaxBandBps)
        {
            Refuse(nameof(MarkJumpBps), MarkJumpBps, $"1 to {MaxBandBps}");
        }

        if (MarkStalenessNs is < 1 or > MaxMarkStalenessNs)
        {
            Refuse(nameof(MarkStalenessNs), MarkStalenessNs, $"1 to {MaxMarkStalenessNs} ns");
        }

        if (Expiry is <= 0)
        {
            Refuse(nameof(Expiry), Expiry, "UTC nanoseconds after 1970, or none");
        }

        if (MaxTradeQuantity is < 1 or > MaxQuantityLimit)
        {
            Refuse(nameof(MaxTradeQuantity), MaxTradeQuantity, $"1 to {MaxQuantityLimit} lots");
        }

        if (HeadroomPerLot < 0 || !Money.TryFromDecimal(HeadroomPerLot, Currency, out var headroomPerLot))
        {
            headroomPerLot = default;
            Refuse(nameof(HeadroomPerLot), HeadroomPerLot, $"0 or more, with at most {Currency.Digits} decimal places (the currency's minor unit)");
        }

        ValidateCalendar(Refuse);
        if (errors.Count > 0)
        {
            return errors;
        }

        var candidate = new Instrument(this, id, underlying, tick, low, high, headroomPerLot);
        if (candidate.PositionLimit < MaxTradeQuantity)
        {
            Refuse(
                nameof(MaxTradeQuantity),
                MaxTradeQuantity,
                $"at most {candidate.PositionLimit} lots, beyond which one settlement of (PriceHigh - PriceLow) x Multiplier, or the requirement, might not fit in 64 bits of minor units");
            return errors;
        }

        instrument = candidate;
        return errors;
    }

    private void ValidateOption(Action<string, object?, string> refuse)
    {
        if (Option is null)
        {
            refuse(nameof(Option), "", "an Option needs its type, strike, style, premium style, reference and exercise cut-off");
            return;
        }

        if (Option.Type is < OptionType.Call or > OptionType.Put)
        {
            refuse("Option.Type", Option.Type, "Call or Put is allowed");
        }

        if (Option.Style is < ExerciseStyle.European or > ExerciseStyle.American)
        {
            refuse("Option.Style", Option.Style, "European or American is allowed");
        }

        if (Option.PremiumStyle is < PremiumStyle.Equity or > PremiumStyle.Futures)
        {
            refuse("Option.PremiumStyle", Option.PremiumStyle, "Equity or Futures is allowed");
        }

        if (!InstrumentId.TryParse(Option.Reference, out _) || string.Equals(Option.Reference, Id, StringComparison.Ordinal))
        {
            refuse("Option.Reference", Option.Reference, "the id of another instrument, an index or a future");
        }

        if (!DecimalPower.TryScale(Option.Strike, Instrument.MaxPriceScale, out _))
        {
            refuse("Option.Strike", Option.Strike, $"at most {Instrument.MaxPriceScale} decimal places, between -9223372036 and 9223372036");
        }

        if (Option.AutomaticThreshold < 0 || !DecimalPower.TryScale(Option.AutomaticThreshold, Instrument.MaxPriceScale, out _))
        {
            refuse("Option.AutomaticThreshold", Option.AutomaticThreshold, $"0 to 9223372036, with at most {Instrument.MaxPriceScale} decimal places");
        }

        if (Expiry is not { } expiry)
        {
            refuse(nameof(Expiry), Expiry, "an option needs an expiry");
        }
        else if (Option.ExerciseCutOff < expiry || Option.ExerciseCutOff - expiry > UtcTime.NanosecondsPerDay)
        {
            refuse("Option.ExerciseCutOff", Option.ExerciseCutOff, $"from the expiry ({expiry}) to a day after it, UTC ns");
        }

        if (AllowsNegativePrices)
        {
            refuse(nameof(AllowsNegativePrices), AllowsNegativePrices, "an option's own price is never negative; its reference's may be");
        }
    }

    private void ValidatePerpetual(Action<string, object?, string> refuse)
    {
        if (Perpetual is null)
        {
            refuse(nameof(Perpetual), "", "a Perpetual needs its index, funding interval, interest and cap");
            return;
        }

        if (Perpetual.Inverse
            ? Perpetual.FaceValue is <= 0 or > 1_000_000_000 || !DecimalPower.TryScale(Perpetual.FaceValue, PerpetualFacePlaces, out _)
            : Perpetual.FaceValue != 0)
        {
            refuse(
                "Perpetual.FaceValue",
                Perpetual.FaceValue,
                Perpetual.Inverse ? $"above 0, at most 1000000000, with at most {PerpetualFacePlaces} decimal places" : "0 for a linear perpetual; the multiplier counts");
        }

        if (Perpetual.Inverse && Multiplier != 1)
        {
            refuse(nameof(Multiplier), Multiplier, "1 for an inverse perpetual; the face value counts");
        }

        if (!InstrumentId.TryParse(Perpetual.Index, out _) || string.Equals(Perpetual.Index, Id, StringComparison.Ordinal))
        {
            refuse("Perpetual.Index", Perpetual.Index, "the id of an index");
        }

        if (Perpetual.FundingIntervalHours is < 1 or > 24)
        {
            refuse("Perpetual.FundingIntervalHours", Perpetual.FundingIntervalHours, "1 to 24");
        }

        if (Perpetual.Interest is < -0.1m or > 0.1m || !DecimalPower.TryScale(Perpetual.Interest, PerpetualRatePlaces, out _))
        {
            refuse("Perpetual.Interest", Perpetual.Interest, $"-0.1 to 0.1 for 8 hours, with at most {PerpetualRatePlaces} decimal places");
        }

        if (Perpetual.Cap is <= 0 or > 0.5m || !DecimalPower.TryScale(Perpetual.Cap, PerpetualRatePlaces, out _))
        {
            refuse("Perpetual.Cap", Perpetual.Cap, $"above 0 and at most 0.5 for 8 hours, with at most {PerpetualRatePlaces} decimal places");
        }

        if (Expiry is not null)
        {
            refuse(nameof(Expiry), Expiry, "none for a perpetual");
        }

        if (AllowsNegativePrices)
        {
            refuse(nameof(AllowsNegativePrices), AllowsNegativePrices, "a perpetual's price is above 0, because funding compares it with the index");
        }
    }

    private static decimal Shortest(decimal value) => value / 1.0000000000000000000000000000m;

    private void ValidateCalendar(Action<string, object?, string> refuse)
    {
        if (Calendar is null)
        {
            refuse(nameof(Calendar), "", "a calendar is required");
            return;
        }

        if (Calendar.Zone is null || Calendar.Zone.Length is 0 or > 64
            || Calendar.Zone.AsSpan().IndexOfAnyExcept(ZoneCharacters) >= 0)
        {
            refuse("Calendar.Zone", Calendar.Zone, "an IANA zone name such as Europe/Zurich");
        }

        if (Calendar.Holidays is null)
        {
            refuse("Calendar.Holidays", "", "a list, possibly empty, is required");
            return;
        }

        for (var i = 1; i < Calendar.Holidays.Count; i++)
        {
            if (Calendar.Holidays[i] <= Calendar.Holidays[i - 1])
            {
                refuse("Calendar.Holidays", Calendar.Holidays[i], "dates in ascending order, each once");
            }
        }
    }

    private bool TryUnits(decimal price, out long units) =>
        DecimalPower.TryScale(price, PriceScale, out units) && units is >= -Instrument.MaxPriceUnits and <= Instrument.MaxPriceUnits;
}
