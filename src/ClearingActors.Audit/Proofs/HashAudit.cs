using System.Security.Cryptography;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Proofs;

/// <summary>
/// Proves that a journal is what its checkpoints say, byte by byte: every row has its hash and its place, every shard's tree has the signed root at the size of each checkpoint,
/// every checkpoint continues the one before, and nothing was cut off. What the rows say is not looked at.
/// </summary>
internal sealed class HashAudit
{
    /// <summary>Checkpoints that are held against the rows together; bounds the memory.</summary>
    private const int Together = 64;

    private const int ReportEvery = 16_384;

    private readonly ICheckpointStore _journal;
    private readonly PublicKeys? _keys;
    private readonly AuditFindings _findings;
    private readonly IProgress<double>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly long _newest;
    private readonly IReadOnlyList<ShardHead> _heads;
    private readonly ShardProgress[] _shards;
    private readonly IncrementalHash _hash = RowLeaf.NewHasher();
    private readonly long _total;
    private List<SignedCheckpoint> _group = [];
    private long _rows;
    private long _bytes;
    private bool _storedTreesDiffer;

    private HashAudit(ICheckpointStore journal, PublicKeys? keys, AuditFindings findings, IProgress<double>? progress, CancellationToken cancellation)
    {
        _journal = journal;
        _keys = keys;
        _findings = findings;
        _progress = progress;
        _cancellation = cancellation;

        // In this order: a journal that is being written goes on, and a checkpoint that was there covers no turn that is not.
        _newest = journal.LastCheckpoint();
        _heads = journal.ReadHeads();
        _shards = [.. _heads.Select(head => new ShardProgress(head, this))];
        _total = _heads.Sum(head => head.Position);
    }

    /// <summary>Runs the audit.</summary>
    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <param name="checkpointFile">The file outside the database; null for none.</param>
    /// <param name="keys">The keys that are trusted; null to check all but the signatures.</param>
    /// <param name="findings">Gets what is found.</param>
    /// <param name="progress">Is told the share of the rows that is done; null for nobody.</param>
    /// <param name="cancellation">Ends it between two rows.</param>
    /// <exception cref="JournalException">The journal cannot be read at all, or its store did not answer (<see cref="JournalException.IsTransient"/>), which says nothing about it.</exception>
    internal static HashReport Run(ICheckpointStore journal, string? checkpointFile, PublicKeys? keys, AuditFindings findings, IProgress<double>? progress, CancellationToken cancellation) =>
        new HashAudit(journal, keys, findings, progress, cancellation).Run(checkpointFile);

    private HashReport Run(string? checkpointFile)
    {
        var chain = new CheckpointChain(_keys);
        using (var scan = _journal.Scan(new JournalCut(new long[_heads.Count])))
        {
            try
            {
                foreach (var group in new CheckpointSource(_journal, checkpointFile, _newest, _findings).Read().Chunk(Together))
                {
                    Begin(group, chain);
                    if (_group.Count > 0)
                    {
                        scan.ReadTo(Within(_group[^1].Checkpoint.Cut), Visit);
                    }

                    if (_group.Count < group.Length)
                    {
                        // The chain is broken: what follows proves nothing.
                        break;
                    }
                }

                _group = [];
                CompareStoredTrees(chain.Last);
                scan.ReadTo(new JournalCut([.. _heads.Select(head => head.Position)]), Visit);
            }
            catch (JournalException e) when (!e.IsTransient)
            {
                _findings.Add(-1, 0, "unreadable", e.Message);
            }
        }

        foreach (var shard in _shards)
        {
            if (shard.Position != shard.Head.Position)
            {
                _findings.Add(shard.Head.Shard, shard.Position + 1, "row-missing", $"the log ends at {shard.Position}; its head says {shard.Head.Position}");
            }
        }

        var signed = chain.Last?.Checkpoint;
        return new HashReport
        {
            Rows = _rows,
            Bytes = _bytes,
            Checkpoints = signed?.Number ?? 0,
            LastCheckpoint = chain.Last?.Checkpoint,
            SignaturesChecked = _keys is not null,
            RowsAfterLastCheckpoint = Math.Max(0, _total - (signed?.Cut.Positions.Sum() ?? 0)),
        };
    }

    /// <summary>Never beyond the heads: what a checkpoint covers and the journal lacks is told by <see cref="Begin"/>.</summary>
    private JournalCut Within(JournalCut cut) => new([.. cut.Positions.Zip(_heads, (position, head) => Math.Min(position, head.Position))]);

    private void Begin(SignedCheckpoint[] group, CheckpointChain chain)
    {
        _group = [];
        foreach (var next in group)
        {
            var number = next.Checkpoint.Number;
            if (next.Checkpoint.Journal != _journal.Identity.Id || next.Checkpoint.Shards.Count != _heads.Count)
            {
                _findings.Add(-1, number, "checkpoint-journal", $"it is of journal {next.Checkpoint.Journal:D} with {next.Checkpoint.Shards.Count} shards; this one is {_journal.Identity.Id:D} with {_heads.Count}");
                return;
            }

            if (next.Checkpoint.Generation != _journal.Identity.Generation)
            {
                _findings.Add(-1, number, "checkpoint-journal", $"it is of generation {next.Checkpoint.Generation}; this journal is of {_journal.Identity.Generation}");
                return;
            }

            if (chain.Add(next) is { } wrong)
            {
                _findings.Add(-1, number, "checkpoint-chain", wrong);
                return;
            }

            _group.Add(next);
            for (var shard = 0; shard < _shards.Length; shard++)
            {
                _shards[shard].Expect(number, next.Checkpoint.Shards[shard]);
            }
        }
    }

