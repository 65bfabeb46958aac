using System.Security.Cryptography;

namespace ClearingActors.Journal.Proofs;

/// <summary>
/// Folds durable rows into a Merkle tree per shard, behind the append path, and signs what they come to. It reads what is stored, not what was sent, and signs nothing whose
/// hash is not that of the row. One thread.
/// </summary>
/// <remarks>One process makes the checkpoints of a journal. If two ever do, the store takes only one with each number; the other begins again from what is stored.</remarks>
public sealed class Checkpointer
{
    private readonly ICheckpointStore _store;
    private readonly ReceiptFold _receipts;
    private readonly ICheckpointKeys _keys;
    private readonly CheckpointFile? _outside;
    private readonly TimeProvider _time;
    private readonly IncrementalHash _hash = RowLeaf.NewHasher();
    private MerkleFrontier[] _trees = [];
    private SignedCheckpoint? _last;

    /// <param name="store">The journal.</param>
    /// <param name="receipts">Reads trade receipts off turns.</param>
    /// <param name="keys">What signs.</param>
    /// <param name="outside">The file outside the database; null for none.</param>
    /// <param name="time">The signer's clock.</param>
    public Checkpointer(ICheckpointStore store, IReceiptReader receipts, ICheckpointKeys keys, CheckpointFile? outside, TimeProvider time)
    {
        _store = store;
        _receipts = new ReceiptFold(receipts);
        _keys = keys;
        _outside = outside;
        _time = time;
    }

    /// <summary>The newest checkpoint; null before the first. Any thread.</summary>
    public SignedCheckpoint? Last => Volatile.Read(ref _last);

    /// <summary>Goes on from what is stored, and gives the file outside what it lacks.</summary>
    /// <exception cref="CheckpointException">
    /// The file outside is ahead of the journal or tells another history, so the journal has lost rows or is another; or what is stored does not fit together.
    /// </exception>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    public void Resume()
    {
        var number = _store.LastCheckpoint();
        SignedCheckpoint? last = null;
        if (_outside?.Last is { } outside)
        {
            RefuseLoss(outside, number);
            foreach (var stored in _store.ReadCheckpoints(outside.Checkpoint.Number))
            {
                var checkpoint = Parse(stored.Number, stored.Text);
                if (stored.Number == outside.Checkpoint.Number)
                {
                    RefuseOther(outside, checkpoint);
                }
                else
                {
                    _outside.Append(checkpoint);
                }

                last = checkpoint;
            }
        }
        else
        {
            foreach (var stored in _store.ReadCheckpoints(_outside is null ? Math.Max(1, number) : 1))
            {
                last = Parse(stored.Number, stored.Text);
                _outside?.Append(last);
            }
        }

        if (last is not null && last.Checkpoint.Journal != _store.Identity.Id)
        {
            throw new CheckpointException($"Checkpoint {last.Checkpoint.Number} is of journal {last.Checkpoint.Journal:D}, this one is {_store.Identity.Id:D}. Restore the journal from a backup.");
        }

        _trees = ReadTrees(last?.Checkpoint);
        Volatile.Write(ref _last, last);
        _keys.Resume(last?.Checkpoint);
    }

    /// <summary>Makes the next checkpoint over all that is durable.</summary>
    /// <param name="write">Runs <see cref="ICheckpointStore.WriteCheckpoint"/> on the writer's thread, and gives what it gave.</param>
    /// <param name="cancellation">Ends it between two rows; nothing is stored.</param>
    /// <returns>False if there is nothing new, and no key to hand over to.</returns>
    /// <exception cref="CheckpointException">A stored row does not have the hash beside it, or is missing: nothing is signed.</exception>
    /// <exception cref="JournalException">The store cannot be read or written.</exception>
    public async Task<bool> MakeAsync(Func<CheckpointRecord, Task<bool>> write, CancellationToken cancellation)
    {
        var cut = JournalCut.AtHeads(_store);
        var nextKey = _keys.NextPublicKey();
        var before = _last?.Checkpoint;
        if (nextKey.Length == 0 && _trees.Select((tree, shard) => tree.Size == cut.Positions[shard]).All(same => same))
        {
            return false;
        }

        var (trees, receipts, subtrees) = Fold(cut, cancellation);
        var checkpoint = new Checkpoint
        {
            Journal = _store.Identity.Id,
            Generation = _store.Identity.Generation,
            Number = (before?.Number ?? 0) + 1,
            Time = Math.Max(Now(), (before?.Time ?? 0) + 1),
            Previous = _last?.Hash() ?? Checkpoint.None,
            Key = _keys.Id,
            NextKey = nextKey,
            Receipts = receipts.Count,
            ReceiptsRoot = receipts.Root(),
            Shards = [.. trees.Select(tree => new ShardTree(tree.Size, tree.Root()))],
        };
        var signed = checkpoint.ToSignedBytes();
        var signature = _keys.Sign(signed);
        var text = Checkpoint.WithSignature(signed, signature);
        var frontiers = trees.Select((tree, shard) => (tree, shard)).Where(t => t.tree.Size != _trees[t.shard].Size).Select(t => new StoredFrontier(t.shard, t.tree.Size, t.tree.ToArray())).ToList();
        if (!await write(new CheckpointRecord(checkpoint.Number, text, frontiers, subtrees)).ConfigureAwait(false))
        {
            // Another process was first. What it made is as good; the next one goes on from it.
            Resume();
            return true;
        }

        var made = new SignedCheckpoint(checkpoint, signed, signature, text);
        _trees = trees;
        Volatile.Write(ref _last, made);
        _outside?.Append(made);
        if (nextKey.Length > 0)
        {
            _keys.HandOver();
        }

        return true;
    }

