using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ClearingActors.Domain.Instruments;

/// <summary>
/// A contract that the house clears (rulebook 2): immutable, and valid by construction, because only <see cref="InstrumentDefinition.Validate"/> makes one.
/// Prices on every path are 64-bit integers in <i>price units</i> of 10^-<see cref="PriceScale"/>.
/// </summary>
/// <remarks>
/// Overflow is shut out at this door: absolute price bands bound every price by 10^18 units, and <see cref="PositionLimit"/> bounds every position so that
/// one settlement between the bands, and the requirement, stay below 4 x 10^15 minor units. So an account may hold a thousand such positions before 64 bits
/// of minor units could run out, and there the checked sum throws.
/// </remarks>
public sealed class Instrument
{
    /// <summary>The most decimal places a price may have.</summary>
    public const int MaxPriceScale = 9;

    /// <summary>The bound on |price|, in price units.</summary>
    public const long MaxPriceUnits = 1_000_000_000_000_000_000;

    /// <summary>The bound on one position's settlement amount and requirement, in minor units.</summary>
    public const long MaxPositionAmount = 4_000_000_000_000_000;

    /// <summary>The bound on |position|, in lots, whatever the price.</summary>
    public const long MaxPositionLots = 1_000_000_000_000;

    /// <summary>
    /// The bound on the digits of one position's exact amount, so that the exact sum over a house's positions stays within 128 bits: a four-hundredth of them.
    /// </summary>
    private static readonly Int128 MaxExactDigits = 4 * DecimalPower.AsInt128(35);

    internal Instrument(InstrumentDefinition definition, InstrumentId id, UnderlyingId underlying, long tick, long low, long high, Money headroomPerLot)
    {
        Definition = definition;
        Id = id;
        Underlying = underlying;
        TickUnits = tick;
        PriceLowUnits = low;
        PriceHighUnits = high;
        HeadroomPerLot = headroomPerLot;
        Currency = definition.Currency;
        PriceScale = definition.PriceScale;
        Expiry = definition.Expiry ?? long.MaxValue;
        TradeBandBps = definition.TradeBandBps ?? 0;
        MarkJumpBps = definition.MarkJumpBps;
        MarkStalenessNs = definition.MarkStalenessNs;
        AllowsNegativePrices = definition.AllowsNegativePrices;
        MaxTradeQuantity = definition.MaxTradeQuantity;

        var inverse = definition.Perpetual is { Inverse: true };
        Valuation = new Valuation(
            inverse ? ValuationStyle.Inverse : definition.Option is { PremiumStyle: PremiumStyle.Equity } ? ValuationStyle.Premium : ValuationStyle.Linear,
            inverse ? PriceScale : 0);
        var (mantissa, scale, _) = DecimalPower.Split(inverse ? definition.Perpetual!.FaceValue : definition.Multiplier);
        while (scale > 0 && mantissa % 10 == 0)
        {
            mantissa /= 10;
            scale--;
        }

        MultiplierMantissa = (long)mantissa;
        AmountScale = scale + (inverse ? Valuation.ReciprocalPlaces : PriceScale);
        PositionLimit = LimitOf(this);
    }

    /// <summary>The definition that it was made of, for configuration and journal.</summary>
    public InstrumentDefinition Definition { get; }

    public InstrumentId Id { get; }

    public UnderlyingId Underlying { get; }

    public InstrumentKind Kind => Definition.Kind;

    public Currency Currency { get; }

    /// <summary>Decimal places of a price, 0 to 9.</summary>
    public int PriceScale { get; }

    /// <summary>The tick in price units, at least 1.</summary>
    public long TickUnits { get; }

    /// <summary>The lowest accepted price, in price units.</summary>
    public long PriceLowUnits { get; }

    /// <summary>The highest accepted price, in price units.</summary>
    public long PriceHighUnits { get; }

    /// <summary>How far a trade may be from a fresh mark, in basis points of it; 0 for no such check.</summary>
    public int TradeBandBps { get; }

    public int MarkJumpBps { get; }

    public long MarkStalenessNs { get; }

    public bool AllowsNegativePrices { get; }

    /// <summary>UTC ns; <see cref="long.MaxValue"/> for none.</summary>
    public long Expiry { get; }

    public long MaxTradeQuantity { get; }

    /// <summary>What one lot requires until margin models do it.</summary>
    public Money HeadroomPerLot { get; }

    /// <summary>
    /// The multiplier's digits: the multiplier is this x 10^-(<see cref="AmountScale"/> - <see cref="PriceScale"/>). For an inverse contract those of the face value.
    /// </summary>
    public long MultiplierMantissa { get; }

    /// <summary>Decimal places of quantity x price x multiplier, 0 to 18; of quantity x face / price in an inverse contract, 20 to 22.</summary>
    public int AmountScale { get; }

    /// <summary>What a price is worth per lot.</summary>
    public Valuation Valuation { get; }

    /// <summary>What makes it an option; null if it is none.</summary>
    public OptionTerms? Option => Definition.Option;

    /// <summary>What makes it a perpetual; null if it is none.</summary>
    public PerpetualTerms? Perpetual => Definition.Perpetual;

    /// <summary>False for an index, which takes marks only.</summary>
    public bool IsContract => Kind != InstrumentKind.Index;

