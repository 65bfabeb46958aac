namespace ClearingActors.Journal;

/// <summary>How a journal is opened; what does not match is refused with the reason.</summary>
/// <param name="ShardCount">The shard count for a new journal, 1 to 4,096; an existing one must have the same.</param>
/// <param name="FeatureLevel">The level this program writes for a new journal and the newest it can read.</param>
/// <param name="ExpectedId">When given, the journal must have this id.</param>
/// <param name="CreateIfMissing">False: a missing journal is an error.</param>
public sealed record JournalOpenOptions(int ShardCount, int FeatureLevel, Guid? ExpectedId = null, bool CreateIfMissing = true);
