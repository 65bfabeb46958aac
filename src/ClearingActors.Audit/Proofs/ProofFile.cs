using System.Text;
using System.Text.Json;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Proofs;

/// <summary>
/// Proofs as JSON files. Bytes are base64, hashes lower-case hex, numbers beyond 2^53 are read exactly by who reads them as text. A receipt's proof: <c>format</c> "clearing proof 1",
/// <c>receipt</c>, <c>nonce</c>, <c>index</c>, <c>count</c>, <c>path</c>, <c>shardPath</c>, <c>checkpoint</c>. A row's: <c>format</c> "clearing row proof 1", <c>shard</c>, <c>position</c>,
/// <c>epoch</c>, <c>recordedTime</c>, <c>payload</c>, <c>path</c>, <c>checkpoint</c>.
/// </summary>
public static class ProofFile
{
    /// <summary>The longest file that is read.</summary>
    public const int LargestBytes = 64 << 20;

    private const string ReceiptFormat = "clearing proof 1";
    private const string RowFormat = "clearing row proof 1";

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file of a receipt's proof.</summary>
    public static byte[] Write(ReceiptProof proof) => Write(ReceiptFormat, json =>
    {
        json.WriteBase64String("receipt", proof.Receipt.Span);
        json.WriteString("nonce", Convert.ToHexStringLower(proof.Nonce.Span));
        json.WriteNumber("index", proof.Index);
        json.WriteNumber("count", proof.Count);
        WritePath(json, "path", proof.Path);
        WritePath(json, "shardPath", proof.ShardPath);
        json.WriteString("checkpoint", proof.Checkpoint.Span);
    });

    /// <summary>The file of a row's proof.</summary>
    public static byte[] Write(RowProof proof) => Write(RowFormat, json =>
    {
        json.WriteNumber("shard", proof.Row.Shard);
        json.WriteNumber("position", proof.Row.Position);
        json.WriteNumber("epoch", proof.Row.Epoch);
        json.WriteNumber("recordedTime", proof.Row.RecordedTime);
        json.WriteBase64String("payload", proof.Row.Payload.Span);
        WritePath(json, "path", proof.Path);
        json.WriteString("checkpoint", proof.Checkpoint.Span);
    });

    /// <summary>A proof of either kind.</summary>
    /// <exception cref="FormatException">It is none; the message names what is wrong with it.</exception>
    public static (ReceiptProof? Receipt, RowProof? Row) Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            var root = document.RootElement;
            return root.GetProperty("format").GetString() switch
            {
                ReceiptFormat => (ReadReceipt(root), null),
                RowFormat => (null, ReadRow(root)),
                var other => throw new FormatException($"its format is \"{other}\"; \"{ReceiptFormat}\" and \"{RowFormat}\" can be read"),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"it is no proof: {e.Message}", e);
        }
    }

    private static ReceiptProof ReadReceipt(JsonElement root) => new()
    {
        Receipt = root.GetProperty("receipt").GetBytesFromBase64(),
        Nonce = Convert.FromHexString(Text(root, "nonce")),
        Index = root.GetProperty("index").GetInt64(),
        Count = root.GetProperty("count").GetInt64(),
        Path = ReadPath(root, "path"),
        ShardPath = ReadPath(root, "shardPath"),
        Checkpoint = Encoding.UTF8.GetBytes(Text(root, "checkpoint")),
    };

    private static RowProof ReadRow(JsonElement root) => new()
    {
        Row = new JournalRow(
            root.GetProperty("shard").GetInt32(),
            root.GetProperty("position").GetInt64(),
            root.GetProperty("epoch").GetInt64(),
            root.GetProperty("recordedTime").GetInt64(),
            root.GetProperty("payload").GetBytesFromBase64(),
            default),
        Path = ReadPath(root, "path"),
        Checkpoint = Encoding.UTF8.GetBytes(Text(root, "checkpoint")),
    };

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static List<byte[]> ReadPath(JsonElement root, string name) =>
        [.. root.GetProperty(name).EnumerateArray().Select(hash => Convert.FromHexString(hash.GetString() ?? throw new FormatException($"{name} holds null")))];

    private static void WritePath(Utf8JsonWriter json, string name, IReadOnlyList<byte[]> path)
    {
        json.WriteStartArray(name);
        foreach (var hash in path)
        {
            json.WriteStringValue(Convert.ToHexStringLower(hash));
        }

        json.WriteEndArray();
    }

    private static byte[] Write(string format, Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("format", format);
            content(json);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }
}
