using System.Numerics;

namespace ClearingActors.Domain.DefaultFund;

/// <summary>What a house's default fund is made of (rulebook 10.2), as an operator sets it. Money is in minor units of the fund's currency.</summary>
public sealed record FundTerms
{
    /// <summary>Of contributions, losses and the CCP's own layers.</summary>
    public required Currency Currency { get; init; }

    /// <summary>On top of cover-2, 0 or more; 10 is ten per cent.</summary>
    public required decimal BufferPercent { get; init; }

    /// <summary>Per member, 0 or more.</summary>
    public required long MinimumContribution { get; init; }

    /// <summary>Business days that the average margin of a member is taken over; 1 to <see cref="FundState.DaysKept"/>.</summary>
    public required int TrailingDays { get; init; }

    /// <summary>From the call to its deadline, ns of business time.</summary>
    public required long TimeToMeetNs { get; init; }

    /// <summary>The CCP's capital that is used before the survivors' contributions.</summary>
    public required long JuniorCapital { get; init; }

    /// <summary>The CCP's capital that is used behind them.</summary>
    public required long SeniorCapital { get; init; }

    /// <summary>What survivors can be asked for on top, as a multiple of their contribution, 0 or more.</summary>
    public required decimal AssessmentMultiple { get; init; }

    /// <summary>What a member can bear of draws and assessments, as a multiple of its contribution, 0 or more; <see cref="Capacities"/> goes first.</summary>
    public required decimal CapacityMultiple { get; init; }

    /// <summary>What single members can bear.</summary>
    public IReadOnlyDictionary<string, long> Capacities { get; init; } = new Dictionary<string, long>();

    /// <summary>The group of each member that has affiliates; their losses are summed.</summary>
    public IReadOnlyDictionary<string, string> Affiliates { get; init; } = new Dictionary<string, string>();

    /// <summary>Contributions by member where these are set and not sized: above 0 for each member that is in the fund. Empty for a fund that is sized.</summary>
    public IReadOnlyDictionary<string, long> Contributions { get; init; } = new Dictionary<string, long>();

    /// <summary>A multiple of a contribution, rounded down.</summary>
    public static BigInteger Multiple(BigInteger contribution, decimal multiple)
    {
        var product = ExactFraction.From(contribution) * ExactFraction.From(multiple);
        return BigInteger.Divide(product.Numerator, product.Denominator);
    }
}
