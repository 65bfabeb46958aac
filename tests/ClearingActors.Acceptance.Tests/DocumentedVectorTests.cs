using ClearingActors.Cli.Models;

namespace ClearingActors.Acceptance.Tests;

/// <summary>What docs/model-validation.md shows is run, so that it stays true.</summary>
public sealed class DocumentedVectorTests
{
    [Fact]
    public void Every_example_of_the_documentation_is_a_vector_whose_numbers_are_met()
    {
        var kinds = new List<string>();
        var document = File.ReadAllText(Path.Combine(Root(), "docs", "model-validation.md"));
        for (var at = document.IndexOf("```json", StringComparison.Ordinal); at >= 0; at = document.IndexOf("```json", at + 1, StringComparison.Ordinal))
        {
            var start = document.IndexOf('{', at);
            var json = document[start..document.IndexOf("```", start, StringComparison.Ordinal)];
            if (json.Contains("margin_fhs", StringComparison.Ordinal))
            {
                Should.Throw<VectorFormatException>(() => VectorCheck.Text(json, "documented", new VectorData(Root()))).Message.ShouldContain("index.csv cannot be read");
                continue;
            }

            var report = VectorCheck.Text(json, "documented", new VectorData(Root()));
            report.Quantities.Where(q => !q.Passed).Select(q => $"{report.Kind} {q.Quantity}: {q.Expected} expected, {q.Got} got").ShouldBeEmpty();
            kinds.Add(report.Kind);
        }

        kinds.Count.ShouldBe(17);
        kinds.ShouldBeUnique();
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "ClearingActors.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("ClearingActors.sln was not found above the test's folder");
    }
}
