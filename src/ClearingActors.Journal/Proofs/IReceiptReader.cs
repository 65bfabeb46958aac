namespace ClearingActors.Journal.Proofs;

/// <summary>Reads the trade receipts off a turn. The journal itself does not know what a turn says.</summary>
public interface IReceiptReader
{
    /// <summary>Shows each receipt of the turn, in its order.</summary>
    /// <exception cref="InvalidDataException">The payload is not a turn.</exception>
    void Read(in StoredRow row, ReceiptVisitor visitor);
}

/// <summary>Is shown a receipt; the bytes are valid during the call only.</summary>
/// <param name="index">Its number in the turn, from 0.</param>
/// <param name="receipt">A <c>clearing.audit.v1.TradeReceipt</c>.</param>
public delegate void ReceiptVisitor(int index, ReadOnlySpan<byte> receipt);
