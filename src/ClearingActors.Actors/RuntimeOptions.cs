namespace ClearingActors.Actors;

/// <summary>The runtime's limits. Every queue has one.</summary>
public sealed record RuntimeOptions
{
    /// <summary>Worker threads; the shards are dealt out among them. Default: half of the cores, since the journal's writer and the network need the rest.</summary>
    public int Workers { get; init; } = DefaultWorkers;

    /// <summary>Half of the cores, at least one.</summary>
    public static int DefaultWorkers => Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Messages and commands in one turn of a shard.</summary>
    public int MessagesPerTurn { get; init; } = 2048;

    /// <summary>Bytes after which a turn takes no further message.</summary>
    public int BytesPerTurn { get; init; } = 1 << 20;

    /// <summary>Hand-overs of one worker that may be unanswered.</summary>
    public int UnansweredHandOvers { get; init; } = 4;

    /// <summary>Bytes of one worker's unanswered hand-overs.</summary>
    public long UnansweredBytes { get; init; } = 16 << 20;

    /// <summary>Commands that may wait at one shard before further ones are refused.</summary>
    public int CommandsPerShard { get; init; } = 65_536;

    /// <summary>Messages in all outboxes of a shard beyond which it admits no command.</summary>
    public int OutboxPerShard { get; init; } = 262_144;

    /// <summary>Work begun and not finished (open trades) in a shard beyond which it admits no command.</summary>
    public int OpenWorkPerShard { get; init; } = 262_144;

    /// <summary>Messages of one channel that may be under way unacknowledged; the rest wait in the sender's outbox.</summary>
    public int ChannelWindow { get; init; } = 1024;

    /// <summary>Rows in one append.</summary>
    public int RowsPerAppend { get; init; } = 2048;

    /// <summary>Bytes in one append.</summary>
    public long BytesPerAppend { get; init; } = 32 << 20;

    /// <summary>A snapshot of a shard is taken when its log has grown by this many bytes since the last.</summary>
    public long SnapshotEveryBytes { get; init; } = 64 << 20;

    /// <summary>False to replay the whole log at the start, as one does who proves that snapshots agree with it.</summary>
    public bool UseSnapshots { get; init; } = true;

    /// <summary>Without progress for this long a channel is synchronised again.</summary>
    public TimeSpan ChannelTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>While the disk is full, the pause between two tries.</summary>
    public TimeSpan FullDiskRetry { get; init; } = TimeSpan.FromMilliseconds(500);
}
