using System.Numerics;

namespace ClearingActors.Domain.Settlement;

/// <summary>Which of the house's shards have reported: a bit per shard, at most 4,096.</summary>
public sealed class ShardSet
{
    /// <summary>The most shards a house may have.</summary>
    public const int MaxShards = 4096;

    private readonly ulong[] _bits;

    /// <param name="shards">1 to 4,096.</param>
    public ShardSet(int shards)
    {
        if (shards is < 1 or > MaxShards)
        {
            throw new ArgumentOutOfRangeException(nameof(shards), shards, $"1 to {MaxShards} shards are allowed");
        }

        Shards = shards;
        _bits = new ulong[(shards + 63) / 64];
    }

    public int Shards { get; }

    /// <summary>Shards in the set.</summary>
    public int Count { get; private set; }

    public bool IsComplete => Count == Shards;

    public bool Contains(int shard) => (_bits[Word(shard)] & (1UL << (shard & 63))) != 0;

    /// <summary>The set with these shards.</summary>
    public static ShardSet Of(int shards, IReadOnlyList<int> members)
    {
        var set = new ShardSet(shards);
        foreach (var shard in members)
        {
            set.Add(shard);
        }

        return set;
    }

    /// <summary>The shards in the set, ascending.</summary>
    public IReadOnlyList<int> ToList()
    {
        var list = new List<int>(Count);
        for (var word = 0; word < _bits.Length; word++)
        {
            for (var rest = _bits[word]; rest != 0; rest &= rest - 1)
            {
                list.Add((word * 64) + BitOperations.TrailingZeroCount(rest));
            }
        }

        return list;
    }

    internal bool Add(int shard)
    {
        if (Contains(shard))
        {
            return false;
        }

        _bits[Word(shard)] |= 1UL << (shard & 63);
        Count++;
        return true;
    }

    internal void Clear()
    {
        Array.Clear(_bits);
        Count = 0;
    }

    private int Word(int shard) => shard >= 0 && shard < Shards
        ? shard >> 6
        : throw new InvalidOperationException($"shard {shard} is not one of the house's {Shards}");
}
