using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Cli.Tests.Audit;

public sealed class AuditReplayCommandTests(SimulatedHouse house) : IClassFixture<SimulatedHouse>
{
    [Fact]
    public async Task The_house_is_shown_with_its_book_matched()
    {
        var (code, output, error) = await house.AuditAsync("replay");

        code.ShouldBe(ExitCode.Ok, error);
        output.ShouldContain("The book is matched");
        output.ShouldContain("Members");
        output.ShouldContain("Instruments");
    }

    [Fact]
    public async Task Json_to_standard_output_is_all_there_is()
    {
        var (code, output, _) = await house.AuditAsync("replay --json -");

        code.ShouldBe(ExitCode.Ok);
        using var json = JsonDocument.Parse(output);
        json.RootElement.GetProperty("checks").GetProperty("matchedBook").GetBoolean().ShouldBeTrue();
        json.RootElement.GetProperty("shards").GetArrayLength().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task An_account_is_shown_and_written_to_a_file()
    {
        var file = house.File("account.json");
        var (_, all, _) = await house.AuditAsync("replay --json -");
        using var picture = JsonDocument.Parse(all);
        var turns = picture.RootElement.GetProperty("shards").EnumerateArray().Max(s => s.GetProperty("position").GetInt64());
        turns.ShouldBeGreaterThan(0);
        var (code, output, error) = await house.AuditAsync($"replay --account CCP.BANK --json {file}");

        code.ShouldBe(ExitCode.Ok, error);
        output.ShouldContain("Account CCP.BANK of CCP");
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        json.RootElement.GetProperty("account").GetString().ShouldBe("CCP.BANK");
    }

    [Fact]
    public async Task An_earlier_moment_has_fewer_turns()
    {
        var (_, head, _) = await house.AuditAsync("replay --json -");
        var (code, early, error) = await house.AuditAsync("replay --at 0:20 --json -");

        code.ShouldBe(ExitCode.Ok, error);
        using var late = JsonDocument.Parse(head);
        using var then = JsonDocument.Parse(early);
        then.RootElement.GetProperty("turns").GetInt64().ShouldBeLessThan(late.RootElement.GetProperty("turns").GetInt64());
        then.RootElement.GetProperty("shards")[0].GetProperty("position").GetInt64().ShouldBe(20);
    }

    [Theory]
    [InlineData("--account NOBODY", "--account NOBODY: there was no such account at that moment; near ones are")]
    [InlineData("--at yesterday", "--at yesterday is no moment; give TIME")]
    [InlineData("--at 2020-03-12T16:00:00", "is no moment")]
    [InlineData("--at 2020-13-12", "is no moment")]
    [InlineData("--at 1971-01-01", "nothing was recorded by then; the first turn was recorded at")]
    [InlineData("--at 0:99999999", "Shard 0 has the turns 1 to")]
    [InlineData("--at 4096:1", "The journal has the shards 0 to")]
    [InlineData("--at 2400-01-01", "1678 to 2261 are allowed")]
    [InlineData("--at head --business 2020-01-01", "give one of them")]
    public async Task What_does_not_exist_ends_with_2_and_says_what_does(string arguments, string why)
    {
        var (code, _, error) = await house.AuditAsync($"replay {arguments}");

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain(why);
        error.ShouldNotContain("Parameter");
    }

    [Theory]
    [InlineData("replay")]
    [InlineData("show --actor registry/house")]
    [InlineData("diff --from 0:1")]
    [InlineData("explain CCP.BANK/1")]
    public async Task A_journal_with_a_byte_changed_ends_with_1_and_names_the_turn(string arguments)
    {
        var changed = house.File($"changed-{arguments[..4]}.db");
        File.Copy(house.Journal, changed);
        await using (var connection = new SqliteConnection($"Data Source={changed};Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TRIGGER journal_no_update; UPDATE journal SET recorded_time = recorded_time + 1 WHERE seq = (SELECT MIN(seq) FROM journal WHERE position = 2)";
            (await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)).ShouldBe(1);
        }

        var (code, _, error) = await SimulatedHouse.RunAsync([.. arguments.Split(' '), "--journal", changed]);

        code.ShouldBe(ExitCode.Failed);
        error.ShouldContain("the journal cannot be replayed: shard ");
        error.ShouldContain("turn 2 does not have the hash that stands beside it");
    }

    [Theory]
    [InlineData("replay", "which journal?")]
    [InlineData("replay --journal none.db", "There is no journal at none.db")]
    public async Task A_journal_that_is_not_there_ends_with_2(string arguments, string why)
    {
        var (code, _, error) = await SimulatedHouse.RunAsync(arguments.Split(' '));

        code.ShouldBe(ExitCode.BadInput);
        error.ShouldContain(why);
    }
}
