using ClearingActors.Node.Settings;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

[Collection(InBrowser.Name)]
public sealed class AuditOnPageTests(Browser browser)
{
    [Fact]
    public async Task An_auditor_verifies_the_journal_and_goes_back_in_it_by_keyboard()
    {
        await using var node = await StartAsync();
        await TradeAsync(node, 0, 40);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "auditor:aud1");
        await tab.GoAsync("Audit");
        var checkpoint = tab.Page.GetByRole(AriaRole.Region, new() { Name = "Signed checkpoint" });
        await tab.Expect(checkpoint.GetByText("all that is durable")).ToBeVisibleAsync();

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Verify now" }).ClickAsync();
        var verify = tab.Page.GetByRole(AriaRole.Region, new() { Name = "Verify the journal" });
        await tab.Expect(verify.GetByText("In order")).ToBeVisibleAsync();
        await tab.Expect(verify.GetByText("asked for by auditor:aud1")).ToBeVisibleAsync();
        await tab.Expect(verify.GetByText("signatures checked with this node")).ToBeVisibleAsync();

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Look back" }).ClickAsync();
        var slider = tab.Page.GetByRole(AriaRole.Slider, new() { Name = "Moment" });
        var house = tab.Page.Locator(".house-then");
        await tab.Expect(house).ToHaveAttributeAsync("aria-busy", "false");
        await tab.Expect(house.Locator("tr", new() { HasText = "ES" }).GetByText("40", new() { Exact = true })).ToBeVisibleAsync();
        await tab.Expect(house.GetByText("All zero")).ToBeVisibleAsync();
        var newest = await slider.InputValueAsync();

        await slider.FocusAsync();
        await tab.Page.Keyboard.PressAsync("Home");
        await tab.Expect(house.GetByText("Turn 1", new() { Exact = true })).ToBeVisibleAsync();
        await tab.Expect(slider).ToHaveAttributeAsync("aria-valuetext", new System.Text.RegularExpressions.Regex("^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2} UTC$"));
        await tab.Page.Keyboard.PressAsync("ArrowRight");
        await tab.Expect(house.GetByText("Turn 2", new() { Exact = true })).ToBeVisibleAsync();
        await tab.Page.Keyboard.PressAsync("End");
        await tab.Expect(house.GetByText($"Turn {newest}", new() { Exact = true })).ToBeVisibleAsync();

        await tab.Page.GetByLabel("Go to", new() { Exact = true }).FillAsync("yesterday");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Go", Exact = true }).ClickAsync();
        await tab.Expect(tab.Page.GetByText("Type a UTC time such as")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await tab.Expect(house).ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_viewer_sees_what_is_signed_and_is_offered_neither_a_verification_nor_a_replay()
    {
        await using var node = await StartAsync();
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "viewer:v1");
        await tab.GoAsync("Audit");
        await tab.Expect(tab.Page.GetByText("An auditor can have the node verify its journal.")).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByText("An auditor can go back to any of these turns.")).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByText("clearing audit verify --journal")).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Verify now" })).ToHaveCountAsync(0);
        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Look back" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_keys_and_the_checkpoint_can_be_taken_away()
    {
        await using var node = await StartAsync();
        await TradeAsync(node, 0, 5);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "viewer:v1");
        await tab.GoAsync("Audit");
        (await SavedAsync(tab, "Save the public keys")).ShouldContain("BEGIN PUBLIC KEY");
        (await SavedAsync(tab, "Save the checkpoint")).ShouldStartWith("clearing checkpoint 1\n");
    }

    [Fact]
    public async Task The_shards_stand_on_the_page_Cluster_as_they_stand_in_the_node()
    {
        await using var node = await StartAsync();
        await TradeAsync(node, 0, 20);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "viewer:v1");
        await tab.GoAsync("Cluster");
        var rows = tab.Page.GetByRole(AriaRole.Region, new() { Name = "Table of shards", Exact = true }).Locator("tbody tr");
        await tab.Expect(rows).ToHaveCountAsync(8);
        var shards = await node.Node.Engine.Runtime.StatusAsync();
        foreach (var shard in shards)
        {
            await tab.Expect(rows.Nth(shard.Shard).Locator("td").Nth(3)).ToHaveTextAsync(shard.DurablePosition.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static Task<RunningNode> StartAsync() => RunningNode.StartAsync(s => PageClient.WithPage(s) with { Checkpoints = new CheckpointSettings { Seconds = 1 } });

    private static async Task TradeAsync(RunningNode node, int from, int count)
    {
        using var venue = new TradeConversation(node.As(House.Venue));
        await venue.AskAsync(Enumerable.Range(from, count).Select(i => House.Trade($"t{i}")));
        await node.Node.Engine.QuiesceAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<string> SavedAsync(OpenPage tab, string button)
    {
        var wanted = tab.Page.GetByRole(AriaRole.Button, new() { Name = button });
        await tab.Expect(wanted).ToBeEnabledAsync();
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => wanted.ClickAsync());
        using var reader = new StreamReader(await download.CreateReadStreamAsync());
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
