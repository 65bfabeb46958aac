namespace ClearingActors.Domain;

/// <summary>The one rule for every id of the house: 1 to 64 characters of <c>[A-Za-z0-9._-]</c>, compared ordinally.</summary>
internal static class IdText
{
    public const int MaxLength = 64;

    /// <summary>
    /// A hash computed once per id. It is the runtime's seeded string hash, so that outside ids cannot be chosen to collide; it is never part of any state,
    /// event or order.
    /// </summary>
    public static int HashOf(string value) => value.GetHashCode();

    public static bool IsValid(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    public static FormatException Refusal(string kind, string? text)
    {
        var shown = text is null ? "null" : text.Length > 80 ? $"\"{text[..80]}...\" ({text.Length} characters)" : $"\"{text}\"";
        return new FormatException($"{kind} {shown} is not an id: 1 to {MaxLength} characters of A-Z a-z 0-9 . _ - are allowed");
    }
}
