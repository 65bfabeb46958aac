using System.Text.Json;
using System.Text.Json.Serialization;
using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Tests.Pricing;

/// <summary>
/// The files of worked prices, read strictly: a field that is missing, unknown or given twice, or another kind, makes the file malformed, and the message says which.
/// </summary>
internal static class PricingVectors
{
    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <exception cref="FormatException">The file is malformed or of another kind.</exception>
    public static T Open<T>(string kind)
        where T : IPricingVector => Parse<T>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", $"{kind}.json")), kind);

    /// <exception cref="FormatException">The text is malformed or of another kind.</exception>
    public static T Parse<T>(string json, string kind)
        where T : IPricingVector
    {
        T vector;
        try
        {
            vector = JsonSerializer.Deserialize<T>(json, Strict) ?? throw new FormatException($"{kind}: the file is null");
        }
        catch (JsonException e)
        {
            throw new FormatException($"{kind}: {e.Message}", e);
        }

        return vector.Kind == kind ? vector : throw new FormatException($"kind is \"{vector.Kind}\", \"{kind}\" was expected");
    }
}

internal interface IPricingVector
{
    string Kind { get; }
}

internal sealed record EuropeanVector(string Kind, double AbsoluteTolerance, string Units, IReadOnlyList<EuropeanCase> Cases) : IPricingVector;

internal sealed record EuropeanCase(
    OptionType Type,
    double Spot,
    double Strike,
    double Rate,
    double DividendYield,
    double ExpiryYears,
    double Vol,
    double Price,
    double Delta,
    double Gamma,
    double Vega,
    double Theta,
    double Rho);

internal sealed record BachelierVector(string Kind, double AbsoluteTolerance, IReadOnlyList<BachelierCase> Cases) : IPricingVector;

internal sealed record BachelierCase(OptionType Type, double Forward, double Strike, double ExpiryYears, double NormalVol, double DiscountFactor, double Price);

internal sealed record AmericanVector(string Kind, double ToleranceOfStrike, IReadOnlyList<AmericanCase> Cases) : IPricingVector;

internal sealed record AmericanCase(
    OptionType Type, double Spot, double Strike, double Rate, double DividendYield, double ExpiryYears, double Vol, double Price);
