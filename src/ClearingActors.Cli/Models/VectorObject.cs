using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ClearingActors.Domain;
using ClearingActors.Risk.Pricing;

namespace ClearingActors.Cli.Models;

/// <summary>
/// An object of a vector file, read strictly: a field that is missing, given twice or of another type is refused, and so is one that nobody has read by
/// <see cref="Close"/>.
/// </summary>
public sealed class VectorObject
{
    private const int MaxDigits = 1000;

    private readonly Dictionary<string, JsonElement> _unread = new(StringComparer.Ordinal);

    private readonly string _separator;

    private VectorObject(JsonElement element, string path, string separator)
    {
        Path = path;
        _separator = separator;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new VectorFormatException(path, $"is {NameOf(element.ValueKind)}; an object is needed");
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!_unread.TryAdd(property.Name, property.Value))
            {
                throw new VectorFormatException(path, $"field \"{property.Name}\" is given twice");
            }
        }
    }

    /// <summary>The file and the path in it.</summary>
    public string Path { get; }

    /// <summary>The file itself as an object.</summary>
    /// <exception cref="VectorFormatException">It is none, or gives a field twice.</exception>
    public static VectorObject Root(JsonElement element, string file) => new(element, file, ": ");

    /// <summary>The path of a field of this object.</summary>
    public string PathOf(string field) => Path + _separator + field;

    /// <summary>The names of the fields not read yet: for objects whose names are data.</summary>
    public IReadOnlyList<string> Names => [.. _unread.Keys];

    public bool Has(string field) => _unread.ContainsKey(field);

    public string Text(string field) => Take(field, JsonValueKind.String).GetString()!;

    /// <summary>True or false.</summary>
    public bool Boolean(string field)
    {
        var value = Take(field);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw WrongType(field, value, "true or false");
    }

    /// <summary>A JSON number as a finite double.</summary>
    public double Number(string field) => DoubleOf(Take(field, JsonValueKind.Number), PathOf(field));

    /// <summary>A JSON number within a range.</summary>
    public double Number(string field, double least, double most)
    {
        var value = Number(field);
        return value >= least && value <= most ? value : throw Problem(field, $"is {value:R}; {least:R} to {most:R} is allowed");
    }

    /// <summary>A whole number of 64 bits.</summary>
    public long Integer(string field) =>
        Take(field, JsonValueKind.Number) is var value && value.TryGetInt64(out var integer) ? integer : throw Problem(field, $"is {value.GetRawText()}; a whole number of 64 bits is needed");

    /// <summary>A whole number within a range.</summary>
    public int Integer(string field, int least, int most)
    {
        var value = Integer(field);
        return value >= least && value <= most ? (int)value : throw Problem(field, $"is {value}; {least} to {most} is allowed");
    }

    /// <summary>A whole number of any size.</summary>
    public BigInteger BigInteger(string field)
    {
        var text = Take(field, JsonValueKind.Number).GetRawText();
        return text.Length <= MaxDigits && System.Numerics.BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Problem(field, $"is {Short(text)}; a whole number of at most {MaxDigits} digits is needed");
    }

    /// <summary>A decimal written as a string, so that no digit is lost; any number of digits.</summary>
    public ExactFraction Exact(string field) => ParseExact(Text(field), field, allowExponent: false);

    /// <summary>A decimal written as a string, of at most 28 digits.</summary>
    public decimal Decimal(string field) => ToDecimal(Exact(field), field);

    /// <summary>A JSON number taken digit by digit, not through a double; at most 28 digits.</summary>
    public decimal DecimalNumber(string field) => ToDecimal(ParseExact(Take(field, JsonValueKind.Number).GetRawText(), field, allowExponent: true), field);

    /// <summary>A JSON number taken digit by digit, of any number of digits.</summary>
    public ExactFraction ExactNumber(string field) => ParseExact(Take(field, JsonValueKind.Number).GetRawText(), field, allowExponent: true);

    /// <summary>How many digits stand behind the point of a decimal string; the field stays unread.</summary>
    public int Places(string field)
    {
        var text = _unread.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? 0 : text.Length - point - 1;
    }

    public bool IsNull(string field)
    {
        if (_unread.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.Null)
        {
            _unread.Remove(field);
            return true;
        }

        return false;
    }

    public DateOnly Date(string field)
    {
        var text = Text(field);
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw Problem(field, $"is \"{text}\"; a date such as 2020-03-16 is needed");
    }

    /// <summary>One of some words.</summary>
    public T Word<T>(string field, params (string Word, T Value)[] allowed)
    {
        var text = Text(field);
        foreach (var (word, value) in allowed)
        {
            if (word == text)
            {
                return value;
            }
        }

        throw Problem(field, $"is \"{text}\"; {string.Join(", ", allowed.Select(a => $"\"{a.Word}\""))} is allowed");
    }

    /// <summary>"call" or "put".</summary>
    public OptionType OptionType(string field) => Word(field, ("call", Risk.Pricing.OptionType.Call), ("put", Risk.Pricing.OptionType.Put));

    public VectorObject Object(string field) => new(Take(field, JsonValueKind.Object), PathOf(field), ".");

    /// <summary>The text of an object, for whoever reads it by its own rules.</summary>
    public string RawObject(string field) => Take(field, JsonValueKind.Object).GetRawText();

    public IReadOnlyList<VectorObject> Objects(string field) =>
        [.. Take(field, JsonValueKind.Array).EnumerateArray().Select((item, i) => new VectorObject(item, $"{PathOf(field)}[{i}]", "."))];

    /// <summary>A list of finite JSON numbers.</summary>
    public IReadOnlyList<double> Numbers(string field) =>
        [.. Take(field, JsonValueKind.Array).EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Number
            ? DoubleOf(item, $"{PathOf(field)}[{i}]")
            : throw new VectorFormatException($"{PathOf(field)}[{i}]", $"is {NameOf(item.ValueKind)}; a number is needed"))];

    /// <summary>A list of whole numbers of 32 bits.</summary>
    public IReadOnlyList<int> Integers(string field) =>
        [.. Take(field, JsonValueKind.Array).EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var value)
            ? value
            : throw new VectorFormatException($"{PathOf(field)}[{i}]", $"is {Short(item.GetRawText())}; a whole number of 32 bits is needed"))];

    /// <exception cref="VectorFormatException">A field was not read, so nobody knows what it means.</exception>
    public void Close()
    {
        if (_unread.Count > 0)
        {
            throw new VectorFormatException(Path, $"unknown field \"{_unread.Keys.First()}\"");
        }
    }

    /// <summary>A refusal that names a field of this object.</summary>
    public VectorFormatException Problem(string field, string problem) => new(PathOf(field), problem);

    private JsonElement Take(string field) =>
        _unread.Remove(field, out var value) ? value : throw new VectorFormatException(Path, $"field \"{field}\" is missing");

    private JsonElement Take(string field, JsonValueKind kind)
    {
        var value = Take(field);
        return value.ValueKind == kind ? value : throw WrongType(field, value, NameOf(kind));
    }

    private decimal ToDecimal(ExactFraction value, string field)
    {
        try
        {
            return value.ToDecimal();
        }
        catch (OverflowException e)
        {
            throw new VectorFormatException(PathOf(field), "has more than 28 digits; write fewer", e);
        }
    }

    private ExactFraction ParseExact(string text, string field, bool allowExponent)
    {
        var exponentAt = allowExponent ? text.IndexOfAny(['e', 'E']) : -1;
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var exponent = 0;
        if (exponentAt >= 0 && (!int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || exponent is < -MaxDigits or > MaxDigits))
        {
            throw Problem(field, $"is {Short(text)}; an exponent of -{MaxDigits} to {MaxDigits} is allowed");
        }

        var digits = mantissa.StartsWith('-') ? mantissa[1..] : mantissa;
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var places = point < 0 ? 0 : digits.Length - point - 1;
        var whole = point < 0 ? digits : digits.Remove(point, 1);
        if (point == 0 || (point > 0 && places == 0) || whole.Length is 0 or > MaxDigits || whole.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            throw Problem(field, $"is \"{Short(text)}\"; a decimal such as -12.50 is needed");
        }

        var value = new ExactFraction(System.Numerics.BigInteger.Parse(whole, CultureInfo.InvariantCulture), System.Numerics.BigInteger.Pow(10, places));
        var power = ExactFraction.From(System.Numerics.BigInteger.Pow(10, Math.Abs(exponent)));
        value = exponent >= 0 ? value * power : value / power;
        return mantissa.StartsWith('-') ? -value : value;
    }

    private static double DoubleOf(JsonElement value, string path) => value.TryGetDouble(out var number) && double.IsFinite(number)
        ? number
        : throw new VectorFormatException(path, $"is {Short(value.GetRawText())}; a finite number is needed");

    private VectorFormatException WrongType(string field, JsonElement value, string needed) => Problem(field, $"is {NameOf(value.ValueKind)}; {needed} is needed");


    private static string Short(string text) => text.Length > 60 ? text[..60] + "..." : text;

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
