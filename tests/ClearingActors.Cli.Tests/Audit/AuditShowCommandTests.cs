using System.Text.Json;

namespace ClearingActors.Cli.Tests.Audit;

public sealed class AuditShowCommandTests(SimulatedHouse house) : IClassFixture<SimulatedHouse>
{
    [Fact]
    public async Task Events_of_an_actor_are_shown_one_per_line_with_their_cause()
    {
        var (code, output, error) = await house.AuditAsync("show --actor registry/house");

        code.ShouldBe(ExitCode.Ok, error);
        var lines = output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines[^1].ShouldBe($"{lines.Length - 1} events");
        lines.SkipLast(1).ShouldAllBe(l => l.Contains(" registry/house: ") && l.EndsWith(']'));
        output.ShouldContain("command of ");
    }

    [Fact]
    public async Task Beyond_the_limit_it_says_that_there_is_more()
    {
        var (code, output, _) = await house.AuditAsync("show --actor registry/house --limit 2");

        code.ShouldBe(ExitCode.Ok);
        output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);
        output.ShouldContain("2 events; there are more: raise --limit");
    }

    [Fact]
    public async Task Json_has_every_field_of_every_event()
    {
        var (code, output, error) = await house.AuditAsync("show --actor registry/house --limit 3 --json -");

        code.ShouldBe(ExitCode.Ok, error);
        error.ShouldContain("there are more");
        var lines = output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(3);
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line);
            json.RootElement.GetProperty("words").GetString().ShouldNotBeNullOrEmpty();
            json.RootElement.GetProperty("event").EnumerateObject().Count().ShouldBe(1);
        }
    }

    [Fact]
    public async Task The_file_has_what_the_output_has()
    {
        var file = house.File("events.json");
        var (_, output, _) = await house.AuditAsync($"show --actor settlement/house --json {file}");

        (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Length.ShouldBe(output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length - 1);
    }

    [Theory]
    [InlineData("--account NOBODY", "--account NOBODY: there was no such account at that moment; near ones are")]
    [InlineData("", "Give one of --account, --trade, --default, --call and --actor")]
    [InlineData("--account A --default 1", "Give one of --account")]
    [InlineData("--trade T1", "--trade T1: give SOURCE/ID")]
    [InlineData("--call A/x", "--call A/x: calls are numbered from 1")]
    [InlineData("--actor planet/mars", "there is no kind planet")]
    [InlineData("--account A --limit 0", "--limit is 0: 1 and more are allowed")]
    [InlineData("--account A --from soon", "--from soon is no moment")]
    public async Task What_does_not_exist_ends_with_2_and_says_what_does(string arguments, string why)
    {
        var (code, _, error) = await house.AuditAsync($"show {arguments}");

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain(why);
    }
}
