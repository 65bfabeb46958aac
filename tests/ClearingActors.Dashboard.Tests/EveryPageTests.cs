using System.Text.Json;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

/// <summary>Every page at every size, in light and dark: nothing that accessibility rules call serious, nothing beyond the screen's width. Pictures are kept in <c>artifacts/screenshots</c>.</summary>
[Collection(InBrowser.Name)]
public sealed class EveryPageTests(Browser browser)
{
    /// <summary>What is live must have come: the slowest read of a page is repeated every two seconds or so.</summary>
    private const int SettleMilliseconds = 2_500;

    private static readonly string[] Paths = ["/", "/accounts", "/accounts/B-HOUSE", "/market", "/margin", "/margin?view=stress", "/defaults", "/cluster", "/audit", "/operations"];

    [Fact]
    public async Task Every_page_is_readable_at_every_size_in_light_and_dark()
    {
        await using var house = await DefaultHouse.StartAsync(PageClient.WithPage);
        await house.DeclareAsync();
        await house.BidAsync(House.Alpha, DefaultHouse.Bid("ALPHA", -1_500_000_00));
        await house.AdvanceAsync(21);
        await house.UntilAsync(d => d.Auctions[0].Closed, "the auction is closed");
        await FillAsync(house);
        var axe = await File.ReadAllTextAsync(Path.Combine(Repository.Page, "node_modules", "axe-core", "axe.min.js"), TestContext.Current.CancellationToken);
        var pictures = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "screenshots"));
        var faults = new List<string>();
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            foreach (var size in Browser.Sizes)
            {
                await using var tab = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "all:one", size, scheme);
                foreach (var path in Paths)
                {
                    await tab.Page.GotoAsync(new Uri(tab.Address, path).ToString());
                    await tab.Expect(tab.Page.Locator(".connection")).ToContainTextAsync("Live");
                    await tab.Page.WaitForTimeoutAsync(SettleMilliseconds);
                    var name = $"{(path == "/" ? "overview" : path[1..].Replace('/', '-').Replace("?view=", "-", StringComparison.Ordinal))}-{size.Name}-{scheme}".ToLowerInvariant();
                    await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(pictures.FullName, $"{name}.png"), FullPage = true });
                    faults.AddRange((await FaultsAsync(tab.Page, axe)).Select(fault => $"{name}: {fault}"));
                    if (await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth") is var beyond and > 1)
                    {
                        faults.Add($"{name}: {beyond} pixels beyond the screen's width");
                    }
                }
            }
        }

        faults.ShouldBeEmpty();
    }

    /// <summary>So that there is something of everything: a mark that is held, an instrument that is halted, a run, an action that waits and one that is done.</summary>
    private static async Task FillAsync(DefaultHouse house)
    {
        var feed = house.Node.As(House.Feed1).ClientStreaming(Methods.PublishMarks);
        decimal[] prices = [5000, 5002.5m, 4998.25m, 5004, 5900];
        await feed.Requests.WriteAsync(new PublishMarksRequest
        {
            Marks = { prices.Select((price, i) => new Mark { Instrument = "ES", Price = House.Number(price), Source = "SRC1", Time = House.Noon + (21 * DefaultHouse.Minute) - 1_000 + i }) },
        });
        await feed.CompleteRequestsAsync();
        await feed.ResponseAsync.Within();
        await SubmitAsync(house, "MarginService/RunMargin", "clearing.margin.v1", "{}", "before the close");
        await SubmitAsync(house, "OperationsService/HaltInstrument", "clearing.operations.v1", """{"instrument":"ES"}""", "the exchange has halted it");
        await SubmitAsync(house, "OperationsService/ResumeInstrument", "clearing.operations.v1", """{"instrument":"ES"}""", "the exchange goes on");
    }

    private static async Task SubmitAsync(DefaultHouse house, string method, string package, string request, string reason)
    {
        var action = (await house.Node.As(House.Operator).UnaryAsync(
            GrpcMethod.Of<SubmitActionRequest, ActionResponse>(ActionsReflection.Descriptor.Services[0], "SubmitAction"),
            new SubmitActionRequest { RequestId = Guid.NewGuid().ToString(), Method = $"{package}.{method}", Request = request, Reason = reason }).Within()).Action;
        action.Stage.ShouldBeOneOf(ActionStage.Done, ActionStage.Proposed);
    }

    [Fact]
    public async Task The_sign_in_is_readable_too()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        var axe = await File.ReadAllTextAsync(Path.Combine(Repository.Page, "node_modules", "axe-core", "axe.min.js"), TestContext.Current.CancellationToken);
        await using var tab = await OpenPage.OpenAsync(browser, node.Node.WebAddress!);
        await tab.Expect(tab.Page.GetByLabel("Password")).ToBeVisibleAsync();

        (await FaultsAsync(tab.Page, axe)).ShouldBeEmpty();
    }

    /// <summary>What axe-core finds that is serious or critical, with the first element of each.</summary>
    private static async Task<IEnumerable<string>> FaultsAsync(IPage page, string axe)
    {
        await page.EvaluateAsync(axe);
        var found = await page.EvaluateAsync<JsonElement>("axe.run(document, { resultTypes: ['violations'] })");
        return [.. found.GetProperty("violations").EnumerateArray()
            .Where(v => v.GetProperty("impact").GetString() is "serious" or "critical")
            .Select(v => $"{v.GetProperty("id").GetString()}: {v.GetProperty("help").GetString()} at {v.GetProperty("nodes")[0].GetProperty("html").GetString()}")];
    }
}
