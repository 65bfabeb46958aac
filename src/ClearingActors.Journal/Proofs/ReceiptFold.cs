namespace ClearingActors.Journal.Proofs;

/// <summary>Adds the trade receipts of rows to the trees of their checkpoint. One thread.</summary>
public sealed class ReceiptFold
{
    private readonly IReceiptReader _reader;
    private readonly ReceiptVisitor _add;
    private readonly byte[] _rowLeaf = new byte[RowLeaf.Size];
    private ReceiptTrees? _trees;
    private int _shard;

    /// <param name="reader">Reads receipts off turns.</param>
    public ReceiptFold(IReceiptReader reader)
    {
        _reader = reader;
        _add = Add;
    }

    /// <summary>Adds the receipts of a shard's next row, whose leaf must be its hash.</summary>
    /// <exception cref="InvalidDataException">The payload is not a turn.</exception>
    public void Add(in StoredRow row, ReceiptTrees trees)
    {
        _trees = trees;
        _shard = (int)row.Shard;
        row.Leaf.CopyTo(_rowLeaf);
        _reader.Read(row, _add);
    }

    private void Add(int index, ReadOnlySpan<byte> receipt)
    {
        Span<byte> nonce = stackalloc byte[ReceiptTrees.NonceSize];
        Span<byte> leaf = stackalloc byte[MerkleTree.HashSize];
        ReceiptTrees.Nonce(_rowLeaf, index, nonce);
        ReceiptTrees.Leaf(nonce, receipt, leaf);
        _trees!.Add(_shard, leaf);
    }
}
