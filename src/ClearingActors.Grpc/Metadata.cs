using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ClearingActors.Grpc;

/// <summary>
/// What travels beside the messages: request headers, response headers or trailers. A key may occur more than once;
/// order is kept. Texts under one key may arrive joined by commas, as HTTP allows and .NET's client does; bytes arrive
/// one by one. Not thread-safe.
/// </summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "The protocol's word.")]
public sealed class Metadata : IReadOnlyCollection<MetadataEntry>
{
    private const string BinarySuffix = "-bin";

    private static readonly SearchValues<char> KeyCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "content-type", "te", "connection", "content-length", "transfer-encoding", "host",
        "grpc-status", "grpc-message", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding",
    };

    private readonly List<MetadataEntry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>
    /// Adds a text. The key is made lower case and may hold letters, digits, <c>-</c>, <c>_</c> and <c>.</c>; the value is
    /// printable ASCII. Throws <see cref="ArgumentException"/> for anything else, for a key that ends in <c>-bin</c> and
    /// for the keys that the protocol itself uses.
    /// </summary>
    public void Add(string key, string value)
    {
        string name = Checked(key);
        if (name.EndsWith(BinarySuffix, StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{key}' ends in -bin and so takes bytes", nameof(key));
        }

        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException($"The value of '{key}' holds other than printable ASCII; use a key that ends in -bin", nameof(value));
        }

        _entries.Add(new MetadataEntry(name, value));
    }

    /// <summary>Adds bytes under a key that ends in <c>-bin</c>. Throws <see cref="ArgumentException"/> for any other key.</summary>
    public void Add(string key, byte[] value)
    {
        string name = Checked(key);
        if (!name.EndsWith(BinarySuffix, StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{key}' takes text; a key of bytes ends in -bin", nameof(key));
        }

        _entries.Add(new MetadataEntry(name, value));
    }

    /// <summary>The last text under a key, or null.</summary>
    public string? Get(string key) => Find(key)?.Value;

    /// <summary>The last bytes under a key, or null.</summary>
    public ReadOnlyMemory<byte>? GetBytes(string key) => Find(key)?.ValueBytes;

    /// <summary>All entries under a key, in order.</summary>
    public IEnumerable<MetadataEntry> GetAll(string key) => _entries.Where(e => string.Equals(e.Key, key, StringComparison.OrdinalIgnoreCase));

    public List<MetadataEntry>.Enumerator GetEnumerator() => _entries.GetEnumerator();

    IEnumerator<MetadataEntry> IEnumerable<MetadataEntry>.GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();

    /// <summary>Takes over a header as it arrived. Headers of HTTP and of the protocol itself are passed over.</summary>
    internal void AddReceived(string key, string value)
    {
        string name = key.ToLowerInvariant();
        if (name.StartsWith(':') || Reserved.Contains(name))
        {
            return;
        }

        if (!name.EndsWith(BinarySuffix, StringComparison.Ordinal))
        {
            _entries.Add(new MetadataEntry(name, value));
            return;
        }

        // HTTP lets a proxy join several values of one key with commas, and base64 has no comma.
        foreach (string part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            _entries.Add(new MetadataEntry(name, FromBase64(name, part)));
        }
    }

    internal void AddAll(Metadata other) => _entries.AddRange(other._entries);

    private static byte[] FromBase64(string key, string text)
    {
        string bare = text.TrimEnd('=');
        try
        {
            return Convert.FromBase64String(bare.PadRight((bare.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException e)
        {
            throw new RpcException(StatusCode.Internal, $"The metadata '{key}' is not base64", e);
        }
    }

    private static string Checked(string key)
    {
        string name = key.ToLowerInvariant();
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(KeyCharacters))
        {
            throw new ArgumentException($"'{key}' is no metadata key", nameof(key));
        }

        if (Reserved.Contains(name))
        {
            throw new ArgumentException($"'{key}' belongs to the protocol", nameof(key));
        }

        return name;
    }

    private MetadataEntry? Find(string key) => _entries.FindLast(e => string.Equals(e.Key, key, StringComparison.OrdinalIgnoreCase));
}
