using ClearingActors.Domain;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.1 to 8.6: what the engine makes of a portfolio is what the library says of it.</summary>
public sealed class RequirementTests
{
    private static readonly double Years = (RequirementHouse.Day * 48.5) / (365.0 * RequirementHouse.Day);

    private static readonly double Carry = Numerics(0.02);

    [Fact]
    public void The_dates_of_scenarios_are_those_of_the_lookback_and_gathered_once()
    {
        var house = new RequirementHouse(Model());
        var group = RiskModel.Parse(house.Directory.Risk.Parameters).Groups.First();
        var dates = house.Calculator.DatesOf(group).ShouldBeOfType<ArraySegment<DateOnly>>();
        dates.ShouldBe(Enumerable.Range(0, 100).Select(i => RequirementHouse.LastDate.AddDays(i - 99)));
        house.Calculator.DatesOf(group).ShouldBeOfType<ArraySegment<DateOnly>>().Array.ShouldBeSameAs(dates.Array);
    }

    [Fact]
    public void Options_on_a_future_are_revalued_by_Black_76_with_their_volatility_beta()
    {
        var house = new RequirementHouse(Model());
        var call = new OptionRisk("SPX.C", RiskFactorId.Price("SPX"), 4010.25, 50, "USD", Terms(OptionType.Call, 4100) with { Volatility = 0.2, VolBeta = 1.5, DiscountFactor = Discount() });
        house.Of(RequirementHouse.Usd, ("SPX.C", -7)).TotalMinor.ShouldBe(Library(house, new Holding(call, -7)));

        // Margined premium: nothing is discounted, and early exercise never pays.
        var put = new OptionRisk("SPX.MP", RiskFactorId.Price("SPX"), 4010.25, 50, "USD", Terms(OptionType.Put, 3900) with { Volatility = 0.2, VolBeta = 1.5 });
        house.Of(RequirementHouse.Usd, ("SPX.MP", -7), ("SPX.FUT", -3)).TotalMinor.ShouldBe(
            Library(house, new Holding(new LinearRisk("SPX.FUT", RiskFactorId.Price("SPX"), 4010.25, 50, "USD"), -3), new Holding(put, -7)));
    }

    [Fact]
    public void An_American_option_on_an_index_is_revalued_with_early_exercise_and_its_own_volatility_history()
    {
        var house = new RequirementHouse(Model());
        var volatility = house.LastPrice("SPX.VOL");
        var terms = Terms(OptionType.Put, 3900) with
        {
            Volatility = volatility,
            VolatilityFactor = RiskFactorId.Volatility("SPX.VOL"),
            DiscountFactor = Discount(),
            American = new AmericanExercise(0.03, 0.01),
        };
        var put = new OptionRisk("SPX.AP", RiskFactorId.Price("SPX"), 4000 * Carry, 100, "USD", terms);
        put.UnitValue.ShouldBe(AmericanOption.Price(OptionType.Put, 4000, 3900, 0.03, 0.01, Years, volatility), 1e-9);
        put.UnitValue.ShouldBeGreaterThan(BlackScholesMerton.Price(OptionType.Put, 4000, 3900, 0.03, 0.01, Years, volatility));
        house.Of(RequirementHouse.Usd, ("SPX.AP", -4)).TotalMinor.ShouldBe(Library(house, new Holding(put, -4)));
    }

    [Fact]
    public void An_option_on_what_may_be_negative_is_revalued_by_Bachelier()
    {
        var house = new RequirementHouse(Model());
        var put = new OptionRisk("CL.P", RiskFactorId.Price("CL"), -3.5, 1000, "USD", Terms(OptionType.Put, -5) with { Model = OptionModel.Bachelier, Volatility = 12.5 });
        house.Of(RequirementHouse.Usd, ("CL.P", -2)).TotalMinor.ShouldBe(Library(house, new Holding(put, -2)));
    }

