using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;

namespace ClearingActors.Domain.Tests;

public sealed class OptionDefinitionTests
{
    public static TheoryData<string, InstrumentDefinition> Wrong()
    {
        var call = Contracts.Call();
        var option = call.Option!;
        var linear = Contracts.Linear();
        var inverse = Contracts.Inverse();
        return new TheoryData<string, InstrumentDefinition>
        {
            { "Option.Type", call with { Option = option with { Type = OptionType.None } } },
            { "Option.Style", call with { Option = option with { Style = (ExerciseStyle)3 } } },
            { "Option.PremiumStyle", call with { Option = option with { PremiumStyle = PremiumStyle.None } } },
            { "Option.Reference", call with { Option = option with { Reference = "a b" } } },
            { "Option.Reference", call with { Option = option with { Reference = call.Id } } },
            { "Option.Strike", call with { Option = option with { Strike = 0.0000000001m } } },
            { "Option.AutomaticThreshold", call with { Option = option with { AutomaticThreshold = -1m } } },
            { "Option.ExerciseCutOff", call with { Option = option with { ExerciseCutOff = Contracts.Expiry - 1 } } },
            { "Option.ExerciseCutOff", call with { Option = option with { ExerciseCutOff = Contracts.Expiry + UtcTime.NanosecondsPerDay + 1 } } },
            { "Expiry", call with { Expiry = null } },
            { "PriceLow", call with { PriceLow = -1m } },
            { "AllowsNegativePrices", call with { AllowsNegativePrices = true } },
            { "Perpetual.FaceValue", linear with { Perpetual = linear.Perpetual! with { FaceValue = 1m } } },
            { "Perpetual.FaceValue", inverse with { Perpetual = inverse.Perpetual! with { FaceValue = 0m } } },
            { "Perpetual.FaceValue", inverse with { Perpetual = inverse.Perpetual! with { FaceValue = 1.001m } } },
            { "Multiplier", inverse with { Multiplier = 2m } },
            { "Perpetual.Index", linear with { Perpetual = linear.Perpetual! with { Index = "" } } },
            { "Perpetual.FundingIntervalHours", linear with { Perpetual = linear.Perpetual! with { FundingIntervalHours = 25 } } },
            { "Perpetual.Interest", linear with { Perpetual = linear.Perpetual! with { Interest = 0.2m } } },
            { "Perpetual.Interest", linear with { Perpetual = linear.Perpetual! with { Interest = 0.00000000001m } } },
            { "Perpetual.Cap", linear with { Perpetual = linear.Perpetual! with { Cap = 0m } } },
            { "Expiry", linear with { Expiry = Contracts.Expiry } },
            { "PriceLow", linear with { PriceLow = 0m } },
            { "AllowsNegativePrices", linear with { AllowsNegativePrices = true } },
        };
    }

