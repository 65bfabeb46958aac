namespace ClearingActors.Audit.Export;

/// <summary>What a column holds, and with it how each format writes it.</summary>
internal enum ColumnKind
{
    /// <summary>Text. In CSV it is kept from becoming a formula; see <see cref="CsvTables"/>.</summary>
    Text = 1,

    /// <summary>A 64-bit integer.</summary>
    Integer = 2,

    /// <summary>Exact, counted in minor units: decimal text in CSV and JSON; in SQLite an integer of minor units under the column's name with <c>_minor</c>, the places in the row's digits column.</summary>
    Minor = 3,

    /// <summary>An exact decimal as text, in all formats.</summary>
    Decimal = 4,

    /// <summary>An instant: <c>2026-01-02T03:04:05.123456789Z</c>, text in all formats; sorts as text.</summary>
    Time = 5,

    /// <summary><c>yyyy-MM-dd</c>, text in all formats.</summary>
    Date = 6,

    /// <summary>true or false; in SQLite 1 or 0.</summary>
    Flag = 7,
}
