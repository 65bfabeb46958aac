using System.Text.Json;

namespace ClearingActors.Node.Settings;

/// <summary>An object of a configuration file while it is read: every property is known, has its type and lies in its range, or a message says where it does not.</summary>
internal sealed class JsonSection
{
    private readonly JsonElement _element;
    private readonly string _path;
    private readonly string _file;

    internal JsonSection(JsonElement element, string path, string file, params string[] allowed)
    {
        _element = element;
        _path = path;
        _file = file;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Refusal("", element, "an object is allowed");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (!allowed.Contains(property.Name))
            {
                throw Error($"{PathOf(property.Name)} is not a setting; allowed here: {string.Join(", ", allowed)}");
            }

            if (!seen.Add(property.Name))
            {
                throw Error($"{PathOf(property.Name)} is set twice");
            }
        }
    }

    internal bool Has(string name) => _element.TryGetProperty(name, out _);

    internal int Int(string name, int fallback, int low, int high)
    {
        if (!_element.TryGetProperty(name, out var value))
        {
            return fallback;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= low && number <= high
            ? number
            : throw Refusal(name, value, $"a whole number from {low} to {high} is allowed");
    }

    internal bool Bool(string name, bool fallback)
    {
        if (!_element.TryGetProperty(name, out var value))
        {
            return fallback;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Refusal(name, value, "true or false is allowed");
    }

    internal string Text(string name, string? fallback, Func<string, bool> isValid, string allowed)
    {
        if (!_element.TryGetProperty(name, out var value))
        {
            return fallback ?? throw Error($"{PathOf(name)} is missing: {allowed}");
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { } text && isValid(text) ? text : throw Refusal(name, value, allowed);
    }

    internal T Choice<T>(string name, T fallback, params (string Name, T Value)[] choices)
    {
        if (!_element.TryGetProperty(name, out var value))
        {
            return fallback;
        }

        foreach (var (text, choice) in choices)
        {
            if (value.ValueKind == JsonValueKind.String && value.ValueEquals(text))
            {
                return choice;
            }
        }

        throw Refusal(name, value, $"one of {string.Join(", ", choices.Select(c => $"\"{c.Name}\""))} is allowed");
    }

    internal IReadOnlyList<string> Texts(string name, Func<string, bool> isValid, string allowed)
    {
        List<string> texts = [];
        foreach (var (item, path) in Items(name, allowed))
        {
            texts.Add(item.ValueKind == JsonValueKind.String && item.GetString() is { } text && isValid(text) && !texts.Contains(text)
                ? text
                : throw Error($"{path} is {Shown(item)}: {allowed}, each once"));
        }

        return texts;
    }

    internal T Section<T>(string name, Func<JsonSection, T> read, params string[] allowed)
        where T : new() =>
        _element.TryGetProperty(name, out var value) ? read(new JsonSection(value, PathOf(name), _file, allowed)) : new T();

    internal IReadOnlyList<T> Sections<T>(string name, Func<JsonSection, T> read, params string[] allowed) =>
        [.. Items(name, "a list of objects is allowed").Select(i => read(new JsonSection(i.Item, i.Path, _file, allowed)))];

    internal IReadOnlyDictionary<string, int> Numbers(string name, IReadOnlyDictionary<string, int> fallback, Func<string, int, bool> isValid, string allowed)
    {
        if (!_element.TryGetProperty(name, out var value))
        {
            return fallback;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Refusal(name, value, allowed);
        }

        var numbers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out var number) || !isValid(property.Name, number) || !numbers.TryAdd(property.Name, number))
            {
                throw Error($"{PathOf(name)}.{property.Name} is {Shown(property.Value)}: {allowed}, each once");
            }
        }

        return numbers;
    }

    internal NodeSettingsException Error(string problem) =>
        new($"{_file}: {problem}. The schema is {NodeSettingsFile.SchemaOf(_file)}.");

    internal string PathOf(string name) => name.Length == 0 ? _path : $"{_path}.{name}";

    private static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 80 ? text : $"{text[..80]}... ({text.Length} characters)";
    }

    private IEnumerable<(JsonElement Item, string Path)> Items(string name, string allowed)
    {
        if (!_element.TryGetProperty(name, out var value))
        {
            yield break;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Refusal(name, value, $"a list is allowed ({allowed})");
        }

        var number = 0;
        foreach (var item in value.EnumerateArray())
        {
            yield return (item, $"{PathOf(name)}[{number++}]");
        }
    }

    private NodeSettingsException Refusal(string name, JsonElement value, string allowed) => Error($"{PathOf(name)} is {Shown(value)}: {allowed}");
}
