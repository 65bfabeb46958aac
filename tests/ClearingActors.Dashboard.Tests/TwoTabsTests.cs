using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

/// <summary>Two tabs of one browser have one cookie: what happens in one is the other's session too.</summary>
[Collection(InBrowser.Name)]
public sealed class TwoTabsTests(Browser browser)
{
    [Fact]
    public async Task After_a_second_sign_in_of_the_same_person_the_first_tab_goes_on()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        tab.Expected = IsRefusal;
        await tab.GoAsync("Market");
        await SignInBesideAsync(tab, "operator:ops1");

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Halt the house" }).ClickAsync();
        await tab.GiveReasonAsync("the feed is broken", "Done");

        (await node.Node.Engine.ReadHaltsAsync()).House.ShouldBeTrue();
        await SignInBesideAsync(tab, "operator:ops1");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task After_a_sign_in_of_somebody_else_the_first_tab_does_nothing_in_their_name()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        tab.Expected = IsRefusal;
        await tab.GoAsync("Market");
        await SignInBesideAsync(tab, "operator:ops2");

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Halt the house" }).ClickAsync();
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync("the feed is broken");
        await dialog.Locator("button[type=submit]").ClickAsync();

        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("operator:ops2 has signed in in another tab");
        (await node.Node.Engine.ReadHaltsAsync()).House.ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_that_was_ended_in_another_tab_leads_to_the_sign_in()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        tab.Expected = _ => true;
        var other = await tab.Context.NewPageAsync();
        await other.GotoAsync(tab.Address.ToString());
        await tab.Expect(other.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();

        await other.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_sign_out_that_cannot_be_sent_is_told()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        tab.Expected = text => text.Contains("ERR_FAILED", StringComparison.Ordinal);
        await tab.Page.RouteAsync("**/api/sign-out", route => route.AbortAsync());

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await tab.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("You are not signed out");
    }

    /// <summary>The browser says so of each answer that is none.</summary>
    private static bool IsRefusal(string text) => text.Contains("400", StringComparison.Ordinal);

    private static async Task SignInBesideAsync(OpenPage tab, string name)
    {
        var other = await tab.Context.NewPageAsync();
        await other.GotoAsync(tab.Address.ToString());
        var status = await other.EvaluateAsync<int>(
            """
            async ([name, password]) => {
              const { forgeryToken } = await (await fetch('/api/session')).json();
              return (await fetch('/api/sign-in', { method: 'POST', headers: { 'X-Forgery-Token': forgeryToken, 'Content-Type': 'application/json' }, body: JSON.stringify({ name, password }) })).status;
            }
            """,
            new[] { name, PageClient.Password });
        status.ShouldBe(204);
        await other.CloseAsync();
    }
}