    private bool Visit(in StoredRow row)
    {
        if (++_rows % ReportEvery == 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            _progress?.Report((double)_rows / Math.Max(1, _total));
        }

        _bytes += row.Payload.Length;
        if (row.Shard < 0 || row.Shard >= _shards.Length)
        {
            _findings.Add(-1, 0, "row-shard", $"a row at position {row.Position} is of shard {row.Shard}; the shards are 0 to {_shards.Length - 1}");
            return true;
        }

        _shards[(int)row.Shard].Add(row);
        return true;
    }

    private void Leaf(in StoredRow row, Span<byte> leaf) => RowLeaf.Compute((int)row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload, _hash, leaf);

    /// <summary>Trees that are kept to go on from and to prove with; not evidence, but whoever is given a wrong proof should know why.</summary>
    private void CompareStoredTrees(SignedCheckpoint? last)
    {
        var stored = _journal.ReadFrontiers().ToDictionary(f => f.Shard);

        // Asked behind it: if none was made since, the trees are that one's.
        if (last is null || last.Checkpoint.Number != _journal.LastCheckpoint())
        {
            return;
        }

        foreach (var shard in _shards.Where(s => !s.IsSpoiled))
        {
            var size = shard.Tree.Size;
            var same = stored.Remove(shard.Head.Shard, out var frontier) ? frontier.Size == size && frontier.Roots.Span.SequenceEqual(shard.Tree.ToArray()) : size == 0;
            if (!same)
            {
                _findings.Add(shard.Head.Shard, size, "stored-tree", "the tree kept to go on from is not that of the rows");
            }
        }
    }

    private void CompareSubtree(int shard, int height, long index, ReadOnlyMemory<byte> root)
    {
        if (_storedTreesDiffer || ((index + 1) << height) > (_group.Count > 0 ? _group[^1].Checkpoint.Shards[shard].Size : 0))
        {
            return;
        }

        if (_journal.ReadSubtree(shard, height, index) is not { } stored || !stored.AsSpan().SequenceEqual(root.Span))
        {
            // One is enough: with a changed row above it, every one that follows differs too.
            _storedTreesDiffer = true;
            _findings.Add(shard, (index << height) + 1, "stored-tree", $"the stored root over the turns {(index << height) + 1} to {(index + 1) << height} is not that of the rows: one of them was changed, or the stored root");
        }
    }

    /// <summary>How far a shard is, and which roots it must have at which sizes.</summary>
    private sealed class ShardProgress
    {
        private readonly HashAudit _audit;
        private readonly Queue<(long Checkpoint, ShardTree Tree)> _expected = new();
        private long _epoch;
        private long _time;
        private long _signedTo;

        internal ShardProgress(ShardHead head, HashAudit audit)
        {
            Head = head;
            _audit = audit;
            Tree = new MerkleFrontier { Completed = (height, index, root) => audit.CompareSubtree(head.Shard, height, index, root) };
        }

        internal ShardHead Head { get; }

        internal MerkleFrontier Tree { get; }

        internal long Position { get; private set; }

        /// <summary>A row is bad, so roots from there on say nothing new.</summary>
        internal bool IsSpoiled { get; private set; }

        internal void Expect(long checkpoint, in ShardTree tree)
        {
            if (tree.Size > Head.Position)
            {
                if (!IsSpoiled)
                {
                    Spoil(Head.Position + 1, "tail-cut", $"the log ends at {Head.Position}; checkpoint {checkpoint} states {tree.Size} turns");
                }
            }
            else if (tree.Size == Tree.Size && _expected.Count == 0)
            {
                Compare(checkpoint, tree);
            }
            else
            {
                _expected.Enqueue((checkpoint, tree));
            }
        }

        internal void Add(in StoredRow row)
        {
            var due = Position + 1;
            if (row.Position != due)
            {
                Spoil(due, row.Position > due ? "row-missing" : "row-order", $"the row at position {row.Position} follows {Position}; {due} is due");
            }

            Span<byte> leaf = stackalloc byte[RowLeaf.Size];
            _audit.Leaf(row, leaf);
            if (!leaf.SequenceEqual(row.Leaf))
            {
                Spoil(row.Position, "row-hash", "the row does not have the hash that stands beside it");
            }

            if (row.Epoch < Math.Max(1, _epoch) || row.Epoch > Head.Epoch)
            {
                Spoil(row.Position, "epoch", $"epoch {row.Epoch} after {_epoch}; the head's is {Head.Epoch}");
            }

            if (row.RecordedTime <= _time)
            {
                Spoil(row.Position, "recorded-time", $"recorded at {row.RecordedTime} after {_time}");
            }

            Position = row.Position;
            _epoch = row.Epoch;
            _time = row.RecordedTime;
            if (IsSpoiled)
            {
                return;
            }

            Tree.Append(leaf);
            while (_expected.TryPeek(out var next) && next.Tree.Size == Tree.Size)
            {
                _expected.Dequeue();
                Compare(next.Checkpoint, next.Tree);
            }
        }

        private void Compare(long checkpoint, in ShardTree tree)
        {
            if (IsSpoiled)
            {
                return;
            }

            Span<byte> root = stackalloc byte[MerkleTree.HashSize];
            Tree.Root(root);
            if (!root.SequenceEqual(tree.Root.Span))
            {
                Spoil(Math.Min(_signedTo + 1, tree.Size), "root", $"one of the turns {_signedTo + 1} to {tree.Size} is not what checkpoint {checkpoint} signed, though each has the hash beside it");
            }

            _signedTo = tree.Size;
        }

        private void Spoil(long position, string rule, string what)
        {
            _audit._findings.Add(Head.Shard, position, rule, what);
            IsSpoiled = true;
        }
    }
}
