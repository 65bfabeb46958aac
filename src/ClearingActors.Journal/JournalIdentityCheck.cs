namespace ClearingActors.Journal;

/// <summary>The refusals at open that every store shares.</summary>
internal static class JournalIdentityCheck
{
    /// <summary>The largest shard count: more than any house has cores to spread over, and each shard costs every node memory.</summary>
    public const int MaxShardCount = 4096;

    /// <summary>The identity of a journal to be created.</summary>
    /// <exception cref="JournalException">The options do not allow one.</exception>
    public static JournalIdentity New(JournalOpenOptions options, string where)
    {
        if (!options.CreateIfMissing)
        {
            throw new JournalException($"There is no journal at {where}. Check the location, or allow it to be created.");
        }

        if (options.ExpectedId is { } expected)
        {
            throw new JournalException($"There is no journal at {where}, but the journal {expected:D} was expected there. Check the location, or restore the journal from a backup.");
        }

        if (options.ShardCount is < 1 or > MaxShardCount)
        {
            throw new JournalException($"A journal cannot have {options.ShardCount} shards; it has 1 to {MaxShardCount}.");
        }

        if (options.FeatureLevel < 1)
        {
            throw new JournalException($"A journal cannot have feature level {options.FeatureLevel}; levels start at 1.");
        }

        return new JournalIdentity(Guid.NewGuid(), 1, options.ShardCount, options.FeatureLevel);
    }

    /// <summary>Refuses an existing journal that is not the one asked for.</summary>
    /// <exception cref="JournalException">Its id, shard count or feature level does not match.</exception>
    public static void Existing(JournalIdentity found, JournalOpenOptions options, string where)
    {
        if (options.ExpectedId is { } expected && expected != found.Id)
        {
            throw new JournalException($"The journal at {where} has id {found.Id:D}, but {expected:D} was expected. Check the location.");
        }

        if (options.ShardCount != found.ShardCount)
        {
            throw new JournalException(
                $"The journal at {where} has {found.ShardCount} shards, but {options.ShardCount} are configured. The count is fixed when a journal is created: configure {found.ShardCount}.");
        }

        if (found.FeatureLevel > options.FeatureLevel)
        {
            throw new JournalException(
                $"The journal at {where} has feature level {found.FeatureLevel}; this program reads up to {options.FeatureLevel}. Use a newer version of the program.");
        }
    }
}
