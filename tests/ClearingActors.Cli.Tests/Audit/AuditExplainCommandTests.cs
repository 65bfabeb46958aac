using System.Globalization;
using System.Text.Json;

namespace ClearingActors.Cli.Tests.Audit;

public sealed class AuditExplainCommandTests(SimulatedHouse house) : IClassFixture<SimulatedHouse>
{
    [Fact]
    public async Task A_call_is_derived_from_its_scenarios_to_its_rounding()
    {
        var (code, output, error) = await house.AuditAsync($"explain {house.FirstCall().Call}");

        code.ShouldBe(ExitCode.Ok, error);
        output.ShouldContain("1. The run:");
        output.ShouldContain("expected shortfall");
        output.ShouldContain("8. The excess, and the call");
        output.ShouldContain("9. What became of it");
        output.ShouldContain("sums were added again; each comes to what the journal records.");
    }

    [Fact]
    public async Task An_assessment_is_derived_by_its_run()
    {
        var (_, account, run) = house.FirstCall();
        var (code, output, error) = await house.AuditAsync(string.Create(CultureInfo.InvariantCulture, $"explain {account}:{run}"));

        code.ShouldBe(ExitCode.Ok, error);
        output.ShouldContain($"1. The run: {run}");
    }

    [Fact]
    public async Task Json_has_the_whole_derivation()
    {
        var (code, output, error) = await house.AuditAsync($"explain {house.FirstCall().Call} --json -");

        code.ShouldBe(ExitCode.Ok, error);
        using var json = JsonDocument.Parse(output);
        var derivation = json.RootElement.GetProperty("derivation");
        derivation.GetProperty("checks").EnumerateArray().ShouldAllBe(c => c.GetProperty("holds").GetBoolean());
        derivation.GetProperty("groups")[0].GetProperty("tail").GetArrayLength().ShouldBeGreaterThan(0);
        json.RootElement.GetProperty("afterwards").GetArrayLength().ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("NOBODY/1", "NOBODY/1: there is no account NOBODY; near ones are")]
    [InlineData("CCP.BANK/1", "account CCP.BANK has had no margin call")]
    [InlineData("CCP.BANK:1", "run 1 did not assess account CCP.BANK; the last that did is 0")]
    [InlineData("CCP.BANK", "CCP.BANK is neither a call nor an assessment; give ACCOUNT/NUMBER")]
    [InlineData("CCP.BANK/0", "is neither a call nor an assessment")]
    public async Task What_does_not_exist_ends_with_2_and_says_what_does(string what, string why)
    {
        var (code, _, error) = await house.AuditAsync($"explain {what}");

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain(why);
    }
}
