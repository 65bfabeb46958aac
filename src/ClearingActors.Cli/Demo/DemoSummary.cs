using ClearingActors.Contracts.Common.V1;
using ClearingActors.Engine;
using ClearingActors.Engine.Backtests;

namespace ClearingActors.Cli.Demo;

/// <summary>One of the checks at the end.</summary>
/// <param name="Name">What must hold.</param>
/// <param name="Passed">Whether it does.</param>
/// <param name="Detail">The figures, or what was found instead.</param>
public sealed record DemoCheck(string Name, bool Passed, string Detail);

/// <summary>What a run of the demo came to.</summary>
public sealed record DemoSummary
{
    public required IReadOnlyList<DayResult> Days { get; init; }

    public required IReadOnlyList<DemoCheck> Checks { get; init; }

    /// <summary>In every instrument the positions of all accounts sum to zero.</summary>
    public required bool MatchedBook { get; init; }

    /// <summary>USD over all accounts of the house; zero in a house that works.</summary>
    public required decimal CashSum { get; init; }

    /// <summary>Every acknowledged trade is in the buyer's and in the seller's events once, and no other trade is.</summary>
    public required bool BothSides { get; init; }

    public required bool ReplayEqualsLive { get; init; }

    /// <summary>The margin runs of the journal, computed again; null where the house is not margined.</summary>
    public RecomputedRuns? Recomputed { get; init; }

    /// <summary>Wall-clock seconds of the days, the checks not included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Null where the house is not margined.</summary>
    public MarginSummary? Margin { get; init; }

    /// <summary>Null where the house is not margined, or for less than one margin period.</summary>
    public DemoBacktest? Backtest { get; init; }

    /// <summary>The same over the accounts as they were; null where the house is not margined.</summary>
    public LiveBacktestResult? AccountBacktests { get; init; }

    /// <summary>Null where nobody was to default.</summary>
    public DemoDefault? Default { get; init; }

    public bool Passed => Checks.All(check => check.Passed);

    public long Trades => Days.Sum(day => day.Trades);

    public long Novated => Days.Sum(day => day.Novated);

    public long NovatedOptions => Days.Sum(day => day.NovatedOptions);

    public long Rejected => Days.Sum(day => day.Rejected);

    public long Repeats => Days.Sum(day => day.Repeats);

    public IReadOnlyDictionary<RejectReason, long> RejectedByReason =>
        Days.SelectMany(day => day.RejectedByReason).GroupBy(pair => pair.Key).OrderBy(group => group.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value));
}
