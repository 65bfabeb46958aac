using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Node.Tests;

/// <summary>What was acknowledged stays, however the node ended.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly string _folder = RunningNode.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_node_that_ended_at_once_has_everything_that_it_acknowledged()
    {
        List<TradeAnswer> answers;
        await using (var node = await RunningNode.StartAsync(folder: _folder))
        {
            using var venue = new TradeConversation(node.As(House.Venue));
            answers = await venue.AskAsync(Trades(0, 500));
        }

        await using var successor = await RunningNode.StartAsync(folder: _folder, define: false);
        await ShouldHaveAsync(successor.As(House.Venue), successor.As(House.Operator), answers, 500);
    }

    [Fact]
    public async Task a_killed_node_has_everything_that_it_acknowledged()
    {
        List<TradeAnswer> answers = [];
        var sent = 0;
        await using (var node = await NodeProcess.StartAsync(_folder))
        {
            using var op = RunningNode.Connect(node.Address, House.Operator);
            await House.DefineAsync(op);
            using var channel = RunningNode.Connect(node.Address, House.Venue);
            using var venue = new TradeConversation(channel);
            var sending = Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        await venue.Call.Requests.WriteAsync(new SubmitTradesRequest { Trades = { Trades(sent, 50) } });
                        sent += 50;
                    }
                }
                catch (RpcException)
                {
                    // The node has been killed.
                }
            });
            answers.AddRange(await venue.AnswersAsync(2_000));
            await node.KillAsync();
            await sending.Within();
        }

        answers.ShouldAllBe(a => a.Status == Status.Novated);
        await using var successor = await NodeProcess.StartAsync(_folder);
        using var after = RunningNode.Connect(successor.Address, House.Venue);
        using var opAfter = RunningNode.Connect(successor.Address, House.Operator);
        await ShouldHaveAsync(after, opAfter, answers, sent);
    }

    [Fact]
    public async Task a_node_that_is_told_to_stop_answers_what_it_took_and_writes_snapshots()
    {
        List<TradeAnswer> answers = [];
        var sent = 0;
        await using (var node = await NodeProcess.StartAsync(_folder))
        {
            using var op = RunningNode.Connect(node.Address, House.Operator);
            await House.DefineAsync(op);
            using var channel = RunningNode.Connect(node.Address, House.Venue);
            using var venue = new TradeConversation(channel);
            var sending = Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        await venue.Call.Requests.WriteAsync(new SubmitTradesRequest { Trades = { Trades(sent, 50) } });
                        sent += 50;
                    }
                }
                catch (RpcException)
                {
                    // The node has stopped.
                }
            });
            var reading = Task.Run(async () =>
            {
                while (await venue.Call.Responses.MoveNextAsync())
                {
                    lock (answers)
                    {
                        answers.AddRange(venue.Call.Responses.Current.Answers);
                    }
                }
            });
            await Patience.UntilAsync(
                () =>
                {
                    lock (answers)
                    {
                        return Task.FromResult(answers.Count >= 1_000);
                    }
                },
                "trades flow");
            var (code, errors) = await node.TerminateAsync();
            errors.ShouldBeEmpty();
            code.ShouldBe(NodeHost.Stopped);
            (await Should.ThrowAsync<RpcException>(reading.Within)).StatusCode.ShouldBe(StatusCode.Unavailable);
            await sending.Within();
        }

        answers.ShouldAllBe(a => a.Status == Status.Novated);
        using (var journal = SqliteJournal.OpenReadOnly(Path.Combine(_folder, "data", "clearing.journal")))
        {
            foreach (var head in journal.ReadHeads().Where(h => h.Position > 0))
            {
                journal.ReadSnapshots(head.Shard)[0].Position.ShouldBe(head.Position, $"shard {head.Shard}");
            }
        }

        await using var successor = await RunningNode.StartAsync(folder: Path.Combine(_folder, "data"), define: false);
        var novated = (await successor.As(House.Auditor).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = "B-HOUSE" })).Positions.Sum(p => p.Quantity);
        novated.ShouldBe(answers.Count, "what was taken was answered, and what was not answered was not taken");
        await ShouldHaveAsync(successor.As(House.Venue), successor.As(House.Operator), answers, sent);
    }

    [Fact]
    public async Task an_error_of_the_disk_ends_the_process_with_3_and_nothing_acknowledged_is_lost()
    {
        List<TradeAnswer> answers = [];
        var sent = 0;
        await using (var node = await NodeProcess.StartAsync(_folder, fileSizeLimitBytes: 3 << 20))
        {
            using var op = RunningNode.Connect(node.Address, House.Operator);
            await House.DefineAsync(op);
            using var channel = RunningNode.Connect(node.Address, House.Venue);
            using var venue = new TradeConversation(channel);
            try
            {
                while (true)
                {
                    var batch = Trades(sent, 200).ToList();
                    sent += 200;
                    answers.AddRange((await venue.AskAsync(batch)).Where(a => a.Status == Status.Novated));
                }
            }
            catch (RpcException e)
            {
                e.StatusCode.ShouldBe(StatusCode.Unavailable);
            }

            var (code, errors) = await node.EndAsync();
            errors.ShouldStartWith("fatal: ");
            code.ShouldBe(NodeHost.Fatal);
        }

        answers.Count.ShouldBeGreaterThan(200);
        await using var successor = await NodeProcess.StartAsync(_folder);
        using var after = RunningNode.Connect(successor.Address, House.Venue);
        using var opAfter = RunningNode.Connect(successor.Address, House.Operator);
        await ShouldHaveAsync(after, opAfter, answers, sent);
    }

    [Fact]
    public async Task a_node_that_was_stopped_can_be_stopped_again_and_its_journal_opened()
    {
        await using var node = await RunningNode.StartAsync(folder: _folder);
        await node.Node.StopAsync();
        await node.Node.StopAsync();
        await using var successor = await RunningNode.StartAsync(folder: _folder, define: false);
        (await successor.As(House.Operator).OperateAsync<GetStatusRequest, GetStatusResponse>(new())).Cycle.ShouldBe(1);
    }

    [Fact]
    public async Task a_journal_that_is_not_the_one_meant_keeps_the_node_from_starting()
    {
        await using (var node = await RunningNode.StartAsync(folder: _folder))
        {
            (await Should.ThrowAsync<JournalException>(() => RunningNode.StartAsync(folder: _folder, define: false))).Message.ShouldContain("clearing.journal");
            await node.Node.StopAsync();
        }

        var shards = await Should.ThrowAsync<JournalException>(() => RunningNode.StartAsync(s => s with { Journal = s.Journal with { Shards = 16 } }, _folder, define: false));
        shards.Message.ShouldContain("8 shards, but 16 are configured");
        var id = await Should.ThrowAsync<JournalException>(() => RunningNode.StartAsync(s => s with { Journal = s.Journal with { ExpectedId = Guid.Empty } }, _folder, define: false));
        id.Message.ShouldContain(Guid.Empty.ToString());
        var newer = ClearingEngine.FeatureLevel + 1;
        using (var journal = SqliteJournal.Open(Directory.GetFiles(_folder, "clearing.journal", SearchOption.AllDirectories).Single(), new JournalOpenOptions(8, newer)))
        {
            journal.RaiseFeatureLevel(newer);
        }

        var level = await Should.ThrowAsync<JournalException>(() => RunningNode.StartAsync(folder: _folder, define: false));
        level.Message.ShouldContain($"feature level {newer}; this program reads up to {ClearingEngine.FeatureLevel}");
    }

    [Fact]
    public async Task the_process_ends_with_2_and_the_reason_when_it_cannot_start()
    {
        await using var node = await NodeProcess.StartAsync(_folder);
        var (code, errors) = await NodeProcess.RunAsync(Path.Combine(_folder, "node.json"), Path.Combine(_folder, "data"));
        code.ShouldBe(NodeHost.NotStarted);
        errors.ShouldStartWith("error: ");
        errors.ShouldContain("clearing.journal");

        var wrong = Path.Combine(_folder, "wrong.json");
        await File.WriteAllTextAsync(wrong, "{ \"listen\": { \"port\": 70000 } }", TestContext.Current.CancellationToken);
        (code, errors) = await NodeProcess.RunAsync(wrong, _folder);
        code.ShouldBe(NodeHost.NotStarted);
        errors.ShouldContain("$.listen.port is 70000: a whole number from 0 to 65535 is allowed");

        var taken = Path.Combine(_folder, "taken.json");
        await File.WriteAllTextAsync(taken, $"{{ \"listen\": {{ \"port\": {node.Address.Port} }}, \"logging\": {{ \"console\": false }} }}", TestContext.Current.CancellationToken);
        (code, errors) = await NodeProcess.RunAsync(taken, Path.Combine(_folder, "other"));
        code.ShouldBe(NodeHost.NotStarted);
        errors.ShouldContain(node.Address.Port.ToString());
    }

    [Fact]
    public async Task the_process_ends_with_2_and_the_row_when_its_journal_is_damaged()
    {
        await using (var node = await NodeProcess.StartAsync(_folder))
        {
            using var op = RunningNode.Connect(node.Address, House.Operator);
            await House.DefineAsync(op);
            await node.KillAsync();
        }

        var file = Directory.GetFiles(_folder, "clearing.journal", SearchOption.AllDirectories).Single();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP TRIGGER journal_no_update; UPDATE journal SET recorded_time = recorded_time + 1 WHERE shard = 3 AND position = 1";
            command.ExecuteNonQuery().ShouldBe(1);
        }

        var (code, errors) = await NodeProcess.RunAsync(Path.Combine(_folder, "node.json"), Path.Combine(_folder, "data"));

        code.ShouldBe(NodeHost.NotStarted);
        errors.ShouldBe("error: The journal cannot be replayed: shard 3: turn 1 does not have the hash that stands beside it. Restore it from a backup." + Environment.NewLine);
    }

    private static IEnumerable<TradeReport> Trades(int from, int count) => Enumerable.Range(from, count).Select(i => House.Trade($"t{i}"));

    /// <summary>Each acknowledged trade's repeat gets its first answer; after all that was sent is repeated, both sides hold every trade once.</summary>
    private static async Task ShouldHaveAsync(GrpcChannel venueChannel, GrpcChannel op, List<TradeAnswer> answers, int sent)
    {
        using var venue = new TradeConversation(venueChannel);
        List<TradeAnswer> again = [];
        for (var from = 0; from < sent; from += 5_000)
        {
            again.AddRange(await venue.AskAsync(Trades(from, Math.Min(5_000, sent - from))));
        }

        again.ShouldAllBe(a => a.Status == Status.Novated);
        var byId = again.ToDictionary(a => a.TradeId);
        foreach (var answer in answers)
        {
            byId[answer.TradeId].ShouldBe(answer);
        }

        CheckInvariantsResponse check = null!;
        await Patience.UntilAsync(async () => (check = await op.OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new())).Quiet, "the house is quiet");
        check.MatchedBook.ShouldBeTrue();
        check.CashConserved.ShouldBeTrue();
        check.Instruments.Single().OpenInterest.ShouldBe(sent);
        (await op.UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = "A-HOUSE" }).Within()).Positions.Sum(p => p.Quantity).ShouldBe(-sent);
    }
}
