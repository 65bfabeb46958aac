using ClearingActors.Client;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using ClearingActors.Testing;

namespace ClearingActors.Node.Tests;

/// <summary>The house as it was, over the wire, while the node clears.</summary>
public abstract class TimeTravelTests(TestJournal journal) : IAsyncLifetime
{
    private readonly List<ClearingConnection> _connections = [];
    private RunningNode _node = null!;
    private TradeConversation _venue = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        PrincipalSettings[] more = [new() { Name = "auditor:aud2", Token = "token-of-auditor-02", Roles = Roles.Auditor }, new() { Name = "auditor:aud3", Token = "token-of-auditor-03", Roles = Roles.Auditor }];
        _node = await RunningNode.StartAsync(s => journal.In(s) with { Principals = [.. s.Principals, .. more] });
        _venue = new TradeConversation(_node.As(House.Venue));
    }

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(c => c.Dispose());
        _venue.Dispose();
        await _node.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task the_newest_moment_of_a_quiet_house_is_the_live_house()
    {
        await TradeAsync(0, 50);
        var auditor = As(House.Auditor);
        var house = (await auditor.GetHouseAtAsync(new() { Newest = true }, Cancellation)).House;
        var live = await _node.As(House.Operator).OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new());
        var status = await _node.As(House.Operator).OperateAsync<GetStatusRequest, GetStatusResponse>(new());

        live.Quiet.ShouldBeTrue();
        (house.Checks.AtRest, house.Checks.MatchedBook, house.Checks.CashConserved, house.Checks.AssetsConserved).ShouldBe((true, live.MatchedBook, live.CashConserved, live.AssetsConserved));
        house.Instruments.Where(i => i.OpenInterest > 0).Select(i => (i.Instrument, i.OpenInterest, i.Accounts, i.Unmatched)).ShouldBe(live.Instruments.Select(i => (i.Instrument, i.OpenInterest, i.Accounts, i.Sum)));
        house.Instruments.ShouldContain(i => i.Instrument == "ES" && i.OpenInterest == 50);
        house.Currencies.Select(c => (c.Currency, c.Sum.Mantissa)).ShouldBe(live.Cash.Select(c => (c.Currency, 0L)));
        (house.BusinessTime, house.Cycle, house.BusinessDate).ShouldBe((status.BusinessTime, status.Cycle, status.BusinessDate));
        (house.Members, house.Accounts, house.Halted).ShouldBe((2, 4, false));
        house.Turn.ShouldBe(status.Shards.Sum(s => s.DurablePosition));
    }

    [Fact]
    public async Task earlier_moments_are_as_they_were_and_what_comes_later_is_seen_when_it_has_come()
    {
        var auditor = As(House.Auditor);
        List<(HouseAt House, long Lots)> seen = [];
        for (var batch = 0; batch < 4; batch++)
        {
            await TradeAsync(batch * 10, 10);
            seen.Add(((await auditor.GetHouseAtAsync(new() { Newest = true }, Cancellation)).House, (batch + 1) * 10));
        }

        await _node.As(House.Operator).OperateAsync<HaltHouseRequest, HaltHouseResponse>(new() { Reason = "a test" });
        await _node.Node.Engine.QuiesceAsync();
        (await auditor.GetHouseAtAsync(new() { Newest = true }, Cancellation)).House.Halted.ShouldBeTrue();
        var travel = await auditor.GetTravelAsync(new(), Cancellation);
        (travel.Open, travel.Moving).ShouldBe((true, false));
        travel.Turn.ShouldBe(travel.Goal);
        travel.Kept.ShouldBeInOrder();
        travel.Marks.Select(m => (m.Kind, m.Words)).ShouldBe([(TravelMarkKind.Halt, "the house halted")]);

        foreach (var (house, lots) in seen.AsEnumerable().Reverse())
        {
            var by = await auditor.GetHouseAtAsync(new() { Turn = house.Turn }, Cancellation);
            by.Exact.ShouldBeTrue();
            by.House.Instruments.Single(i => i.Instrument == "ES").OpenInterest.ShouldBe(lots);
            by.House.Halted.ShouldBeFalse();
            by.House.NextRecordedTime.ShouldBeGreaterThan(by.House.RecordedTime, "something has come since");
            (await auditor.GetHouseAtAsync(new() { RecordedTime = house.RecordedTime }, Cancellation)).House.ShouldBe(by.House);
        }

        var timeline = await As(House.Operator).GetTimelineAsync(new(), Cancellation);
        timeline.Turns.ShouldBe((await auditor.GetHouseAtAsync(new() { Newest = true }, Cancellation)).House.Turn);
        timeline.LastRecorded.ShouldBeGreaterThan(timeline.FirstRecorded);
        timeline.Heads.Count.ShouldBe(8);
    }

    [Fact]
    public async Task what_is_kept_is_there_at_once_and_is_forgotten_when_the_replay_is_ended()
    {
        await TradeAsync(0, 20);
        var auditor = As(House.Auditor);
        (await auditor.GetHouseAtAsync(new() { Turn = 5, KeptOnly = true }, Cancellation)).ShouldBe(new GetHouseAtResponse());
        var newest = (await auditor.GetHouseAtAsync(new() { Newest = true }, Cancellation)).House;
        var kept = await auditor.GetHouseAtAsync(new() { Turn = newest.Turn / 2, KeptOnly = true }, Cancellation);
        (kept.Exact, kept.House.Turn).ShouldBe((true, newest.Turn / 2));
        var near = await auditor.GetHouseAtAsync(new() { RecordedTime = long.MaxValue, KeptOnly = true }, Cancellation);
        near.House.ShouldBe(newest);

        await auditor.EndTravelAsync(new(), Cancellation);
        (await auditor.GetTravelAsync(new(), Cancellation)).ShouldBe(new GetTravelResponse());
        (await auditor.GetHouseAtAsync(new() { Turn = 5, KeptOnly = true }, Cancellation)).House.ShouldBeNull();
        (await auditor.GetHouseAtAsync(new() { Turn = newest.Turn / 2 }, Cancellation)).House.ShouldBe(kept.House);
    }

    [Fact]
    public async Task another_moment_ends_the_move_and_so_does_the_end_of_the_call()
    {
        await _node.DisposeAsync();
        _node = await RunningNode.StartAsync(s => journal.In(s) with { Limits = s.Limits with { AuditMiBPerSecond = 1 } });
        using var venue = new TradeConversation(_node.As(House.Venue));
        for (var batch = 0; batch < 10; batch++)
        {
            await venue.AskAsync(Enumerable.Range(batch * 500, 500).Select(i => House.Trade($"t{i}")));
        }

        var auditor = As(House.Auditor);
        var first = auditor.GetHouseAtAsync(new() { Newest = true }, Cancellation);
        await Patience.UntilAsync(async () => (await auditor.GetTravelAsync(new(), Cancellation)).Moving, "the replay moves");
        (await auditor.GetHouseAtAsync(new() { Turn = 3 }, Cancellation)).House.Turn.ShouldBe(3);
        var aborted = await Should.ThrowAsync<RpcException>(() => first);
        (aborted.StatusCode, aborted.Message.Contains("another moment", StringComparison.Ordinal)).ShouldBe((StatusCode.Aborted, true));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var second = auditor.GetHouseAtAsync(new() { Newest = true }, stop.Token);
        await Patience.UntilAsync(async () => (await auditor.GetTravelAsync(new(), Cancellation)).Moving, "the replay moves");
        await stop.CancelAsync();
        await Should.ThrowAsync<Exception>(() => second);
        await Patience.UntilAsync(async () => !(await auditor.GetTravelAsync(new(), Cancellation)).Moving, "the replay stands still");
        (await auditor.GetHouseAtAsync(new() { Turn = 2 }, Cancellation)).House.Turn.ShouldBe(2);
    }

    [Fact]
    public async Task two_look_back_at_once_and_a_third_when_one_has_ended()
    {
        var (first, second, third) = (As(House.Auditor), As("token-of-auditor-02"), As("token-of-auditor-03"));
        await first.GetHouseAtAsync(new() { Turn = 1 }, Cancellation);
        await second.GetHouseAtAsync(new() { Turn = 2 }, Cancellation);
        var refused = await Should.ThrowAsync<RpcException>(() => third.GetHouseAtAsync(new() { Turn = 1 }, Cancellation));
        refused.StatusCode.ShouldBe(StatusCode.ResourceExhausted);
        refused.Message.ShouldContain("auditor:aud1");
        await first.EndTravelAsync(new(), Cancellation);
        (await third.GetHouseAtAsync(new() { Turn = 1 }, Cancellation)).House.Turn.ShouldBe(1);
    }

    [Fact]
    public async Task moments_that_are_not_there_are_refused_and_so_is_who_may_not_look()
    {
        var auditor = As(House.Auditor);
        foreach (var request in new GetHouseAtRequest[] { new() { Turn = 0 }, new() { Turn = 1_000_000 }, new() { RecordedTime = 1 }, new() { Cycle = 77 } })
        {
            (await Should.ThrowAsync<RpcException>(() => auditor.GetHouseAtAsync(request, Cancellation))).StatusCode.ShouldBe(StatusCode.OutOfRange);
        }

        (await Should.ThrowAsync<RpcException>(() => auditor.GetHouseAtAsync(new(), Cancellation))).StatusCode.ShouldBe(StatusCode.InvalidArgument);
        (await Should.ThrowAsync<RpcException>(() => auditor.GetHouseAtAsync(new() { Newest = true, KeptOnly = true }, Cancellation))).StatusCode.ShouldBe(StatusCode.InvalidArgument);
        foreach (var call in new Func<Task>[]
        {
            () => As(House.Operator).GetHouseAtAsync(new() { Newest = true }, Cancellation), () => As(House.Operator).GetTravelAsync(new(), Cancellation), () => As(House.Operator).EndTravelAsync(new(), Cancellation),
            () => As(House.Alpha).GetTimelineAsync(new(), Cancellation),
        })
        {
            (await Should.ThrowAsync<RpcException>(call)).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        }
    }

    private async Task TradeAsync(int from, int count)
    {
        await _venue.AskAsync(Enumerable.Range(from, count).Select(i => House.Trade($"t{i}")));
        await _node.Node.Engine.QuiesceAsync();
    }

    private AuditRunClient As(string token)
    {
        var connection = new ClearingConnection(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = token });
        _connections.Add(connection);
        return connection.AuditRuns;
    }
}

/// <summary>The house as it was, from a journal, in a file.</summary>
public sealed class SqliteTimeTravelTests() : TimeTravelTests(new TestJournal.InFile());

/// <summary>The house as it was, from a journal, in PostgreSQL.</summary>
public sealed class PostgresTimeTravelTests(PostgresServer server) : TimeTravelTests(new TestJournal.InPostgres(server));
