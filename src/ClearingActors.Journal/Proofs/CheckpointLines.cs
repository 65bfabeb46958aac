using System.Globalization;
using System.Text;

namespace ClearingActors.Journal.Proofs;

/// <summary>Reads the lines of a checkpoint, strictly in order.</summary>
internal ref struct CheckpointLines(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _line;
    private string _current = "";

    /// <summary>The bytes read so far.</summary>
    internal int Offset { get; private set; }

    internal void Expect(string line)
    {
        if (Take() != line)
        {
            throw Error($"the line \"{line}\"");
        }
    }

    internal readonly bool Starts(string word) => Peek().StartsWith(word, StringComparison.Ordinal);

    internal string After(string word)
    {
        var line = Take();
        return line.StartsWith(word, StringComparison.Ordinal) ? line[word.Length..] : throw Error($"\"{word}\"");
    }

    internal long Number(string word, long least, long most) => Parse(After(word), least, most);

    internal byte[] Hash(string word) => ParseHash(After(word));

    internal byte[] Base64(string word)
    {
        var text = After(word);
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text ? bytes[..length] : throw Error("base64");
    }

    internal (long Number, byte[] Hash) NumberAndHash(string word)
    {
        var rest = After(word);
        var space = rest.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 ? (Parse(rest[..space], 0, long.MaxValue), ParseHash(rest[(space + 1)..])) : throw Error("a number and a hash");
    }

    internal readonly FormatException Error(string expected) => new($"line {_line} of the checkpoint is \"{Shorten(_current)}\"; {expected} is expected");

    private static string Shorten(string line) => line.Length <= 100 ? line : $"{line[..100]}...";

    private readonly long Parse(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : throw Error($"a number from {least} to {most}");

    private readonly byte[] ParseHash(string text)
    {
        var hash = new byte[MerkleTree.HashSize];
        return text.Length == 2 * hash.Length && Convert.FromHexString(text, hash, out _, out _) == System.Buffers.OperationStatus.Done ? hash : throw Error("a hash of 64 hex digits");
    }

    private readonly string Peek()
    {
        var rest = _text[Offset..];
        var end = rest.IndexOf((byte)'\n');
        return end < 0 ? "" : Encoding.Latin1.GetString(rest[..end]);
    }

    private string Take()
    {
        _current = Peek();
        _line++;
        Offset += _text[Offset..].IndexOf((byte)'\n') + 1;
        return _current;
    }
}
