using ClearingActors.Engine;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

/// <summary>What the page shows and offers while a part of the house cannot be read.</summary>
[Collection(InBrowser.Name)]
public sealed class WorstHourTests(Browser browser)
{
    private static readonly int Settlement = LostShard.Of(ActorKinds.Settlement, ActorKinds.House);
    private static readonly int Actions = LostShard.Of(ActorKinds.Actions, ActorKinds.House);

    [Fact]
    public async Task While_the_settlements_shard_is_lost_the_halt_is_not_called_open_and_the_house_can_be_halted()
    {
        Settlement.ShouldNotBe(Actions);
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        var bar = tab.Page.Locator(".bar");
        using (await LostShard.LoseAsync(node, Settlement))
        {
            await tab.Expect(bar.GetByText("Halt cannot be read")).ToBeVisibleAsync();
            await tab.Expect(tab.Page.GetByText("Whether the house is halted cannot be read")).ToBeVisibleAsync();

            await tab.GoAsync("Market");
            await tab.Expect(tab.Page.GetByText($"shard {Settlement} is not owned here just now").First).ToBeVisibleAsync();
            await tab.Expect(tab.Page.Locator(".figure").GetByText("Cannot be read")).ToBeVisibleAsync();
            await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Halt the house" })).ToBeEnabledAsync();

            await tab.GoAsync("Cluster");
            await tab.Expect(tab.Page.GetByText("7 of 8")).ToBeVisibleAsync();
            await tab.Expect(tab.Page.GetByRole(AriaRole.Region, new() { Name = "Table of shards", Exact = true }).GetByText("not owned")).ToHaveCountAsync(1);
        }

        await tab.Expect(bar.GetByText("Halt cannot be read")).ToBeHiddenAsync();
        await tab.Expect(tab.Page.GetByText("not owned")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task While_the_log_of_actions_cannot_be_read_its_buttons_say_so()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        var halt = tab.Page.GetByRole(AriaRole.Button, new() { Name = "Halt the house" });
        using (await LostShard.LoseAsync(node, Actions))
        {
            await tab.GoAsync("Market");
            await tab.Expect(halt).ToBeDisabledAsync();
            await tab.Expect(tab.Page.GetByText("The log of actions cannot be read").First).ToBeVisibleAsync();
        }

        await tab.Expect(halt).ToBeEnabledAsync();
        await tab.Expect(tab.Page.GetByText("The log of actions cannot be read")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_settlement_that_is_set_aside_is_released_from_the_page()
    {
        var folder = RunningNode.NewFolder();
        try
        {
            await using (await RunningNode.StartAsync(folder: folder))
            {
                // What it has is durable: it ends as in a crash.
            }

            SetAsideJournal.Write(folder, ActorKinds.Settlement, ActorKinds.House, "a message it cannot work on");
            await using var node = await RunningNode.StartAsync(PageClient.WithPage, folder, define: false);
            await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
            await using var second = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops2");

            await tab.GoAsync("Cluster");
            await tab.Expect(tab.Page.GetByRole(AriaRole.Region, new() { Name = "Table of actors set aside" }).GetByText("a message it cannot work on")).ToBeVisibleAsync();
            await tab.Expect(tab.Page.GetByText("cannot be read: 6/house")).ToBeVisibleAsync();
            await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Release" }).ClickAsync();
            await tab.GiveReasonAsync("the cause is mended", "action 1");
            await second.GoAsync("Operations");
            await second.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
            await second.GiveReasonAsync("it is", "Done");

            await tab.Expect(tab.Page.GetByText("Actors set aside").First).ToBeVisibleAsync();
            await tab.Expect(tab.Page.GetByRole(AriaRole.Region, new() { Name = "Table of actors set aside" })).ToHaveCountAsync(0);
            await tab.Expect(tab.Page.GetByText("cannot be read: 6/house")).ToHaveCountAsync(0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_action_without_an_answer_is_given_up_in_time_and_sent_again_under_its_id()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        var sent = new List<string>();
        await tab.Page.RouteAsync("**/*ActionService/SubmitAction", async route =>
        {
            sent.Add(route.Request.PostDataJSON()!.Value.GetProperty("requestId").GetString()!);
            if (sent.Count > 1)
            {
                await route.ContinueAsync();
            }
        });
        await tab.GoAsync("Market");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Halt the house" }).ClickAsync();
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync("the feed is broken");
        await dialog.Locator("button[type=submit]").ClickAsync();

        await tab.Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("No answer came");

        await dialog.Locator("button[type=submit]").ClickAsync();
        await tab.Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("Done");
        sent.Count.ShouldBe(2);
        sent[1].ShouldBe(sent[0]);
        (await node.Node.Engine.ReadHaltsAsync()).House.ShouldBeTrue();
    }
}
