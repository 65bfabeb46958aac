using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default.Auctions;

/// <summary>
/// Binds a member to a sealed bid without showing it (rulebook 11.3): SHA-256 over a prefix of its own, then default id, lot id and member id, each as UTF-8 behind its length
/// (32 bits), then sequence (64 bits), amount (64 bits) and units (32 bits), all big-endian, then the nonce. The nonce is random and secret until the opening; without it the few
/// plausible amounts could be tried.
/// </summary>
public static class BidCommitment
{
    /// <summary>Bytes of a nonce.</summary>
    public const int NonceLength = 32;

    /// <summary>Bytes of a commitment.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    // Refuses half a surrogate pair, which would otherwise become the same replacement for all.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static ReadOnlySpan<byte> Prefix => "ClearingActors sealed bid 1\n"u8;

    /// <summary>The commitment, <see cref="Length"/> bytes.</summary>
    /// <param name="defaultId">Of the default, not empty.</param>
    /// <param name="lot">The lot's id, not empty.</param>
    /// <param name="member">The bidder.</param>
    /// <param name="sequence">The bidder's number of the bid.</param>
    /// <param name="amount">Minor units per unit, signed.</param>
    /// <param name="units">1 or more.</param>
    /// <param name="nonce"><see cref="NonceLength"/> random bytes.</param>
    /// <exception cref="ArgumentException">An empty id, no units, or a nonce of another length.</exception>
    public static byte[] Of(string defaultId, string lot, MemberId member, long sequence, long amount, int units, ReadOnlySpan<byte> nonce)
    {
        if (string.IsNullOrEmpty(defaultId) || string.IsNullOrEmpty(lot) || member.IsNone || units < 1)
        {
            throw new ArgumentException($"default \"{defaultId}\", lot \"{lot}\", member \"{member}\" and {units} units make no bid; ids and 1 unit at least are needed");
        }

        if (nonce.Length != NonceLength)
        {
            throw new ArgumentException($"the nonce has {nonce.Length} bytes; {NonceLength} are needed", nameof(nonce));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Prefix);
        Append(hash, defaultId);
        Append(hash, lot);
        Append(hash, member.Value);
        Append(hash, sequence);
        Append(hash, amount);
        Append(hash, units);
        hash.AppendData(nonce);
        return hash.GetHashAndReset();
    }

    /// <summary>True if the commitment is that of the bid.</summary>
    /// <exception cref="ArgumentException">See <see cref="Of"/>.</exception>
    public static bool Verify(ReadOnlySpan<byte> commitment, string defaultId, string lot, MemberId member, long sequence, long amount, int units, ReadOnlySpan<byte> nonce) =>
        commitment.SequenceEqual(Of(defaultId, lot, member, sequence, amount, units, nonce));

    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Utf8.GetBytes(text);
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        hash.AppendData(bytes);
    }
}
