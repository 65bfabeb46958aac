using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

[Collection(InBrowser.Name)]
public sealed class MarketOnPageTests(Browser browser)
{
    [Fact]
    public async Task The_instrument_that_is_shown_stays_when_another_comes_first()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        await tab.GoAsync("Market");
        await tab.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Prices of ES" })).ToBeVisibleAsync();

        await node.As(House.Operator).OperateAsync<DefineInstrumentRequest, DefineInstrumentResponse>(House.Instrument("AA"));

        await tab.Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "AA", Exact = true })).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Prices of ES" })).ToBeVisibleAsync();
    }
}
