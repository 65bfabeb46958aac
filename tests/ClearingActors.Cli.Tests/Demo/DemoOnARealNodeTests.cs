using System.CommandLine;
using System.Text.Json;
using ClearingActors.Cli.Commands;
using ClearingActors.Cli.Demo;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DemoOnARealNodeTests
{
    [Fact]
    public async Task The_day_that_fell_by_a_tenth_and_more_is_cleared_with_every_promise_kept()
    {
        var folder = Directory.CreateTempSubdirectory("clearing-tests-");
        try
        {
            var json = Path.Combine(folder.FullName, "summary.json");
            var output = new StringWriter();
            var error = new StringWriter();

            var code = await CommandLineRunner.RunAsync(
                new RootCommand { DemoCommand.Create(DemoNode.StartAsync) },
                ["demo", "--from", "2020-03-12", "--to", "2020-03-16", "--exit", "--json", json, "--data", Path.Combine(folder.FullName, "journal")],
                output,
                error);

            error.ToString().ShouldBeEmpty();
            code.ShouldBe(ExitCode.Ok, output.ToString());
            using var summary = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            var root = summary.RootElement;
            root.GetProperty("checks").EnumerateArray().ShouldAllBe(check => check.GetProperty("passed").GetBoolean());
            root.GetProperty("rejectedByReason").EnumerateObject().Count().ShouldBe(10);

            // The fall of Monday's open is held for the second source and then confirmed: marks go on being accepted.
            var monday = root.GetProperty("perDay")[2];
            monday.GetProperty("marksHeld").GetInt64().ShouldBeGreaterThan(0);
            monday.GetProperty("marksAccepted").GetInt64().ShouldBeGreaterThan(DemoRun.MarksPerSource);
            monday.GetProperty("settlementPrice").GetDecimal().ShouldBe(2386.25m);
            root.GetProperty("perDay").EnumerateArray().ShouldAllBe(day => day.GetProperty("novated").GetInt64() >= 3000);

            root.GetProperty("perDay").EnumerateArray().ShouldAllBe(day => day.GetProperty("novatedOptions").GetInt64() > 0);

            // Every one of these days moved far enough for a run within it.
            root.GetProperty("perDay").EnumerateArray().ShouldAllBe(day => day.GetProperty("requirement").GetDecimal() > 0 && day.GetProperty("intradayRun").GetBoolean());
            var margin = root.GetProperty("margin");
            margin.GetProperty("requirement").GetDecimal().ShouldBe(monday.GetProperty("requirement").GetDecimal());
            margin.GetProperty("callsIssued").GetInt64().ShouldBeGreaterThan(0);
            margin.GetProperty("callsMet").GetInt64().ShouldBe(margin.GetProperty("callsIssued").GetInt64());
            margin.GetProperty("callsMissed").GetInt64().ShouldBe(0);
            root.GetProperty("backtest").GetProperty("observations").GetInt32().ShouldBe(1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
