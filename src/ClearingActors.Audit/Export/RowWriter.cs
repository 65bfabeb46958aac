using System.Globalization;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Audit.Export;

/// <summary>Takes a table's rows, cell by cell in the order of its columns, to all formats.</summary>
internal sealed class RowWriter(ExportTable table, IReadOnlyList<ITableFormat> formats)
{
    private readonly ExportValue[] _row = new ExportValue[table.Columns.Count];
    private int _next;

    internal ExportTable Table => table;

    /// <summary>Rows written.</summary>
    internal long Rows { get; private set; }

    /// <summary>Empty text is nothing.</summary>
    internal RowWriter Text(string? value) => Add(ColumnKind.Text, value is { Length: > 0 } ? new ExportValue(ColumnKind.Text, 0, 0, value) : default);

    internal RowWriter Integer(long value) => Add(ColumnKind.Integer, new ExportValue(ColumnKind.Integer, value, 0, null));

    /// <summary>Zero is nothing: numbers that count from 1.</summary>
    internal RowWriter Number(long value) => value == 0 ? Add(ColumnKind.Integer, default) : Integer(value);

    internal RowWriter Minor(long value, int digits) => Add(ColumnKind.Minor, new ExportValue(ColumnKind.Minor, value, digits, null));

    internal RowWriter NoMinor() => Add(ColumnKind.Minor, default);

    internal RowWriter Decimal(string? value) => Add(ColumnKind.Decimal, value is { Length: > 0 } ? new ExportValue(ColumnKind.Decimal, 0, 0, value) : default);

    internal RowWriter Decimal(decimal value) => Decimal(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>UTC nanoseconds; 0 is nothing.</summary>
    internal RowWriter Time(long value) => Add(ColumnKind.Time, value == 0 ? default : new ExportValue(ColumnKind.Time, value, 0, null));

    internal RowWriter Date(DateOnly value) =>
        Add(ColumnKind.Date, value == default ? default : new ExportValue(ColumnKind.Date, 0, 0, value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));

    /// <summary>As the journal has dates, yyyymmdd; 0 is nothing.</summary>
    internal RowWriter Date(int yyyymmdd) => Date(Dates.FromInt(yyyymmdd));

    internal RowWriter Flag(bool value) => Add(ColumnKind.Flag, new ExportValue(ColumnKind.Flag, value ? 1 : 0, 0, null));

    /// <summary>Ends the row.</summary>
    /// <exception cref="InvalidOperationException">It is not complete.</exception>
    internal void End()
    {
        if (_next != _row.Length)
        {
            throw new InvalidOperationException($"a row of {table.Name} has {_row.Length} columns; {_next} were given");
        }

        foreach (var format in formats)
        {
            format.Write(table, _row);
        }

        _next = 0;
        Rows++;
    }

    private RowWriter Add(ColumnKind kind, in ExportValue value)
    {
        if (_next == _row.Length || table.Columns[_next].Kind != kind)
        {
            throw new InvalidOperationException($"column {_next} of {table.Name} takes no {kind}");
        }

        _row[_next++] = value;
        return this;
    }
}