    public static TheoryData<string, InstrumentDefinition> Misfits()
    {
        var call = Contracts.Call();
        var onFuture = Contracts.FutureOption(OptionType.Call, PremiumStyle.Equity);
        return new TheoryData<string, InstrumentDefinition>
        {
            { "not defined", call with { Option = call.Option! with { Reference = "ETH.INDEX" } } },
            { "must be of one", call with { Underlying = "SPX" } },
            { "can be worth 160000", call with { PriceHigh = 159_999m } },
            { "must be a price of BTC.INDEX", call with { Option = call.Option! with { Strike = 200_001m } } },
            { "must be a price of BTC.INDEX", call with { Option = call.Option! with { Strike = 40_000.001m } } },
            { "multiplier and currency must be the same", onFuture with { Multiplier = 10m } },
            { "must be an Index", Contracts.Linear() with { Underlying = "SPX", Perpetual = Contracts.Linear().Perpetual! with { Index = "ESH6" } } },
        };
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_term_is_named_with_its_value_and_what_is_allowed(string field, InstrumentDefinition definition)
    {
        var errors = definition.Validate(out var instrument);
        instrument.ShouldBeNull();
        errors.ShouldContain(e => e.Field == field && e.Allowed.Length > 0);
    }

    [Theory]
    [MemberData(nameof(Misfits))]
    public void What_does_not_fit_its_reference_is_refused_with_the_reason(string reason, InstrumentDefinition definition) =>
        HouseDecisions.Refuse(NewHouse().Directory, new InstrumentDefined(TestHouse.Instrument(definition))).ShouldNotBeNull().ShouldContain(reason);

    [Fact]
    public void What_fits_its_reference_is_defined()
    {
        var house = NewHouse();
        foreach (var definition in new[] { Contracts.Call(), Contracts.Put(), Contracts.FutureOption(OptionType.Put, PremiumStyle.Futures), Contracts.Linear(), Contracts.Inverse() })
        {
            HouseDecisions.Refuse(house.Directory, new InstrumentDefined(TestHouse.Instrument(definition))).ShouldBeNull();
        }
    }

    [Fact]
    public void A_reference_cannot_outgrow_the_options_on_it()
    {
        var house = NewHouse();
        house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(Contracts.Call())));
        var wider = TestHouse.Instrument(Contracts.Index() with { PriceHigh = 200_001m });
        HouseDecisions.Refuse(house.Directory, new InstrumentDefined(wider)).ShouldNotBeNull().ShouldContain("BTC.C40 can be worth 160001");
    }

    [Fact]
    public void A_strike_never_changes_but_a_cut_off_may()
    {
        var house = NewHouse();
        house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(Contracts.Call())));
        var option = Contracts.Call().Option!;
        HouseDecisions.Refuse(house.Directory, new InstrumentDefined(TestHouse.Instrument(Contracts.Call() with { Option = option with { Strike = 41_000m } })))
            .ShouldNotBeNull().ShouldContain("must stay European Equity-style Call on BTC.INDEX at 40000");
        HouseDecisions.Refuse(house.Directory, new InstrumentDefined(TestHouse.Instrument(Contracts.Call() with { Option = option with { ExerciseCutOff = Contracts.Expiry } }))).ShouldBeNull();
    }

    [Fact]
    public void An_index_takes_marks_and_no_trades()
    {
        var house = NewHouse();
        house.Trade(house.Report(instrument: "BTC.INDEX", price: 40_000m)).ShouldBe(RejectReason.UnknownInstrument);
        var report = new MarkReport(InstrumentId.Parse("BTC.INDEX"), MarkSourceId.Parse("X"), 40_000m, TestHouse.Noon);
        MarkDecisions.DecideMark(new MarketState(UnderlyingId.Parse("BTC")), report, house.Directory).Kind.ShouldBe(MarkDecisionKind.Accepted);
    }

    [Fact]
    public void An_option_may_be_worth_nothing_and_a_future_may_not()
    {
        var house = NewHouse();
        house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(Contracts.Call())));
        var worthless = new MarkReport(InstrumentId.Parse("BTC.C40"), MarkSourceId.Parse("X"), 0m, TestHouse.Noon);
        MarkDecisions.DecideMark(new MarketState(UnderlyingId.Parse("BTC")), worthless, house.Directory).Kind.ShouldBe(MarkDecisionKind.Accepted);
        MarkDecisions.DecideMark(new MarketState(UnderlyingId.Parse("SPX")), worthless with { Instrument = TestHouse.Future }, house.Directory).Reason.ShouldBe(MarkRejectReason.Malformed);
    }

    [Theory]
    [InlineData("42911", "0.00002330404791312251")]
    [InlineData("40000", "0.000025")]
    [InlineData("3", "0.33333333333333333333")]
    [InlineData("0.06", "16.66666666666666666667")]
    public void The_reciprocal_of_a_price_has_twenty_places_half_even(string price, string reciprocal)
    {
        var valuation = new Valuation(ValuationStyle.Inverse, 2);
        var expected = decimal.Parse(reciprocal, System.Globalization.CultureInfo.InvariantCulture);
        var value = -valuation.OfTrade((long)(decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture) * 100));
        new ExactAmount(value, Valuation.ReciprocalPlaces).ShouldBe(new ExactAmount((Int128)(expected * 10_000_000_000m) * 10_000_000_000 + (Int128)(expected * 10_000_000_000m % 1 * 10_000_000_000m), 20));
    }

    private static TestHouse NewHouse()
    {
        var house = new TestHouse();
        house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(Contracts.Index())));
        return house;
    }
}
