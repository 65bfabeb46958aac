using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Tests;

/// <summary>Definitions of an index and of what refers to it, all of underlying BTC, and of options on the house's future.</summary>
internal static class Contracts
{
    public static readonly Currency Btc = new("BTC", 8);
    public static readonly long Expiry = TestHouse.Noon + UtcTime.NanosecondsPerDay;

    public static InstrumentDefinition Index() => TestHouse.Definition() with
    {
        Id = "BTC.INDEX",
        Kind = InstrumentKind.Index,
        Underlying = "BTC",
        Multiplier = 1m,
        Tick = 0.01m,
        PriceLow = 1000m,
        PriceHigh = 200_000m,
    };

    public static InstrumentDefinition Call() => Index() with
    {
        Id = "BTC.C40",
        Kind = InstrumentKind.Option,
        Multiplier = 0.1m,
        PriceLow = 0m,
        PriceHigh = 160_000m,
        TradeBandBps = null,
        Expiry = Expiry,
        Option = new OptionTerms(OptionType.Call, 40_000m, ExerciseStyle.European, PremiumStyle.Equity, "BTC.INDEX", Expiry + 3_600_000_000_000, 0m),
    };

    public static InstrumentDefinition Put() => Call() with { Id = "BTC.P40", Option = Call().Option! with { Type = OptionType.Put } };

    public static InstrumentDefinition FutureOption(OptionType type, PremiumStyle premium, ExerciseStyle style = ExerciseStyle.American) => TestHouse.Definition() with
    {
        Id = $"ES.{type}.{premium}",
        Kind = InstrumentKind.Option,
        PriceLow = 0m,
        PriceHigh = 20000m,
        TradeBandBps = null,
        Expiry = Expiry,
        Option = new OptionTerms(type, 4000m, style, premium, "ESH6", Expiry, 0m),
    };

    public static InstrumentDefinition Linear() => Index() with
    {
        Id = "BTC.PERP",
        Kind = InstrumentKind.Perpetual,
        Multiplier = 0.001m,
        Perpetual = new PerpetualTerms(false, 0m, "BTC.INDEX", 8, 0.0001m, 0.0075m),
    };

    public static InstrumentDefinition Inverse() => Linear() with
    {
        Id = "BTC.INV",
        Multiplier = 1m,
        Currency = Btc,
        HeadroomPerLot = 0m,
        Perpetual = new PerpetualTerms(true, 100m, "BTC.INDEX", 8, 0.0001m, 0.0075m),
    };
}
