using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;
using Stage = ClearingActors.Contracts.Defaults.V1.Stage;

namespace ClearingActors.Dashboard.Tests;

[Collection(InBrowser.Name)]
public sealed class DefaultOnPageTests(Browser browser)
{
    [Fact]
    public async Task A_default_is_followed_from_its_trigger_to_the_last_cent()
    {
        await using var house = await DefaultHouse.StartAsync(PageClient.WithPage);
        await using var first = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "operator:ops1");
        await using var second = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "operator:ops2");
        await house.ManageAsync(House.Operator, new Contracts.Defaults.V1.TriggerDefaultRequest { Member = "BRAVO", Reason = "it cannot pay" });
        await first.GoAsync("Default management");
        await second.GoAsync("Default management");
        await StageShouldBeAsync(first, "Triggered");

        // Declared by two.
        await first.Page.GetByRole(AriaRole.Button, new() { Name = "Declare the default" }).ClickAsync();
        await first.GiveReasonAsync("the member says so itself", "Done");
        await first.Expect(first.Page.GetByText("You proposed it, so somebody else must approve it.")).ToBeVisibleAsync();
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await second.GiveReasonAsync("confirmed with the member", "Done");
        await house.UntilAsync(d => d.Auctions.Count == 1, "the auction is open");
        await first.Expect(first.Page.GetByText("Bids are sealed until the close.")).ToBeVisibleAsync();

        // A client account goes over: a member offers, one operator asks for it and another approves.
        await house.AskAsync<Contracts.Defaults.V1.OfferPortingRequest, Contracts.Defaults.V1.OfferPortingResponse>(
            DefaultHouse.Charlie, new() { Member = "CHARLIE", Number = 1, Account = "B-NET" });
        await first.Page.GetByRole(AriaRole.Button, new() { Name = "To CHARLIE" }).ClickAsync();
        await first.GiveReasonAsync("the client's wish", "second person");
        await second.GoAsync("Operations");
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await second.GiveReasonAsync("the client told me too", "Done");
        await first.Expect(first.Page.GetByRole(AriaRole.Cell, new() { Name = "ported", Exact = true })).ToBeVisibleAsync();

        // Bids stay sealed until the close, then everybody sees them.
        await house.BidAsync(House.Alpha, DefaultHouse.Bid("ALPHA", -1_500_000_00));
        await house.BidAsync(DefaultHouse.Delta, DefaultHouse.Bid("DELTA", -1_000_000_00));
        await first.Page.WaitForTimeoutAsync(1_500);
        await first.Expect(first.Page.GetByText("−1,000,000.00")).ToHaveCountAsync(0);
        await house.AdvanceAsync(21);
        await first.Expect(first.Page.GetByRole(AriaRole.Cell, new() { Name = "−1,000,000.00" })).ToBeVisibleAsync();

        // The cycle settles the last trade, the loss is borne, and it is closed.
        await house.SettleAsync();
        await StageShouldBeAsync(first, "Allocated");
        await first.Expect(first.Page.GetByRole(AriaRole.Rowheader, new() { Name = "1. Defaulter's collateral" })).ToBeVisibleAsync();
        await first.Expect(first.Page.GetByText("borne in full")).ToBeVisibleAsync();
        await first.Page.GetByRole(AriaRole.Button, new() { Name = "Close …" }).ClickAsync();
        await first.GiveReasonAsync("the loss is borne in full", "second person");
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await second.GiveReasonAsync("so it is", "Done");
        await StageShouldBeAsync(first, "Closed");
        (await house.GetAsync()).Stage.ShouldBe(Stage.Closed);
    }

    private static Task StageShouldBeAsync(OpenPage tab, string stage) => tab.Expect(tab.Page.Locator(".panel > header .badge").First).ToContainTextAsync(stage);
}
