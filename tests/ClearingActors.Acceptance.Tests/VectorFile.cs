using System.Globalization;
using System.Text.Json;

namespace ClearingActors.Acceptance.Tests;

/// <summary>
/// A file of worked numbers, read strictly: a field that is missing, unknown, given twice or of another type makes the file malformed, and the message says which.
/// </summary>
internal static class VectorFile
{
    /// <exception cref="FormatException">The file is malformed or of another kind.</exception>
    public static VectorObject Open(string name, string kind) => Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", name)), name, kind);

    /// <exception cref="FormatException">The text is malformed or of another kind.</exception>
    public static VectorObject Parse(string json, string name, string kind)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(json);
            root = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new FormatException($"{name}: {e.Message}", e);
        }

        var vector = new VectorObject(root, name);
        var actual = vector.Text("kind");
        return actual == kind ? vector : throw new FormatException($"{name}: kind is \"{actual}\", \"{kind}\" was expected");
    }
}

/// <summary>An object of a vector file. Every field must be read before <see cref="Close"/>.</summary>
internal sealed class VectorObject
{
    private readonly string _path;
    private readonly Dictionary<string, JsonElement> _unread = new(StringComparer.Ordinal);

    public VectorObject(JsonElement element, string path)
    {
        _path = path;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{path} is {element.ValueKind}, not an object");
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!_unread.TryAdd(property.Name, property.Value))
            {
                throw new FormatException($"{path}: field \"{property.Name}\" is given twice");
            }
        }
    }

    public string Text(string field) => Take(field, JsonValueKind.String).GetString()!;

    /// <summary>A number written as a string, so that no digit is lost.</summary>
    public decimal Decimal(string field) =>
        decimal.TryParse(Text(field), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"{_path}: field \"{field}\" is not a decimal");

    public long Integer(string field) =>
        Take(field, JsonValueKind.Number).TryGetInt64(out var value) ? value : throw new FormatException($"{_path}: field \"{field}\" is not an integer");

    public void True(string field) => Take(field, JsonValueKind.True);

    public VectorObject Object(string field) => new(Take(field, JsonValueKind.Object), $"{_path}.{field}");

    public IReadOnlyList<VectorObject> Objects(string field) =>
        [.. Take(field, JsonValueKind.Array).EnumerateArray().Select((item, i) => new VectorObject(item, $"{_path}.{field}[{i}]"))];

    /// <summary>The names of the fields not read yet: for objects whose names are data.</summary>
    public IReadOnlyList<string> Names() => [.. _unread.Keys];

    /// <exception cref="FormatException">A field was not read, so nobody knows what it means.</exception>
    public void Close()
    {
        if (_unread.Count > 0)
        {
            throw new FormatException($"{_path}: unknown field \"{_unread.Keys.First()}\"");
        }
    }

    private JsonElement Take(string field, JsonValueKind kind) =>
        !_unread.Remove(field, out var value) ? throw new FormatException($"{_path}: field \"{field}\" is missing")
        : value.ValueKind != kind ? throw new FormatException($"{_path}: field \"{field}\" is {value.ValueKind}, not {kind}")
        : value;
}
