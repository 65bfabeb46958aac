namespace ClearingActors.Cli.Bench;

/// <summary>What <c>clearing bench --audit</c> measured.</summary>
internal sealed record AuditBenchReport
{
    public required string Store { get; init; }

    public required int Accounts { get; init; }

    public required int Shards { get; init; }

    public required int Workers { get; init; }

    /// <summary>Without and with checkpoints, in turns.</summary>
    public required int Rounds { get; init; }

    public double TradesPerSecondUnsigned { get; set; }

    public double TradesPerSecondSigned { get; set; }

    /// <summary>What signing costs: 1 is nothing.</summary>
    public double SignedToUnsigned => TradesPerSecondSigned / TradesPerSecondUnsigned;

    public long Rows { get; set; }

    public long Bytes { get; set; }

    public long Checkpoints { get; set; }

    public long Events { get; set; }

    /// <summary>Rows whose hash, order, tree and signatures are proved, on one core.</summary>
    public double RowsPerSecond { get; set; }

    /// <summary>Rows of the same length whose SHA-256 one core computes, and nothing else.</summary>
    public double HashRowsPerSecond { get; set; }

    /// <summary>The share of that limit; the aim is 0.7, or 1,000,000 rows/s.</summary>
    public double ToHash => RowsPerSecond / HashRowsPerSecond;

    /// <summary>Seconds for the trade receipts, a pass of their own.</summary>
    public double ReceiptsSeconds { get; set; }

    /// <summary>Events of the full replay by the rulebook, on one core.</summary>
    public double EventsPerSecond { get; set; }

    /// <summary>The most memory that the verifying process had.</summary>
    public long PeakBytes { get; set; }
}
