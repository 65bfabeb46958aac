using System.Globalization;
using System.Text.Json;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine.Risk;

/// <summary>The default fund's terms, read from the JSON that operators set and the journal keeps. Amounts are in units of the currency, such as 500000.00.</summary>
internal sealed record FundTermsFile
{
    internal const int MaxText = 65_536;
    private const decimal MaxMultiple = 100m;
    private const int MaxMinutes = 43_200;

    public required string Currency { get; init; }

    public required int MinorDigits { get; init; }

    public required decimal BufferPercent { get; init; }

    public required decimal MinimumContribution { get; init; }

    public required int MinutesToMeet { get; init; }

    public required decimal JuniorCapital { get; init; }

    public required decimal SeniorCapital { get; init; }

    public int TrailingDays { get; init; } = 30;

    public decimal AssessmentMultiple { get; init; } = 1m;

    public decimal CapacityMultiple { get; init; } = 3m;

    public Dictionary<string, decimal> Capacities { get; init; } = [];

    public Dictionary<string, string> Affiliates { get; init; } = [];

    public Dictionary<string, decimal> Contributions { get; init; } = [];

    /// <exception cref="FormatException">What is wrong, with its place and what is allowed.</exception>
    internal static FundTerms Parse(string text)
    {
        if (text.Length > MaxText)
        {
            throw new FormatException($"the fund's terms have {text.Length} characters; at most {MaxText} are allowed");
        }

        try
        {
            return (JsonSerializer.Deserialize<FundTermsFile>(text, ScenarioLibrary.Strict) ?? throw new FormatException("the fund's terms are null; an object is needed")).Terms();
        }
        catch (JsonException e)
        {
            throw new FormatException($"the fund's terms are malformed at {e.Path ?? "their beginning"}: {e.Message}", e);
        }
    }

    private static FormatException Wrong(string field, object value, string allowed) => new(string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; {allowed}"));

    private FundTerms Terms()
    {
        var currency = MinorDigits is >= 0 and <= Domain.Currency.MaxDigits ? new Currency(Currency, MinorDigits) : throw Wrong("minorDigits", MinorDigits, $"0 to {Domain.Currency.MaxDigits} is allowed");
        return new FundTerms
        {
            Currency = currency,
            BufferPercent = BufferPercent is >= 0 and <= 1000 ? BufferPercent : throw Wrong("bufferPercent", BufferPercent, "0 to 1000 is allowed"),
            MinimumContribution = Minor("minimumContribution", MinimumContribution, currency),
            TrailingDays = TrailingDays is >= 1 and <= FundState.DaysKept ? TrailingDays : throw Wrong("trailingDays", TrailingDays, $"1 to {FundState.DaysKept} is allowed"),
            TimeToMeetNs = MinutesToMeet is >= 1 and <= MaxMinutes ? MinutesToMeet * 60_000_000_000L : throw Wrong("minutesToMeet", MinutesToMeet, $"1 to {MaxMinutes} (30 days) is allowed"),
            JuniorCapital = Minor("juniorCapital", JuniorCapital, currency),
            SeniorCapital = Minor("seniorCapital", SeniorCapital, currency),
            AssessmentMultiple = Multiple("assessmentMultiple", AssessmentMultiple),
            CapacityMultiple = Multiple("capacityMultiple", CapacityMultiple),
            Capacities = Capacities.ToDictionary(c => c.Key, c => Minor($"capacities.{c.Key}", c.Value, currency), StringComparer.Ordinal),
            Affiliates = new Dictionary<string, string>(Affiliates, StringComparer.Ordinal),
            Contributions = Contributions.ToDictionary(c => c.Key, c => Given(c.Key, c.Value, currency), StringComparer.Ordinal),
        };
    }

    private static long Given(string member, decimal amount, Currency currency) =>
        !MemberId.TryParse(member, out _) ? throw Wrong("contributions", $"\"{member}\"", "ids of members are allowed")
        : Minor($"contributions.{member}", amount, currency) is var minor and > 0 ? minor
        : throw Wrong($"contributions.{member}", amount, "above 0 is allowed; leave out who is not in the fund");

    private static decimal Multiple(string field, decimal value) => value is >= 0 and <= MaxMultiple ? value : throw Wrong(field, value, $"0 to {MaxMultiple} is allowed");

    private static long Minor(string field, decimal amount, Currency currency) =>
        Money.TryFromDecimal(amount, currency, out var money) && money.MinorUnits is >= 0 and <= Domain.Margin.Coverage.MaxAmount
            ? money.MinorUnits
            : throw Wrong(field, amount, $"0 or more in whole minor units ({currency.Digits} decimal places) is allowed");
}
