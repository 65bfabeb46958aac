using ClearingActors.Risk.Backtests;

namespace ClearingActors.Engine.Backtests;

/// <summary>The back-tests of a house's accounts.</summary>
public sealed record LiveBacktestResult
{
    /// <summary>Worst first: red, yellow, green, then those with too few periods; within a light the least probable number of exceptions first, then by account.</summary>
    public required IReadOnlyList<AccountBacktest> Accounts { get; init; }

    /// <summary>By account.</summary>
    public required IReadOnlyList<BacktestSkip> Skips { get; init; }

    /// <summary>Accounts that held nothing at the end of any date.</summary>
    public required int Flat { get; init; }

    /// <summary>Accounts that held something, but no margin period began: on the last date only, or with no margin that could be computed.</summary>
    public required int Unstarted { get; init; }

    /// <summary>Business dates that were closed.</summary>
    public required int Closes { get; init; }

    /// <summary>Of the dates that were closed.</summary>
    public required DateOnly FirstDate { get; init; }

    /// <summary>Of the dates that were closed.</summary>
    public required DateOnly LastDate { get; init; }

    public int Periods => Accounts.Sum(a => a.Periods);

    public int Exceptions => Accounts.Sum(a => a.Exceptions);

    public int TooFew => Accounts.Count(a => a.TooFew);

    /// <summary>Margins and losses that could not be computed.</summary>
    public int Skipped => Skips.Sum(s => s.Count);

    /// <summary>How many back-tests have this light; those with too few periods have none.</summary>
    public int CountOf(TrafficLightZone zone) => Accounts.Count(a => a.Zone == zone && !a.TooFew);
}
