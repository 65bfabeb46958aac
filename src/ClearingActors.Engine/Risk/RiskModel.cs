using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Risk;

/// <summary>The margin model's parameters, read from the JSON that operators set and the journal keeps (rulebook 8).</summary>
internal sealed class RiskModel
{
    /// <summary>Raised when the code comes to other bits for the same parameters; a part of <see cref="Version"/>.</summary>
    private const string Code = "margin code 1";

    /// <summary>The group that stands for every group without an entry of its own.</summary>
    private const string AnyGroup = "*";

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        PropertyNameCaseInsensitive = false,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        NumberHandling = JsonNumberHandling.Strict,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private readonly Dictionary<string, GroupModel> _groups;
    private readonly Dictionary<string, string> _instruments;
    private readonly Dictionary<string, CallFile> _calls;

    private RiskModel(string text, ModelFile file, SortedDictionary<string, ChangeKind> factors, Dictionary<string, GroupModel> groups)
    {
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Code + "\n" + text)));
        Factors = factors;
        _groups = groups;
        _instruments = new(file.Instruments, StringComparer.Ordinal);
        _calls = new(file.Calls, StringComparer.Ordinal);
        Base = file.Base;
        Currencies = new(file.Currencies, StringComparer.Ordinal);
        Options = new(file.Options, StringComparer.Ordinal);
        Liquidity = new(file.Liquidity, StringComparer.Ordinal);
        WrongWay = file.WrongWay;
        MaximumGearing = file.Gearing?.Maximum;
        Nodes = new(file.Nodes, StringComparer.Ordinal);
        Proxies = file.Factors.Where(f => f.Value.Proxy is not null).ToDictionary(f => f.Key, f => f.Value.Proxy!, StringComparer.Ordinal);
    }

    /// <summary>SHA-256 of the parameters and of the code's own version, in hexadecimal.</summary>
    internal string Version { get; }

    /// <summary>The risk factors by id, with how their changes are measured.</summary>
    internal SortedDictionary<string, ChangeKind> Factors { get; }

    /// <summary>What counts as collateral.</summary>
    internal CollateralTerms Collateral { get; private init; } = CollateralTerms.None;

    /// <summary>The instrument whose settlement price each day goes behind a factor's history, by factor; one without an entry is brought forward by an operator.</summary>
    internal SortedDictionary<string, InstrumentId> Feeds { get; } = new(StringComparer.Ordinal);

    /// <summary>When margin runs by itself.</summary>
    internal RunSchedule Runs { get; private init; } = RunSchedule.None;

    /// <summary>By factor, the one whose changes stand in for the years before its history begins, in stress and long windows.</summary>
    internal Dictionary<string, string> Proxies { get; }

    /// <summary>The currency that others convert into; null if there is only one.</summary>
    internal string? Base { get; }

    /// <summary>How currencies other than the base convert, by code.</summary>
    internal SortedDictionary<string, CurrencySource> Currencies { get; }

    /// <summary>Where options' volatilities come from, by the id of the option, its reference or its underlying, or "*".</summary>
    internal SortedDictionary<string, OptionSource> Options { get; }

    /// <summary>By underlying; one that is not there has no add-on.</summary>
    internal SortedDictionary<string, LiquiditySource> Liquidity { get; }

    /// <summary>By instrument, the tenor node that stress scenarios shock it at; one without an entry stands at its expiry.</summary>
    internal Dictionary<string, string> Nodes { get; }

    /// <summary>Null without such an add-on.</summary>
    internal WrongWaySource? WrongWay { get; }

    /// <summary>The most gross notional over collateral; null without such a limit.</summary>
    internal decimal? MaximumGearing { get; }

    /// <summary>The groups in a fixed order.</summary>
    internal IEnumerable<GroupModel> Groups => _groups.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Value);

    /// <summary>The parameters, or every reason why they are none.</summary>
    /// <exception cref="FormatException">What is wrong, with its place and what is allowed.</exception>
    internal static RiskModel Parse(string text)
    {
        ModelFile file;
        try
        {
            file = JsonSerializer.Deserialize<ModelFile>(text, Strict) ?? throw new FormatException("the risk model is null; an object is needed");
        }
        catch (JsonException e)
        {
            throw new FormatException($"the risk model is malformed at {e.Path ?? "its beginning"}: {e.Message}", e);
        }

        if (file.Factors.Count is 0 or > RiskBook.MaxFactors || file.Groups.Count == 0 || file.Calls.Count == 0)
        {
            throw new FormatException($"the risk model needs 1 to {RiskBook.MaxFactors} factors (it has {file.Factors.Count}), a group ({file.Groups.Count}) and the terms of calls in a currency ({file.Calls.Count})");
        }

        var factors = new SortedDictionary<string, ChangeKind>(StringComparer.Ordinal);
        foreach (var (id, factor) in file.Factors)
        {
            factors.Add(id, factor.Change is ChangeKind.Relative or ChangeKind.Absolute ? factor.Change : throw new FormatException($"factors.{id}.change is {factor.Change}; relative or absolute is allowed"));
        }

        foreach (var (instrument, factor) in file.Instruments)
        {
            RequireFactor($"instruments.{instrument}", factor, factors.Keys);
        }

        foreach (var (id, factor) in file.Factors)
        {
            if (factor.Proxy is { } proxy)
            {
                RequireFactor($"factors.{id}.proxy", proxy, factors.Keys);
                if (proxy == id || file.Factors[proxy].Change != factor.Change || file.Factors[proxy].Proxy is not null)
                {
                    throw new FormatException($"factors.{id}.proxy names {proxy}: another factor of {factor.Change} changes that has no proxy itself is needed");
                }
            }
        }

        if (file.Currencies.Count > 0 && (file.Base is null || file.Currencies.ContainsKey(file.Base)))
        {
            throw new FormatException($"currencies {string.Join(", ", file.Currencies.Keys)} convert into the base currency \"{file.Base}\": it must be named, and is not one of them");
        }

        foreach (var (code, currency) in file.Currencies)
        {
            RequireFactor($"currencies.{code}", currency.Factor, factors.Keys);
        }

        foreach (var (id, node) in file.Nodes)
        {
            if (string.IsNullOrEmpty(node) || !InstrumentId.TryParse(id, out _))
            {
                throw new FormatException($"nodes.{id} is \"{node}\"; the id of an instrument and the name of a tenor node, such as 2020-05, are needed");
            }
        }

        foreach (var (name, option) in file.Options)
        {
            _ = option.Check($"options.{name}", factors.Keys);
        }

        foreach (var (underlying, liquidity) in file.Liquidity)
        {
            _ = liquidity.Check($"liquidity.{underlying}");
        }

        if (file.WrongWay is { Shock: not (>= 0.0 and <= 1.0) })
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"wrongWay.shock is {file.WrongWay.Shock:R}; 0 to 1 is allowed"));
        }

        if (file.Gearing is { Maximum: <= 0 })
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"gearing.maximum is {file.Gearing.Maximum}; above 0 is needed"));
        }

        foreach (var (code, call) in file.Calls)
        {
            _ = call.Terms(code, CurrencyOf(code));
        }

        var groups = file.Groups.ToDictionary(g => g.Key, g => g.Value.Model(g.Key), StringComparer.Ordinal);
        foreach (var (name, group) in groups)
        {
            if (groups.FirstOrDefault(g => group.IsOffsetAgainst(g.Value) && (group.Tool != g.Value.Tool || group.StressWindow != g.Value.StressWindow)).Key is { } other)
            {
                throw new FormatException($"groups.{name} and groups.{other} are offset against each other, so both need the same buffer25, stressed25 or floor10y");
            }
        }

        var model = new RiskModel(text, file, factors, groups) { Runs = file.Runs.Schedule(), Collateral = file.Collateral?.Terms() ?? CollateralTerms.None };
        foreach (var (id, factor) in file.Factors.Where(f => f.Value.Feed is not null))
        {
            model.Feeds.Add(id, InstrumentId.TryParse(factor.Feed, out var feed) ? feed : throw new FormatException($"factors.{id}.feed is \"{factor.Feed}\"; the id of an instrument is needed"));
        }

        return model;
    }

    /// <summary>Why a text is no risk model, or null.</summary>
    internal static string? Refuse(string text)
    {
        try
        {
            _ = Parse(text);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static void RequireFactor(string place, string factor, ICollection<string> factors)
    {
        if (!factors.Contains(factor))
        {
            throw new FormatException($"{place} names the factor {factor}, which is not among the factors {string.Join(", ", factors)}");
        }
    }

    private static Currency CurrencyOf(string code)
    {
        try
        {
            return new Currency(code, 2);
        }
        catch (FormatException e)
        {
            throw new FormatException($"calls.{code}: {e.Message}", e);
        }
    }

    /// <summary>The model of a product group.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal GroupModel GroupOf(string productGroup) =>
        _groups.GetValueOrDefault(productGroup) ?? _groups.GetValueOrDefault(AnyGroup)
        ?? throw new ArgumentException($"the risk model has no group {productGroup} and no \"{AnyGroup}\"; add one of them", nameof(productGroup));

    /// <summary>The factor that shocks an instrument: its own entry, else that of the future which it is an option on, else its underlying.</summary>
    /// <param name="instrument">The instrument.</param>
    /// <param name="reference">An option's reference; null for others.</param>
    /// <exception cref="ArgumentException">There is no such factor.</exception>
    internal RiskFactorId FactorOf(Instrument instrument, Instrument? reference = null)
    {
        var factor = FactorNameOf(instrument, reference);
        return Factors.ContainsKey(factor)
            ? RiskFactorId.Price(factor)
            : throw new ArgumentException($"{instrument.Id} has no risk factor: the risk model has neither instruments.{instrument.Id} nor a factor {factor}; add one of them", nameof(instrument));
    }

    /// <summary>The same, whether or not the model has a factor of that name.</summary>
    internal string FactorNameOf(Instrument instrument, Instrument? reference = null) =>
        _instruments.GetValueOrDefault(instrument.Id.Value)
        ?? (reference is { Kind: InstrumentKind.Future } ? _instruments.GetValueOrDefault(reference.Id.Value) ?? reference.Underlying.Value : instrument.Underlying.Value);

    /// <summary>Where an option's volatility comes from.</summary>
    /// <exception cref="ArgumentException">The model does not say.</exception>
    internal OptionSource OptionOf(Instrument option) =>
        Options.GetValueOrDefault(option.Id.Value) ?? Options.GetValueOrDefault(option.Option!.Reference) ?? Options.GetValueOrDefault(option.Underlying.Value) ?? Options.GetValueOrDefault(AnyGroup)
        ?? throw new ArgumentException($"{option.Id} has no volatility: the risk model has no options.{option.Id}, options.{option.Option!.Reference}, options.{option.Underlying} or options.*; add one of them", nameof(option));

    /// <summary>How margin is called in a currency.</summary>
    /// <exception cref="ArgumentException">Nothing is said of the currency.</exception>
    internal MarginTerms TermsOf(Currency currency) =>
        _calls.TryGetValue(currency.Code, out var call)
            ? call.Terms(currency.Code, currency)
            : throw new ArgumentException($"the risk model has no calls.{currency.Code}; add it", nameof(currency));

    private sealed record ModelFile
    {
        public required Dictionary<string, FactorFile> Factors { get; init; }

        public string? Base { get; init; }

        public Dictionary<string, CurrencySource> Currencies { get; init; } = [];

        public Dictionary<string, string> Instruments { get; init; } = [];

        public Dictionary<string, string> Nodes { get; init; } = [];

        public Dictionary<string, OptionSource> Options { get; init; } = [];

        public Dictionary<string, LiquiditySource> Liquidity { get; init; } = [];

        public WrongWaySource? WrongWay { get; init; }

        public GearingFile? Gearing { get; init; }

        public required Dictionary<string, GroupFile> Groups { get; init; }

        public required Dictionary<string, CallFile> Calls { get; init; }

        public CollateralFile? Collateral { get; init; }

        public RunScheduleFile Runs { get; init; } = new();
    }

    private sealed record FactorFile
    {
        public required ChangeKind Change { get; init; }

        public string? Feed { get; init; }

        public string? Proxy { get; init; }
    }

    private sealed record GearingFile
    {
        public required decimal Maximum { get; init; }
    }

    private sealed record SpanFile
    {
        public required double PriceScanRange { get; init; }

        public required double VolScanRange { get; init; }

        public double SpreadChargePerLot { get; init; }
    }

    private sealed record WindowFile
    {
        public required DateOnly First { get; init; }

        public required DateOnly Last { get; init; }
    }

    private sealed record PinFile
    {
        public required double Hours { get; init; }

        public required double Band { get; init; }
    }

    private sealed record TierFile
    {
        public decimal? UpTo { get; init; }

        public required decimal Rate { get; init; }
    }

    private sealed record GroupFile
    {
        public RiskMeasure Measure { get; init; } = RiskMeasure.ExpectedShortfall;

        public required double Confidence { get; init; }

        public required int Lookback { get; init; }

        public required double EwmaLambda { get; init; }

        public required int EwmaSeedReturns { get; init; }

        public required double MporDays { get; init; }

        public required VolatilityScaling Scaling { get; init; }

        public double SigmaFloor { get; init; }

        public MissingDates MissingDates { get; init; }

        public bool Buffer25 { get; init; }

        public WindowFile? Stressed25 { get; init; }

        public bool Floor10y { get; init; }

        public SpanFile? Span { get; init; }

        public double ShortOptionMinimum { get; init; }

        public PinFile? Pin { get; init; }

        public IReadOnlyList<TierFile>? Tiers { get; init; }

        public string DefaultFund { get; init; } = "main";

        internal GroupModel Model(string name)
        {
            try
            {
                var settings = new ScenarioSettings
                {
                    Lookback = Lookback,
                    EwmaLambda = EwmaLambda,
                    EwmaSeedReturns = EwmaSeedReturns,
                    MporDays = MporDays,
                    Scaling = Scaling,
                    SigmaFloor = SigmaFloor,
                    MissingDates = MissingDates,
                };
                settings.Validate();
                _ = TailRisk.CountOf(Lookback, Confidence);
                RequireAtLeastZero(nameof(ShortOptionMinimum), ShortOptionMinimum);
                return new GroupModel(settings, Confidence, Measure, DefaultFund)
                {
                    Tool = Tool(),
                    StressWindow = Stressed25 is null ? default : new DateWindow(Stressed25.First, Stressed25.Last),
                    Span = SpanOf(),
                    ShortOptionMinimum = ShortOptionMinimum,
                    Pin = PinOf(),
                    Tiers = Tiers is null ? null : new MarginTiers([.. Tiers.Select(t => new MarginBracket(t.UpTo, t.Rate))]),
                };
            }
            catch (ArgumentException e)
            {
                throw new FormatException($"groups.{name}: {e.Message}", e);
            }
        }

        private ProcyclicalityTool Tool()
        {
            var tools = (Buffer25 ? 1 : 0) + (Stressed25 is null ? 0 : 1) + (Floor10y ? 1 : 0);
            if (tools > 1 || (Span is not null && tools == 1 && !Buffer25))
            {
                throw new ArgumentException("one of buffer25, stressed25 and floor10y is allowed, and of a scanned group buffer25 only, because a scan has no other scenarios");
            }

            if (Stressed25 is { } window && window.First >= window.Last)
            {
                throw new ArgumentException($"the stress window ends on {window.Last:yyyy-MM-dd}; it must end after {window.First:yyyy-MM-dd}");
            }

            return Buffer25 ? ProcyclicalityTool.Buffer25 : Stressed25 is not null ? ProcyclicalityTool.Stressed25 : Floor10y ? ProcyclicalityTool.Floor10Years : ProcyclicalityTool.None;
        }

        private SpanModel? SpanOf()
        {
            if (Span is null)
            {
                return null;
            }

            RequireAtLeastZero("span.priceScanRange", Span.PriceScanRange);
            RequireAtLeastZero("span.volScanRange", Span.VolScanRange);
            RequireAtLeastZero("span.spreadChargePerLot", Span.SpreadChargePerLot);
            return new SpanModel(new SpanRanges(Span.PriceScanRange, Span.VolScanRange), Span.SpreadChargePerLot);
        }

        private PinModel? PinOf()
        {
            if (Pin is null)
            {
                return null;
            }

            RequireAtLeastZero("pin.hours", Pin.Hours);
            RequireAtLeastZero("pin.band", Pin.Band);
            return new PinModel(Pin.Hours, Pin.Band);
        }

        private static void RequireAtLeastZero(string name, double value)
        {
            if (!(value >= 0.0 && double.IsFinite(value)))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} is {value:R}; a finite number of 0 or more is needed"));
            }
        }
    }

    private sealed record CallFile
    {
        public required decimal MinimumTransfer { get; init; }

        public required decimal CallUnit { get; init; }

        public required int MinutesToMeet { get; init; }

        public bool WeekendsCount { get; init; }

        internal MarginTerms Terms(string code, Currency currency)
        {
            if (!Money.TryFromDecimal(MinimumTransfer, currency, out var minimum) || !Money.TryFromDecimal(CallUnit, currency, out var unit))
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"calls.{code}: minimumTransfer {MinimumTransfer} and callUnit {CallUnit} must be whole minor units ({currency.Digits} decimal places)"));
            }

            // Out of range is out of range, however far: the product must not overflow before it is refused.
            var minutes = Math.Clamp(MinutesToMeet, -1, 1_000_000);
            return MarginTerms.TryCreate(currency, minimum.MinorUnits, unit.MinorUnits, minutes * 60_000_000_000L, WeekendsCount, out var terms) is { } wrong
                ? throw new FormatException($"calls.{code}: {wrong}")
                : terms!;
        }
    }
}
