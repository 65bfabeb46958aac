using System.Text.RegularExpressions;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

[Collection(InBrowser.Name)]
public sealed class AccountsOnPageTests(Browser browser)
{
    [Fact]
    public async Task Accounts_are_found_by_keyboard_and_the_address_keeps_what_was_asked_for()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        var op = node.As(House.Operator);
        var many = new DefineAccountsRequest();
        many.Accounts.Add(Enumerable.Range(0, 300).Select(i => House.Account($"CLIENT-{i:000}", "BRAVO", AccountDefinition.Types.Segregation.ClientIndividual)));
        await op.OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(many);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        await tab.GoAsync("Members and accounts");
        await tab.Expect(tab.Page.GetByText("304 of 305 accounts")).ToBeVisibleAsync();
        var list = tab.Page.GetByRole(AriaRole.Region, new() { Name = "List of accounts" });

        await tab.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Find" }).PressSequentiallyAsync("client-29");
        await tab.Expect(tab.Page.GetByText("10 of 305 accounts")).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex(@"/accounts\?q=client-29$"));
        await list.GetByRole(AriaRole.Button, new() { Name = "Account" }).PressAsync("Enter");
        await tab.Expect(list.GetByRole(AriaRole.Columnheader).First).ToHaveAttributeAsync("aria-sort", "ascending");
        await list.GetByRole(AriaRole.Button, new() { Name = "Account" }).PressAsync("Enter");
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new Regex(@"/accounts\?q=client-29&sort=-id$"));
        await tab.Expect(list.GetByRole(AriaRole.Link).First).ToHaveTextAsync("CLIENT-299");

        // Somebody who opens the same address sees the same, and goes on from there.
        await tab.Page.ReloadAsync();
        await tab.Expect(list.GetByRole(AriaRole.Link).First).ToHaveTextAsync("CLIENT-299");
        await list.GetByRole(AriaRole.Link, new() { Name = "CLIENT-299" }).PressAsync("Enter");
        await tab.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "CLIENT-299" })).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "BRAVO" }).ClickAsync();
        await tab.Expect(tab.Page.GetByText("301 of 305 accounts")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_account_follows_what_happens_to_it()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "viewer:v1");
        await tab.GoAsync("Members and accounts");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "B-HOUSE" }).ClickAsync();
        await tab.Expect(tab.Page.GetByText("nothing is held")).ToBeVisibleAsync();
        using var venue = new TradeConversation(node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 7));
        var positions = tab.Page.GetByRole(AriaRole.Region, new() { Name = "What is held at the newest marks" });
        await tab.Expect(positions.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("ES");
        await tab.Expect(positions.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("7 long");
        await tab.Expect(positions.GetByText("no mark")).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByText("novated XEUR/t1: buys 7 lots ES at 5000 USD from A-HOUSE")).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByText("They cannot be computed")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Beside_the_last_runs_requirement_stands_how_its_scenarios_are_derived()
    {
        await using var house = await DefaultHouse.StartAsync(PageClient.WithPage);
        var run = (await house.Node.As(House.Operator).UnaryAsync(GrpcMethod.Of<RunMarginRequest, RunMarginResponse>(MarginReflection.Descriptor.Services[0], "RunMargin"), new RunMarginRequest()).Within()).Run.Run;
        await using var tab = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "viewer:v1");
        await tab.Page.GotoAsync(new Uri(tab.Address, "/accounts/B-HOUSE").ToString());

        var requirement = tab.Page.GetByRole(AriaRole.Region, new() { Name = "Requirement by component" });
        await tab.Expect(requirement).ToContainTextAsync($"clearing audit explain B-HOUSE:{run}");
    }
}
