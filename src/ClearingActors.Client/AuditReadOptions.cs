namespace ClearingActors.Client;

/// <summary>Where a read of the journal begins and ends, and how it reconnects.</summary>
public sealed record AuditReadOptions
{
    /// <summary>The last position that was dealt with; 0 for the first turn on.</summary>
    public long After { get; init; }

    /// <summary>The last position to read; null for where the shard stands when the read begins or, when following, without end.</summary>
    public long? UpTo { get; init; }

    /// <summary>Waits for turns that are not there yet.</summary>
    public bool Follow { get; init; }

    /// <summary>The journal that <see cref="After"/> is of, so that another one in its place is refused; null for whichever the first call finds.</summary>
    public Guid? JournalId { get; init; }

    /// <summary>The generation of <see cref="JournalId"/>; without meaning if that is null.</summary>
    public int Generation { get; init; }

    /// <summary>The wait between attempts.</summary>
    public ReconnectBackoff Backoff { get; init; } = new();

    /// <summary>Attempts in a row that bring nothing, after which the read fails; null to go on for ever.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>The clock of the backoff.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        Backoff.Validate();
        if (MaxAttempts is < 1)
        {
            throw new ArgumentException($"MaxAttempts is {MaxAttempts}; 1 or more, or null for no bound", nameof(MaxAttempts));
        }

        if (After < 0 || UpTo < After)
        {
            throw new ArgumentException($"After is {After} and UpTo {UpTo}; 0 or more, and UpTo not below it", nameof(After));
        }
    }
}
