namespace ClearingActors.Audit.Rulebook;

/// <summary>What an audit by the rulebook has looked at, and what it found.</summary>
public sealed record RulebookReport
{
    /// <summary>Turns replayed.</summary>
    public required long Rows { get; init; }

    /// <summary>Events applied.</summary>
    public required long Events { get; init; }

    /// <summary>Messages sent between actors and followed to where they were consumed.</summary>
    public required long Messages { get; init; }

    /// <summary>Trades novated.</summary>
    public required long Trades { get; init; }

    /// <summary>Trades taken back.</summary>
    public required long Reversals { get; init; }

    /// <summary>Settlement cycles closed.</summary>
    public required long Cycles { get; init; }

    /// <summary>Settlements of an account in a cycle.</summary>
    public required long Settlements { get; init; }

    /// <summary>Cash entries, both halves counted.</summary>
    public required long CashEntries { get; init; }

    /// <summary>Entries of securities and coins, both halves counted.</summary>
    public required long AssetEntries { get; init; }

    /// <summary>Times that positions, cash and assets were summed over all accounts: at every settlement and at the end.</summary>
    public required long Sums { get; init; }

    /// <summary>Margin runs started.</summary>
    public required long MarginRuns { get; init; }

    /// <summary>Assessments of an account in a run, computed again.</summary>
    public required long Assessments { get; init; }

    /// <summary>Margin calls issued, decided again.</summary>
    public required long Calls { get; init; }

    /// <summary>Claims on payers that did not pay.</summary>
    public required long Claims { get; init; }

    /// <summary>Timers that fired.</summary>
    public required long Timers { get; init; }

    /// <summary>Losses of defaults allocated over the layers.</summary>
    public required long Waterfalls { get; init; }

    /// <summary>Auctions of defaults cleared again.</summary>
    public required long Auctions { get; init; }

    /// <summary>Snapshots compared byte by byte with the replayed state.</summary>
    public required long Snapshots { get; init; }

    /// <summary>Stored snapshots that lie beyond the cut, and so were not compared.</summary>
    public required long SnapshotsBeyondCut { get; init; }

    /// <summary>Findings in all; the first are in <see cref="Findings"/>.</summary>
    public required long FindingCount { get; init; }

    /// <summary>The first findings, in the order in which the replay met them; at most <see cref="AuditFindings.Kept"/>.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }

    /// <summary>True if the replay came to the cut; what lies behind a turn that cannot be replayed is not audited.</summary>
    public required bool Complete { get; init; }

    /// <summary>True if everything up to the cut was audited and nothing was found.</summary>
    public bool Passed => Complete && FindingCount == 0;
}
