using System.CommandLine;
using System.Text.Json;
using ClearingActors.Cli.Commands;
using ClearingActors.Cli.Demo;
using ClearingActors.Cli.History;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DemoOnARealNodeTests
{
    [Fact]
    public async Task Options_that_expire_among_the_days_leave_their_accounts_and_every_promise_is_kept()
    {
        var folder = Directory.CreateTempSubdirectory("clearing-tests-");
        try
        {
            var history = PriceHistory.Load(PriceHistory.RestoredFile);
            var days = history.Between(new DateOnly(2020, 3, 16), new DateOnly(2020, 3, 23));
            var house = new DemoHouse(new DemoInstrument(days));
            await using var node = await DemoNode.StartAsync(
                new DemoNodeSettings(folder.FullName, days[0].Date, [.. house.Members.Select(member => member.Id)], DemoHouse.MarkSources), CancellationToken.None);
            var output = new StringWriter();

            var summary = await new DemoRun(
                node,
                new DemoSettings { Before = history.Between(new DateOnly(2010, 1, 4), new DateOnly(2020, 3, 13)), Days = days, TradesPerDay = 500 },
                new PlainDemoView(output)).RunAsync(CancellationToken.None);

            summary.Checks.Where(check => !check.Passed).ShouldBeEmpty(output.ToString());
            summary.Days.Where(day => day.Expired.Count > 0).ShouldHaveSingleItem().Date.ShouldBe(new DateOnly(2020, 3, 20));

            // The average of the half hour before Friday's close, within the day's prices.
            var expired = summary.Days[4].Expired;
            expired.Select(option => option.Symbol).ShouldBe(["SPX.MAR20.C2500", "SPX.MAR20.P2250"]);
            expired.ShouldAllBe(option => option.FinalPrice >= days[4].Low && option.FinalPrice <= days[4].High);
            summary.Checks.Single(check => check.Name == "book matched").Detail.ShouldContain("so do");
            await node.StopAsync(CancellationToken.None);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_member_that_misses_its_calls_is_taken_through_to_closed()
    {
        var folder = Directory.CreateTempSubdirectory("clearing-tests-");
        try
        {
            var json = Path.Combine(folder.FullName, "summary.json");
            var output = new StringWriter();
            var error = new StringWriter();

            var code = await CommandLineRunner.RunAsync(
                new RootCommand { DemoCommand.Create(DemoNode.StartAsync) },
                ["demo", "--default", "--from", "2020-03-13", "--to", "2020-03-18", "--exit", "--json", json, "--data", Path.Combine(folder.FullName, "journal")],
                output,
                error);

            error.ToString().ShouldBeEmpty();
            code.ShouldBe(ExitCode.Ok, output.ToString());
            using var summary = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            var managed = summary.RootElement.GetProperty("default");
            managed.GetProperty("stage").GetString().ShouldBe("CLOSED");
            managed.GetProperty("missedCalls").GetInt32().ShouldBe(summary.RootElement.GetProperty("margin").GetProperty("callsMissed").GetInt32());
            managed.GetProperty("portedAccounts").GetInt32().ShouldBe(2);
            managed.GetProperty("lotsSold").GetInt32().ShouldBeGreaterThan(0);
            managed.GetProperty("matchedBook").GetBoolean().ShouldBeTrue();
            managed.GetProperty("unallocated").GetDecimal().ShouldBe(0);
            var loss = managed.GetProperty("loss").GetDecimal();
            loss.ShouldBePositive();
            managed.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("used").GetDecimal()).ShouldBe(loss);
            managed.GetProperty("layers")[0].GetProperty("layer").GetString().ShouldBe("defaulter_margin");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("2020-03-12", "2020-03-16")]
    [InlineData("2020-03-16", "2020-03-18")]
    public async Task A_default_that_the_days_do_not_hold_is_refused(string from, string to)
    {
        var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(
            new RootCommand { DemoCommand.Create(DemoNode.StartAsync) }, ["demo", "--default", "--from", from, "--to", to, "--exit"], new StringWriter(), error);
        code.ShouldBe(ExitCode.BadInput);
        error.ToString().ShouldContain("2020-03-16");
    }

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
            (margin.GetProperty("callsMet").GetInt64() + margin.GetProperty("callsWithdrawn").GetInt64()).ShouldBe(margin.GetProperty("callsIssued").GetInt64());
            margin.GetProperty("callsMissed").GetInt64().ShouldBe(0);

            // Each day has its run at the close and one within the day, and each run every account that holds something.
            var recomputed = root.GetProperty("recomputedMargin");
            recomputed.GetProperty("runs").GetInt64().ShouldBeGreaterThanOrEqualTo(6);
            recomputed.GetProperty("assessments").GetInt64().ShouldBeGreaterThan(6 * 50);
            recomputed.GetProperty("different").GetInt64().ShouldBe(0);
            root.GetProperty("checks").GetArrayLength().ShouldBe(11);
            root.GetProperty("backtest").GetProperty("observations").GetInt32().ShouldBe(1);

            // Each account that held something on the first day has the one period that its two days are.
            var accounts = root.GetProperty("accountBacktests");
            var count = accounts.GetProperty("accounts").GetInt32();
            count.ShouldBeGreaterThan(40);
            accounts.GetProperty("observations").GetInt32().ShouldBe(count);
            accounts.GetProperty("skipped").GetInt32().ShouldBe(0);
            await BacktestsAsync(folder.FullName, accounts);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The command on the journal that the demo left says the same, account by account.</summary>
    private static async Task BacktestsAsync(string folder, JsonElement demo)
    {
        var journal = Path.Combine(folder, "journal", "clearing.journal");
        var json = Path.Combine(folder, "accounts.json");
        var svg = Path.Combine(folder, "account.svg");
        var (code, output, error) = await BacktestAsync("--journal", journal, "--json", json);

        error.ShouldBeEmpty();
        using var all = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        var root = all.RootElement;
        root.GetProperty("closes").GetInt32().ShouldBe(3);
        (root.GetProperty("firstDate").GetString(), root.GetProperty("lastDate").GetString()).ShouldBe(("2020-03-12", "2020-03-16"));
        root.GetProperty("exceptions").GetInt32().ShouldBe(demo.GetProperty("exceptions").GetInt32());
        var lights = root.GetProperty("lights");
        (lights.GetProperty("red").GetInt32(), lights.GetProperty("tooFew").GetInt32()).ShouldBe((demo.GetProperty("red").GetInt32(), demo.GetProperty("tooFew").GetInt32()));
        code.ShouldBe(lights.GetProperty("red").GetInt32() > 0 ? ExitCode.Failed : ExitCode.Ok);
        var accounts = root.GetProperty("accounts").EnumerateArray().ToList();
        accounts.Count.ShouldBe(demo.GetProperty("accounts").GetInt32());
        foreach (var account in accounts)
        {
            var period = account.GetProperty("observations").EnumerateArray().ShouldHaveSingleItem();
            (period.GetProperty("from").GetString(), period.GetProperty("to").GetString()).ShouldBe(("2020-03-12", "2020-03-16"));
            period.GetProperty("margin").GetDouble().ShouldBePositive();
            period.GetProperty("exception").GetBoolean().ShouldBe(period.GetProperty("loss").GetDouble() > period.GetProperty("margin").GetDouble());
            account.GetProperty("worst").GetProperty("loss").GetDouble().ShouldBe(period.GetProperty("loss").GetDouble());
            (account.GetProperty("confidence").GetDouble(), account.GetProperty("marginDays").GetInt32(), account.GetProperty("currency").GetString()).ShouldBe((0.99, 2, "USD"));
            account.GetProperty("kupiec").GetProperty("pValue").GetDouble().ShouldBeInRange(0, 1);
        }

        // Every position is somebody else's too, so what all lost together is nothing.
        accounts.Sum(account => account.GetProperty("worst").GetProperty("loss").GetDouble()).ShouldBe(0, 1e-3);
        output.ShouldContain($"{accounts.Count} back-tests: ");

        var first = accounts[0].GetProperty("account").GetString()!;
        (_, output, error) = await BacktestAsync("--journal", journal, "--account", first, "--svg", svg);
        error.ShouldBeEmpty();
        output.ShouldContain($"{first} (USD), margin for 99 %, 2 days");
        (await File.ReadAllTextAsync(svg)).ShouldContain($"{first} (USD), margin for 99 %, 2 days");

        (code, _, error) = await BacktestAsync("--journal", journal, "--account", "NOBODY");
        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain("account NOBODY is not in the journal");
    }

    private static async Task<(int Code, string Output, string Error)> BacktestAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(new RootCommand { ModelCommand.Create() }, ["model", "backtest", .. args], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
