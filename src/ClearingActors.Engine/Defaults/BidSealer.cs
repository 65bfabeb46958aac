using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ClearingActors.Contracts.Defaults.V1;
using Google.Protobuf;

namespace ClearingActors.Engine.Defaults;

/// <summary>
/// Keeps bids from everybody until the close (rulebook 11.3): the journal holds a commitment, which proves afterwards what was bid, and the bid under a key that is not in the
/// journal. Nonces follow from the key and the bid's place, so nothing here is random and none is used twice.
/// </summary>
public sealed class BidSealer
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 32;

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
        var plain = content.ToByteArray();
        var sealedBid = new byte[plain.Length + TagLength];
        using var aes = new AesGcm(_encryption, TagLength);
        aes.Encrypt(Derive("iv", place).AsSpan(0, 12), plain, sealedBid.AsSpan(0, plain.Length), sealedBid.AsSpan(plain.Length), Encoding.UTF8.GetBytes(place));
        return ByteString.CopyFrom(sealedBid);
    }

    /// <exception cref="CryptographicException">It was sealed with another key, or altered.</exception>
    internal BidContent Open(string place, ByteString sealedBid)
    {
        if (sealedBid.Length < TagLength)
        {
            throw new CryptographicException($"the sealed bid {place} has {sealedBid.Length} bytes; at least {TagLength} are needed");
        }

        var plain = new byte[sealedBid.Length - TagLength];
        using var aes = new AesGcm(_encryption, TagLength);
        aes.Decrypt(Derive("iv", place).AsSpan(0, 12), sealedBid.Span[..plain.Length], sealedBid.Span[plain.Length..], plain, Encoding.UTF8.GetBytes(place));
        return BidContent.Parser.ParseFrom(plain);
    }

    /// <summary>The 32 bytes that make a commitment hiding; told with the bid at the close.</summary>
    internal byte[] NonceOf(string place) => Derive("nonce", place);

    /// <summary>Where a bid stands; unique in the house.</summary>
    internal static string PlaceOf(long number, string lot, string member, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{number}/{lot}/{member}/{sequence}");

    private byte[] Derive(string purpose, string place) => HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"clearing.auction.v1/{purpose}/{place}"));
}
