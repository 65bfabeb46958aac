using System.CommandLine;
using System.Text.Json;
using ClearingActors.Audit.Tests;
using ClearingActors.Cli.Audit;
using ClearingActors.Cli.Commands;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Testing;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Cli.Tests.Audit;

/// <summary><c>clearing audit verify</c>, prove and verify-proof, as an auditor and a member type them.</summary>
public sealed class AuditVerifyCommandTests(AuditVerifyCommandTests.SignedHouse house) : IClassFixture<AuditVerifyCommandTests.SignedHouse>
{
    [Fact]
    public async Task A_journal_in_order_is_said_to_be_and_ends_with_0()
    {
        var (code, output, error) = await RunAsync("verify", "--journal", house.Journal, "--checkpoints", house.Checkpoints, "--key", house.Keys);

        code.ShouldBe(ExitCode.Ok, error + output);
        output.ShouldContain("In order.");
        output.ShouldContain("Signatures");
        output.ShouldContain("Trades, each on both sides once");
    }

    [Fact]
    public async Task Json_has_the_same_for_a_program()
    {
        var (code, output, _) = await RunAsync("verify", "--journal", house.Journal, "--key", house.Keys, "--json", "-");

        code.ShouldBe(ExitCode.Ok);
        using var json = JsonDocument.Parse(output);
        json.RootElement.GetProperty("inOrder").GetBoolean().ShouldBeTrue();
        json.RootElement.GetProperty("signaturesChecked").GetBoolean().ShouldBeTrue();
        json.RootElement.GetProperty("checkpoints").GetInt64().ShouldBeGreaterThan(3);
        json.RootElement.GetProperty("rulebook").GetProperty("events").GetInt64().ShouldBeGreaterThan(1000);
        json.RootElement.GetProperty("receipts").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_changed_row_is_named_and_ends_with_1()
    {
        var copy = house.CopyOf("changed.journal");
        using (var connection = new SqliteConnection($"Data Source={copy};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP TRIGGER journal_no_update; UPDATE journal SET payload = zeroblob(length(payload)) WHERE shard = 1 AND position = 7";
            command.ExecuteNonQuery().ShouldBe(1);
        }

        var (code, output, _) = await RunAsync("verify", "--journal", copy, "--json", house.File("report.json"));

        code.ShouldBe(ExitCode.Failed);
        output.ShouldContain("First: shard 1, position 7.");
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(house.File("report.json"), TestContext.Current.CancellationToken));
        json.RootElement.GetProperty("first").GetProperty("shard").GetInt32().ShouldBe(1);
        json.RootElement.GetProperty("first").GetProperty("position").GetInt64().ShouldBe(7);
        json.RootElement.GetProperty("first").GetProperty("rule").GetString().ShouldBe("row-hash");
    }

    [Fact]
    public async Task What_cannot_be_used_is_named_and_ends_with_2()
    {
        (await RunAsync("verify")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(ExitCode.BadInput), r => r.Error.ShouldContain("which journal?"));
        (await RunAsync("verify", "--journal", house.File("none"))).Code.ShouldBe(ExitCode.BadInput);
        (await RunAsync("verify", "--journal", house.Journal, "--key", house.Journal)).Error.ShouldContain("Name the clearing house's file of public keys");
        (await RunAsync("verify", "--journal", house.Journal, "--checkpoints", house.File("none"))).Error.ShouldContain("there is no such file");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(3_500)]
    public void A_store_that_stops_answering_is_no_finding(long answers)
    {
        using var stored = SqliteJournal.OpenReadOnly(house.Journal);
        var output = new StringWriter();
        var parsed = new RootCommand { AuditCommand.Create() }.Parse(["audit", "verify"]);
        parsed.InvocationConfiguration.Output = output;
        var options = new VerifyOptions(null, null, false, null);
        var whole = new OutageJournal(stored, long.MaxValue);
        AuditVerifyRun.Run(whole, parsed, options, null, TestContext.Current.CancellationToken).ShouldBe(ExitCode.Ok);
        whole.Answered.ShouldBeGreaterThan(answers);
        output.GetStringBuilder().Clear();

        // Which the command line tells as what it cannot use: 2, not 1.
        var outage = Should.Throw<JournalException>(() => AuditVerifyRun.Run(new OutageJournal(stored, answers), parsed, options, null, TestContext.Current.CancellationToken));

        outage.IsTransient.ShouldBeTrue();
        output.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_member_proves_its_trade_to_whoever_has_the_key()
    {
        var (trade, buyer, seller) = house.FirstTrade();
        foreach (var account in new[] { buyer, seller })
        {
            var file = house.File($"{account}.proof");
            var made = await RunAsync("prove", "--journal", house.Journal, "--trade", trade, "--account", account, "--out", file);
            made.Code.ShouldBe(ExitCode.Ok, made.Error);
            var (code, output, error) = await RunAsync("verify-proof", file, "--key", house.Keys);
            code.ShouldBe(ExitCode.Ok, error);
            output.ShouldContain($"Proved: trade {trade} was novated: account {account} {(account == buyer ? "bought" : "sold")}");

            (await RunAsync("prove", "--journal", house.Journal, "--trade", trade, "--account", account, "--out", file)).Error.ShouldContain("the file exists");
            var forged = house.File($"{account}.forged");
            await File.WriteAllTextAsync(forged, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("\"count\": ", "\"count\": 1", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            var refused = await RunAsync("verify-proof", forged, "--key", house.Keys);
            refused.Code.ShouldBe(ExitCode.Failed);
            refused.Error.ShouldContain("NOT PROVED");
        }

        (await RunAsync("prove", "--journal", house.Journal, "--trade", trade, "--account", "NOBODY", "--out", house.File("n"))).Error.ShouldContain("has no such trade");
        (await RunAsync("prove", "--journal", house.Journal, "--trade", "x", "--account", buyer, "--out", house.File("n"))).Error.ShouldContain("the source and the id are needed");
        (await RunAsync("prove", "--journal", house.Journal, "--out", house.File("n"))).Code.ShouldBe(ExitCode.BadInput);
    }

    [Fact]
    public async Task A_row_is_proved_too()
    {
        var file = house.File("row.proof");
        (await RunAsync("prove", "--journal", house.Journal, "--row", "1:9", "--out", file)).Code.ShouldBe(ExitCode.Ok);
        (await RunAsync("verify-proof", file, "--key", house.Keys)).Output.ShouldContain("Proved: the row of shard 1 at position 9");
        (await RunAsync("prove", "--journal", house.Journal, "--row", "1:999999", "--out", house.File("m"))).Error.ShouldContain("shard 1 has the turns 1 to");
        (await RunAsync("verify-proof", house.Journal, "--key", house.Keys)).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(ExitCode.Failed), r => r.Error.ShouldContain("it is no proof"));
    }

    [Fact]
    public async Task A_key_is_changed_by_a_file_beside_it()
    {
        var key = house.File("own.key");
        CheckpointKeyFile.ReadOrMake(key).Dispose();
        (await RunAsync("rotate-key", "--key", key)).Output.ShouldContain("The next key is");
        File.Exists(key + ".next").ShouldBeTrue();
        (await RunAsync("rotate-key", "--key", key)).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(ExitCode.BadInput), r => r.Error.ShouldContain("waits already"));
        (await RunAsync("rotate-key", "--key", house.File("none"))).Error.ShouldContain("There is no checkpoint key");
    }

    [Fact]
    public async Task A_moment_may_be_a_checkpoint()
    {
        (await RunAsync("replay", "--journal", house.Journal, "--at", "checkpoint:2")).Code.ShouldBe(ExitCode.Ok);
        (await RunAsync("replay", "--journal", house.Journal, "--at", "checkpoint:999")).Error.ShouldContain("the journal has the checkpoints 1 to");
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => SimulatedHouse.RunAsync(arguments);

    /// <summary>A signed journal of a simulated house.</summary>
    public sealed class SignedHouse : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-verify-");

        public SignedHouse() => SimulatedJournal.WriteSigned(Journal, 7, 200);

        public string Journal => File("house.journal");

        public string Checkpoints => SimulatedJournal.CheckpointsOf(Journal);

        public string Keys => CheckpointKeyFile.PublicPathOf(SimulatedJournal.KeyOf(Journal));

        public void Dispose() => _folder.Delete(recursive: true);

        internal string File(string name) => Path.Combine(_folder.FullName, name);

        internal string CopyOf(string name)
        {
            using var journal = ClearingActors.Journal.SqliteJournal.OpenReadOnly(Journal);
            journal.BackupTo(File(name));
            return File(name);
        }

        /// <summary>A novated trade with its two accounts.</summary>
        internal (string Trade, string Buyer, string Seller) FirstTrade()
        {
            using var journal = ClearingActors.Journal.SqliteJournal.OpenReadOnly(Journal);
            return journal.ReadHeads().SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position)).SelectMany(r => Turn.Parser.ParseFrom(r.Payload.Span).Steps)
                .SelectMany(s => s.Events.Where(e => e.TradeNovated is not null).Select(e => ($"{e.TradeNovated.Source}/{e.TradeNovated.TradeId}", s.ActorKey, e.TradeNovated.CounterAccount))).First();
        }
    }
}