    [Fact]
    public void Perpetuals_and_futures_of_other_currencies_convert_at_each_scenarios_rate()
    {
        var house = new RequirementHouse(Model());
        var inverse = new Holding(new InverseRisk("BTC.INV", RiskFactorId.Price("BTC"), 40_200, 100, "BTC"), 500);
        var linear = new Holding(new LinearRisk("BTC.PERP", RiskFactorId.Price("BTC"), 40_100, 0.1, "USD"), -20);
        house.Of(RequirementHouse.Usd, ("BTC.PERP", -20), ("BTC.INV", 500)).TotalMinor.ShouldBe(Library(house, inverse, linear));
        var dax = new Holding(new LinearRisk("DAX.FUT", RiskFactorId.Price("DAX"), 15_100, 25, "EUR"), 3);
        house.Of(RequirementHouse.Usd, ("DAX.FUT", 3)).TotalMinor.ShouldBe(Library(house, dax));

        // Margined in euro the same future has no currency risk, and a dollar one has.
        var set = house.Scenarios(RequirementHouse.Settings());
        house.Of(RequirementHouse.Eur, ("DAX.FUT", 3)).TotalMinor.ShouldBe(Money(FullRevaluation.OfPortfolio([dax], set, "EUR", []), RequirementHouse.Eur));
        var future = FullRevaluation.PerLot(new LinearRisk("SPX.FUT", RiskFactorId.Price("SPX"), 4010.25, 50, "USD"), set);
        var rates = FullRevaluation.Rates(new CurrencyRate("EUR", house.LastPrice("EURUSD")), set);
        house.Of(RequirementHouse.Eur, ("SPX.FUT", 2)).TotalMinor.ShouldBe(Money([.. future.Select((g, i) => 2 * (g / rates[i]))], RequirementHouse.Eur));
    }

    [Fact]
    public void What_the_model_does_not_say_is_named()
    {
        var bare = RequirementHouse.Factors.Replace("\"currencies\": { \"EUR\": { \"factor\": \"EURUSD\" }, \"BTC\": { \"factor\": \"BTC\" } },", "", StringComparison.Ordinal)
            .Replace("\"CL\": { \"volatility\": 12.5 }", "\"ELSE\": { \"volatility\": 1 }", StringComparison.Ordinal);
        var house = new RequirementHouse($"{bare}, \"groups\": {{ \"*\": {{ {RequirementHouse.Group} }} }}");
        Should.Throw<ArgumentException>(() => house.Of(RequirementHouse.Usd, ("DAX.FUT", 1))).Message.ShouldContain("add currencies.EUR");
        Should.Throw<ArgumentException>(() => house.Of(RequirementHouse.Usd, ("CL.P", 1))).Message.ShouldContain("options.CL.P, options.CL.FUT, options.CL or options.*");
        Should.Throw<ArgumentException>(() => house.Of(RequirementHouse.Usd, ("SPX.INDEX", 1))).Message.ShouldContain("takes no positions");
    }

    [Fact]
    public void A_scanned_group_pays_scan_risk_spread_charge_and_at_least_the_minimum()
    {
        var house = new RequirementHouse(Model("""
            "SPX": { $, "span": { "priceScanRange": 200, "volScanRange": 0.04, "spreadChargePerLot": 150 }, "shortOptionMinimum": 20 }, "*": { $ }
            """));
        Holding[] held = [Future("SPX.FUT", 4010.25, 5), Future("SPX.JUN", 4030, -3), new(Call(), -7)];
        var scan = SpanScanning.Scan(held, new SpanRanges(200, 0.04), SpanScanning.Standard);
        var delta = Black76.WithGreeks(OptionType.Call, 4010.25, 4100, Years, 0.2, Discount()).Delta;
        var charge = SpanScanning.CalendarSpreadCharge([new("H", 5 - (7 * delta)), new("M", -3)], 150);
        charge.ShouldBeGreaterThan(0);
        var expected = RequirementMoney.Of(SpanScanning.Margin(scan.ScanRisk, charge, 140), RequirementHouse.Usd).MinorUnits;
        Near(house.Of(RequirementHouse.Usd, ("SPX.FUT", 5), ("SPX.JUN", -3), ("SPX.C", -7)).TotalMinor, expected);

        // Far out of the money nothing but the minimum is left.
        new RequirementHouse(Model("""
            "SPX": { $, "span": { "priceScanRange": 0, "volScanRange": 0 }, "shortOptionMinimum": 20 }, "*": { $ }
            """)).Of(RequirementHouse.Usd, ("SPX.C", -7)).TotalMinor.ShouldBe(140_00);
    }

