namespace ClearingActors.Audit.Export;

/// <summary>A column of a table.</summary>
/// <param name="Name">In lower case with underscores.</param>
/// <param name="Kind">What it holds.</param>
internal readonly record struct ExportColumn(string Name, ColumnKind Kind);

/// <summary>A value of one column that occurs in another table, where it is the key.</summary>
internal readonly record struct ExportReference(string Column, string Table);

/// <summary>A table that an export writes: the same columns in the same order in every format.</summary>
/// <param name="Name">In lower case with underscores; the files bear it.</param>
/// <param name="About">What a row is.</param>
/// <param name="Columns">At least one.</param>
internal sealed record ExportTable(string Name, string About, params IReadOnlyList<ExportColumn> Columns)
{
    /// <summary>The columns that name a row; none where nothing does.</summary>
    internal IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>The columns that SQLite has indices on, beside the key.</summary>
    internal IReadOnlyList<string> Indices { get; init; } = [];

    /// <summary>What always occurs in another table.</summary>
    internal IReadOnlyList<ExportReference> References { get; init; } = [];

    /// <summary>True if it is written only when it is asked for.</summary>
    internal bool IsOptional { get; init; }
}
