using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ClearingActors.Actors.Wire;

namespace ClearingActors.Actors;

/// <summary>Who an actor is and which shard it lives in. Equal addresses of one <see cref="AddressBook"/> are mostly the same object.</summary>
public sealed class ActorAddress : IEquatable<ActorAddress>
{
    private readonly int _hash;

    internal ActorAddress(int kind, string key, int shard)
    {
        Kind = kind;
        Key = key;
        Shard = shard;
        _hash = HashCode.Combine(kind, key.GetHashCode(StringComparison.Ordinal));
    }

    /// <summary>The kind's number, as the journal's actor_kind has it.</summary>
    public int Kind { get; }

    /// <summary>The id within the kind.</summary>
    public string Key { get; }

    /// <summary>The shard, from 0.</summary>
    public int Shard { get; }

    /// <inheritdoc/>
    public bool Equals(ActorAddress? other) => ReferenceEquals(this, other) || (other is not null && Kind == other.Kind && Shard == other.Shard && string.Equals(Key, other.Key, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}/{Key}@{Shard}");
}

/// <summary>
/// Gives actors their addresses. The shard of an actor is the first 8 bytes, big-endian, of SHA-256 of <c>kind/id</c> in UTF-8, modulo the shard count; an actor
/// that each shard has one of is addressed by its shard.
/// </summary>
/// <remarks>Thread-safe. Caches up to <see cref="Capacity"/> addresses, since a hash per message would cost more than the message.</remarks>
public sealed class AddressBook
{
    /// <summary>Addresses kept; beyond it new ones are computed each time, so that made-up ids cannot fill the memory.</summary>
    public const int Capacity = 1_000_000;

    private readonly ConcurrentDictionary<(int Kind, string Key), ActorAddress> _known = new();
    private readonly Func<int, string> _kindName;
    private int _count;

    /// <summary>Creates the book for a journal of <paramref name="shardCount"/> shards; <paramref name="kindName"/> gives each kind its name.</summary>
    public AddressBook(int shardCount, Func<int, string> kindName)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        ShardCount = shardCount;
        _kindName = kindName;
    }

    /// <summary>The number of shards.</summary>
    public int ShardCount { get; }

    /// <summary>The address of an actor whose shard follows from its id.</summary>
    public ActorAddress Of(int kind, string key)
    {
        if (_known.TryGetValue((kind, key), out var known))
        {
            return known;
        }

        var address = new ActorAddress(kind, key, ShardOf(_kindName(kind), key, ShardCount));
        if (Volatile.Read(ref _count) < Capacity && _known.TryAdd((kind, key), address))
        {
            Interlocked.Increment(ref _count);
        }

        return address;
    }

    /// <summary>The address that the journal gives with its shard, so that no hash is computed.</summary>
    public ActorAddress Of(int kind, ReadOnlySpan<byte> utf8Key, int shard)
    {
        var key = IdPool.Intern(utf8Key);
        if (_known.TryGetValue((kind, key), out var known) && known.Shard == shard)
        {
            return known;
        }

        var address = new ActorAddress(kind, key, shard);
        if (Volatile.Read(ref _count) < Capacity && _known.TryAdd((kind, key), address))
        {
            Interlocked.Increment(ref _count);
        }

        return address;
    }

    /// <summary>The address of the actor of which each shard has one.</summary>
    public static ActorAddress OfShard(int kind, int shard) => new(kind, shard.ToString(CultureInfo.InvariantCulture), shard);

    /// <summary>The rule of the address, for whoever must compute it elsewhere.</summary>
    public static int ShardOf(string kindName, string key, int shardCount)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{kindName}/{key}"), hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)shardCount);
    }
}
