using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;
using FactorHistory = ClearingActors.Risk.Scenarios.FactorHistory;
using OptionTerms = ClearingActors.Domain.Instruments.OptionTerms;
using OptionType = ClearingActors.Domain.Instruments.OptionType;

namespace ClearingActors.Engine.Tests;

/// <summary>A directory with one instrument of each kind and histories of their factors, to compute margin from without actors.</summary>
internal sealed class RequirementHouse
{
    internal const long Day = 86_400_000_000_000;
    internal static readonly Currency Usd = new("USD", 2);
    internal static readonly Currency Eur = new("EUR", 2);
    internal static readonly Currency Btc = new("BTC", 8);
    internal static readonly MemberId Alpha = MemberId.Parse("ALPHA");
    internal static readonly DateOnly LastDate = new(2026, 1, 30);
    internal static readonly long Now = UtcTime.StartOf(LastDate) + (Day / 2);

    /// <summary>Sections that most tests share; what is missing is appended by the test.</summary>
    internal const string Factors = """
        "base": "USD",
        "factors": {
          "SPX": { "change": "relative" }, "SPX.VOL": { "change": "relative" }, "CL": { "change": "absolute" }, "BTC": { "change": "relative" }, "DAX": { "change": "relative" },
          "EURUSD": { "change": "relative" }
        },
        "currencies": { "EUR": { "factor": "EURUSD" }, "BTC": { "factor": "BTC" } },
        "options": {
          "SPX.FUT": { "volatility": 0.2, "volBeta": 1.5, "rate": 0.03 }, "SPX": { "volatilityFactor": "SPX.VOL", "rate": 0.03, "yield": 0.01 }, "CL": { "volatility": 12.5 }
        },
        "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
        """;

    internal const string Group = """ "confidence": 0.95, "lookback": 100, "ewmaLambda": 0.97, "ewmaSeedReturns": 20, "mporDays": 2, "scaling": "mid" """;

    private readonly HouseDirectory _directory = new();
    private readonly Dictionary<InstrumentId, long> _marks = [];

    internal RequirementHouse(string model, int days = 200, int? shortBtc = null)
    {
        _directory.Risk.Apply(new RiskModelSet("{" + model + "}"));
        var number = 0;
        foreach (var (factor, level, move) in new[] { ("SPX", 4000.0, 0.02), ("SPX.VOL", 0.18, 0.05), ("CL", 40.0, 0.05), ("BTC", 40_000.0, 0.05), ("DAX", 15_000.0, 0.02), ("EURUSD", 1.1, 0.01) })
        {
            var from = factor == "BTC" && shortBtc is { } few ? days - few : 0;
            _directory.Risk.Apply(new FactorPricesSet(factor, [.. Enumerable.Range(from, days - from).Select(i => new FactorPrice(LastDate.AddDays(i - days + 1), level * (1 + (move * Wave(i, number)))))], true));
            number++;
        }

        var march = UtcTime.StartOf(new DateOnly(2026, 3, 20));
        List(Definition("SPX.FUT", InstrumentKind.Future, "SPX", 50, Usd) with { Expiry = march }, 4010.25m);
        List(Definition("SPX.JUN", InstrumentKind.Future, "SPX", 50, Usd) with { Expiry = march + (90 * Day) }, 4030m);
        List(Definition("SPX.INDEX", InstrumentKind.Index, "SPX", 1, Usd), 4000m);
        List(Definition("DAX.FUT", InstrumentKind.Future, "DAX", 25, Eur) with { ProductGroup = "DAX" }, 15_100m);
        List(Definition("CL.FUT", InstrumentKind.Future, "CL", 1000, Usd) with { ProductGroup = "CL", AllowsNegativePrices = true, PriceLow = -100m }, -3.5m);
        List(Definition("BTC.INDEX", InstrumentKind.Index, "BTC", 1, Usd), 40_000m);
        List(Definition("BTC.PERP", InstrumentKind.Perpetual, "BTC", 0.1m, Usd) with { ProductGroup = "BTC", Perpetual = new PerpetualTerms(false, 0, "BTC.INDEX", 8, 0.0001m, 0.01m) }, 40_100m);
        List(Definition("BTC.INV", InstrumentKind.Perpetual, "BTC", 1, Btc) with { ProductGroup = "BTC", HeadroomPerLot = 0, Perpetual = new PerpetualTerms(true, 100, "BTC.INDEX", 8, 0.0001m, 0.01m) }, 40_200m);
        List(OptionOn("SPX.FUT", "SPX.C", OptionType.Call, 4100, march, PremiumStyle.Equity, ExerciseStyle.European, 50, "SPX"), null);
        List(OptionOn("SPX.INDEX", "SPX.AP", OptionType.Put, 3900, march, PremiumStyle.Equity, ExerciseStyle.American, 100, "SPX"), null);
        List(OptionOn("SPX.FUT", "SPX.MP", OptionType.Put, 3900, march, PremiumStyle.Futures, ExerciseStyle.American, 50, "SPX"), null);
        List(OptionOn("CL.FUT", "CL.P", OptionType.Put, -5, march, PremiumStyle.Futures, ExerciseStyle.European, 1000, "CL"), null);
        Calculator = MarginCalculator.Create(_directory, _marks, Now, new PerLotCache());
    }

