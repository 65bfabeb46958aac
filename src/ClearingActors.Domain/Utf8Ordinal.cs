namespace ClearingActors.Domain;

/// <summary>
/// Orders texts by their UTF-8 bytes, which is the order of their code points. It differs from the order of UTF-16 units only where a text holds characters beyond
/// U+FFFF. The house's own ids are ASCII; ids that come from elsewhere need not be.
/// </summary>
public sealed class Utf8Ordinal : IComparer<string>
{
    public static Utf8Ordinal Order { get; } = new();

    public int Compare(string? x, string? y)
    {
        var left = x.AsSpan();
        var right = y.AsSpan();
        var common = left.CommonPrefixLength(right);
        return common == left.Length || common == right.Length
            ? left.Length.CompareTo(right.Length)
            : Rank(left[common]).CompareTo(Rank(right[common]));
    }

    // A surrogate stands for a code point above every single unit, so it ranks above U+E000 to U+FFFF.
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
