using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Risk;

/// <summary>The stress scenarios of the house (rulebook 10.1), read from the JSON that operators set and the journal keeps: a list of what the files of config/scenarios hold.</summary>
internal sealed class ScenarioLibrary
{
    internal const int MaxScenarios = 200;

    /// <summary>The most characters of the text.</summary>
    internal const int MaxText = 262_144;

    internal static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        PropertyNameCaseInsensitive = false,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        NumberHandling = JsonNumberHandling.Strict,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private ScenarioLibrary(string text, IReadOnlyList<StressScenario> scenarios)
    {
        Version = VersionOf(text);
        Scenarios = scenarios;
    }

    /// <summary>SHA-256 of the text, in hexadecimal.</summary>
    internal string Version { get; }

    /// <summary>By id, UTF-8 order.</summary>
    internal IReadOnlyList<StressScenario> Scenarios { get; }

    internal static string VersionOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <exception cref="FormatException">What is wrong, with its place and what is allowed.</exception>
    internal static ScenarioLibrary Parse(string text)
    {
        if (text.Length > MaxText)
        {
            throw new FormatException($"the scenarios have {text.Length} characters; at most {MaxText} are allowed");
        }

        ScenarioFile[] files;
        try
        {
            files = JsonSerializer.Deserialize<ScenarioFile[]>(text, Strict) ?? throw new FormatException("the scenarios are null; a list is needed");
        }
        catch (JsonException e)
        {
            throw new FormatException($"the scenarios are malformed at {e.Path ?? "their beginning"}: {e.Message}", e);
        }

        if (files.Length is 0 or > MaxScenarios)
        {
            throw new FormatException($"{files.Length} scenarios: 1 to {MaxScenarios} are allowed");
        }

        if (files.GroupBy(f => f.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new FormatException($"scenario {twice.Key} is there {twice.Count()} times; each id once is allowed");
        }

        return new ScenarioLibrary(text, [.. files.Select(f => f.Scenario()).OrderBy(s => s.Id, Utf8Ordinal.Order)]);
    }

    private sealed record ScenarioFile
    {
        [JsonPropertyName("$schema")]
        public string? Schema { get; init; }

        public required string Id { get; init; }

        public required string Name { get; init; }

        public required ScenarioType Type { get; init; }

        public required bool OthersUnmoved { get; init; }

        public required ShockFile[] Shocks { get; init; }

        internal StressScenario Scenario()
        {
            if (!RequestId.TryParse(Id, out _))
            {
                throw new FormatException($"scenario \"{Id}\" is not an id: 1 to 64 characters of A-Z a-z 0-9 . _ - are allowed");
            }

            try
            {
                return new StressScenario(Id, [.. Shocks.Select(s => s.Shocked(Id))], OthersUnmoved);
            }
            catch (ArgumentException e)
            {
                throw new FormatException($"scenario {Id}: {e.Message}", e);
            }
        }
    }

    private sealed record ShockFile
    {
        public required RiskFactorKind Factor { get; init; }

        public required string Name { get; init; }

        public string Node { get; init; } = "";

        public required ChangeKind Kind { get; init; }

        public required double Shock { get; init; }

        public string? Source { get; init; }

        public string? Assumed { get; init; }

        internal StressShock Shocked(string scenario) => Source is null == Assumed is null
            ? throw new FormatException($"scenario {scenario}: the shock of {Name} needs either a source or, in assumed, why it is what it is")
            : new StressShock(new RiskFactorId(Factor, Name, Node), Kind, Shock);
    }

    private enum ScenarioType
    {
        Historical = 1,
        Hypothetical = 2,
    }
}
