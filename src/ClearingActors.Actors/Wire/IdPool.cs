using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ClearingActors.Actors.Wire;

/// <summary>
/// One string object per id, found by its UTF-8 bytes without making a string first: the ids of accounts and instruments recur in every event, and a new string
/// for each would be most of what a replay allocates.
/// </summary>
/// <remarks>Thread-safe. Holds at most <see cref="Capacity"/> ids; further ones are returned as new strings.</remarks>
public static class IdPool
{
    /// <summary>Ids kept.</summary>
    public const int Capacity = 2_000_000;

    private static readonly ConcurrentDictionary<string, string> Pool = new(new Utf8Comparer());
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<byte>> ByBytes = Pool.GetAlternateLookup<ReadOnlySpan<byte>>();
    private static int _count;

    /// <summary>The string with these UTF-8 bytes.</summary>
    public static string Intern(ReadOnlySpan<byte> utf8)
    {
        if (ByBytes.TryGetValue(utf8, out var known))
        {
            return known;
        }

        var text = Encoding.UTF8.GetString(utf8);
        if (Volatile.Read(ref _count) < Capacity)
        {
            Interlocked.Increment(ref _count);
            return Pool.GetOrAdd(text, text);
        }

        return text;
    }

    /// <summary>Hashes a string and its UTF-8 bytes alike (FNV-1a over bytes; a character beyond ASCII is hashed by its bytes).</summary>
    private sealed class Utf8Comparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<byte>, string>
    {
        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public int GetHashCode([DisallowNull] string text)
        {
            var hash = 2166136261u;
            foreach (var c in text)
            {
                if (c >= 0x80)
                {
                    return GetHashCode(Encoding.UTF8.GetBytes(text));
                }

                hash = (hash ^ c) * 16777619u;
            }

            return (int)hash;
        }

        public bool Equals(ReadOnlySpan<byte> alternate, string other)
        {
            if (alternate.Length != other.Length)
            {
                return alternate.Length > other.Length && Encoding.UTF8.GetByteCount(other) == alternate.Length && alternate.SequenceEqual(Encoding.UTF8.GetBytes(other));
            }

            for (var i = 0; i < alternate.Length; i++)
            {
                if (alternate[i] != other[i])
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = 2166136261u;
            foreach (var b in alternate)
            {
                hash = (hash ^ b) * 16777619u;
            }

            return (int)hash;
        }

        public string Create(ReadOnlySpan<byte> alternate) => Encoding.UTF8.GetString(alternate);
    }
}
