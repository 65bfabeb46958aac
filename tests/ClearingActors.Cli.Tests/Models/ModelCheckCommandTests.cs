using System.CommandLine;
using System.Text.Json;
using ClearingActors.Cli.Commands;

namespace ClearingActors.Cli.Tests.Models;

public sealed class ModelCheckCommandTests : IDisposable
{
    private const string Offset = "{\"kind\": \"margin_offset\", \"relativeTolerance\": 1e-12, \"cases\": [{\"name\": \"two groups\", \"groupMargins\": [10, 20], \"jointMargin\": 45, \"margin\": 30}]}";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-model-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Numbers_that_are_met_end_with_0_and_a_table()
    {
        var (code, output, _) = await RunAsync("model", "check", Write("offset.json", Offset));

        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("two groups");
        output.ShouldContain("1 files: 1 passed, 0 with a miss; 1 numbers, 0 missed");
    }

    [Fact]
    public async Task A_miss_ends_with_1_and_the_json_says_which()
    {
        var json = Path.Combine(_folder.FullName, "result.json");
        var (code, output, _) = await RunAsync("model", "check", Write("offset.json", Offset.Replace("\"margin\": 30", "\"margin\": 31", StringComparison.Ordinal)), "--json", json);

        code.ShouldBe(ExitCode.Failed);
        output.ShouldContain("MISS");
        using var result = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        result.RootElement.GetProperty("misses").GetInt32().ShouldBe(1);
        var file = result.RootElement.GetProperty("files")[0];
        file.GetProperty("status").GetString().ShouldBe("missed");
        file.GetProperty("quantities")[0].GetProperty("got").GetString().ShouldBe("30");
        file.GetProperty("quantities")[0].GetProperty("passed").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task A_malformed_file_ends_with_2_and_names_the_place()
    {
        var file = Write("offset.json", Offset.Replace("45", "\"45\"", StringComparison.Ordinal));
        var (code, _, error) = await RunAsync("model", "check", file);

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldBe($"error: {file}: cases[0].jointMargin: is a string; a number is needed{Environment.NewLine}");
    }

    [Fact]
    public async Task A_file_that_is_not_there_ends_with_2()
    {
        var (code, _, error) = await RunAsync("model", "check", Path.Combine(_folder.FullName, "none.json"));

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain("none.json");
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(new RootCommand { ModelCommand.Create() }, args, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