    private (MerkleFrontier[] Trees, ReceiptTrees Receipts, List<StoredSubtree> Subtrees) Fold(JournalCut cut, CancellationToken cancellation)
    {
        var subtrees = new List<StoredSubtree>();
        var receipts = new ReceiptTrees(_trees.Length);
        var trees = new MerkleFrontier[_trees.Length];
        for (var shard = 0; shard < trees.Length; shard++)
        {
            var number = shard;
            trees[shard] = new MerkleFrontier(_trees[shard]) { Completed = (height, index, root) => subtrees.Add(new StoredSubtree(number, height, index, root)) };
        }

        using (var scan = _store.Scan(new JournalCut([.. _trees.Select(tree => tree.Size)])))
        {
            scan.ReadTo(cut, (in StoredRow row) =>
            {
                cancellation.ThrowIfCancellationRequested();
                Add(row, trees, receipts);
                return true;
            });
        }

        for (var shard = 0; shard < trees.Length; shard++)
        {
            if (trees[shard].Size != cut.Positions[shard])
            {
                throw Damaged(shard, trees[shard].Size + 1, $"is missing; the log should end at {cut.Positions[shard]}");
            }

            trees[shard].Completed = null;
        }

        return (trees, receipts, subtrees);
    }

    private void Add(in StoredRow row, MerkleFrontier[] trees, ReceiptTrees receipts)
    {
        if (row.Shard < 0 || row.Shard >= trees.Length)
        {
            throw Damaged(row.Shard, row.Position, $"is of no shard of the journal, which has 0 to {trees.Length - 1}");
        }

        var shard = (int)row.Shard;
        if (row.Position != trees[shard].Size + 1)
        {
            throw Damaged(shard, row.Position, $"stands where {trees[shard].Size + 1} is due");
        }

        Span<byte> leaf = stackalloc byte[RowLeaf.Size];
        RowLeaf.Compute(shard, row.Position, row.Epoch, row.RecordedTime, row.Payload, _hash, leaf);
        if (!leaf.SequenceEqual(row.Leaf))
        {
            throw Damaged(shard, row.Position, "does not have the hash that stands beside it");
        }

        trees[shard].Append(leaf);
        _receipts.Add(row, receipts);
    }

    private long Now() => checked((_time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100);

    private MerkleFrontier[] ReadTrees(Checkpoint? last)
    {
        var trees = new MerkleFrontier[_store.Identity.ShardCount];
        for (var shard = 0; shard < trees.Length; shard++)
        {
            trees[shard] = new MerkleFrontier();
        }

        foreach (var stored in _store.ReadFrontiers())
        {
            try
            {
                trees[stored.Shard] = MerkleFrontier.FromArray(stored.Size, stored.Roots.Span);
            }
            catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
            {
                throw new CheckpointException($"The stored tree of shard {stored.Shard} cannot be used: {e.Message} Restore the journal from a backup.", e);
            }
        }

        for (var shard = 0; shard < trees.Length; shard++)
        {
            var (size, root) = last is null ? (0L, (ReadOnlyMemory<byte>)MerkleTree.EmptyRoot.ToArray()) : (last.Shards[shard].Size, last.Shards[shard].Root);
            if (trees[shard].Size != size || !trees[shard].Root().AsSpan().SequenceEqual(root.Span))
            {
                throw new CheckpointException($"The stored tree of shard {shard} has {trees[shard].Size} turns and is not that of checkpoint {last?.Number ?? 0}, which has {size}. Restore the journal from a backup.");
            }
        }

        return trees;
    }

    private static void RefuseLoss(SignedCheckpoint outside, long number)
    {
        if (outside.Checkpoint.Number > number)
        {
            throw new CheckpointException(
                $"The checkpoint file ends with checkpoint {outside.Checkpoint.Number} and the journal with {number}: the journal has lost turns, or is an older copy. Restore a newer copy. To go on with the loss, keep the file for the auditors under another name; the journal's checkpoints then go into a new one.");
        }
    }

    private static void RefuseOther(SignedCheckpoint outside, SignedCheckpoint stored)
    {
        if (!outside.Signed.Span.SequenceEqual(stored.Signed.Span))
        {
            throw new CheckpointException(
                $"Checkpoint {outside.Checkpoint.Number} in the checkpoint file is not the journal's: they tell two histories. Name the file of this journal, or restore the journal that the file is of.");
        }
    }

    private static SignedCheckpoint Parse(long number, ReadOnlyMemory<byte> text)
    {
        try
        {
            var checkpoint = Checkpoint.Parse(text);
            return checkpoint.Checkpoint.Number == number
                ? checkpoint
                : throw new FormatException($"it says that it is number {checkpoint.Checkpoint.Number}");
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new CheckpointException($"The stored checkpoint {number} cannot be read: {e.Message}. Restore the journal from a backup.", e);
        }
    }

    private static CheckpointException Damaged(long shard, long position, string what) =>
        new($"The row of shard {shard} at position {position} {what}. Nothing is signed. Stop the node, run \"clearing audit verify\" and restore the journal from a backup.");
}