    internal MarginCalculator Calculator { get; }

    internal HouseDirectory Directory => _directory;

    internal Instrument this[string id] => _directory.TryGetInstrument(InstrumentId.Parse(id), out var listed) ? listed.Instrument : throw new ArgumentException(id);

    /// <summary>The library's own scenarios, made without the engine.</summary>
    internal ScenarioSet Scenarios(ScenarioSettings settings) => ScenarioSet.FromHistories([.. Histories()], LastDate, settings);

    internal IEnumerable<FactorHistory> Histories()
    {
        foreach (var (name, role, kind) in new[]
        {
            ("SPX", RiskFactorId.Price("SPX"), ChangeKind.Relative), ("SPX.VOL", RiskFactorId.Price("SPX.VOL"), ChangeKind.Relative), ("SPX.VOL", RiskFactorId.Volatility("SPX.VOL"), ChangeKind.Relative),
            ("CL", RiskFactorId.Price("CL"), ChangeKind.Absolute), ("BTC", RiskFactorId.Price("BTC"), ChangeKind.Relative), ("BTC", RiskFactorId.Currency("BTC"), ChangeKind.Relative),
            ("DAX", RiskFactorId.Price("DAX"), ChangeKind.Relative), ("EURUSD", RiskFactorId.Price("EURUSD"), ChangeKind.Relative), ("EURUSD", RiskFactorId.Currency("EUR"), ChangeKind.Relative),
        })
        {
            List<DatedPrice> prices = [];
            foreach (var price in _directory.Risk.PricesOf(name))
            {
                prices.Add(new DatedPrice(price.Date, price.Price));
            }

            yield return new FactorHistory(new PriceSeries(role, prices), kind);
        }
    }

    internal double LastPrice(string factor) => _directory.Risk.PricesOf(factor)[^1].Price;

    internal Requirement Of(Currency currency, params (string Instrument, long Lots)[] holdings) => Of(currency, Alpha, holdings);

    internal Requirement Of(Currency currency, MemberId member, params (string Instrument, long Lots)[] holdings) =>
        Calculator.RequirementOf(currency, member, [.. holdings.Select(h => new MarginHolding(this[h.Instrument], default, h.Lots))], new Dictionary<(MemberId, string), MemberCharge>());

    internal static ScenarioSettings Settings(double mporDays = 2) =>
        new() { Lookback = 100, EwmaLambda = 0.97, EwmaSeedReturns = 20, MporDays = mporDays, Scaling = VolatilityScaling.Mid };

    private static double Wave(int i, int number) => Math.Sin(i * (1.7 + (0.3 * number))) + (i % (5 + number) * 0.2);

    private static InstrumentDefinition Definition(string id, InstrumentKind kind, string underlying, decimal multiplier, Currency currency) => new()
    {
        Id = id,
        Kind = kind,
        Underlying = underlying,
        Multiplier = multiplier,
        Currency = currency,
        PriceScale = 2,
        Tick = 0.25m,
        PriceLow = 0.25m,
        PriceHigh = 100_000m,
        MarkJumpBps = 500,
        MarkStalenessNs = Day,
        MaxTradeQuantity = 1000,
        HeadroomPerLot = 1,
        Calendar = new ClearingCalendar("America/Chicago", new TimeOnly(16, 0), [], false),
        ProductGroup = "SPX",
    };

    private static InstrumentDefinition OptionOn(string reference, string id, OptionType type, decimal strike, long expiry, PremiumStyle premium, ExerciseStyle style, decimal multiplier, string underlying) =>
        Definition(id, InstrumentKind.Option, underlying, multiplier, Usd) with
        {
            Expiry = expiry,
            ProductGroup = underlying,
            PriceLow = 0,
            PriceHigh = 10_000,
            Option = new OptionTerms(type, strike, style, premium, reference, expiry, 0),
        };

    private void List(InstrumentDefinition definition, decimal? mark)
    {
        var errors = definition.Validate(out var instrument);
        _directory.Apply(new InstrumentDefined(instrument ?? throw new InvalidOperationException(string.Join("; ", errors))));
        if (mark is { } price)
        {
            instrument.TryToMarkUnits(price, out var units).ShouldBeTrue();
            _marks.Add(instrument.Id, units);
        }
    }
}
