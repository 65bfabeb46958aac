using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClearingActors.Cli.Commands;
using ClearingActors.Cli.Stress;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Tests.Stress;

public sealed class StressCommandTests : IDisposable
{
    internal static string ScenarioDirectory { get; } = Path.Combine(Root(), "config", "scenarios");

    private static readonly string Scenarios = ScenarioDirectory;
    private static readonly string ExampleHouse = Path.Combine(Root(), "config", "stress", "example-house.json");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-stress-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_ten_historical_scenarios_are_there() => StressFiles.Scenarios(Scenarios).Select(s => s.Scenario.Id).ShouldBe(
        ["1987-10-19", "2008-10", "2010-05-06", "2015-01-15", "2018-02-05", "2020-03-12", "2020-03-16", "2020-04-20", "2022-03", "2022-11"]);

    [Fact]
    public void The_oil_scenario_takes_the_expiring_contract_below_zero_and_no_other()
    {
        var oil = StressFiles.Scenarios(Scenarios).Single(s => s.Scenario.Id == "2020-04-20").Scenario;

        var expiring = oil.ShockOf(RiskFactorId.Price("WTI", "2020-05"));
        expiring.Kind.ShouldBe(ChangeKind.Absolute);
        (18.27 + expiring.Shock).ShouldBe(-37.63, 1e-12);
        oil.ShockOf(RiskFactorId.Price("WTI", "2020-06")).Kind.ShouldBe(ChangeKind.Relative);
    }

    [Fact]
    public void Every_contract_of_the_example_house_is_matched() => StressFiles.House(ExampleHouse).Members.SelectMany(m => m.Accounts).SelectMany(a => a.Holdings)
        .GroupBy(h => h.Instrument.Instrument).ShouldAllBe(g => g.Sum(h => h.Quantity) == 0);

    [Fact]
    public async Task A_run_reports_every_scenario_and_ends_with_0_while_the_resources_last()
    {
        var json = Path.Combine(_folder.FullName, "s.json");
        var (code, output, error) = await RunAsync("run", "--scenarios", Scenarios, "--portfolio", ExampleHouse, "--json", json);

        error.ShouldBeEmpty();
        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("2020-04-20: Oil below zero");
        using var result = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        result.RootElement.GetProperty("scenarios").GetArrayLength().ShouldBe(10);

        // Alpha is long 250 lots of 1,000 barrels that fall by 55.90, and 400 of 50 units of the index that falls by 1.79 %, over 9,000,000 of cash of which 7,000,000 count.
        var oil = result.RootElement.GetProperty("scenarios").EnumerateArray().Single(s => s.GetProperty("scenario").GetString() == "2020-04-20");
        oil.GetProperty("uncoveredLosses").GetProperty("ALPHA").GetString().ShouldBe("794160000");
    }

    [Fact]
    public async Task A_house_that_is_exhausted_ends_with_1()
    {
        var poor = Changed("poor.json", "\"juniorCapital\": 100000000", "\"juniorCapital\": 0", t => Regex.Replace(t, "\"assessmentCap\": \\d+", "\"assessmentCap\": 0"));
        var (code, _, _) = await RunAsync("run", "--scenarios", Scenarios, "--portfolio", poor);

        code.ShouldBe(ExitCode.Failed);
    }

    [Fact]
    public async Task Reverse_stress_finds_a_shock_that_a_scenario_of_that_size_confirms()
    {
        var (code, output, _) = await RunAsync("reverse", "--portfolio", ExampleHouse, "--factor", "SPX", "--furthest", "-0.6");

        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("on SPX exhausts the resources");
        var (_, safe, _) = await RunAsync("reverse", "--portfolio", ExampleHouse, "--factor", "SPX", "--furthest", "-0.1");
        safe.ShouldContain("No shock of SPX from 0 to -0.1 exhausts the resources");
    }

    [Fact]
    public async Task A_factor_that_nobody_has_is_refused()
    {
        var (code, _, error) = await RunAsync("reverse", "--portfolio", ExampleHouse, "--factor", "GOLD");

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain("no account of the house has a position on it");
    }

    [Theory]
    [InlineData("\"minorUnits\": 2", "\"minorUnits\": 9", "minorUnits: is 9")]
    [InlineData("\"ES-JUN20\": 400", "\"ES-JUN21\": 400", "positions.ES-JUN21: is no instrument")]
    [InlineData("\"rates\": {}", "\"rates\": {}, \"rate\": 1", "unknown field \"rate\"")]
    [InlineData("\"multiplier\": 50,", "\"multiplier\": 0,", "multiplier is 0")]
    public async Task A_house_that_cannot_be_used_is_refused_with_its_place_and_schema(string was, string becomes, string why)
    {
        var (code, _, error) = await RunAsync("run", "--scenarios", Scenarios, "--portfolio", Changed("bad.json", was, becomes, t => t));

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain("bad.json");
        error.ShouldContain(why);
        error.ShouldContain("house.schema.json");
    }

    [Theory]
    [InlineData("\"shock\": -0.1, \"source\": \"x\", \"assumed\": \"y\"", "unknown field \"source\"")]
    [InlineData("\"shock\": -0.1", "field \"source\" is missing")]
    [InlineData("\"shock\": -1, \"assumed\": \"y\"", "shock 0 of Price SPX is -1")]
    public void A_figure_without_a_source_or_out_of_range_is_refused(string figure, string why)
    {
        File.WriteAllText(
            Path.Combine(_folder.FullName, "s.json"),
            $"// a comment\n{{\"id\": \"x\", \"name\": \"x\", \"type\": \"hypothetical\", \"othersUnmoved\": true, \"shocks\": [{{\"factor\": \"price\", \"name\": \"SPX\", \"kind\": \"relative\", {figure}}}]}}");

        var refused = Should.Throw<CommandException>(() => StressFiles.Scenarios(_folder.FullName)).Message;
        refused.ShouldContain(why);
        refused.ShouldContain("scenario.schema.json");
    }

    [Fact]
    public void A_directory_without_scenarios_is_refused()
    {
        Should.Throw<CommandException>(() => StressFiles.Scenarios(_folder.FullName)).Message.ShouldContain("holds no scenario");
        Should.Throw<CommandException>(() => StressFiles.Scenarios("/no/such/place")).Message.ShouldContain("--scenarios");
    }

    private string Changed(string name, string was, string becomes, Func<string, string> more)
    {
        var text = File.ReadAllText(ExampleHouse);
        text.ShouldContain(was);
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, more(text.Replace(was, becomes, StringComparison.Ordinal)));
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(new RootCommand { StressCommand.Create() }, ["stress", .. args], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
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
