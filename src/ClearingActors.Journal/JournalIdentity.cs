namespace ClearingActors.Journal;

/// <summary>What a journal is: fixed when it is created, but for the generation (raised by a restore) and the feature level (raised when every node can read it).</summary>
/// <param name="Id">Random; never shared by two journals.</param>
/// <param name="Generation">From 1; raised by each restore that accepts a loss.</param>
/// <param name="ShardCount">1 to 4,096.</param>
/// <param name="FeatureLevel">The newest event types that may stand in the journal; from 1.</param>
public sealed record JournalIdentity(Guid Id, int Generation, int ShardCount, int FeatureLevel);
