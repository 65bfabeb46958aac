using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

[Collection(InBrowser.Name)]
public sealed class SignInTests(Browser browser)
{
    [Fact]
    public async Task One_signs_in_sees_trades_flow_and_signs_out()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "viewer:v1");
        await tab.Expect(tab.Page.GetByText("0 since the node started")).ToBeVisibleAsync();
        using var venue = new TradeConversation(node.As(House.Venue));

        await venue.AskAsync(Enumerable.Range(0, 250).Select(i => House.Trade($"t{i}")));

        await tab.Expect(tab.Page.GetByText("250 since the node started")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Who_signs_out_while_the_nodes_disk_takes_no_note_is_told_so()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "viewer:v1");
        var list = Path.Combine(node.Folder, "web-keys", "ended-sessions");
        File.Delete(list);
        Directory.CreateDirectory(Path.Combine(list, "in the way"));

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("You are signed out, but the node could not note it on its disk");
    }

    [Fact]
    public async Task A_wrong_password_is_told_of()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        await using var tab = await OpenPage.OpenAsync(browser, node.Node.WebAddress!);
        tab.Expected = text => text.Contains("401", StringComparison.Ordinal);
        await tab.Page.GetByLabel("Name").FillAsync("viewer:v1");
        await tab.Page.GetByLabel("Password").FillAsync("something else");
        await tab.Page.Keyboard.PressAsync("Enter");

        await tab.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("name or password is wrong");
    }

    [Fact]
    public async Task The_page_comes_back_by_itself_when_the_node_was_started_again()
    {
        var folder = RunningNode.NewFolder();
        try
        {
            Uri address;
            OpenPage tab;
            await using (var first = await RunningNode.StartAsync(PageClient.WithPage, folder))
            {
                address = first.Node.WebAddress!;
                tab = await OpenPage.SignedInAsync(browser, address, "operator:ops1");
                tab.Expected = _ => true;
                await tab.Expect(tab.Page.Locator(".connection .badge")).ToContainTextAsync("Live");
            }

            await using (tab)
            {
                await tab.Expect(tab.Page.Locator(".connection .badge")).ToContainTextAsync("Connection lost");

                await using var second = await RunningNode.StartAsync(s => PageClient.WithPage(s) with { Web = PageClient.WithPage(s).Web with { Port = address.Port } }, folder, define: false);
                await tab.Expect(tab.Page.Locator(".connection .badge")).ToContainTextAsync("Live");
                using var venue = new TradeConversation(second.As(House.Venue));
                await venue.AskAsync(Enumerable.Range(0, 20).Select(i => House.Trade($"after{i}")));

                // Still signed in, and what one sees is the new node's.
                await tab.Expect(tab.Page.GetByText("20 since the node started")).ToBeVisibleAsync();
                await tab.Expect(tab.Page.GetByText("operator:ops1")).ToBeVisibleAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
