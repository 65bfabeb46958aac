using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

/// <summary>Somebody looks at the pages for long while trades flow. A minute or so; <c>CLEARING_WATCH_MINUTES=10</c> for longer.</summary>
[Collection(InBrowser.Name)]
public sealed class LongWatchTests(Browser browser, ITestOutputHelper output)
{
    /// <summary>What the heap may grow by beside what it was: charts that fill up to five minutes of seconds, and caches.</summary>
    private const long Allowance = 12_000_000;

    private const int Batch = 200;

    private static readonly string[] Titles = ["Overview", "Members and accounts", "Market", "Margin and stress", "Default management", "Cluster", "Audit", "Operations"];

    [Fact]
    public async Task The_pages_memory_is_steady_while_trades_flow()
    {
        var minutes = double.Parse(Environment.GetEnvironmentVariable("CLEARING_WATCH_MINUTES") ?? "0.7", CultureInfo.InvariantCulture);
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "all:one");
        var tools = await tab.Context.NewCDPSessionAsync(tab.Page);
        using var venue = new TradeConversation(node.As(House.Venue));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var trading = Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i += Batch)
                {
                    var from = i;
                    await venue.AskAsync(Enumerable.Range(from, Batch).Select(n => n % 2 == 0 ? House.Trade($"w{n}") : House.Trade($"w{n}", buyer: "A-HOUSE", seller: "B-HOUSE")));
                    await Task.Delay(20, CancellationToken.None);
                }
            },
            CancellationToken.None);

        // Every page once: what is loaded once is no growth.
        await VisitAllAsync(tab);
        var before = await HeapAsync(tools);
        var started = Stopwatch.GetTimestamp();
        var after = before;
        while (Stopwatch.GetElapsedTime(started).TotalMinutes < minutes)
        {
            await VisitAllAsync(tab);
            after = await HeapAsync(tools);
            output.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalMinutes:N1} min: {after / 1e6:N1} MB");
        }

        await stop.CancelAsync();
        await trading;
        node.Node.Engine.Counters.Novated.ShouldBeGreaterThan(0);
        after.ShouldBeLessThan(before + Allowance);
    }

    private static async Task VisitAllAsync(OpenPage tab)
    {
        foreach (var title in Titles)
        {
            await tab.GoAsync(title);
            await tab.Page.WaitForTimeoutAsync(1_200);
        }

        await tab.GoAsync("Overview");
    }

    private static async Task<long> HeapAsync(ICDPSession tools)
    {
        await tools.SendAsync("HeapProfiler.collectGarbage");
        JsonElement? usage = await tools.SendAsync("Runtime.getHeapUsage");
        return (long)usage!.Value.GetProperty("usedSize").GetDouble();
    }
}
