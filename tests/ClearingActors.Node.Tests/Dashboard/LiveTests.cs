using System.Net.WebSockets;
using ClearingActors.Client;
using ClearingActors.Contracts.Operations.V1;

namespace ClearingActors.Node.Tests.Dashboard;

public sealed class LiveTests
{
    private const string Overview = "clearing.house.v1.HouseService/GetOverview";
    private const string Assets = "clearing.collateral.v1.CollateralService/GetAssets";

    [Fact]
    public async Task What_is_followed_is_told_when_it_changes()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");
        using var live = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);
        await live.FollowAsync(Overview);
        (await live.NextAsync()).GetProperty("item").GetProperty("value").GetProperty("houseHalted").GetBoolean().ShouldBeFalse();

        await node.As(House.Operator).UnaryAsync(ClearingMethods.HaltHouse, new HaltHouseRequest { Reason = "test" });

        for (var halted = false; !halted;)
        {
            halted = (await live.NextAsync()).GetProperty("item").GetProperty("value").GetProperty("houseHalted").GetBoolean();
        }
    }

    [Fact]
    public async Task A_read_that_does_not_change_is_sent_once_and_two_followers_share_it()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");
        using var live = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);
        using var other = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);
        var first = await live.FollowAsync(Assets);
        await other.FollowAsync(Assets);
        (await live.NextAsync()).GetProperty("invocationId").GetString().ShouldBe(first);
        (await other.NextAsync()).GetProperty("item").GetProperty("value").GetProperty("assets").GetArrayLength().ShouldBe(0);

        // What comes next is of a read that was followed later, although this one has been repeated meanwhile.
        await Task.Delay(600, TestContext.Current.CancellationToken);
        var second = await live.FollowAsync(Overview);
        (await live.NextAsync()).GetProperty("invocationId").GetString().ShouldBe(second);
    }

    [Theory]
    [InlineData("clearing.operations.v1.OperationsService/HaltHouse", "cannot be followed")]
    [InlineData("no.such.Service/Method", "cannot be followed")]
    [InlineData("clearing.margin.v1.MarginService/GetMargin", "no GetMarginRequest", "{\"acount\":1}")]
    public async Task Only_reads_can_be_followed(string method, string error, string request = "{}")
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");
        using var live = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);

        await live.FollowAsync(method, request);

        var end = await live.NextAsync();
        end.GetProperty("type").GetInt32().ShouldBe(3);
        end.GetProperty("error").GetString()!.ShouldContain(error);
    }

    [Fact]
    public async Task A_read_that_is_refused_tells_why_and_goes_on()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");
        using var live = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);
        await live.FollowAsync("clearing.margin.v1.MarginService/GetMargin", "{\"account\":\"LATER\"}");
        (await live.NextAsync()).GetProperty("item").GetProperty("error").GetString()!.ShouldContain("LATER");

        await node.As(House.Operator).UnaryAsync(
            ClearingMethods.DefineAccounts,
            new DefineAccountsRequest { Accounts = { new AccountDefinition { Account = "LATER", Member = "ALPHA", Segregation = AccountDefinition.Types.Segregation.House, Currency = "USD" } } });

        (await live.NextAsync()).GetProperty("item").GetProperty("value").GetProperty("account").GetString().ShouldBe("LATER");
    }

    [Fact]
    public async Task Without_a_session_there_is_no_live_connection()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var page = new PageClient(node.Node.WebAddress!);

        await Should.ThrowAsync<WebSocketException>(() => LiveClient.ConnectAsync(page, node.Node.WebAddress!));
    }

    [Fact]
    public async Task A_node_stops_although_pages_follow_it()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");
        using var live = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);
        await live.FollowAsync(Overview);
        await live.NextAsync();

        // Ends, and not by giving up.
        await node.Node.StopAsync();
    }
}
