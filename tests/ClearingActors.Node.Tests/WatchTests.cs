using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Node.Tests;

/// <summary>The durable events of an account, watched live and taken up again.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private RunningNode _node = null!;
    private TradeConversation _venue = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _venue = new TradeConversation(_node.As(House.Venue));
    }

    public async ValueTask DisposeAsync()
    {
        _venue.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task a_watch_tells_the_whole_story_of_both_sides()
    {
        await _venue.AskOneAsync(House.Trade("t1", 3));
        var seller = await TakeAsync("A-HOUSE", null, e => e.Type == "TradeConfirmed");
        seller.Select(e => e.Type).ShouldBe(["AccountDefined", "CashBooked", "TradeReserved", "TradeConfirmed"]);
        var cash = seller[1].Cash;
        (cash.Type, cash.Currency, House.Value(cash.Amount), cash.CounterAccount, cash.Cause, cash.ValueDate).ShouldBe(("Collateral", "USD", 100_000_000m, "CCP.BANK", "request cash-1", House.Today));
        seller[2].Quantity.ShouldBe(0);
        var sold = seller[3];
        (sold.Source, sold.TradeId, sold.Instrument, sold.Quantity, House.Value(sold.Price), sold.Cycle, sold.ClearingDate).ShouldBe(("XEUR", "t1", "ES", -3L, 5000m, 1L, House.Today));
        var bought = (await TakeAsync("B-HOUSE", null, e => e.Type == "TradeNovated")).Last();
        (bought.TradeId, bought.Quantity, House.Value(bought.Price)).ShouldBe(("t1", 3L, 5000m));
    }

    [Fact]
    public async Task a_watch_taken_up_at_any_position_has_no_gap_and_no_repeat()
    {
        for (var batch = 0; batch < 12; batch++)
        {
            await _venue.AskAsync(Enumerable.Range(0, 20).Select(i => House.Trade($"t{batch}-{i}")));
        }

        await _node.Node.Engine.QuiesceAsync();
        var all = await ResponsesAsync("A-HOUSE", null, r => r.SelectMany(x => x.Events).Count(e => e.Type == "TradeConfirmed") == 240);
        all.SelectMany(r => r.Events).Sum(e => e.Quantity).ShouldBe(-240);
        all.Select(r => r.Position.Position).ShouldBeInOrder(SortDirection.Ascending);
        all.Count.ShouldBeGreaterThan(3);
        for (var from = 0; from < all.Count - 1; from++)
        {
            var rest = all.Count - from - 1;
            var resumed = await ResponsesAsync("A-HOUSE", all[from].Position, r => r.Count == rest);
            resumed.ShouldBe(all.Skip(from + 1));
        }
    }

    [Fact]
    public async Task a_watch_goes_on_live_and_over_a_restart()
    {
        using var watch = _node.As(House.Alpha).ServerStreaming(Methods.WatchAccount, new WatchAccountRequest { Account = "A-HOUSE" });
        List<AccountEvent> seen = [];
        ResumeToken? last = null;
        async Task ReadUntilAsync(string id)
        {
            while (!seen.Any(e => e.TradeId == id && e.Type == "TradeConfirmed"))
            {
                (await watch.Responses.MoveNextAsync().Within()).ShouldBeTrue();
                seen.AddRange(watch.Responses.Current.Events);
                last = watch.Responses.Current.Position;
            }
        }

        foreach (var id in (string[])["t1", "t2", "t3"])
        {
            await _venue.AskOneAsync(House.Trade(id));
            await ReadUntilAsync(id);
        }

        await _node.Node.StopAsync();
        (await Should.ThrowAsync<RpcException>(async () => await watch.Responses.MoveNextAsync().Within())).StatusCode.ShouldBe(StatusCode.Unavailable);
        await using var successor = await RunningNode.StartAsync(folder: _node.Folder, define: false);
        using var venue = new TradeConversation(successor.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t4"));
        using var resumed = successor.As(House.Alpha).ServerStreaming(Methods.WatchAccount, new WatchAccountRequest { Account = "A-HOUSE", After = last });
        while (seen.Count(e => e.Type == "TradeConfirmed") < 4)
        {
            (await resumed.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            seen.AddRange(resumed.Responses.Current.Events);
        }

        seen.Where(e => e.Type == "TradeConfirmed").Select(e => e.TradeId).ShouldBe(["t1", "t2", "t3", "t4"]);
    }

    [Fact]
    public async Task a_hundred_watches_of_one_shard_all_see_the_same()
    {
        var watches = Enumerable.Range(0, 100).Select(_ => TakeAsync("B-HOUSE", null, e => e.TradeId == "last")).ToList();
        await _venue.AskAsync(Enumerable.Range(0, 200).Select(i => House.Trade($"t{i}")));
        await _venue.AskOneAsync(House.Trade("last"));
        foreach (var events in await Task.WhenAll(watches).Within())
        {
            events.Sum(e => e.Quantity).ShouldBe(201);
        }
    }

    [Fact]
    public async Task a_token_of_another_journal_generation_or_shard_is_refused_by_name()
    {
        var good = (await ResponsesAsync("A-HOUSE", null, r => r.Count == 1))[0].Position;
        foreach (var spoil in (Action<ResumeToken>[])[t => t.JournalId = Guid.Empty.ToString(), t => t.Generation++, t => t.Shard = (t.Shard + 1) % 8, t => t.Position = 1_000_000, t => t.Position = -1])
        {
            var token = good.Clone();
            spoil(token);
            using var watch = _node.As(House.Alpha).ServerStreaming(Methods.WatchAccount, new WatchAccountRequest { Account = "A-HOUSE", After = token });
            var end = await Should.ThrowAsync<RpcException>(async () => await watch.Responses.MoveNextAsync().Within());
            end.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
            end.Status.Detail.ShouldContain(token.Position != good.Position ? $"stands at" : good.JournalId);
        }
    }

    [Fact]
    public async Task nobody_watches_anothers_account()
    {
        using var watch = _node.As(House.Bravo).ServerStreaming(Methods.WatchAccount, new WatchAccountRequest { Account = "A-HOUSE" });
        (await Should.ThrowAsync<RpcException>(async () => await watch.Responses.MoveNextAsync().Within())).StatusCode.ShouldBe(StatusCode.PermissionDenied);
    }

    [Fact]
    public async Task what_an_account_is_read_as_of_is_where_its_watch_goes_on()
    {
        await _venue.AskOneAsync(House.Trade("t1"));
        await _node.Node.Engine.QuiesceAsync();
        var account = await _node.As(House.Bravo).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = "B-HOUSE" }).Within();
        await _venue.AskOneAsync(House.Trade("t2"));
        (await TakeAsync("B-HOUSE", account.AsOf, e => e.TradeId == "t2")).ShouldHaveSingleItem();
    }

    private async Task<List<AccountEvent>> TakeAsync(string account, ResumeToken? after, Func<AccountEvent, bool> isLast) =>
        [.. (await ResponsesAsync(account, after, r => r[^1].Events.Any(isLast))).SelectMany(r => r.Events)];

    private async Task<List<WatchAccountResponse>> ResponsesAsync(string account, ResumeToken? after, Func<List<WatchAccountResponse>, bool> isAll)
    {
        using var watch = _node.As(House.Auditor).ServerStreaming(Methods.WatchAccount, new WatchAccountRequest { Account = account, After = after });
        List<WatchAccountResponse> responses = [];
        do
        {
            (await watch.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            responses.Add(watch.Responses.Current);
        }
        while (!isAll(responses));

        return responses;
    }
}
