using System.CommandLine;
using ClearingActors.Cli.Commands;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Tests.Audit;

/// <summary>The command line around the export; what the tables hold is proved beside them.</summary>
public sealed class AuditExportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("audit-export-").FullName;

    private string Journal => Path.Combine(_folder, "house.journal");

    public AuditExportCommandTests()
    {
        using var journal = SqliteJournal.Open(Journal, new JournalOpenOptions(4, 1));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_export_is_checked_and_a_changed_file_ends_with_1()
    {
        var target = Path.Combine(_folder, "out");
        var (code, output, _) = await RunAsync("--journal", Journal, "--to", target, "--format", "csv,jsonl,sqlite");

        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("export.sqlite");
        File.Exists(Path.Combine(target, "trades.csv")).ShouldBeTrue();
        File.Exists(Path.Combine(target, "marks.csv")).ShouldBeFalse("bulky tables are written when they are asked for");
        (await RunAsync("--check", target)).Code.ShouldBe(ExitCode.Ok);

        await File.AppendAllTextAsync(Path.Combine(target, "trades.csv"), "x", TestContext.Current.CancellationToken);
        var (changed, told, _) = await RunAsync("--check", target);
        changed.ShouldBe(ExitCode.Failed);
        told.ShouldContain("trades.csv: has");
    }

    [Fact]
    public async Task Tables_are_chosen_by_name()
    {
        var target = Path.Combine(_folder, "out");
        (await RunAsync("--journal", Journal, "--to", target, "--tables", "marks, cash_flows")).Code.ShouldBe(ExitCode.Ok);
        Directory.EnumerateFiles(target).Select(Path.GetFileName).Order().ShouldBe(["cash_flows.csv", "manifest.json", "marks.csv"]);
    }

    [Theory]
    [InlineData("--journal J --to T --tables trade", "there is no such table; there are all, instruments")]
    [InlineData("--journal J --to T --format xlsx", "there is no such format; there are csv, jsonl, sqlite")]
    [InlineData("--journal J --to T --format ,", "names no format")]
    [InlineData("--journal J --to T --at yesterday", "is no moment")]
    [InlineData("--journal J --to T --at 4:1", "shards 0 to 3")]
    [InlineData("--journal J --to F", "is there already")]
    [InlineData("--journal J", "--to FOLDER is needed")]
    [InlineData("--to T", "which journal?")]
    [InlineData("--journal J --to T --at 2020-01-01T00:00:00Z", "the journal is empty")]
    [InlineData("--check T --journal J", "leave --to and the journal out")]
    [InlineData("--check F", "is no export")]
    [InlineData("--journal N --to T", "none")]
    public async Task What_cannot_be_done_is_refused_with_2_and_leaves_nothing(string line, string why)
    {
        string[] args = [.. line.Split(' ').Select(a => a switch { "J" => Journal, "T" => Path.Combine(_folder, "target"), "F" => _folder, "N" => Path.Combine(_folder, "none"), _ => a })];
        var (code, _, error) = await RunAsync(args);

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain(why);
        Directory.EnumerateDirectories(_folder).ShouldBeEmpty();
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(new RootCommand { AuditCommand.Create() }, ["audit", "export", .. args], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
