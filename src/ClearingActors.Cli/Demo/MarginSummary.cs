namespace ClearingActors.Cli.Demo;

/// <summary>What margin came to over all days. Amounts are USD.</summary>
/// <param name="Days">Each day's, at least one.</param>
public sealed record MarginSummary(IReadOnlyList<DayMargin> Days)
{
    /// <summary>Of all accounts, by the last run.</summary>
    public decimal Requirement => Days[^1].Requirement;

    /// <summary>The highest of any day's last run.</summary>
    public decimal HighestRequirement => Days.Max(day => day.Requirement);

    public decimal Called => Days.Sum(day => day.Called);

    public long Issued => Days.Sum(day => day.Issued);

    public long Met => Days.Sum(day => day.Met);

    /// <summary>Calls that a later run took back, since the account was covered again before it had paid.</summary>
    public long Withdrawn => Days.Sum(day => day.Withdrawn);

    public long Missed => Days.Sum(day => day.Missed);
}
