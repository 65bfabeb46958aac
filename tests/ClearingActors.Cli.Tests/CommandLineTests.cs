using System.CommandLine;

namespace ClearingActors.Cli.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public async Task An_unknown_option_ends_with_2_and_says_where_help_is()
    {
        var (code, _, error) = await RunAsync(["probe", "--nonsense"]);

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain("--nonsense");
        error.ShouldContain("clearing probe --help");
    }

    [Fact]
    public async Task A_value_that_does_not_parse_ends_with_2_and_names_it()
    {
        var (code, _, error) = await RunAsync(["probe", "--count", "many"]);

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain("many");
    }

    [Fact]
    public async Task A_failure_the_user_can_mend_is_one_line_and_ends_with_2()
    {
        var (code, _, error) = await RunAsync(["probe", "--count", "11"]);

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldBe("error: --count is 11; at most 10 is allowed, choose fewer" + Environment.NewLine);
    }

    [Fact]
    public async Task A_commands_own_exit_code_is_the_process_s() => (await RunAsync(["probe", "--count", "1"])).Code.ShouldBe(ExitCode.Failed);

    [Fact]
    public async Task Help_ends_with_examples()
    {
        var (code, output, _) = await RunAsync(["probe", "--help"]);

        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("--count");
        output.ShouldContain("clearing probe --count 3");
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] args)
    {
        var count = new Option<int>("--count");
        var probe = new Command("probe", "A command of the tests.") { count };
        probe.AddExamples(("clearing probe --count 3", "does it three times"));
        probe.SetAction(result => result.GetValue(count) > 10
            ? throw new CommandException($"--count is {result.GetValue(count)}; at most 10 is allowed, choose fewer")
            : ExitCode.Failed);
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(new RootCommand { probe }, args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
