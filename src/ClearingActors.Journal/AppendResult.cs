namespace ClearingActors.Journal;

/// <summary>What became of one shard's rows in an append.</summary>
public enum AppendStatus
{
    /// <summary>Durable.</summary>
    Appended,

    /// <summary>Not appended: another owner took the shard, or its head is elsewhere. The shard is lost to this node.</summary>
    Fenced,

    /// <summary>Not appended, for certain; the same rows may be tried again.</summary>
    Failed,

    /// <summary>Not appended, for certain: there is no room on the disk. The same rows may be tried again when there is.</summary>
    Full,

    /// <summary>Nobody can tell whether the rows are durable. Only a takeover, then a look at the log, can.</summary>
    Unknown,
}

/// <summary>The outcome of an append, per shard.</summary>
/// <param name="AllAppended">True when every row is durable; then <see cref="Exceptions"/> is empty.</param>
/// <param name="Exceptions">The shards whose rows are not known to be durable, each once.</param>
/// <param name="Error">What the store said, for the log; null when all is well.</param>
public sealed record AppendResult(bool AllAppended, IReadOnlyList<ShardAppend> Exceptions, Exception? Error)
{
    /// <summary>All rows are durable.</summary>
    public static AppendResult Success { get; } = new(true, [], null);
}

/// <summary>One shard of an append that did not go through as a whole.</summary>
public readonly record struct ShardAppend(int Shard, AppendStatus Status);
