namespace ClearingActors.Cli.Bench;

/// <summary>What <c>clearing bench</c> measured; the JSON's names are these in camel case. All in one run on one machine: compare ratios, not runs.</summary>
internal sealed record BenchReport
{
    /// <summary>sqlite or postgres.</summary>
    public required string Store { get; init; }

    /// <summary>Accounts that traded.</summary>
    public required int Accounts { get; init; }

    /// <summary>Shards of the journal.</summary>
    public required int Shards { get; init; }

    /// <summary>Worker threads.</summary>
    public required int Workers { get; init; }

    /// <summary>The store alone, at this run's row size and rows per append.</summary>
    public double RawJournalRowsPerSecond { get; set; }

    /// <summary>Rows a second of the in-process run.</summary>
    public double JournalRowsPerSecond { get; set; }

    /// <summary><see cref="JournalRowsPerSecond"/> over <see cref="RawJournalRowsPerSecond"/>.</summary>
    public double RatioToRawJournal { get; set; }

    /// <summary>Payload bytes of a row.</summary>
    public double BytesPerRow { get; set; }

    /// <summary>Rows of an append.</summary>
    public double RowsPerAppend { get; set; }

    /// <summary>Journal bytes of a trade, all its steps.</summary>
    public double BytesPerTrade { get; set; }

    /// <summary>Trades handed in within the process, answered when durable, 20,000 under way.</summary>
    public double InProcessTradesPerSecond { get; set; }

    /// <summary>From a client process, many trades to a message.</summary>
    public double GrpcBatchTradesPerSecond { get; set; }

    /// <summary>From a client process, one trade to a message.</summary>
    public double GrpcSingleTradesPerSecond { get; set; }

    /// <summary>At the fixed rate, from the intended send time to the durable answer.</summary>
    public double LatencyP50Ms { get; set; }

    /// <summary>As <see cref="LatencyP50Ms"/>.</summary>
    public double LatencyP99Ms { get; set; }

    /// <summary>As <see cref="LatencyP50Ms"/>.</summary>
    public double LatencyP999Ms { get; set; }

    /// <summary>The 99th percentile within the median second: a disk that stops for a moment spoils the whole run's percentile, but only its own second here.</summary>
    public double LatencyP99MedianSecondMs { get; set; }

    /// <summary>The fixed rate.</summary>
    public double LatencyRateTradesPerSecond { get; set; }

    /// <summary>Appends during the fixed-rate run.</summary>
    public double CommitP99Ms { get; set; }

    /// <summary>The longest append of the fixed-rate run: what a disk that stops for a moment adds to every trade that waits meanwhile.</summary>
    public double CommitMaxMs { get; set; }

    /// <summary><see cref="LatencyP99Ms"/> over (6 x <see cref="CommitP99Ms"/> + 2 ms); the aim is at most 1.</summary>
    public double LatencyP99ToAim { get; set; }

    /// <summary>Events in a row of the in-process run.</summary>
    public double EventsPerRow { get; set; }

    /// <summary>Events a second of a replay of the whole log, hashes checked.</summary>
    public double RecoveryEventsPerSecond { get; set; }

    /// <summary>Live memory of an account with ten positions.</summary>
    public double BytesPerAccount { get; set; }
}
