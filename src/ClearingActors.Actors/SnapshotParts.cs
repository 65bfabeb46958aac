using System.Security.Cryptography;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// The immutable parts of a snapshot, by number. A part that an earlier snapshot already stored is not written again.
/// </summary>
public sealed class SnapshotParts
{
    private readonly List<ReadOnlyMemory<byte>> _hashes = [];
    private readonly List<SnapshotPart> _new = [];
    private readonly Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? _read;
    private readonly HashSet<string>? _stored;
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    /// <summary>
    /// For saving; <paramref name="stored"/> names the parts (hex of the hash) of the snapshot before, which the store surely has: it keeps the last two.
    /// </summary>
    public SnapshotParts(HashSet<string> stored)
    {
        _stored = stored;
    }

    /// <summary>For loading.</summary>
    public SnapshotParts(IReadOnlyList<ReadOnlyMemory<byte>> hashes, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> read)
    {
        _hashes.AddRange(hashes);
        _read = read;
    }

    /// <summary>All parts' hashes, in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Hashes => _hashes;

    /// <summary>Hex of all parts' hashes.</summary>
    public HashSet<string> Named => _named;

    /// <summary>The parts to be written.</summary>
    public IReadOnlyList<SnapshotPart> New => _new;

    /// <summary>Adds an immutable part and gives its number. <paramref name="content"/> must never change afterwards.</summary>
    public int Add(ReadOnlyMemory<byte> content)
    {
        var hash = SHA256.HashData(content.Span);
        var name = Convert.ToHexString(hash);
        if (_named.Add(name) && !_stored!.Contains(name))
        {
            _new.Add(new SnapshotPart(hash, content));
        }

        _hashes.Add(hash);
        return _hashes.Count - 1;
    }

    /// <summary>The content of a part.</summary>
    public ReadOnlyMemory<byte> Read(int number) => _read!(_hashes[number]);
}
