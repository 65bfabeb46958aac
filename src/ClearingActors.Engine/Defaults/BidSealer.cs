using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ClearingActors.Contracts.Defaults.V1;
using Google.Protobuf;

namespace ClearingActors.Engine.Defaults;

/// <summary>
/// Keeps bids from everybody until the close (rulebook 11.3): the journal holds a commitment, which proves afterwards what was bid, and the bid under a key that is not in the
/// journal. Initialisation vectors follow from the key, the bid's place and its content, so nothing here is random, and a journal that goes on from a backup does not seal two
/// contents alike. Every sealed bid has the same length, so that its size does not tell the size of the amount.
/// </summary>
public sealed class BidSealer
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>Bytes of a sealed bid: vector, content behind its length (16 bits, big-endian) with zeros up to <see cref="PlainLength"/>, tag.</summary>
    public const int SealedLength = VectorLength + PlainLength + TagLength;

    private const int VectorLength = 12;
    private const int PlainLength = 160;
    private const int TagLength = 16;
    private readonly byte[] _secret;
    private readonly byte[] _encryption;

    /// <param name="key">The node's auction key, <see cref="KeyLength"/> bytes; never journaled. Whoever has it and the journal can read bids before the close.</param>
    public BidSealer(byte[] key)
    {
        _secret = key.Length == KeyLength ? key : throw new ArgumentException($"an auction key has {KeyLength} bytes, not {key.Length}", nameof(key));
        _encryption = Derive("key", "");
    }

    internal ByteString Seal(string place, BidContent content)
    {
        var bytes = content.ToByteArray();
        Span<byte> plain = stackalloc byte[PlainLength];
        plain.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(plain, checked((ushort)bytes.Length));
        bytes.CopyTo(plain[sizeof(ushort)..]);
        var sealedBid = new byte[SealedLength];
        var vector = sealedBid.AsSpan(0, VectorLength);
        Derive($"iv/{Convert.ToHexString(SHA256.HashData(plain))}", place).AsSpan(0, VectorLength).CopyTo(vector);
        using var aes = new AesGcm(_encryption, TagLength);
        aes.Encrypt(vector, plain, sealedBid.AsSpan(VectorLength, PlainLength), sealedBid.AsSpan(VectorLength + PlainLength), Encoding.UTF8.GetBytes(place));
        return ByteString.CopyFrom(sealedBid);
    }

    /// <exception cref="CryptographicException">It was sealed with another key, or altered.</exception>
    internal BidContent Open(string place, ByteString sealedBid)
    {
        if (sealedBid.Length != SealedLength)
        {
            throw new CryptographicException($"the sealed bid {place} has {sealedBid.Length} bytes; {SealedLength} are needed");
        }

        var plain = new byte[PlainLength];
        using var aes = new AesGcm(_encryption, TagLength);
        aes.Decrypt(sealedBid.Span[..VectorLength], sealedBid.Span.Slice(VectorLength, PlainLength), sealedBid.Span[(VectorLength + PlainLength)..], plain, Encoding.UTF8.GetBytes(place));
        return BidContent.Parser.ParseFrom(plain, sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(plain));
    }

    /// <summary>The 32 bytes that make a commitment hiding; told with the bid at the close.</summary>
    internal byte[] NonceOf(string place) => Derive("nonce", place);

    /// <summary>Where a bid stands; unique in the house.</summary>
    internal static string PlaceOf(long number, string lot, string member, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{number}/{lot}/{member}/{sequence}");

    private byte[] Derive(string purpose, string place) => HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"clearing.auction.v1/{purpose}/{place}"));
}