    [Fact]
    public void The_margin_without_add_ons_is_that_of_the_model_its_offsets_and_its_tools()
    {
        var house = new RequirementHouse(Model("""
            "SPX": { $, "buffer25": true, "span": { "priceScanRange": 200, "volScanRange": 0.04, "spreadChargePerLot": 150 } },
            "CL": { $, "buffer25": true, "shortOptionMinimum": 9000 },
            "*": { $, "buffer25": true, "tiers": [ { "rate": 0.9 } ] }
            """));
        (string, long)[] held = [("SPX.FUT", 5), ("SPX.JUN", -3), ("SPX.C", -7), ("CL.FUT", 2), ("CL.P", -40), ("BTC.PERP", 30_000)];
        var requirement = house.Of(RequirementHouse.Usd, held);
        string[] without = ["model", "offsets", "buffer"];

        requirement.Parts.Select(p => p.Name).ShouldBe([.. without, "short_option_minimum", "floor"]);
        var margin = house.Calculator.ModelMarginOf(RequirementHouse.Usd, held.Select(h => new MarginHolding(house[h.Item1], default, h.Item2)), null);
        (margin * 100).ShouldBe(requirement.Parts.Where(p => without.Contains(p.Name)).Sum(p => p.AmountMinor), 3.0, "but for the rounding of the parts");
    }

    [Fact]
    public void Three_tools_against_procyclicality_are_parts_of_their_own()
    {
        var last = RequirementHouse.LastDate;
        var plain = new RequirementHouse(Model());
        var alone = plain.Of(RequirementHouse.Usd, ("SPX.FUT", 10)).TotalMinor;
        Near(new RequirementHouse(Model("""  "*": { $, "buffer25": true } """)).Of(RequirementHouse.Usd, ("SPX.FUT", 10)).TotalMinor, (long)(1.25 * alone));

        var stressed = new RequirementHouse(Model("""  "*": { $, "stressed25": { "first": "2025-09-01", "last": "2025-09-20" } } """)).Of(RequirementHouse.Usd, ("SPX.FUT", 10));
        var window = ScenarioSet.FromWindow([.. plain.Histories()], new DateOnly(2025, 9, 1), new DateOnly(2025, 9, 20), 2, MissingDates.Refuse);
        window.Count.ShouldBe(20);
        var margin = TailRisk.Of(FullRevaluation.OfPortfolio([Future("SPX.FUT", 4010.25, 10)], plain.Scenarios(RequirementHouse.Settings()), "USD", []), 0.95).ExpectedShortfall;
        var stress = TailRisk.Of(FullRevaluation.OfPortfolio([Future("SPX.FUT", 4010.25, 10)], window, "USD", []), 0.95).ExpectedShortfall;
        Near(stressed.TotalMinor, RequirementMoney.Of(Procyclicality.Stressed25(margin, stress), RequirementHouse.Usd).MinorUnits);
        stress.ShouldBeGreaterThan(margin, "or the part would not be there");
        stressed.Parts.Select(p => p.Name).ShouldBe(["model", "stressed_period"]);

        Should.Throw<ArgumentException>(() => new RequirementHouse(Model("""  "*": { $, "floor10y": true } """))).Message.ShouldContain("of Floor10Years needs it from its first day on, or a proxy");
        var ten = new RequirementHouse(Model("""  "*": { $, "floor10y": true } """), days: 3700).Of(RequirementHouse.Usd, ("SPX.FUT", 10));
        var longHouse = new RequirementHouse(Model(), days: 3700);
        var years = ScenarioSet.FromWindow([.. longHouse.Histories()], last.AddYears(-10), last, 2, MissingDates.Refuse);
        var floor = TailRisk.Of(FullRevaluation.OfPortfolio([Future("SPX.FUT", 4010.25, 10)], years, "USD", []), 0.95).ExpectedShortfall;
        Near(ten.TotalMinor, Math.Max(longHouse.Of(RequirementHouse.Usd, ("SPX.FUT", 10)).TotalMinor, RequirementMoney.Of(floor, RequirementHouse.Usd).MinorUnits));
    }

