using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Engine;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Proofs;

/// <summary>Makes proofs from a journal's checkpoints: of trade receipts for members, of whole rows and of consistency for auditors. One thread.</summary>
/// <param name="journal">Read only; another process may be writing it.</param>
public sealed class Prover(ICheckpointStore journal)
{
    private const int LeavesPerRead = 1 << MerkleFrontier.LevelsPerTile;

    private readonly TradeReceiptReader _reader = new();

    /// <summary>Is told the bytes that were read, and may take its time; null for nobody.</summary>
    public Action<long>? Read { get; init; }

    /// <summary>The first checkpoint that covers a turn; null if none does yet.</summary>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    /// <exception cref="FormatException">A stored checkpoint is none.</exception>
    public SignedCheckpoint? FirstCovering(int shard, long position)
    {
        var (low, high) = (1L, journal.LastCheckpoint());
        if (high == 0 || ReadCheckpoint(high).Checkpoint.Shards[shard].Size < position)
        {
            return null;
        }

        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (ReadCheckpoint(middle).Checkpoint.Shards[shard].Size >= position)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return ReadCheckpoint(low);
    }

    /// <summary>Proves a receipt of a turn by the first checkpoint that covers it. Reads all turns of that checkpoint: some seconds of trading.</summary>
    /// <param name="shard">The turn's shard.</param>
    /// <param name="position">Its position.</param>
    /// <param name="wanted">Tells the receipt.</param>
    /// <returns>Null if no checkpoint covers the turn yet, or none of its receipts is wanted.</returns>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    public ReceiptProof? ProveReceipt(int shard, long position, Predicate<TradeReceipt> wanted)
    {
        if (FirstCovering(shard, position) is not { } checkpoint)
        {
            return null;
        }

        var number = checkpoint.Checkpoint.Number;
        var before = number == 1 ? new JournalCut(new long[checkpoint.Checkpoint.Shards.Count]) : ReadCheckpoint(number - 1).Checkpoint.Cut;
        var trees = new ReceiptTrees(checkpoint.Checkpoint.Shards.Count);
        var leaves = new List<byte[]>();
        var fold = new ReceiptFold(_reader);
        var leaf = new byte[MerkleTree.HashSize];
        var nonce = new byte[ReceiptTrees.NonceSize];
        (byte[] Receipt, byte[] Nonce, int Index)? found = null;
        using (var scan = journal.Scan(before))
        {
            var unpaid = 0L;
            scan.ReadTo(checkpoint.Checkpoint.Cut, (in StoredRow row) =>
            {
                unpaid += row.Payload.Length;
                fold.Add(row, trees);
                if (row.Shard == shard)
                {
                    var rowLeaf = row.Leaf.ToArray();
                    var isRow = row.Position == position;
                    _reader.Read(row, (index, receipt) =>
                    {
                        ReceiptTrees.Nonce(rowLeaf, index, nonce);
                        ReceiptTrees.Leaf(nonce, receipt, leaf);
                        if (isRow && found is null && wanted(TradeReceipt.Parser.ParseFrom(receipt)))
                        {
                            found = (receipt.ToArray(), nonce.ToArray(), leaves.Count);
                        }

                        leaves.Add(leaf.ToArray());
                    });
                }

                return true;
            });

            // When the read is over: it must not hold its transaction while it waits.
            Read?.Invoke(unpaid);
        }

        if (found is not { } own)
        {
            return null;
        }

        var shardLeaves = trees.ShardLeaves();
        return new ReceiptProof
        {
            Receipt = own.Receipt,
            Nonce = own.Nonce,
            Index = own.Index,
            Count = leaves.Count,
            Path = MerkleProof.Inclusion(own.Index, leaves.Count, (from, to) => HashOf(leaves, from, to)),
            ShardPath = MerkleProof.Inclusion(shard, shardLeaves.Count, (from, to) => HashOf(shardLeaves, from, to)),
            Checkpoint = checkpoint.Text,
        };
    }

    /// <summary>Proves a whole row by a checkpoint that covers it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row, or the checkpoint does not cover it.</exception>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    public RowProof ProveRow(int shard, long position, SignedCheckpoint by)
    {
        var size = by.Checkpoint.Shards[shard].Size;
        if (position < 1 || position > size)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, $"Checkpoint {by.Checkpoint.Number} covers the turns 1 to {size} of shard {shard}.");
        }

        return new RowProof
        {
            Row = journal.ReadShard(shard, position - 1, position).Single(),
            Path = MerkleProof.Inclusion(position - 1, size, (from, to) => HashOf(shard, from, to)),
            Checkpoint = by.Text,
        };
    }

    /// <summary>Proves that a shard's tree at one checkpoint is the beginning of that at a later one (RFC 9162, 2.1.4).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The earlier has no turns of the shard, or more.</exception>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    public IReadOnlyList<byte[]> ProveConsistency(int shard, Checkpoint earlier, Checkpoint later) =>
        MerkleProof.Consistency(earlier.Shards[shard].Size, later.Shards[shard].Size, (from, to) => HashOf(shard, from, to));

    /// <summary>A stored checkpoint.</summary>
    /// <exception cref="JournalException">There is none with that number.</exception>
    /// <exception cref="FormatException">It is none.</exception>
    public SignedCheckpoint ReadCheckpoint(long number)
    {
        foreach (var stored in journal.ReadCheckpoints(number))
        {
            return stored.Number == number ? Checkpoint.Parse(stored.Text) : throw Missing(number);
        }

        throw Missing(number);
    }

    private static JournalException Missing(long number) => new($"The journal has no checkpoint {number}; its last is another. Run \"clearing audit verify\".");

    private static byte[] HashOf(IReadOnlyList<byte[]> leaves, long from, long to)
    {
        var tree = new MerkleFrontier();
        for (var i = from; i < to; i++)
        {
            tree.Append(leaves[(int)i]);
        }

        return tree.Root();
    }

    /// <summary>Of a shard's turns, from stored subtrees where there are any.</summary>
    private byte[] HashOf(int shard, long from, long to)
    {
        var count = to - from;
        if (long.IsPow2(count) && from % count == 0)
        {
            var height = (int)long.Log2(count);
            if (height > 0 && height % MerkleFrontier.LevelsPerTile == 0 && journal.ReadSubtree(shard, height, from / count) is { } stored)
            {
                return stored;
            }
        }

        if (count <= LeavesPerRead)
        {
            var tree = new MerkleFrontier();
            var bytes = 0L;
            foreach (var row in journal.ReadShard(shard, from, to))
            {
                bytes += row.Payload.Length;
                tree.Append(row.Leaf.Span);
            }

            Read?.Invoke(bytes);
            return tree.Root();
        }

        var split = from + (1L << (63 - (int)long.LeadingZeroCount(count - 1)));
        var node = new byte[MerkleTree.HashSize];
        MerkleTree.HashNode(HashOf(shard, from, split), HashOf(shard, split, to), node);
        return node;
    }
}
