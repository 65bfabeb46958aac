using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Journal;
using Google.Protobuf;

namespace ClearingActors.Audit.Tests;

/// <summary>A journal in which somebody has changed something and made the hashes fit again.</summary>
internal sealed class ForgedJournal(IJournalStore journal) : IJournalStore
{
    private readonly Dictionary<(int Shard, long Position), JournalRow> _rows = [];

    public JournalIdentity Identity => journal.Identity;

    /// <summary>The first row that was changed.</summary>
    internal (int Shard, long Position) Row { get; private set; }

    /// <summary>What becomes of the snapshots; none are there if null.</summary>
    internal Func<SnapshotRecord, SnapshotRecord>? Snapshots { get; init; }

    /// <summary>What is read in place of a part; null for the part.</summary>
    internal Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? Part { get; init; }

    /// <summary>Changes the first turn, in order of recorded time, that lets itself be changed.</summary>
    /// <param name="change">True if it has changed the turn.</param>
    internal ForgedJournal Change(Func<Turn, bool> change) => TryChange(change) ? this : throw new InvalidOperationException("no turn lets itself be changed so; take another seed");

    /// <summary>As <see cref="Change(Func{Turn, bool})"/>; false if there is no such turn.</summary>
    internal bool TryChange(Func<Turn, bool> change) => TryChange((_, turn) => change(turn));

    /// <summary>As <see cref="Change(Func{Turn, bool})"/>, for who must know the row.</summary>
    internal ForgedJournal Change(Func<JournalRow, Turn, bool> change) => TryChange(change) ? this : throw new InvalidOperationException("no turn lets itself be changed so; take another seed");

    private bool TryChange(Func<JournalRow, Turn, bool> change)
    {
        foreach (var row in Rows().OrderBy(r => r.RecordedTime))
        {
            var turn = Turn.Parser.ParseFrom(row.Payload.Span);
            if (change(row, turn))
            {
                Replace(row with { Payload = turn.ToByteArray() });
                return true;
            }
        }

        return false;
    }

    /// <summary>Changes the first row that fits, its columns included.</summary>
    internal ForgedJournal ChangeRow(Func<JournalRow, JournalRow?> change)
    {
        foreach (var row in Rows().OrderBy(r => r.RecordedTime))
        {
            if (change(row) is { } changed)
            {
                Replace(changed);
                return this;
            }
        }

        throw new InvalidOperationException("no row fits; take another seed");
    }

    public IReadOnlyList<ShardHead> ReadHeads() => journal.ReadHeads();

    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) =>
        journal.ReadShard(shard, afterPosition, upToPosition).Select(row => _rows.GetValueOrDefault((row.Shard, row.Position), row));

    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => Snapshots is { } snapshots ? [.. journal.ReadSnapshots(shard).Select(snapshots)] : [];

    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => Part is { } part ? part(hash) : journal.ReadSnapshotPart(shard, hash);

    public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw new NotSupportedException();

    public ShardHead TakeOver(int shard, string owner) => throw new NotSupportedException();

    public void RaiseFeatureLevel(int level) => throw new NotSupportedException();

    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private IEnumerable<JournalRow> Rows() => journal.ReadHeads().SelectMany(head => ReadShard(head.Shard, 0, head.Position));

    private void Replace(in JournalRow row)
    {
        var leaf = new byte[RowLeaf.Size];
        using var hash = RowLeaf.NewHasher();
        RowLeaf.Compute(row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload.Span, hash, leaf);
        _rows[(row.Shard, row.Position)] = row with { Leaf = leaf };
        Row = (row.Shard, row.Position);
    }
}
