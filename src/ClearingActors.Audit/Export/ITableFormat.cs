namespace ClearingActors.Audit.Export;

/// <summary>Writes rows of tables to files of one format.</summary>
internal interface ITableFormat : IDisposable
{
    /// <summary>Appends a row.</summary>
    /// <param name="table">One of those that it was made for.</param>
    /// <param name="row">A value per column; the array is reused.</param>
    void Write(ExportTable table, ReadOnlySpan<ExportValue> row);

    /// <summary>Makes the files durable and closes them; no row comes after this.</summary>
    void Complete();
}