    [Fact]
    public void Short_options_wrong_way_and_brackets_add_their_parts()
    {
        var house = new RequirementHouse(Model("""  "*": { $, "shortOptionMinimum": 100000, "tiers": [ { "upTo": 1000000, "rate": 0.5 }, { "rate": 1.5 } ] } """)
            + """, "wrongWay": { "shock": 0.5, "members": { "BETA": [ "SPX" ] } } """);
        var plain = new RequirementHouse(Model()).Of(RequirementHouse.Usd, ("SPX.C", -2)).TotalMinor;
        var shorts = house.Of(RequirementHouse.Usd, ("SPX.C", -2));
        Near(shorts.Parts.Single(p => p.Name == "short_option_minimum").AmountMinor, 200_000_00 - plain);

        // Two lots of 50 x 4010.25: 401,025 at a half.
        shorts.Parts.Single(p => p.Name == "floor").AmountMinor.ShouldBe(200_512_50 - 200_000_00);
        shorts.TotalMinor.ShouldBe(200_512_50);

        var beta = MemberId.Parse("BETA");
        house.Of(RequirementHouse.Usd, beta, ("SPX.FUT", 3)).Parts.Single(p => p.Name == "wrong_way").AmountMinor.ShouldBe(300_768_75, "half of 3 x 50 x 4010.25");
        house.Of(RequirementHouse.Usd, beta, ("SPX.FUT", -3)).Parts.ShouldNotContain(p => p.Name == "wrong_way", "a short position gains when the member fails");
        house.Of(RequirementHouse.Usd, RequirementHouse.Alpha, ("SPX.FUT", 3)).Parts.ShouldNotContain(p => p.Name == "wrong_way");
        foreach (var requirement in new[] { shorts, house.Of(RequirementHouse.Usd, beta, ("SPX.FUT", 3), ("SPX.C", -5)) })
        {
            requirement.Parts.Sum(p => p.AmountMinor).ShouldBe(requirement.TotalMinor);
        }
    }

    [Fact]
    public void Pin_risk_is_charged_only_near_expiry()
    {
        var near = new RequirementHouse(Model("""  "*": { $, "pin": { "hours": 1200, "band": 800 } } """)).Of(RequirementHouse.Usd, ("SPX.C", -4));
        var margin = TailRisk.Of(FullRevaluation.OfPortfolio([new(Call(), -4)], new RequirementHouse(Model()).Scenarios(RequirementHouse.Settings()), "USD", []), 0.95).ExpectedShortfall;
        near.Parts.Single(p => p.Name == "pin_risk").AmountMinor.ShouldBe(RequirementMoney.Of(PinRiskAddOn.Of([new(Call(), -4)], 800, margin), RequirementHouse.Usd).MinorUnits);
        new RequirementHouse(Model("""  "*": { $, "pin": { "hours": 24, "band": 800 } } """)).Of(RequirementHouse.Usd, ("SPX.C", -4)).Parts.ShouldHaveSingleItem();
    }

