using System.CommandLine;
using System.Text.Json;
using ClearingActors.Cli.Commands;
using ClearingActors.Domain;
using ClearingActors.Node;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClearingActors.Cli.Tests.Actions;

/// <summary>Actions by the command line alone, over a node that runs in this process.</summary>
public sealed class ActionCommandTests : IAsyncLifetime
{
    private const string Anna = "token-of-operator-anna";
    private const string Ben = "token-of-operator-ben";
    private const string Vic = "token-of-viewer-victor";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-action-cli-");
    private ClearingNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await ClearingNode.StartAsync(
            new NodeSettings
            {
                DataDirectory = Path.Combine(_folder.FullName, "node"),
                Listen = new ListenSettings { Port = 0 },
                Journal = new JournalSettings { Shards = 2 },
                BusinessClock = BusinessClockMode.Manual,
                Principals =
                [
                    new PrincipalSettings { Name = "operator:anna", Token = Anna, Roles = Roles.Operator },
                    new PrincipalSettings { Name = "operator:ben", Token = Ben, Roles = Roles.Operator },
                    new PrincipalSettings { Name = "viewer:vic", Token = Vic, Roles = Roles.Viewer },
                ],
                StopSeconds = 20,
            },
            NullLoggerFactory.Instance);
        await _node.Engine.AdvanceBusinessTimeAsync("operator:test", UtcTime.StartOf(new DateOnly(2020, 3, 9)));
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_stops_the_house_is_done_at_once_and_what_starts_it_again_takes_two()
    {
        (await OkAsync(Vic, "list")).ShouldContain("No action was handed in yet.");
        (await OkAsync(Anna, "submit", "HaltHouse", "--reason", "a bad feed")).ShouldBe("Action 1 of operator:anna: done: { }" + Environment.NewLine);
        (await OkAsync(Anna, "submit", "ResumeHouse", "--request", "{ \"reason\": \"own words\" }", "--reason", "the feed is well")).ShouldBe("Action 2 waits for a second person until 2020-03-09 00:30:00Z: clearing action approve 2" + Environment.NewLine);
        (await FailAsync(ExitCode.BadInput, Anna, "approve", "2", "--reason", "mine")).ShouldBe("error: the node answered FailedPrecondition: operator:anna has handed action 2 in; somebody else must approve" + Environment.NewLine);
        (await OkAsync(Vic, "list")).ShouldContain("waits until");
        (await OkAsync(Ben, "approve", "2", "--reason", "seen")).ShouldBe("Action 2 of operator:anna: done, approved by operator:ben (seen): { }" + Environment.NewLine);

        await OkAsync(Anna, "submit", "ResumeHouse", "--reason", "again");
        (await OkAsync(Anna, "decline", "3", "--reason", "a mistake")).ShouldBe("Action 3 of operator:anna: declined by operator:anna (a mistake)." + Environment.NewLine);
        var json = Path.Combine(_folder.FullName, "actions.json");
        await OkAsync(Vic, "list", "--json", json);
        using var written = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        written.RootElement.GetProperty("decided").EnumerateArray().Select(a => a.GetProperty("stage").GetString()).ShouldBe(["ACTION_STAGE_DECLINED", "ACTION_STAGE_DONE", "ACTION_STAGE_DONE"]);
    }

    [Fact]
    public async Task The_same_id_again_is_the_same_action_and_a_failure_ends_with_1()
    {
        var file = Path.Combine(_folder.FullName, "request.json");
        await File.WriteAllTextAsync(file, """{ "instrument": "NONE" }""", TestContext.Current.CancellationToken);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var (code, output, _) = await RunAsync(Anna, ["submit", "HaltInstrument", "--request-file", file, "--reason", "x", "--request-id", "once"]);
            (code, output).ShouldBe((ExitCode.Failed, "Action 1 of operator:anna: failed: FailedPrecondition: instrument NONE is not defined" + Environment.NewLine));
        }
    }

    [Fact]
    public async Task What_cannot_be_is_told_with_the_remedy()
    {
        (await FailAsync(ExitCode.BadInput, Anna, "submit", "Frobnicate", "--reason", "x")).ShouldBe("error: the method is \"Frobnicate\", and 0 that can be handed in are called so; see clearing action list --kinds" + Environment.NewLine);
        (await FailAsync(ExitCode.BadInput, Anna, "submit", "a.b.C/D", "--reason", "x")).ShouldContain("it is none that can be handed in");
        (await FailAsync(ExitCode.BadInput, Anna, "submit", "HaltHouse", "--request-file", "nowhere.json", "--reason", "x")).ShouldContain("nowhere.json cannot be read");
        (await FailAsync(ExitCode.BadInput, Vic, "submit", "HaltHouse", "--reason", "x")).ShouldContain("PermissionDenied");
        (await FailAsync(ExitCode.BadInput, Anna, "approve", "9", "--reason", "x")).ShouldContain("there is no action 9; 1 to 0 are known");
        (await OkAsync(Vic, "list", "--kinds")).ShouldContain("Resume the house");
    }

    [Fact]
    public async Task Every_command_has_help_with_an_example_of_itself()
    {
        foreach (var command in ActionCommand.Create().Subcommands)
        {
            var output = new StringWriter();
            (await CommandLineRunner.RunAsync(Root(), ["action", command.Name, "--help"], output, TextWriter.Null, TestContext.Current.CancellationToken)).ShouldBe(ExitCode.Ok);
            output.ToString().ShouldContain($"clearing action {command.Name} ");
        }
    }

    private static RootCommand Root() => new() { ActionCommand.Create() };

    private async Task<string> OkAsync(string token, params string[] args)
    {
        var (code, output, error) = await RunAsync(token, args);
        code.ShouldBe(ExitCode.Ok, error);
        return output;
    }

    private async Task<string> FailAsync(int expected, string token, params string[] args)
    {
        var (code, _, error) = await RunAsync(token, args);
        code.ShouldBe(expected);
        return error;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string token, string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLineRunner.RunAsync(Root(), ["action", .. args, "--node", _node.GrpcAddress.ToString(), "--token", token], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
