using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Engine.Tests;

/// <summary>An index on the house's underlying, and what refers to it or to the house's future.</summary>
internal static class Contracts
{
    internal static readonly Currency Btc = new("BTC", 8);
    internal static readonly long Expiry = TestHouse.Noon + (4 * 3600L * 1_000_000_000);

    internal static Instrument Index() => Made(Plain("SPX.INDEX", InstrumentKind.Index) with { Multiplier = 1, HeadroomPerLot = 0 });

    internal static Instrument Call() => Made(Option("SPX.CALL", OptionType.Call, 2500m, "SPX.INDEX"));

    /// <summary>On the house's future, which does not expire.</summary>
    internal static Instrument Put() => Made(Option("SPX.PUT", OptionType.Put, 2500m, TestHouse.Future.Value));

    internal static Instrument Inverse() => Made(Plain("SPX.INVERSE", InstrumentKind.Perpetual) with
    {
        Multiplier = 1,
        Currency = Btc,
        HeadroomPerLot = 0,
        Perpetual = new PerpetualTerms(true, 100m, "SPX.INDEX", 1, 0.0001m, 0.0075m),
    });

    internal static Instrument Near() => Made(Plain("SPX.NEAR", InstrumentKind.Future) with { Expiry = Expiry, ExpiryMarks = 2 });

    internal static InstrumentDefinition Option(string id, OptionType type, decimal strike, string reference) => Plain(id, InstrumentKind.Option) with
    {
        PriceLow = 0,
        Expiry = Expiry,
        Option = new OptionTerms(type, strike, ExerciseStyle.American, PremiumStyle.Equity, reference, Expiry, 0),
    };

    internal static Instrument Made(InstrumentDefinition definition)
    {
        definition.Validate(out var instrument).ShouldBeEmpty();
        return instrument!;
    }

    private static InstrumentDefinition Plain(string id, InstrumentKind kind) => TestHouse.Instrument().Definition with { Id = id, Kind = kind };
}