    [Fact]
    public void The_example_model_that_is_shipped_is_read_in_full()
    {
        var model = RiskModel.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "config", "margin", "example-model.json")));
        model.Factors.Count.ShouldBe(6);
        model.Proxies["BTC"].ShouldBe("SPX");
        model.Currencies.Keys.ShouldBe(["BTC", "EUR"]);
        model.Options.Keys.ShouldBe(["SPX", "SPX.FUT", "WTI"]);
        model.GroupOf("WTI").Span!.SpreadChargePerLot.ShouldBe(300);
        var other = model.GroupOf("SPX");
        (other.Tool, other.StressWindow.Last).ShouldBe((ProcyclicalityTool.Stressed25, new DateOnly(2020, 4, 30)));
        other.Tiers!.MarginOf(20_000_000).ShouldBe(ExactFraction.From(150_000m));
        model.Liquidity["BTC"].Kappa.ShouldBe(0.9);
        model.MaximumGearing.ShouldBe(50m);
    }

    [Fact]
    public void A_proxy_moves_a_factor_before_its_own_history_begins()
    {
        // Both factors move together, but one is known for 200 days of the 3,700 only.
        var house = new RequirementHouse(Model("""  "*": { $, "floor10y": true } """).Replace("\"BTC\": { \"change\": \"relative\" }", "\"BTC\": { \"change\": \"relative\", \"proxy\": \"SPX\" }", StringComparison.Ordinal), days: 3700, shortBtc: 200);
        house.Of(RequirementHouse.Usd, ("BTC.PERP", 100)).Parts.Select(p => p.Name).ShouldContain("model");
        Should.Throw<ArgumentException>(() => new RequirementHouse(Model("""  "*": { $, "floor10y": true } """), days: 3700, shortBtc: 200).Of(RequirementHouse.Usd, ("BTC.PERP", 100)))
            .Message.ShouldContain("the history of BTC begins on 2025-07-15; the window 2016-01-30 to 2026-01-30");
        new RequirementHouse(Model("""  "*": { $, "floor10y": true } """), days: 3700, shortBtc: 200).Of(RequirementHouse.Usd, ("SPX.FUT", 1)).TotalMinor.ShouldBePositive("what it does not move is margined");
    }

    [Theory]
    [InlineData("""  "*": { $, "buffer25": true, "floor10y": true } """, "one of buffer25, stressed25 and floor10y")]
    [InlineData("""  "*": { $, "stressed25": { "first": "2025-09-20", "last": "2025-09-01" } } """, "must end after 2025-09-20")]
    [InlineData("""  "*": { $, "floor10y": true, "span": { "priceScanRange": 1, "volScanRange": 1 } } """, "of a scanned group buffer25 only")]
    [InlineData("""  "*": { $ }, "A": { $, "buffer25": true } """, "are offset against each other")]
    [InlineData("""  "*": { $, "shortOptionMinimum": -1 } """, "ShortOptionMinimum is -1")]
    [InlineData("""  "*": { $, "tiers": [ { "upTo": 5, "rate": 1 } ] } """, "the last bracket has no end")]
    [InlineData("""  "*": { $, "pin": { "hours": 1, "band": -2 } } """, "pin.band is -2")]
    public void Terms_that_do_not_fit_are_refused_with_their_group(string groups, string expected)
    {
        var e = Should.Throw<FormatException>(() => RiskModel.Parse("{" + Model(groups) + "}"));
        e.Message.ShouldContain("groups.");
        e.Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("\"currencies\": { \"EUR\": { \"factor\": \"NONE\" } }", "currencies.EUR names the factor NONE")]
    [InlineData("\"options\": { \"X\": { \"volBeta\": 1 } }", "options.X needs a volatility")]
    [InlineData("\"options\": { \"X\": { \"volatility\": 0 } }", "options.X.volatility is 0")]
    [InlineData("\"options\": { \"X\": { \"volatilityFactor\": \"SPX\", \"volBeta\": 1 } }", "moves by one of them")]
    [InlineData("\"liquidity\": { \"SPX\": { \"reference\": \"SPX.FUT\", \"halfSpread\": 0, \"kappa\": 0, \"averageDailyVolume\": 0 } }", "averageDailyVolume 0 above 0")]
    [InlineData("\"wrongWay\": { \"shock\": 2, \"members\": {} }", "wrongWay.shock is 2")]
    [InlineData("\"gearing\": { \"maximum\": 0 }", "gearing.maximum is 0")]
    [InlineData("\"instruments\": { \"SPX.FUT\": \"NONE\" }", "instruments.SPX.FUT names the factor NONE")]
    public void Sections_that_do_not_fit_are_refused_with_their_place(string section, string expected) => Should.Throw<FormatException>(() => RiskModel.Parse(
        $$"""{ "base": "USD", "factors": { "SPX": { "change": "relative" } }, "groups": { "*": { {{RequirementHouse.Group}} } }, "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }, {{section}} }"""))
        .Message.ShouldContain(expected);

    /// <summary>To the minor unit, but for the order of the sums.</summary>
    private static void Near(long actual, long expected) => Math.Abs(actual - expected).ShouldBeLessThanOrEqualTo(1, $"{actual} and {expected}");

    private static double Numerics(double rate) => ClearingActors.Risk.Numerics.CanonicalMath.Exp(rate * Years);

    private static double Discount() => ClearingActors.Risk.Numerics.CanonicalMath.Exp(-0.03 * Years);

    private static string Model(string groups = "\"*\": { $ }") =>
        $"{RequirementHouse.Factors}, \"groups\": {{ {groups.Replace("$", RequirementHouse.Group, StringComparison.Ordinal)} }}";

    private static Holding Future(string id, double price, long lots) => new(new LinearRisk(id, RiskFactorId.Price("SPX"), price, 50, "USD"), lots);

    private static OptionRisk Call() =>
        new("SPX.C", RiskFactorId.Price("SPX"), 4010.25, 50, "USD", Terms(OptionType.Call, 4100) with { Volatility = 0.2, VolBeta = 1.5, DiscountFactor = Discount() });

    private static OptionTerms Terms(OptionType type, double strike) =>
        new() { Model = OptionModel.Black76, Type = type, Strike = strike, ExpiryYears = Years, Volatility = 1 };

    private static long Library(RequirementHouse house, params Holding[] holdings) => Money(
        FullRevaluation.OfPortfolio(
            [.. holdings.OrderBy(h => h.Instrument.Instrument, StringComparer.Ordinal)],
            house.Scenarios(RequirementHouse.Settings()),
            "USD",
            [new CurrencyRate("EUR", house.LastPrice("EURUSD")), new CurrencyRate("BTC", house.LastPrice("BTC"))]),
        RequirementHouse.Usd);

    private static long Money(double[] gains, Currency currency) => RequirementMoney.Of(TailRisk.Of(gains, 0.95).ExpectedShortfall, currency).MinorUnits;
}
