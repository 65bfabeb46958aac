using System.CommandLine;
using ClearingActors.Cli.Commands;
using ClearingActors.Cli.Demo;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DemoCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-tests-");
    private ModelHouse? _house;
    private DemoNodeSettings? _settings;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_run_ends_with_0_and_leaves_a_line_per_day_and_a_summary()
    {
        var json = Path.Combine(_folder.FullName, "summary.json");
        var data = Path.Combine(_folder.FullName, "journal");

        var (code, output, error) = await RunAsync(ModelFault.None, "--from", "2020-03-16", "--to", "2020-03-17", "--exit", "--json", json, "--data", data, "--seed", "3");

        error.ShouldBeEmpty();
        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("2020-03-16");
        output.ShouldContain("2,386.25");
        output.ShouldContain("2020-03-17");
        output.ShouldContain("ok      book matched");
        File.ReadAllText(json).ShouldContain("\"passed\": true");
        _settings.ShouldNotBeNull();
        _settings.DataFolder.ShouldBe(data);
        Directory.Exists(data).ShouldBeTrue();
        _settings.FirstBusinessDate.ShouldBe(new DateOnly(2020, 3, 16));
        _settings.Members.Count.ShouldBe(14);
        _settings.MarkSources.Count.ShouldBe(2);
        _house!.Stopped.ShouldBeTrue();
    }

    [Fact]
    public async Task A_check_that_fails_ends_with_1()
    {
        var (code, output, _) = await RunAsync(ModelFault.CentLost, "--from", "2020-03-16", "--to", "2020-03-17", "--exit", "--data", Path.Combine(_folder.FullName, "j"));

        code.ShouldBe(ExitCode.Failed);
        output.ShouldContain("FAILED  cash sums to exactly zero: USD -0.01");
    }

    [Fact]
    public async Task Without_exit_it_stays_up_and_says_where_to_connect_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var output = new SignalWriter("Ctrl-C");
        var running = RunAsync(ModelFault.None, output, stop.Token, "--from", "2020-03-16", "--to", "2020-03-16", "--data", Path.Combine(_folder.FullName, "j"));

        await output.Seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        running.IsCompleted.ShouldBeFalse();
        output.ToString().ShouldContain($"gRPC      {_house!.GrpcAddress}");
        output.ToString().ShouldContain("authorization: Bearer operator");
        await stop.CancelAsync();

        (await running.WaitAsync(TimeSpan.FromSeconds(30))).Code.ShouldBe(ExitCode.Ok);
        _house.Stopped.ShouldBeTrue();
    }

    [Theory]
    [InlineData("2020-03-17", "--from is 2020-03-17", "--from", "2020-03-17", "--to", "2020-03-16")]
    [InlineData("no day", "no day from 1999-01-01 to 1999-02-01", "--from", "1999-01-01", "--to", "1999-02-01")]
    [InlineData("date", "'soon' is no date", "--from", "soon")]
    [InlineData("pace", "--pace is -1", "--pace", "-1")]
    [InlineData("pace", "--pace is 86401", "--pace", "86401")]
    [InlineData("file", "there is no such file", "--history", "/no/such.csv")]
    [InlineData("json", "--json is /no/such/folder/s.json", "--json", "/no/such/folder/s.json")]
    [InlineData("seed", "-1", "--seed", "-1")]
    public async Task What_cannot_be_cleared_ends_with_2_before_a_node_starts(string what, string message, params string[] args)
    {
        var (code, _, error) = await RunAsync(ModelFault.None, args);

        code.ShouldBe(ExitCode.BadInput, what);
        error.ShouldContain(message);
        _house.ShouldBeNull();
    }

    [Fact]
    public async Task A_folder_with_something_in_it_is_left_alone()
    {
        var file = Path.Combine(_folder.FullName, "precious");
        await File.WriteAllTextAsync(file, "x");

        var (code, _, error) = await RunAsync(ModelFault.None, "--data", _folder.FullName);

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain("not empty");
        File.Exists(file).ShouldBeTrue();
        _house.ShouldBeNull();
    }

    [Fact]
    public async Task A_user_s_own_history_is_cleared()
    {
        var file = Path.Combine(_folder.FullName, "mine.csv");
        await File.WriteAllTextAsync(file, "date,open,high,low,close\n2030-01-02,12.10,12.60,11.90,12.30\n2030-01-03,12.30,13.00,12.00,12.75\n");

        var (code, output, error) = await RunAsync(
            ModelFault.None, "--history", file, "--from", "2030-01-01", "--to", "2030-12-31", "--exit", "--data", Path.Combine(_folder.FullName, "j"));

        error.ShouldBeEmpty();
        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("12.75");
        output.ShouldContain("No margin and no options: the model needs 1,332 closes before 2030-01-02, and the history has 0");
    }

    private Task<(int Code, string Output, string Error)> RunAsync(ModelFault fault, params string[] args) =>
        RunAsync(fault, new StringWriter(), CancellationToken.None, args);

    private async Task<(int Code, string Output, string Error)> RunAsync(ModelFault fault, TextWriter output, CancellationToken cancellationToken, params string[] args)
    {
        var demo = DemoCommand.Create(async (settings, _) =>
        {
            _settings = settings;
            return _house = await ModelHouse.StartAsync(settings.FirstBusinessDate, fault);
        });
        var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(new RootCommand { demo }, ["demo", .. args], output, error, cancellationToken);
        return (code, output.ToString()!, error.ToString());
    }

    /// <summary>Says when a text has been written.</summary>
    private sealed class SignalWriter(string text) : StringWriter
    {
        public TaskCompletionSource Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value is not null && value.Contains(text, StringComparison.Ordinal))
            {
                Seen.TrySetResult();
            }
        }
    }
}