    /// <summary>The most lots an account (a client, in gross omnibus) may hold, long or short; see the remarks.</summary>
    public long PositionLimit { get; }

    /// <summary>
    /// The price in price units. False if it has more digits than <see cref="PriceScale"/>, is beyond <see cref="MaxPriceUnits"/>, or is not a multiple of the tick.
    /// </summary>
    public bool TryToPriceUnits(decimal price, out long units) => TryToMarkUnits(price, out units) && units % TickUnits == 0;

    /// <summary>As <see cref="TryToPriceUnits"/>, without the tick: a mark may stand between two ticks.</summary>
    public bool TryToMarkUnits(decimal price, out long units) =>
        DecimalPower.TryScale(price, PriceScale, out units) && units is >= -MaxPriceUnits and <= MaxPriceUnits;

    /// <summary>The price of a number of price units, exactly.</summary>
    public decimal ToPrice(long units) => units / DecimalPower.AsDecimal(PriceScale);

    public bool IsExpiredAt(long utcNanoseconds) => utcNanoseconds >= Expiry;

    /// <summary>(sum of quantity x value of a price) x multiplier or face value, as an exact amount of <see cref="Currency"/>; see <see cref="Valuation"/>.</summary>
    /// <exception cref="OverflowException">It does not fit in 128 bits.</exception>
    public ExactAmount AmountOf(Int128 quantityTimesValue) => new(checked(quantityTimesValue * MultiplierMantissa), AmountScale);

    /// <summary>True if <paramref name="later"/> may replace this definition: what positions are counted in must not change during its life.</summary>
    public bool MayBecome(Instrument later, [NotNullWhen(false)] out DefinitionError? error)
    {
        error = later.Id != Id ? new DefinitionError(nameof(Id), later.Id.Value, $"must stay {Id}")
            : later.Kind != Kind ? new DefinitionError(nameof(Kind), later.Kind.ToString(), $"must stay {Kind}")
            : later.Underlying != Underlying ? new DefinitionError(nameof(Underlying), later.Underlying.Value, $"must stay {Underlying}")
            : later.Currency != Currency ? new DefinitionError(nameof(Currency), later.Currency.Code, $"must stay {Currency} with {Currency.Digits} digits")
            : later.PriceScale != PriceScale ? new DefinitionError(nameof(PriceScale), $"{later.PriceScale}", $"must stay {PriceScale}")
            : later.Definition.Multiplier != Definition.Multiplier
                ? new DefinitionError("Multiplier", $"{later.Definition.Multiplier}", $"must stay {Definition.Multiplier}")
            : LifelongTerms(later.Definition) != LifelongTerms(Definition)
                ? new DefinitionError(Kind.ToString(), LifelongTerms(later.Definition), $"must stay {LifelongTerms(Definition)}")
            : null;
        return error is null;
    }

    /// <summary>What an option or a perpetual is, as text to compare and to show; cut-offs, thresholds, intervals and rates may change.</summary>
    private static string LifelongTerms(InstrumentDefinition d) =>
        d.Option is { } o ? string.Create(CultureInfo.InvariantCulture, $"{o.Style} {o.PremiumStyle}-style {o.Type} on {o.Reference} at {o.Strike / 1.0000000000000000000000000000m}")
        : d.Perpetual is { } p ? string.Create(CultureInfo.InvariantCulture, $"{(p.Inverse ? "inverse" : "linear")} on {p.Index}, face value {p.FaceValue / 1.0000000000000000000000000000m}")
        : "";

    private static long LimitOf(Instrument instrument)
    {
        // Per lot, in minor units x 10^AmountScale: the widest move between the bands, measured from zero too, because a first reference may be anywhere.
        var widest = instrument.Valuation.Style == ValuationStyle.Inverse
            ? instrument.Valuation.Reciprocal(instrument.PriceLowUnits)
            : Int128.Max(
                Int128.Max(Int128.Abs(instrument.PriceLowUnits), Int128.Abs(instrument.PriceHighUnits)),
                (Int128)instrument.PriceHighUnits - instrument.PriceLowUnits);
        var limit = (Int128)MaxPositionLots;
        var perLot = widest * instrument.MultiplierMantissa;
        var budget = MaxPositionAmount * DecimalPower.AsInt128(instrument.AmountScale);
        var minorPerUnit = DecimalPower.AsInt128(instrument.Currency.Digits);
        limit = Int128.Min(limit, perLot == 0 ? limit : budget / minorPerUnit / perLot);
        if (instrument.Perpetual is { } perpetual)
        {
            // A funding payment adds the digits of its rate: the largest one is cap x hours / 8.
            var largestRate = perpetual.Cap * perpetual.FundingIntervalHours / 8;
            var rateDigits = (Int128)decimal.Ceiling(largestRate * DecimalPower.AsDecimal(perpetual.FundingRatePlaces));
            limit = Int128.Min(limit, MaxExactDigits / perLot / rateDigits);
        }

        if (instrument.HeadroomPerLot.MinorUnits > 0)
        {
            limit = Int128.Min(limit, MaxPositionAmount / instrument.HeadroomPerLot.MinorUnits);
        }

        return (long)limit;
    }
}
