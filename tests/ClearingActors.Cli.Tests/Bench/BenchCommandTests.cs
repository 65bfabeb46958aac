using System.CommandLine;
using System.Text.Json;
using ClearingActors.Cli.Commands;

namespace ClearingActors.Cli.Tests.Bench;

/// <summary>A bench so small that it says nothing of the machine: it goes through, and its figures are of what was done.</summary>
public sealed class BenchCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-bench-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Trades_are_timed_while_each_kind_of_work_is_done()
    {
        var report = await RunAsync("--pauses", "--accounts", "20", "--seconds", "1");
        var rows = report.GetProperty("rows").EnumerateArray().ToList();
        rows.Select(r => r.GetProperty("what").GetString()).ShouldBe(
            ["nothing else", "a settlement cycle", "a margin run", "a stress run", "a reverse stress", "the house, read for the page", "the invariants, at rest"]);
        foreach (var row in rows)
        {
            row.GetProperty("times").GetInt32().ShouldBePositive();
            row.GetProperty("trades").GetInt64().ShouldBePositive();
            row.GetProperty("maxMs").GetDouble().ShouldBeGreaterThanOrEqualTo(row.GetProperty("p99Ms").GetDouble());
            row.GetProperty("p99Ms").GetDouble().ShouldBeGreaterThanOrEqualTo(row.GetProperty("p50Ms").GetDouble());
            row.GetProperty("p50Ms").GetDouble().ShouldBePositive();
        }
    }

    /// <summary>The figures that the command wrote; nothing of its journals is left.</summary>
    private async Task<JsonElement> RunAsync(params string[] args)
    {
        var json = Path.Combine(_folder.FullName, "figures.json");
        var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(
            new RootCommand { BenchCommand.Create() },
            ["bench", .. args, "--folder", _folder.FullName, "--json", json],
            TextWriter.Null,
            error,
            TestContext.Current.CancellationToken);
        error.ToString().ShouldBeEmpty();
        code.ShouldBe(ExitCode.Ok);
        _folder.EnumerateFileSystemInfos().Select(f => f.Name).ShouldBe(["figures.json"]);
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }
}
