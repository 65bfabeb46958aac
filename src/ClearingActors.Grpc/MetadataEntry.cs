using System.Text;

namespace ClearingActors.Grpc;

/// <summary>One key with one value, either text or, where the key ends in <c>-bin</c>, bytes.</summary>
public sealed class MetadataEntry
{
    private readonly string? _text;
    private readonly byte[]? _bytes;

    internal MetadataEntry(string key, string text)
    {
        Key = key;
        _text = text;
    }

    internal MetadataEntry(string key, byte[] bytes)
    {
        Key = key;
        _bytes = bytes;
    }

    /// <summary>In lower case.</summary>
    public string Key { get; }

    /// <summary>Whether the value is bytes.</summary>
    public bool IsBinary => _bytes is not null;

    /// <summary>The text. Throws <see cref="InvalidOperationException"/> for a binary entry.</summary>
    public string Value => _text ?? throw new InvalidOperationException($"'{Key}' is binary");

    /// <summary>The bytes; those of a text are its ASCII codes.</summary>
    public ReadOnlyMemory<byte> ValueBytes => _bytes ?? Encoding.ASCII.GetBytes(_text!);

    /// <summary>As it stands in an HTTP header: text as it is, bytes in base64 without padding, as the protocol advises.</summary>
    internal string HeaderValue => _text ?? Convert.ToBase64String(_bytes!).TrimEnd('=');

    public override string ToString() => $"{Key}: {HeaderValue}";
}
