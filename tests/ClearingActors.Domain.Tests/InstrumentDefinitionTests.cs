using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Tests;

public sealed class InstrumentDefinitionTests
{
    public static TheoryData<string, InstrumentDefinition> Wrong()
    {
        var good = TestHouse.Definition();
        return new TheoryData<string, InstrumentDefinition>
        {
            { "Id", good with { Id = "E S" } },
            { "Underlying", good with { Underlying = "" } },
            { "ProductGroup", good with { ProductGroup = "a b" } },
            { "Kind", good with { Kind = InstrumentKind.None } },
            { "Option", good with { Kind = InstrumentKind.Option } },
            { "Perpetual", good with { Kind = InstrumentKind.Perpetual } },
            { "Option", good with { Option = Contracts.Call().Option } },
            { "Perpetual", good with { Perpetual = Contracts.Linear().Perpetual } },
            { "ExpiryWindowNs", good with { ExpiryWindowNs = 1 } },
            { "ExpiryMarks", good with { ExpiryMarks = 0 } },
            { "SettlementMethod", good with { SettlementMethod = SettlementMethod.None } },
            { "Multiplier", good with { Multiplier = 0m } },
            { "Multiplier", good with { Multiplier = -1m } },
            { "Multiplier", good with { Multiplier = 0.0000000001m } },
            { "PriceScale", good with { PriceScale = 10 } },
            { "PriceScale", good with { PriceScale = -1 } },
            { "Tick", good with { Tick = 0m } },
            { "Tick", good with { Tick = 0.001m } },
            { "PriceLow", good with { PriceLow = 0m } },
            { "PriceLow", good with { PriceLow = 0.001m } },
            { "PriceHigh", good with { PriceHigh = 1m } },
            { "PriceHigh", good with { PriceHigh = 1e17m } },
            { "TradeBandBps", good with { TradeBandBps = 0 } },
            { "MarkJumpBps", good with { MarkJumpBps = 0 } },
            { "MarkStalenessNs", good with { MarkStalenessNs = 0 } },
            { "Expiry", good with { Expiry = 0 } },
            { "MaxTradeQuantity", good with { MaxTradeQuantity = 0 } },
            { "MaxTradeQuantity", good with { MaxTradeQuantity = 1_000_000_001 } },
            { "MaxTradeQuantity", good with { MaxTradeQuantity = 1_000_000_000, PriceHigh = 1e9m } },
            { "HeadroomPerLot", good with { HeadroomPerLot = -1m } },
            { "HeadroomPerLot", good with { HeadroomPerLot = 0.001m } },
            { "Currency", good with { Currency = default } },
            { "Calendar.Zone", good with { Calendar = good.Calendar with { Zone = "America Chicago" } } },
            { "Calendar.Holidays", good with { Calendar = good.Calendar with { Holidays = [new(2026, 1, 1), new(2026, 1, 1)] } } },
        };
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_field_is_named_with_its_value_and_what_is_allowed(string field, InstrumentDefinition definition)
    {
        var error = definition.Validate(out var instrument).Where(e => e.Field == field).ShouldHaveSingleItem();
        instrument.ShouldBeNull();
        error.Allowed.ShouldNotBeEmpty();
        error.ToString().ShouldStartWith($"{field} is \"");
    }

    [Fact]
    public void All_errors_are_told_at_once() =>
        (TestHouse.Definition() with { Id = "", Multiplier = 0, Tick = 0 }).Validate(out _).Select(e => e.Field).ShouldBe(["Id", "Multiplier", "Tick"]);

    [Theory]
    [InlineData("4000.25", true, 400_025)]
    [InlineData("4000.2500000", true, 400_025)]
    [InlineData("4000.10", false, 0)]
    [InlineData("4000.255", false, 0)]
    [InlineData("79228162514264337593543950335", false, 0)]
    [InlineData("-0.25", true, -25)]
    public void A_price_becomes_price_units_exactly_or_is_off_tick(string price, bool fits, long units)
    {
        TestHouse.Instrument(TestHouse.Definition()).TryToPriceUnits(decimal.Parse(price), out var actual).ShouldBe(fits);
        if (fits)
        {
            actual.ShouldBe(units);
        }
    }

    [Fact]
    public void A_mark_may_stand_between_two_ticks_but_not_between_two_price_units()
    {
        var instrument = TestHouse.Instrument(TestHouse.Definition());
        instrument.TryToMarkUnits(4000.13m, out var units).ShouldBeTrue();
        units.ShouldBe(400_013);
        instrument.ToPrice(units).ShouldBe(4000.13m);
        instrument.TryToMarkUnits(4000.135m, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("50.000", 50, 2)]
    [InlineData("0.01", 1, 4)]
    [InlineData("1000", 1000, 2)]
    public void The_multiplier_is_split_once_into_digits_and_scale(string multiplier, long mantissa, int scale)
    {
        var instrument = TestHouse.Instrument(TestHouse.Definition() with { Multiplier = decimal.Parse(multiplier) });
        instrument.MultiplierMantissa.ShouldBe(mantissa);
        instrument.AmountScale.ShouldBe(scale);
        instrument.AmountOf(100).ShouldBe(new ExactAmount(mantissa * 100, scale));
    }

    [Fact]
    public void A_full_position_settled_across_the_whole_band_stays_below_the_amount_limit()
    {
        var instrument = TestHouse.Instrument(TestHouse.Definition());
        var amount = instrument.AmountOf((Int128)instrument.PositionLimit * instrument.PriceHighUnits).RoundHalfEven(TestHouse.Usd);
        amount.MinorUnits.ShouldBeInRange(Domain.Instruments.Instrument.MaxPositionAmount / 2, Domain.Instruments.Instrument.MaxPositionAmount);
    }

    [Fact]
    public void What_positions_are_counted_in_never_changes_but_limits_may()
    {
        var house = new TestHouse();
        var good = TestHouse.Definition();
        foreach (var changed in new[]
        {
            good with { Multiplier = 51 }, good with { PriceScale = 3 }, good with { Underlying = "NDX" }, good with { Currency = new Currency("EUR", 2) },
        })
        {
            var e = new InstrumentDefined(TestHouse.Instrument(changed));
            HouseDecisions.Refuse(house.Directory, e).ShouldNotBeNull().ShouldContain("must stay");
            Should.Throw<InvalidOperationException>(() => house.Directory.Apply(e));
        }

        var wider = new InstrumentDefined(TestHouse.Instrument(good with { PriceHigh = 30000m, HeadroomPerLot = 200m, Expiry = TestHouse.Noon }));
        HouseDecisions.Refuse(house.Directory, wider).ShouldBeNull();
        house.Directory.Apply(wider);
        house.Directory.TryGetInstrument(TestHouse.Future, out var listed).ShouldBeTrue();
        listed.Instrument.PriceHighUnits.ShouldBe(3_000_000);
    }

    [Fact]
    public void One_currency_code_has_one_number_of_digits_in_the_house()
    {
        var other = TestHouse.Instrument(TestHouse.Definition() with { Id = "OTHER", Currency = new Currency("USD", 3) });
        HouseDecisions.Refuse(new TestHouse().Directory, new InstrumentDefined(other)).ShouldNotBeNull().ShouldContain("USD has 3 digits here and 2 in ESH6");
    }
}
