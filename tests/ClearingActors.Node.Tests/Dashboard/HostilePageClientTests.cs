using System.Net;
using ClearingActors.Node.Dashboard;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace ClearingActors.Node.Tests.Dashboard;

/// <summary>What strangers and impatient users send: it is refused, and members and other pages go on.</summary>
public sealed class HostilePageClientTests
{
    private const string Overview = "clearing.house.v1.HouseService/GetOverview";
    private const string Status = "clearing.operations.v1.OperationsService/GetStatus";

    [Fact]
    public async Task Guesses_at_once_are_no_more_than_guesses_one_by_one()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var client = new PageClient(node.Node.WebAddress!);
        await client.LoadSessionAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 18).Select(i => client.PostAsync("api/sign-in", $$"""{"name":"operator:ops1","password":"guess number {{i}}"}""")));

        answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized).ShouldBe(5);
        answers.Count(a => a.StatusCode == HttpStatusCode.TooManyRequests).ShouldBe(13);
    }

    [Fact]
    public async Task A_flood_of_sign_ins_is_turned_away_while_trades_are_cleared()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var client = new PageClient(node.Node.WebAddress!);
        await client.LoadSessionAsync();
        using var venue = new TradeConversation(node.As(House.Venue));

        // Names that nobody has are counted together: five are tried for an address, and the rest costs no hash.
        var flood = Task.WhenAll(Enumerable.Range(0, 300).Select(i => client.PostAsync("api/sign-in", $$"""{"name":"nobody{{i}}","password":"a password like any"}""")));
        var cleared = await venue.AskAsync(Enumerable.Range(0, 100).Select(i => House.Trade($"t{i}")));

        cleared.Count.ShouldBe(100);
        var answers = (await flood).GroupBy(a => a.StatusCode).ToDictionary(g => g.Key, g => g.Count());
        answers.Keys.ShouldBeSubsetOf([HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable]);
        answers[HttpStatusCode.Unauthorized].ShouldBe(5);
    }

    [Fact]
    public async Task A_sign_in_that_the_node_has_no_time_for_is_no_failure()
    {
        const int Attempts = 5;
        var attempt = 1;
        while (!await AreTurnedAwayUncountedAsync())
        {
            (++attempt).ShouldBeLessThanOrEqualTo(Attempts, "the machine was so slow that the line was never full");
        }
    }

    /// <summary>False where others came so late that the line was not full, and nothing was seen.</summary>
    private static async Task<bool> AreTurnedAwayUncountedAsync()
    {
        // One password takes seconds to check, and there is one at a time: three of them hold the line for longer than the others need to come.
        var slow = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = 3_000_000 })).HashPassword(new object(), PageClient.Password);
        await using var node = await RunningNode.StartAsync(
            settings => PageClient.WithPage(settings) is var page ? page with { Web = page.Web with { Users = [.. page.Web.Users.Select(u => u.Name == "operator:ops1" ? u with { PasswordHash = slow } : u)] } } : settings,
            define: false);
        using var client = new PageClient(node.Node.WebAddress!);
        await client.LoadSessionAsync();
        string[] names = ["operator:ops2", "risk:rm1", "viewer:v1", "all:one", "auditor:aud1", "nobody"];
        var first = Enumerable.Range(0, 3).Select(_ => GuessAsync("operator:ops1")).ToList();
        await client.LoadSessionAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).SelectMany(_ => names).Select(async name => (Name: name, (await GuessAsync(name)).StatusCode)));
        await Task.WhenAll(first);
        var untried = answers.Where(a => a.StatusCode == HttpStatusCode.ServiceUnavailable).GroupBy(a => a.Name).ToDictionary(g => g.Key, g => g.Count());

        // Of each name five are checked in all, and not one more.
        foreach (var (name, left) in untried)
        {
            for (var i = 0; i < left; i++)
            {
                (await GuessAsync(name)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, name);
            }

            (await GuessAsync(name)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests, name);
        }

        return untried.Count > 0;

        Task<HttpResponseMessage> GuessAsync(string name) => client.PostAsync("api/sign-in", $$"""{"name":"{{name}}","password":"a password like any"}""");
    }

    [Fact]
    public async Task One_person_has_so_many_calls_open_and_others_are_answered_meanwhile()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var viewer = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");
        using var other = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");

        // No shard answers for a while.
        using var gate = new ManualResetEventSlim();
        var held = Enumerable.Range(0, 8).Select(shard => node.Node.Engine.Runtime.ReadAsync(shard, _ => gate.Wait(TimeSpan.FromMinutes(1)))).ToList();
        var calls = Enumerable.Range(0, RpcEndpoint.MostOfOne + 4).Select(_ => viewer.CallAsync(Status)).ToList();
        await Patience.UntilAsync(() => Task.FromResult(calls.Count(c => c.IsCompleted) == 4), "four are refused");
        foreach (var refused in calls.Where(c => c.IsCompleted).ToList())
        {
            calls.Remove(refused);
            (await refused).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            (await PageClient.ErrorOf(await refused)).ShouldBe("viewer:v1 has 32 calls of the page open, the limit; end one before the next");
        }

        calls.Add(other.CallAsync(Status));
        gate.Set();
        await Task.WhenAll(held).Within();
        (await Task.WhenAll(calls).Within()).ShouldAllBe(a => a.StatusCode == HttpStatusCode.OK);
        (await viewer.CallAsync(Status)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("api/sign-in", 5_000)]
    [InlineData("api/rpc/clearing.operations.v1.OperationsService/GetStatus", 300_000)]
    public async Task A_body_that_is_too_large_is_refused(string path, int bytes)
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var client = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");

        var answer = await client.PostAsync(path, $$"""{"name":"{{new string('x', bytes)}}"}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await PageClient.ErrorOf(answer)).ShouldContain("too large");
    }

    [Fact]
    public async Task A_page_follows_so_many_reads_and_no_more_and_may_leave_some_for_others()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");
        using var live = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);
        var ids = new List<string>();
        for (var i = 0; i < 33; i++)
        {
            ids.Add(await live.FollowAsync(Overview, milliseconds: 60_000));
        }

        var refused = await EndAsync(live);
        refused.GetProperty("error").GetString()!.ShouldContain("32 reads are followed by this page");
        await live.LeaveAsync(ids[0]);
        (await EndAsync(live)).GetProperty("invocationId").GetString().ShouldBe(ids[0]);
        var again = await live.FollowAsync(Overview, milliseconds: 60_000);
        for (var id = ""; id != again;)
        {
            var message = await live.NextAsync();
            message.GetProperty("type").GetInt32().ShouldBe(2);
            id = message.GetProperty("invocationId").GetString()!;
        }
    }

    [Fact]
    public async Task What_computes_for_long_cannot_be_followed()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");
        using var live = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);

        await live.FollowAsync("clearing.stress.v1.StressService/RunReverseStress");

        (await EndAsync(live)).GetProperty("error").GetString()!.ShouldContain("cannot be followed");
    }

    private static async Task<System.Text.Json.JsonElement> EndAsync(LiveClient live)
    {
        while (true)
        {
            var message = await live.NextAsync();
            if (message.GetProperty("type").GetInt32() == 3)
            {
                return message;
            }
        }
    }
}
