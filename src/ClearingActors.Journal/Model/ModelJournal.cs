using ClearingActors.Journal.Proofs;

namespace ClearingActors.Journal;

/// <summary>
/// The durable state of a journal in memory, for the simulator: what would stand on the disk. Several nodes share it, each over its own <see cref="ModelJournalStore"/>.
/// </summary>
/// <remarks>No threads, no clock, no randomness: the same calls give the same outcome. One thread at a time.</remarks>
public sealed class ModelJournal
{
    private readonly List<JournalRow>[] _rows;
    private readonly long[] _epochs;
    private readonly string[] _owners;
    private readonly List<SnapshotRecord>[] _snapshots;
    private readonly Dictionary<string, byte[]>[] _parts;
    private readonly List<ReadOnlyMemory<byte>> _checkpoints = [];
    private readonly SortedDictionary<int, StoredFrontier> _frontiers = [];
    private readonly Dictionary<(int, int, long), byte[]> _subtrees = [];
    private long _attempts;

    /// <summary>An empty journal.</summary>
    /// <exception cref="JournalException">The shard count is not 1 to 4,096, or the feature level is below 1.</exception>
    public ModelJournal(JournalIdentity identity)
    {
        _ = JournalIdentityCheck.New(new JournalOpenOptions(identity.ShardCount, identity.FeatureLevel), Where);
        Identity = identity;
        _rows = NewPerShard(() => new List<JournalRow>());
        _epochs = new long[identity.ShardCount];
        _owners = NewPerShard(() => "");
        _snapshots = NewPerShard(() => new List<SnapshotRecord>());
        _parts = NewPerShard(() => new Dictionary<string, byte[]>(StringComparer.Ordinal));
    }

    private const string Where = "the model";

    /// <summary>The journal's identity.</summary>
    public JournalIdentity Identity { get; private set; }

    /// <summary>Is told of what becomes durable from now on; null for nobody.</summary>
    public IJournalFollower? Follower { get; set; }

    /// <summary>Opens a connection, as a node does when it starts.</summary>
    /// <param name="options">Checked against the journal as every store does.</param>
    /// <param name="faults">Asked once for each append when it completes; null for a store without faults.</param>
    /// <exception cref="JournalException">The journal is not the one that the options ask for.</exception>
    public ModelJournalStore Open(JournalOpenOptions options, Func<AppendAttempt, ModelFault>? faults = null)
    {
        JournalIdentityCheck.Existing(Identity, options, Where);
        return new ModelJournalStore(this, faults ?? (_ => ModelFault.None));
    }

    internal long NextAttempt() => ++_attempts;

    internal ShardHead Head(int shard) => new(shard, _epochs[shard], _rows[shard].Count, _owners[shard]);

    internal ShardHead TakeOver(int shard, string owner)
    {
        _epochs[shard]++;
        _owners[shard] = owner;
        Follower?.TakenOver(shard, owner);
        return Head(shard);
    }

    internal void RaiseFeatureLevel(int level) => Identity = Identity with { FeatureLevel = Math.Max(level, Identity.FeatureLevel) };

    internal bool Fences(in ShardRun run) => _epochs[run.Shard] != run.Epoch || _rows[run.Shard].Count != run.First - 1;

    internal void Add(in JournalRow row)
    {
        _rows[row.Shard].Add(row);
        Follower?.Appended(row);
    }

    internal JournalRow? Row(int shard, long position) => position <= _rows[shard].Count ? _rows[shard][checked((int)position) - 1] : null;

    internal void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
    {
        var shard = snapshot.Shard;
        if (_epochs[shard] != snapshot.Epoch)
        {
            throw SnapshotParts.Fenced(snapshot, _epochs[shard]);
        }

        // All checks before the first change: a snapshot is stored whole or not at all.
        foreach (var hash in snapshot.Parts)
        {
            if (!_parts[shard].ContainsKey(Name(hash)) && !newParts.Any(part => part.Hash.Span.SequenceEqual(hash.Span)))
            {
                throw SnapshotParts.Missing(shard, hash.Span);
            }
        }

        foreach (var part in newParts)
        {
            _parts[shard].TryAdd(Name(part.Hash), part.Content.ToArray());
        }

        var snapshots = _snapshots[shard];
        snapshots.Insert(0, snapshot with { Leaf = snapshot.Leaf.ToArray(), Payload = snapshot.Payload.ToArray(), Parts = SnapshotParts.Split(SnapshotParts.Join(snapshot.Parts)) });
        if (snapshots.Count > SnapshotParts.Kept)
        {
            snapshots.RemoveAt(SnapshotParts.Kept);
        }

        var named = snapshots.SelectMany(s => s.Parts).Select(Name).ToHashSet(StringComparer.Ordinal);
        foreach (var unnamed in _parts[shard].Keys.Where(name => !named.Contains(name)).ToList())
        {
            _parts[shard].Remove(unnamed);
        }

        Follower?.SnapshotWritten(snapshot, newParts);
    }

    internal IReadOnlyList<SnapshotRecord> Snapshots(int shard) => [.. _snapshots[shard]];

    internal byte[] Part(int shard, ReadOnlySpan<byte> hash)
    {
        var content = _parts[shard].TryGetValue(Convert.ToHexString(hash), out var found) ? found : throw SnapshotParts.Missing(shard, hash);
        SnapshotParts.Check(shard, hash, content);
        return content;
    }

    internal IReadOnlyList<ReadOnlyMemory<byte>> Checkpoints => _checkpoints;

    internal IReadOnlyList<StoredFrontier> Frontiers => [.. _frontiers.Values];

    internal bool WriteCheckpoint(CheckpointRecord record)
    {
        if (record.Number != _checkpoints.Count + 1)
        {
            return false;
        }

        _checkpoints.Add(record.Text.ToArray());
        foreach (var frontier in record.Frontiers)
        {
            _frontiers[frontier.Shard] = frontier;
        }

        foreach (var subtree in record.Subtrees)
        {
            _subtrees[(subtree.Shard, subtree.Height, subtree.Index)] = subtree.Root.ToArray();
        }

        return true;
    }

    internal byte[]? Subtree(int shard, int height, long index) => _subtrees.GetValueOrDefault((shard, height, index));

    private static string Name(ReadOnlyMemory<byte> hash) => Convert.ToHexString(hash.Span);

    private T[] NewPerShard<T>(Func<T> create)
    {
        var all = new T[Identity.ShardCount];
        for (var shard = 0; shard < all.Length; shard++)
        {
            all[shard] = create();
        }

        return all;
    }
}
