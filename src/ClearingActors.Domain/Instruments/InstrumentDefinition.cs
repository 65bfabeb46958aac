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
            case InstrumentKind.Future:
                break;
            case InstrumentKind.Option or InstrumentKind.Perpetual:
                Refuse(nameof(Kind), Kind, "not supported yet; Future is allowed");
                break;
            default:
                Refuse(nameof(Kind), Kind, "Future is allowed");
                break;
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
        else if (low <= 0 && !AllowsNegativePrices)
        {
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
