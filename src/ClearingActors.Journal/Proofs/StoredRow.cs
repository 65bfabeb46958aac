namespace ClearingActors.Journal.Proofs;

/// <summary>A row as it is stored, unchecked. Valid during the call only.</summary>
public readonly ref struct StoredRow(long shard, long position, long epoch, long recordedTime, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> leaf)
{
    /// <summary>What stands in the column.</summary>
    public long Shard { get; } = shard;

    /// <summary>What stands in the column.</summary>
    public long Position { get; } = position;

    /// <summary>What stands in the column.</summary>
    public long Epoch { get; } = epoch;

    /// <summary>What stands in the column.</summary>
    public long RecordedTime { get; } = recordedTime;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>The bytes, of whatever length.</summary>
    public ReadOnlySpan<byte> Leaf { get; } = leaf;
}

/// <summary>Is shown rows one after the other.</summary>
/// <returns>False to see no more.</returns>
public delegate bool StoredRowVisitor(in StoredRow row);
