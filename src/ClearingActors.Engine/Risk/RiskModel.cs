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

/// <summary>How a product group is margined.</summary>
/// <param name="Settings">How its scenarios are made; groups of equal settings share a set.</param>
/// <param name="Confidence">Between 0 and 1.</param>
/// <param name="Measure">The figure of the tail.</param>
/// <param name="Buffered">True for the 25 % buffer (rulebook 8.4).</param>
/// <param name="DefaultFund">Groups are offset only within one fund.</param>
internal sealed record GroupModel(ScenarioSettings Settings, double Confidence, RiskMeasure Measure, bool Buffered, string DefaultFund);

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
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private readonly Dictionary<string, GroupModel> _groups;
    private readonly Dictionary<string, string> _instruments;
    private readonly Dictionary<string, CallFile> _calls;

    private RiskModel(string text, SortedDictionary<string, ChangeKind> factors, Dictionary<string, GroupModel> groups, Dictionary<string, string> instruments, Dictionary<string, CallFile> calls)
    {
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Code + "\n" + text)));
        Factors = factors;
        _groups = groups;
        _instruments = instruments;
        _calls = calls;
    }

    /// <summary>SHA-256 of the parameters and of the code's own version, in hexadecimal.</summary>
    internal string Version { get; }

    /// <summary>The risk factors by id, with how their changes are measured.</summary>
    internal SortedDictionary<string, ChangeKind> Factors { get; }

    /// <summary>What counts as collateral.</summary>
    internal CollateralTerms Collateral { get; private init; } = CollateralTerms.None;

    /// <summary>The different ways of making scenarios, in a fixed order.</summary>
    internal IEnumerable<ScenarioSettings> Settings => _groups.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Value.Settings).Distinct();

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
            if (!factors.ContainsKey(factor))
            {
                throw new FormatException($"instruments.{instrument} names the factor {factor}, which is not among the factors {string.Join(", ", factors.Keys)}");
            }
        }

        foreach (var (code, call) in file.Calls)
        {
            _ = call.Terms(code, CurrencyOf(code));
        }

        var groups = file.Groups.ToDictionary(g => g.Key, g => g.Value.Model(g.Key), StringComparer.Ordinal);
        return new RiskModel(text, factors, groups, new(file.Instruments, StringComparer.Ordinal), new(file.Calls, StringComparer.Ordinal)) { Collateral = file.Collateral?.Terms() ?? CollateralTerms.None };
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

    /// <summary>The factor that shocks an instrument: its own entry, else its underlying.</summary>
    /// <exception cref="ArgumentException">There is no such factor.</exception>
    internal RiskFactorId FactorOf(Instrument instrument)
    {
        var factor = _instruments.GetValueOrDefault(instrument.Id.Value) ?? instrument.Underlying.Value;
        return Factors.ContainsKey(factor)
            ? RiskFactorId.Price(factor)
            : throw new ArgumentException($"{instrument.Id} has no risk factor: the risk model has neither instruments.{instrument.Id} nor a factor {factor}; add one of them", nameof(instrument));
    }

    /// <summary>How margin is called in a currency.</summary>
    /// <exception cref="ArgumentException">Nothing is said of the currency.</exception>
    internal MarginTerms TermsOf(Currency currency) =>
        _calls.TryGetValue(currency.Code, out var call)
            ? call.Terms(currency.Code, currency)
            : throw new ArgumentException($"the risk model has no calls.{currency.Code}; add it", nameof(currency));

    private sealed record ModelFile
    {
        public required Dictionary<string, FactorFile> Factors { get; init; }

        public Dictionary<string, string> Instruments { get; init; } = [];

        public required Dictionary<string, GroupFile> Groups { get; init; }

        public required Dictionary<string, CallFile> Calls { get; init; }

        public CollateralFile? Collateral { get; init; }
    }

    private sealed record FactorFile
    {
        public required ChangeKind Change { get; init; }
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
                return new GroupModel(settings, Confidence, Measure, Buffer25, DefaultFund);
            }
            catch (ArgumentException e)
            {
                throw new FormatException($"groups.{name}: {e.Message}", e);
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
