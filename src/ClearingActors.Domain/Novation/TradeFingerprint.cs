using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ClearingActors.Domain.Novation;

/// <summary>
/// The first 128 bits of SHA-256 over a report's content: two reports with one id and different fingerprints are in conflict (rulebook 4).
/// </summary>
/// <remarks>
/// The bytes hashed, in order; all integers big-endian:
/// <code>
/// 1       layout version, 1
/// 1 + n   source id        (length, then ASCII; length 0 for no id)
/// 1 + n   trade id
/// 1       kind
/// 1 + n   instrument id
/// 1 + n   buyer's account, 1 + n buyer's client, 1 buyer's effect
/// 1 + n   seller's account, 1 + n seller's client, 1 seller's effect
/// 8       quantity
/// 1       price: 1 if below zero, else 0
/// 1       price: decimal places after trailing zeros are taken off, so that 10.5 and 10.50 are one price
/// 12      price: digits as an unsigned integer
/// 8       execution time, UTC ns
/// 1       guaranteed: 1 or 0
/// </code>
/// </remarks>
public readonly record struct TradeFingerprint
{
    /// <summary>Bytes of <see cref="WriteTo"/>.</summary>
    public const int Size = 16;

    private const int MaxContent = 1 + (7 * (1 + IdText.MaxLength)) + 3 + 8 + 14 + 8 + 1;

    private readonly UInt128 _bits;

    private TradeFingerprint(UInt128 bits) => _bits = bits;

    /// <summary>Computes the fingerprint; allocates nothing.</summary>
    public static TradeFingerprint Of(TradeReport report)
    {
        Span<byte> content = stackalloc byte[MaxContent];
        content[0] = 1;
        var at = 1;
        at += Put(content[at..], report.Source.Value);
        at += Put(content[at..], report.TradeId.Value);
        content[at++] = unchecked((byte)report.Kind);
        at += Put(content[at..], report.Instrument.Value);
        at += Put(content[at..], report.Buyer);
        at += Put(content[at..], report.Seller);
        BinaryPrimitives.WriteInt64BigEndian(content[at..], report.Quantity);
        at += 8;
        at += Put(content[at..], report.Price);
        BinaryPrimitives.WriteInt64BigEndian(content[at..], report.ExecutionTime);
        at += 8;
        content[at++] = report.Guaranteed ? (byte)1 : (byte)0;

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content[..at], hash);
        return Read(hash);
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    public static TradeFingerprint Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Writes the 16 bytes, the first byte of the hash first.</summary>
    public void WriteTo(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, _bits);

    /// <inheritdoc/>
    public override string ToString() => _bits.ToString("x32");

    private static int Put(Span<byte> to, string id)
    {
        to[0] = (byte)id.Length;
        for (var i = 0; i < id.Length; i++)
        {
            to[1 + i] = (byte)id[i];
        }

        return 1 + id.Length;
    }

    private static int Put(Span<byte> to, TradeSide side)
    {
        var at = Put(to, side.Account.Value);
        at += Put(to[at..], side.Client.Value);
        to[at] = unchecked((byte)side.Effect);
        return at + 1;
    }

    private static int Put(Span<byte> to, decimal price)
    {
        var (digits, scale, negative) = DecimalPower.Split(price);
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }

        to[0] = negative && digits != 0 ? (byte)1 : (byte)0;
        to[1] = (byte)(digits == 0 ? 0 : scale);
        BinaryPrimitives.WriteUInt32BigEndian(to[2..], (uint)(digits >> 64));
        BinaryPrimitives.WriteUInt64BigEndian(to[6..], unchecked((ulong)digits));
        return 14;
    }
}
