using System.Collections.Concurrent;
using ClearingActors.Client;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node.Tests;

/// <summary>The journal as auditors read it over the wire.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private readonly List<ClearingConnection> _connections = [];
    private RunningNode _node = null!;
    private TradeConversation _venue = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _venue = new TradeConversation(_node.As(House.Venue));
    }

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(c => c.Dispose());
        _venue.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task every_row_is_read_as_it_is_stored()
    {
        await _venue.AskAsync(Enumerable.Range(0, 300).Select(i => House.Trade($"t{i}")));
        await _node.Node.Engine.QuiesceAsync();
        var audit = Audit();
        var journal = await audit.GetJournalAsync(Cancellation).Within();
        (journal.JournalId, journal.Generation, journal.ShardCount, journal.FeatureLevel).ShouldBe((_node.Node.Engine.Identity.Id.ToString("D"), 1, 8, ClearingEngine.FeatureLevel));
        using var stored = Stored();
        journal.Heads.Select(h => new ShardHead(h.Shard, h.Epoch, h.Position, h.Owner)).ShouldBe(stored.ReadHeads());
        foreach (var head in journal.Heads)
        {
            var rows = await ReadAsync(audit.ReadShard(head.Shard));
            ShouldBe(rows, stored, head.Shard, 0, head.Position);
            var some = await ReadAsync(audit.ReadShard(head.Shard, new AuditReadOptions { After = head.Position / 3, UpTo = head.Position / 2 }));
            ShouldBe(some, stored, head.Shard, head.Position / 3, head.Position / 2);
        }
    }

    [Fact]
    public async Task who_follows_sees_every_row_once_while_trades_flow_and_over_a_restart_of_the_node()
    {
        var settings = (NodeSettings s) => s with { Listen = new ListenSettings { Port = _node.Node.GrpcAddress.Port } };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var seen = Enumerable.Range(0, 8).Select(_ => new ConcurrentQueue<AuditRow>()).ToList();
        var audit = Audit();
        var reads = Enumerable.Range(0, 8).Select(shard => Task.Run(async () =>
        {
            await foreach (var row in audit.ReadShard(shard, new AuditReadOptions { Follow = true }).ReadAllAsync(stop.Token))
            {
                seen[shard].Enqueue(row);
            }
        })).ToList();
        await AskAsync(_venue, 0);
        await _node.Node.StopAsync();
        await using var successor = await RunningNode.StartAsync(settings, _node.Folder, define: false);
        using (var venue = new TradeConversation(successor.As(House.Venue)))
        {
            await AskAsync(venue, 10);
        }

        await successor.Node.Engine.QuiesceAsync();
        using var stored = Stored();
        var heads = stored.ReadHeads();
        await Patience.UntilAsync(() => Task.FromResult(heads.All(h => seen[h.Shard].Count >= h.Position)), "the readers have every row");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(Task.WhenAll(reads).Within());
        foreach (var head in heads)
        {
            ShouldBe([.. seen[head.Shard]], stored, head.Shard, 0, head.Position);
        }

        static async Task AskAsync(TradeConversation venue, int from)
        {
            for (var batch = from; batch < from + 10; batch++)
            {
                (await venue.AskAsync(Enumerable.Range(0, 40).Select(i => House.Trade($"t{batch}-{i}")))).Count.ShouldBe(40);
            }
        }
    }

    [Fact]
    public async Task an_actor_is_read_with_the_cause_of_each_step()
    {
        await _venue.AskOneAsync(House.Trade("t1", 3));
        await _node.Node.Engine.QuiesceAsync();
        var turns = await ReadAsync(Audit().ReadActor("account/A-HOUSE"));
        turns.SelectMany(t => t.Steps).SelectMany(s => s.Events).Select(e => e.EventCase).ShouldBe(
            [Event.EventOneofCase.AccountDefined, Event.EventOneofCase.CashBooked, Event.EventOneofCase.TradeReserved, Event.EventOneofCase.TradeConfirmed]);
        turns.SelectMany(t => t.Steps).Take(2).ShouldAllBe(s => s.Principal == "operator:ops1" && s.ActorKey == "A-HOUSE");
        var reserved = turns.SelectMany(t => t.Steps).Single(s => s.Events.Any(e => e.TradeReserved is not null));

        // The message that caused it is one that the source's lane sent.
        using var stored = Stored();
        var from = (int)reserved.CauseShardPlusOne - 1;
        stored.ReadShard(from, 0, stored.ReadHeads()[from].Position).SelectMany(r => Turn.Parser.ParseFrom(r.Payload.Span).Steps)
            .SelectMany(s => s.Sent.Select(m => (s.ActorKey, m))).Single(s => s.m.ToShard == turns[0].Shard && s.m.Sequence == reserved.CauseSequence).ActorKey.ShouldStartWith("XEUR/");
    }

    [Fact]
    public async Task who_follows_an_actor_gets_on_over_turns_of_others()
    {
        var audit = Audit();
        var read = audit.ReadActor("account/B-HOUSE", new AuditReadOptions { Follow = true });
        var turns = read.ReadAllAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        List<Event> events = [];
        foreach (var id in (string[])["t1", "t2"])
        {
            await _venue.AskOneAsync(House.Trade(id));
            while (!events.Any(e => e.TradeNovated?.TradeId == id))
            {
                (await turns.MoveNextAsync().Within()).ShouldBeTrue();
                events.AddRange(turns.Current.Steps.SelectMany(s => s.Events));
            }
        }

        var shard = turns.Current.Shard;
        await turns.DisposeAsync();
        var position = read.Position;

        // Trades of others move the shard on; the reader who goes on is told, though the account did nothing.
        await _venue.AskAsync(Enumerable.Range(0, 200).Select(i => House.Trade($"o{i}", seller: "A-GROSS", buyer: "B-HOUSE", instrument: "NONE")));
        await _node.Node.Engine.QuiesceAsync();
        var rest = audit.ReadActor("account/B-HOUSE", new AuditReadOptions { After = position });
        (await ReadAsync(rest)).ShouldBeEmpty();
        events.Count(e => e.TradeNovated is not null).ShouldBe(2);
        shard.ShouldBe(_node.Node.Engine.ShardOf(Domain.Parties.AccountId.Parse("B-HOUSE")));
    }

    [Fact]
    public async Task a_long_row_comes_in_parts_and_is_whole_again()
    {
        // A shard settles all its accounts in one turn.
        await using var node = await RunningNode.StartAsync(n => n with { Journal = new JournalSettings { Shards = 1 } });
        for (var call = 0; call < 2; call++)
        {
            var accounts = new DefineAccountsRequest();
            accounts.Accounts.Add(Enumerable.Range(0, 10_000).Select(i => House.Account($"A-{call}-{i}".PadRight(64, 'x'), "ALPHA", AccountDefinition.Types.Segregation.ClientIndividual)));
            await node.As(House.Operator).OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(accounts);
        }

        await node.As(House.Operator).OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(new() { NextBusinessDate = House.Monday, Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(5000) } } });
        await node.Node.Engine.QuiesceAsync();
        using var stored = SqliteJournal.OpenReadOnly(Path.Combine(node.Folder, "clearing.journal"));
        var head = stored.ReadHeads()[0].Position;
        stored.ReadShard(0, 0, head).Max(r => r.Payload.Length).ShouldBeGreaterThan(1 << 20, "it takes two parts");
        using var connection = new ClearingConnection(node.Node.GrpcAddress, new ClearingConnectionOptions { Token = House.Auditor });
        ShouldBe(await ReadAsync(connection.Audit.ReadShard(0)), stored, 0, 0, head);
    }

    [Fact]
    public async Task only_auditors_read_the_journal()
    {
        foreach (var token in (string?[])[House.Operator, House.Alpha, House.Venue, House.Feed1, null])
        {
            var audit = Connect(token).Audit;
            var expected = token is null ? StatusCode.Unauthenticated : StatusCode.PermissionDenied;
            (await Should.ThrowAsync<RpcException>(() => audit.GetJournalAsync(Cancellation).Within())).StatusCode.ShouldBe(expected);
            var id = new AuditReadOptions { JournalId = _node.Node.Engine.Identity.Id, Generation = 1 };
            (await Should.ThrowAsync<RpcException>(() => ReadAsync(audit.ReadShard(0, id)))).StatusCode.ShouldBe(expected);
            (await Should.ThrowAsync<RpcException>(() => ReadAsync(audit.ReadActor("settlement/house", id)))).StatusCode.ShouldBe(expected);
        }
    }

    [Fact]
    public async Task what_cannot_be_read_is_refused_by_name()
    {
        var audit = Audit();
        var head = (await audit.GetJournalAsync(Cancellation).Within()).Heads[0].Position;
        await RefusedAsync(audit.ReadShard(8), StatusCode.InvalidArgument, "shards 0 to 7");
        await RefusedAsync(audit.ReadShard(0, new AuditReadOptions { After = head + 1000 }), StatusCode.OutOfRange, "stands at");
        await RefusedAsync(audit.ReadShard(0, new AuditReadOptions { UpTo = head + 1000 }), StatusCode.OutOfRange, "or follow");
        await RefusedAsync(audit.ReadShard(0, new AuditReadOptions { JournalId = Guid.NewGuid(), Generation = 1 }), StatusCode.FailedPrecondition, "from the beginning");
        await RefusedAsync(audit.ReadShard(0, new AuditReadOptions { JournalId = _node.Node.Engine.Identity.Id, Generation = 2 }), StatusCode.FailedPrecondition, "from the beginning");
        foreach (var actor in (string[])["", "account", "account/", "nobody/X", "directory/8", "directory/x"])
        {
            await RefusedAsync(audit.ReadActor(actor), StatusCode.InvalidArgument, "actor is");
        }

        static async Task RefusedAsync<TResponse, TItem>(AuditRead<TResponse, TItem> read, StatusCode code, string why)
        {
            var refused = await Should.ThrowAsync<RpcException>(() => ReadAsync(read));
            refused.StatusCode.ShouldBe(code);
            refused.Status.Detail.ShouldContain(why);
        }
    }

    [Fact]
    public async Task an_auditor_has_a_number_of_streams_and_gets_them_back()
    {
        var channel = _node.As(House.Auditor);
        var method = GrpcMethod.Of<ReadShardRequest, ReadShardResponse>(AuditReflection.Descriptor.Services[0], "ReadShard");
        var open = Enumerable.Range(0, 64).Select(_ => channel.ServerStreaming(method, new ReadShardRequest { Shard = 0, Follow = true })).ToList();
        foreach (var call in open)
        {
            (await call.Responses.MoveNextAsync().Within()).ShouldBeTrue();
        }

        using (var more = channel.ServerStreaming(method, new ReadShardRequest { Shard = 0, Follow = true }))
        {
            var refused = await Should.ThrowAsync<RpcException>(async () => await more.Responses.MoveNextAsync().Within());
            (refused.StatusCode, refused.Status.Detail).ShouldBe((StatusCode.ResourceExhausted, "auditor:aud1 has 64 audit streams open, the limit; end one before the next"));
        }

        open.ForEach(call => call.Dispose());
        await Patience.UntilAsync(
            async () =>
            {
                using var again = channel.ServerStreaming(method, new ReadShardRequest { Shard = 0, Follow = true });
                try
                {
                    return await again.Responses.MoveNextAsync().Within();
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
                {
                    return false;
                }
            },
            "the streams that ended are given back");
    }

    [Fact]
    public async Task one_who_does_not_read_holds_nobody_up_and_loses_nothing()
    {
        var channel = _node.As(House.Auditor);
        var method = GrpcMethod.Of<ReadShardRequest, ReadShardResponse>(AuditReflection.Descriptor.Services[0], "ReadShard");
        using var slow = channel.ServerStreaming(method, new ReadShardRequest { Shard = _node.Node.Engine.ShardOf(Domain.Parties.AccountId.Parse("A-HOUSE")), Follow = true });
        (await slow.Responses.MoveNextAsync().Within()).ShouldBeTrue();
        var rows = slow.Responses.Current.Rows.ToList();
        for (var batch = 0; batch < 40; batch++)
        {
            (await _venue.AskAsync(Enumerable.Range(0, 250).Select(i => House.Trade($"s{batch}-{i}")))).Count.ShouldBe(250);
        }

        await _node.Node.Engine.QuiesceAsync();
        using var stored = Stored();
        var head = stored.ReadHeads()[rows[0].Shard].Position;
        while (rows[^1].Position < head)
        {
            (await slow.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            rows.AddRange(slow.Responses.Current.Rows);
        }

        rows.Select(r => r.Position).ShouldBe(Enumerable.Range(1, (int)head).Select(p => (long)p));
    }

    private static void ShouldBe(List<AuditRow> rows, IJournalStore stored, int shard, long after, long upTo) => rows.Select(Text).ShouldBe(
        stored.ReadShard(shard, after, upTo).Select(r => Text(new AuditRow(r.Shard, r.Position, r.Epoch, r.RecordedTime, r.Payload, r.Leaf))));

    private static string Text(AuditRow row) => $"{row.Shard}:{row.Position} {row.Epoch} {row.RecordedTime} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(row.Payload.Span))} {Convert.ToHexString(row.Leaf.Span)}";

    private static async Task<List<TItem>> ReadAsync<TResponse, TItem>(AuditRead<TResponse, TItem> read)
    {
        List<TItem> items = [];
        var rows = read.ReadAllAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await using (rows)
        {
            while (await rows.MoveNextAsync().Within())
            {
                items.Add(rows.Current);
            }
        }

        return items;
    }

    private SqliteJournal Stored() => SqliteJournal.OpenReadOnly(Path.Combine(_node.Folder, "clearing.journal"));

    private AuditClient Audit() => Connect(House.Auditor).Audit;

    private ClearingConnection Connect(string? token)
    {
        var connection = new ClearingConnection(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = token });
        _connections.Add(connection);
        return connection;
    }
}
