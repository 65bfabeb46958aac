using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using ClearingActors.Cli.Commands;

namespace ClearingActors.Cli.Tests.Models;

public sealed class ModelBacktestCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-backtest-");

    public ModelBacktestCommandTests()
    {
        // 100 calm days of +-1, then one fall of 20.
        var lines = Enumerable.Range(0, 100).Select(i => Line(i, 100 + (i % 2))).Append(Line(100, 80)).Append(Line(101, 81));
        File.WriteAllLines(History, ["date,close", .. lines]);
    }

    private string History => Path.Combine(_folder.FullName, "h.csv");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_table_the_json_and_the_picture_tell_of_the_one_exception()
    {
        var json = Path.Combine(_folder.FullName, "b.json");
        var svg = Path.Combine(_folder.FullName, "b.svg");
        var (code, output, _) = await RunAsync("--from", "2024-02-10", "--to", "2024-12-31", "--multiplier", "10", "--procyclicality", "buffer25", "--json", json, "--svg", svg);

        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("2024-04-09   2024-04-10");
        output.ShouldContain("Losses above margin");
        using var result = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        result.RootElement.GetProperty("exceptions").GetInt32().ShouldBe(1);
        result.RootElement.GetProperty("observations").EnumerateArray().Single(o => o.GetProperty("exception").GetBoolean()).GetProperty("loss").GetDouble().ShouldBe(210, 1e-9);
        var picture = XDocument.Load(svg);
        picture.Descendants().Count(e => e.Name.LocalName == "rect" && e.Attribute("fill")?.Value == "#c00").ShouldBe(1);
    }

    [Fact]
    public async Task A_short_position_gains_from_the_fall()
    {
        var (_, output, _) = await RunAsync("--from", "2024-02-10", "--to", "2024-12-31", "--quantity", "-1");

        output.ShouldNotContain("2024-04-09   2024-04-10");
    }

    [Theory]
    [InlineData("--from 2024-13-01 --to 2024-12-31", "2024-13-01")]
    [InlineData("--from 2025-02-01 --to 2025-12-31", "no margin period of 1 days fits in 2025-02-01 to 2025-12-31")]
    [InlineData("--from 2024-01-10 --to 2024-12-31", "lookback 20 and 5 seed changes need 25")]
    [InlineData("--from 2024-02-10 --to 2024-12-31 --confidence 1", "confidence is 1")]
    [InlineData("--from 2024-02-10 --to 2024-12-31 --multiplier 0", "multiplier is 0")]
    [InlineData("--from 2024-02-10 --to 2024-12-31 --scaling half", "half")]
    [InlineData("--from 2024-02-10 --to 2024-12-31 --procyclicality stressed25", "stress window")]
    [InlineData("--from 2024-02-10 --to 2024-12-31 --procyclicality floor10y", "or a named proxy")]
    [InlineData("--from 2024-02-10 --to 2024-12-31 --price-column open", "names the column \"open\" 0 times")]
    public async Task What_cannot_be_run_ends_with_2_and_says_why(string arguments, string why)
    {
        var (code, _, error) = await RunAsync(arguments.Split(' '));

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain(why);
        error.ShouldNotContain("Parameter");
    }

    [Theory]
    [InlineData("", "--history with --from and --to is needed, or --journal, or --store postgres")]
    [InlineData("--history h.csv --from 2024-02-10", "--history with --from and --to is needed")]
    [InlineData("--journal none.journal", "There is no journal at none.journal")]
    [InlineData("--journal none.journal --account a/b", "--account a/b is no account id")]
    [InlineData("--journal none.journal --svg x.svg", "name it with --account")]
    [InlineData("--journal none.journal --quantity 2", "--quantity is of a history")]
    [InlineData("--journal none.journal --history h.csv", "--history is of a history")]
    [InlineData("--journal none.journal --connection Host=x", "--connection is of --store postgres")]
    [InlineData("--store postgres", "--store postgres needs --connection")]
    [InlineData("--store postgres --connection Host=x --journal none.journal", "give one of them")]
    [InlineData("--store postgres --connection Colour=blue", "cannot be read")]
    [InlineData("--store postgres --connection Host=127.0.0.1;Port=1;Username=x", "127.0.0.1:1")]
    [InlineData("--account A --history h.csv --from 2024-02-10 --to 2024-12-31", "accounts are in a journal")]
    public async Task A_journal_that_is_not_named_as_it_should_be_ends_with_2_and_says_why(string arguments, string why)
    {
        var error = new StringWriter();
        string[] all = ["model", "backtest", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        (await CommandLineRunner.RunAsync(new RootCommand { ModelCommand.Create() }, all, TextWriter.Null, error, TestContext.Current.CancellationToken)).ShouldBe(ExitCode.BadInput);
        error.ToString().ShouldContain(why);
    }

    private static string Line(int day, int price) => string.Create(CultureInfo.InvariantCulture, $"{new DateOnly(2024, 1, 1).AddDays(day):yyyy-MM-dd},{price}");

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        string[] all = ["model", "backtest", "--history", History, "--lookback", "20", "--seed-returns", "5", "--mpor", "1", .. args];
        var code = await CommandLineRunner.RunAsync(new RootCommand { ModelCommand.Create() }, all, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
