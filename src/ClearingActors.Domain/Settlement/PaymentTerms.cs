using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>A source of liquidity of the clearing house (rulebook 1, 6.6).</summary>
/// <param name="Name">1 to 40 characters of an id; its account is <c>CCP.LIQUIDITY.name</c>.</param>
/// <param name="Limit">The most that may be drawn of it in all, above 0.</param>
public readonly record struct LiquiditySource(string Name, Money Limit)
{
    /// <summary>The CCP's account that the draws are booked against.</summary>
    public AccountId Account => AccountId.Parse($"CCP.LIQUIDITY.{Name}");
}

/// <summary>The payment terms of the house were set; those before are void.</summary>
/// <param name="Terms">From here on.</param>
public readonly record struct PaymentTermsSet(PaymentTerms Terms);

/// <summary>When payers must have paid, and what stands in for one who has not (rulebook 6.6). Immutable.</summary>
/// <param name="MinutesToPay">From the booking of a cycle, 1 to 10,080; 0 for no deadline: an operator tells who has not paid.</param>
/// <param name="Sources">In the order in which they are drawn.</param>
public sealed record PaymentTerms(int MinutesToPay, IReadOnlyList<LiquiditySource> Sources)
{
    /// <summary>A week.</summary>
    public const int MaxMinutes = 7 * 24 * 60;

    /// <summary>The most sources.</summary>
    public const int MaxSources = 32;

    private const int MaxName = 40;

    /// <summary>No deadline and no source.</summary>
    public static PaymentTerms None { get; } = new(0, []);

    /// <summary>The deadline for what is booked at an instant, UTC ns; 0 if there is none.</summary>
    public long DeadlineFrom(long instant) => MinutesToPay == 0 ? 0 : checked(instant + (MinutesToPay * 60_000_000_000L));

    public bool Equals(PaymentTerms? other) => other is not null && MinutesToPay == other.MinutesToPay && Sources.SequenceEqual(other.Sources);

    public override int GetHashCode() => HashCode.Combine(MinutesToPay, Sources.Count);

    /// <summary>Null if the terms may be set, otherwise a sentence with the value and what is allowed.</summary>
    public string? Refuse()
    {
        if (MinutesToPay is < 0 or > MaxMinutes)
        {
            return $"payment terms of {MinutesToPay} minutes: 0 (no deadline) to {MaxMinutes} are allowed";
        }

        if (Sources.Count > MaxSources)
        {
            return $"{Sources.Count} liquidity sources: at most {MaxSources} are allowed";
        }

        var named = new HashSet<(string, Currency)>();
        foreach (var source in Sources)
        {
            if (source.Name.Length is 0 or > MaxName || !AccountId.TryParse(source.Name, out _))
            {
                return $"liquidity source \"{source.Name}\": 1 to {MaxName} characters of A-Z a-z 0-9 . _ - are allowed";
            }

            if (source.Limit.MinorUnits <= 0 || source.Limit.Currency.IsNone)
            {
                return $"liquidity source {source.Name}: its limit {source.Limit} must be above 0 in a currency";
            }

            if (!named.Add((source.Name, source.Limit.Currency)))
            {
                return $"liquidity source {source.Name} is listed twice in {source.Limit.Currency}; give its limit in one";
            }
        }

        return null;
    }
}
