using ClearingActors.Cli.History;

namespace ClearingActors.Cli.Demo;

/// <summary>What a run of the demo clears.</summary>
public sealed record DemoSettings
{
    /// <summary>The days, at least one, by date.</summary>
    public required IReadOnlyList<DailyPrices> Days { get; init; }

    /// <summary>The days before them, by date: the margin model's history. Too few for it, and the house is not margined.</summary>
    public IReadOnlyList<DailyPrices> Before { get; init; } = [];

    /// <summary>Decides paths and trades.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Good trades a day, at least; above 0. The default is 3,000.</summary>
    public int TradesPerDay { get; init; } = 3000;

    /// <summary>True to have a member miss its calls on 2020-03-16 and to manage its default.</summary>
    public bool Default { get; init; }

    /// <summary>How long a day is spread over; zero for as fast as may be.</summary>
    public TimeSpan Pace { get; init; }

    /// <summary>How long the accounts' event streams may be silent, or trades be in flight, at the final checks before those fail.</summary>
    public TimeSpan CheckPatience { get; init; } = TimeSpan.FromSeconds(30);
}
