using ClearingActors.Audit.Export;

namespace ClearingActors.Audit.Tests;

/// <summary>Who reads an export years later has its description beside it.</summary>
public sealed class ExportDocsTests
{
    [Fact]
    public void Every_table_and_column_is_described_in_the_documentation()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ClearingActors.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the repository's folder was not found above the test's output");
        }

        var text = File.ReadAllText(Path.Combine(folder.FullName, "docs", "audit-export.md"));
        foreach (var table in ExportTables.All)
        {
            text.ShouldContain(Described(table));
        }
    }

    private static string Described(ExportTable table)
    {
        var columns = table.Columns.Select(c => $"`{c.Name}` {Words.Of(c.Kind)}");
        var key = table.Key.Count > 0 ? $" Key: {string.Join(", ", table.Key.Select(k => $"`{k}`"))}." : "";
        var asked = table.IsOptional ? " Only when asked for." : "";
        return $"### {table.Name}\n\n{table.About}{key}{asked}\n\n{string.Join(", ", columns)}.\n";
    }
}
