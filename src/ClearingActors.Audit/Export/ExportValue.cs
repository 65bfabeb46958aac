using System.Globalization;
using ClearingActors.Domain;

namespace ClearingActors.Audit.Export;

/// <summary>A cell. The default is nothing: an empty field of CSV, null elsewhere.</summary>
/// <param name="Kind">The column's.</param>
/// <param name="Number">Of integers, minor units, times (UTC nanoseconds) and flags.</param>
/// <param name="Digits">Of minor units.</param>
/// <param name="Content">Of text, decimals and dates.</param>
internal readonly record struct ExportValue(ColumnKind Kind, long Number, int Digits, string? Content)
{
    internal bool IsNull => Kind == 0;

    /// <summary>The cell as CSV and JSON have it, without quotes; empty for nothing.</summary>
    internal string ToText() => Kind switch
    {
        0 => "",
        ColumnKind.Integer => Number.ToString(CultureInfo.InvariantCulture),
        ColumnKind.Minor => new ExactAmount(Number, Digits).ToString(),
        ColumnKind.Time => TimeText(Number),
        ColumnKind.Flag => Number != 0 ? "true" : "false",
        _ => Content!,
    };

    /// <summary>An instant as text of fixed width, to the nanosecond.</summary>
    internal static string TimeText(long utcNanoseconds)
    {
        var nanoseconds = utcNanoseconds - UtcTime.StartOf(UtcTime.DateOf(utcNanoseconds));
        var time = TimeOnly.MinValue.Add(TimeSpan.FromTicks(nanoseconds / 100));
        return string.Create(CultureInfo.InvariantCulture, $"{UtcTime.DateOf(utcNanoseconds):yyyy-MM-dd}T{time:HH:mm:ss}.{nanoseconds % 1_000_000_000:000000000}Z");
    }
}
