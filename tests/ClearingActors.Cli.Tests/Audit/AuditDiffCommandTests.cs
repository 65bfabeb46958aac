using System.Text.Json;

namespace ClearingActors.Cli.Tests.Audit;

public sealed class AuditDiffCommandTests(SimulatedHouse house) : IClassFixture<SimulatedHouse>
{
    [Fact]
    public async Task What_changed_is_shown_account_by_account_with_the_entries_behind_it()
    {
        var (code, output, error) = await house.AuditAsync("diff --from 0:20");

        code.ShouldBe(ExitCode.Ok, error);
        output.ShouldContain("Account ");
        output.ShouldContain("collateral, ");
        output.ShouldNotContain("DOES NOT ADD UP");
    }

    [Fact]
    public async Task Where_nothing_changed_it_says_so()
    {
        var (code, output, _) = await house.AuditAsync("diff --from head --to head");

        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("Nothing changed.");
    }

    [Fact]
    public async Task Json_has_every_change()
    {
        var (code, output, error) = await house.AuditAsync("diff --from 0:20 --json -");

        code.ShouldBe(ExitCode.Ok, error);
        using var json = JsonDocument.Parse(output);
        json.RootElement.GetProperty("accounts").GetArrayLength().ShouldBeGreaterThan(0);
        json.RootElement.GetProperty("wrong").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("", "from when on? Give --from MOMENT or --business-from TIME")]
    [InlineData("--from head --business-from 2020-01-01", "two moments; give one of them")]
    [InlineData("--from head --to 0:20", "the first moment is after the second; exchange them")]
    [InlineData("--from 0:20 --account NOBODY", "--account NOBODY: there was no such account")]
    public async Task What_cannot_be_compared_ends_with_2_and_says_why(string arguments, string why)
    {
        var (code, _, error) = await house.AuditAsync($"diff {arguments}");

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain(why);
    }
}
