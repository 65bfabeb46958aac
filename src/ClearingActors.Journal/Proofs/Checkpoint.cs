using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ClearingActors.Journal.Proofs;

/// <summary>
/// What the clearing house states about its journal at one moment, signed: of every shard how many turns it has and the root of its Merkle tree. Checkpoints are numbered and
/// each names the one before, so that none can be left out or told otherwise. docs/journal-format.md gives the text line by line.
/// </summary>
public sealed record Checkpoint
{
    /// <summary>The first line.</summary>
    public const string Title = "clearing checkpoint 1";

    /// <summary>The longest text that is read: enough for 4,096 shards.</summary>
    public const int LargestText = 1 << 20;

    private const string SignatureLine = "signature ";

    private static readonly byte[] NoPrevious = new byte[MerkleTree.HashSize];

    /// <summary>The journal's id.</summary>
    public required Guid Journal { get; init; }

    /// <summary>The journal's generation.</summary>
    public required int Generation { get; init; }

    /// <summary>1, 2, 3, ... without gaps.</summary>
    public required long Number { get; init; }

    /// <summary>When it was made by the signer's clock, UTC nanoseconds.</summary>
    public required long Time { get; init; }

    /// <summary><see cref="Hash"/> of the one before; zeros for the first.</summary>
    public required ReadOnlyMemory<byte> Previous { get; init; }

    /// <summary>SHA-256 of the signing key's SubjectPublicKeyInfo.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>The SubjectPublicKeyInfo of the key that signs from the next checkpoint on; empty unless the key changes.</summary>
    public ReadOnlyMemory<byte> NextKey { get; init; }

    /// <summary>Trade receipts in the turns since the checkpoint before.</summary>
    public required long Receipts { get; init; }

    /// <summary>The root over those receipts.</summary>
    public required ReadOnlyMemory<byte> ReceiptsRoot { get; init; }

    /// <summary>By shard: turns, and the root over their leaves.</summary>
    public required IReadOnlyList<ShardTree> Shards { get; init; }

    /// <summary>Of the first checkpoint: there is none before.</summary>
    public static ReadOnlyMemory<byte> None => NoPrevious;

    /// <summary>The turns that it covers.</summary>
    public JournalCut Cut => new([.. Shards.Select(s => s.Size)]);

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToSignedBytes()
    {
        var text = new StringBuilder(256 + (Shards.Count * 80));
        var culture = CultureInfo.InvariantCulture;
        text.Append(Title).Append('\n');
        text.Append(culture, $"journal {Journal:D}\n");
        text.Append(culture, $"generation {Generation}\n");
        text.Append(culture, $"number {Number}\n");
        text.Append(culture, $"time {Time}\n");
        text.Append(culture, $"previous {Hex(Previous)}\n");
        text.Append(culture, $"key {Hex(Key)}\n");
        if (NextKey.Length > 0)
        {
            text.Append(culture, $"next-key {Convert.ToBase64String(NextKey.Span)}\n");
        }

        text.Append(culture, $"receipts {Receipts} {Hex(ReceiptsRoot)}\n");
        text.Append(culture, $"shards {Shards.Count}\n");
        for (var shard = 0; shard < Shards.Count; shard++)
        {
            text.Append(culture, $"{shard} {Shards[shard].Size} {Hex(Shards[shard].Root)}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>The text as it is stored: the signed bytes and a line with the signature.</summary>
    public static byte[] WithSignature(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature) => [.. signed, .. Encoding.ASCII.GetBytes($"{SignatureLine}{Convert.ToBase64String(signature)}\n")];

    /// <summary>What the next checkpoint names as the one before: SHA-256 over the signed bytes, so not over the signature, of which there may be several.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> signed) => SHA256.HashData(signed);

    /// <summary>Reads a stored text. The signature is not checked.</summary>
    /// <exception cref="FormatException">It is not a checkpoint; the message says what was found where.</exception>
    public static SignedCheckpoint Parse(ReadOnlyMemory<byte> text)
    {
        if (text.Length > LargestText)
        {
            throw new FormatException($"a checkpoint of {text.Length} bytes; at most {LargestText} are allowed");
        }

        var lines = new CheckpointLines(text.Span);
        lines.Expect(Title);
        var journal = Guid.TryParseExact(lines.After("journal "), "D", out var id) ? id : throw lines.Error("a journal's id");
        var generation = checked((int)lines.Number("generation ", 1, int.MaxValue));
        var number = lines.Number("number ", 1, long.MaxValue);
        var time = lines.Number("time ", 0, long.MaxValue);
        var previous = lines.Hash("previous ");
        var key = lines.Hash("key ");
        var nextKey = lines.Starts("next-key ") ? lines.Base64("next-key ") : [];
        var (receipts, receiptsRoot) = lines.NumberAndHash("receipts ");
        var shards = new ShardTree[lines.Number("shards ", 1, JournalIdentityCheck.MaxShardCount)];
        for (var shard = 0; shard < shards.Length; shard++)
        {
            var (size, root) = lines.NumberAndHash(string.Create(CultureInfo.InvariantCulture, $"{shard} "));
            shards[shard] = new ShardTree(size, root);
        }

        var signed = text[..lines.Offset];
        var signature = lines.Base64(SignatureLine);
        if (lines.Offset != text.Length)
        {
            throw new FormatException($"{text.Length - lines.Offset} bytes follow the signature");
        }

        var checkpoint = new Checkpoint
        {
            Journal = journal,
            Generation = generation,
            Number = number,
            Time = time,
            Previous = previous,
            Key = key,
            NextKey = nextKey,
            Receipts = receipts,
            ReceiptsRoot = receiptsRoot,
            Shards = shards,
        };

        // One text for one statement: what reads the same must be the same bytes, or a signed text could be told in two ways.
        return checkpoint.ToSignedBytes().AsSpan().SequenceEqual(signed.Span)
            ? new SignedCheckpoint(checkpoint, signed, signature, text)
            : throw new FormatException("a number or a hash is not written as the format says: no leading zeros, lower-case hex");
    }

    private static string Hex(ReadOnlyMemory<byte> hash) => Convert.ToHexStringLower(hash.Span);
}

/// <summary>A shard's tree at a checkpoint.</summary>
/// <param name="Size">Turns: the position of the last.</param>
/// <param name="Root">32 bytes.</param>
public readonly record struct ShardTree(long Size, ReadOnlyMemory<byte> Root);

/// <summary>A checkpoint as it is stored.</summary>
/// <param name="Checkpoint">What it says.</param>
/// <param name="Signed">The bytes that are signed.</param>
/// <param name="Signature">ECDSA on P-256 over SHA-256, r and s, 32 bytes each.</param>
/// <param name="Text">All of it.</param>
public sealed record SignedCheckpoint(Checkpoint Checkpoint, ReadOnlyMemory<byte> Signed, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> Text)
{
    /// <summary>What the next one names as the one before.</summary>
    public byte[] Hash() => Checkpoint.Hash(Signed.Span);
}
