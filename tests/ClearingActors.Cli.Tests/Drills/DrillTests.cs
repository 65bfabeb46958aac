using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using ClearingActors.Cli.Commands;
using ClearingActors.Cli.Drills;

namespace ClearingActors.Cli.Tests.Drills;

/// <summary>Every drill of the folder, played through the engine, and what is refused of a file.</summary>
public sealed class DrillTests : IDisposable
{
    private static readonly string Drills = Path.Combine(Root(), "config", "drills");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-drill-test-");

    public static TheoryData<string> Names() => [.. Directory.GetFiles(Drills, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Where(n => !n.EndsWith(".schema", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_list_has_them_all()
    {
        var (code, output, _) = await RunAsync("list", "--drills", Drills);
        code.ShouldBe(ExitCode.Ok);
        foreach (var name in new[] { "crypto-flash-crash", "failed-auction", "krx-2013", "lehman-2008-like", "nasdaq-2018" })
        {
            output.ShouldContain(name);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_drill_comes_out_as_its_file_expects(string name)
    {
        var (json, svg) = (Path.Combine(_folder.FullName, "d.json"), Path.Combine(_folder.FullName, "d.svg"));
        var (code, output, error) = await RunAsync("run", name, "--drills", Drills, "--json", json, "--svg", svg);
        error.ShouldBeEmpty();
        code.ShouldBe(ExitCode.Ok, output);
        var result = Json(json);
        result.GetProperty("expectedMet").GetBoolean().ShouldBeTrue();
        result.GetProperty("matchedBook").GetBoolean().ShouldBeTrue();
        result.GetProperty("cashSum").GetInt64().ShouldBe(0);
        result.GetProperty("unallocated").GetInt64().ShouldBe(0);
        result.GetProperty("stage").GetString().ShouldBe("closed");
        var layers = result.GetProperty("layers").EnumerateArray().ToList();
        layers.Sum(l => l.GetProperty("used").GetInt64()).ShouldBe(result.GetProperty("loss").GetInt64());
        layers.Where(l => l.GetProperty("byMember").EnumerateObject().Any())
            .ShouldAllBe(l => l.GetProperty("byMember").EnumerateObject().Sum(m => m.Value.GetInt64()) == l.GetProperty("used").GetInt64());

        // A bar for what is available and one for what is used, to one scale, of every layer of every default that has either.
        var bars = XDocument.Load(svg).Root!.Elements().Where(e => e.Name.LocalName == "rect" && e.Attribute("x") is not null).ToList();
        var drawn = result.GetProperty("defaults").EnumerateArray().SelectMany(d => d.GetProperty("layers").EnumerateArray()).ToList();
        bars.Count.ShouldBe(drawn.Sum(l => Math.Sign(Math.Max(l.GetProperty("available").GetInt64(), l.GetProperty("used").GetInt64())) + Math.Sign(l.GetProperty("used").GetInt64())));
        bars.Max(b => double.Parse(b.Attribute("width")!.Value, CultureInfo.InvariantCulture)).ShouldBe(620);
    }

    [Fact]
    public async Task The_power_trader_s_loss_is_shared_by_largest_remainder()
    {
        var json = Path.Combine(_folder.FullName, "d.json");
        await RunAsync("run", "nasdaq-2018", "--drills", Drills, "--json", json);
        var layers = Json(json).GetProperty("layers").EnumerateArray().ToDictionary(l => l.GetProperty("layer").GetString()!);
        layers["ccp_junior_capital"].GetProperty("used").GetInt64().ShouldBe(7_000_000_00);
        var fund = layers["default_fund"];
        fund.GetProperty("used").GetInt64().ShouldBe(107_000_000_00);
        fund.GetProperty("available").GetInt64().ShouldBe(166_000_024_42);
        fund.GetProperty("byMember").GetProperty("M000").GetInt64().ShouldBe(644_578_22);
        fund.GetProperty("byMember").GetProperty("M165").GetInt64().ShouldBe(644_578_45);
    }

    [Fact]
    public async Task One_that_comes_out_otherwise_ends_with_1_and_says_what_is_different()
    {
        var file = Changed("nasdaq-2018", "\"default_fund\": 107000000.00", "\"default_fund\": 106000000.00");
        var (code, output, _) = await RunAsync("run", file);
        code.ShouldBe(ExitCode.Failed);
        output.ShouldContain("default_fund is EUR 107,000,000.00, expected EUR 106,000,000.00");
    }

    [Fact]
    public async Task A_step_that_the_house_refuses_ends_the_drill_with_1_and_its_place()
    {
        var file = Changed("nasdaq-2018", "{ \"do\": \"closeAuctions\" }", "{ \"do\": \"close\" }");
        var (code, _, error) = await RunAsync("run", file);
        code.ShouldBe(ExitCode.Failed);
        error.ShouldContain("steps[9]");
        error.ShouldContain("only one whose loss is allocated can be closed");
    }

    [Theory]
    [InlineData("\"juniorCapital\": 7000000.00", "\"juniorCapital\": 7000000.001", "fund.juniorCapital")]
    [InlineData("\"do\": \"unpaid\", \"account\": \"AAS.HOUSE\"", "\"do\": \"unpaid\", \"account\": \"AAS.HOME\"", "steps[6].account: is \"AAS.HOME\"")]
    [InlineData("\"do\": \"closeAuctions\"", "\"do\": \"closeAuction\"", "steps[9].do")]
    [InlineData("\"M002-M099\"", "\"M002-M1000\"", "members[3].ids")]
    [InlineData("\"multiplier\": 8760", "\"multiplier\": 0", "instruments[0].multiplier")]
    [InlineData("\"lookback\": 3", "\"lookahead\": 3", "riskModel")]
    [InlineData("\"rounds\": 1", "\"rounds\": 99", "auction.rounds is 99")]
    [InlineData("\"portingMinutes\": 0", "\"currency\": \"EUR\", \"portingMinutes\": 0", "defaultTerms")]
    [InlineData("\"loss\": 114000000.00", "\"gain\": 114000000.00", "expect[0]")]
    [InlineData("\"name\": \"nasdaq-2018\"", "\"name\": \"nasdaq\"", "the file's own name")]
    public async Task A_file_that_cannot_be_used_ends_with_2_and_names_the_field(string was, string becomes, string why)
    {
        var (code, output, error) = await RunAsync("run", Changed("nasdaq-2018", was, becomes));
        code.ShouldBe(ExitCode.BadInput, output);
        error.ShouldContain(why);
        error.ShouldContain(DrillFile.Schema);
    }

    [Fact]
    public async Task A_drill_that_is_not_there_is_refused_with_those_that_are()
    {
        var (code, _, error) = await RunAsync("run", "nasdaq-2017", "--drills", Drills);
        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain("nasdaq-2018");
    }

    private string Changed(string name, string was, string becomes)
    {
        var text = File.ReadAllText(Path.Combine(Drills, name + ".json"));
        text.ShouldContain(was);
        var file = Path.Combine(_folder.FullName, name + ".json");
        File.WriteAllText(file, text.Replace(was, becomes, StringComparison.Ordinal));
        return file;
    }

    private static JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(file)).RootElement;

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLineRunner.RunAsync(new RootCommand { DrillCommand.Create() }, ["drill", .. args], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ClearingActors.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the solution is not above the tests");
        }

        return folder.FullName;
    }
}
