namespace ClearingActors.Cli.Bench;

/// <summary>What <c>clearing bench --auditors</c> measured; the JSON's names are these in camel case. All in one run on one machine: compare the ratio, not runs.</summary>
internal sealed record AuditorsBenchReport
{
    /// <summary>sqlite or postgres.</summary>
    public required string Store { get; init; }

    /// <summary>Who follows all shards.</summary>
    public required int Auditors { get; init; }

    /// <summary>Accounts that traded.</summary>
    public required int Accounts { get; init; }

    /// <summary>Shards of the journal.</summary>
    public required int Shards { get; init; }

    /// <summary>Worker threads.</summary>
    public required int Workers { get; init; }

    /// <summary>Rounds without and with auditors, in turns.</summary>
    public required int Rounds { get; init; }

    /// <summary>From a client process, many trades to a message; trades of all rounds over their seconds.</summary>
    public required double TradesPerSecondWithout { get; init; }

    /// <summary>The same with all auditors following.</summary>
    public required double TradesPerSecondWith { get; init; }

    /// <summary><see cref="TradesPerSecondWith"/> over <see cref="TradesPerSecondWithout"/>.</summary>
    public double Ratio => TradesPerSecondWith / TradesPerSecondWithout;

    /// <summary>By all auditors together, in the rounds with them.</summary>
    public required double RowsReadPerSecond { get; init; }

    /// <summary>Payloads, by all auditors together.</summary>
    public required double BytesReadPerSecond { get; init; }

    /// <summary>From the end of the client to the last row at the slowest auditor; the longest of all rounds.</summary>
    public required double LongestCatchUpMs { get; init; }
}
