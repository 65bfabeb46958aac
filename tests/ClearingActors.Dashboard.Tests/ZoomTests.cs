using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

/// <summary>A chart that somebody has zoomed stays so while figures flow.</summary>
[Collection(InBrowser.Name)]
public sealed class ZoomTests(Browser browser)
{
    private const int Days = 400;

    [Fact]
    public async Task The_daily_prices_stay_zoomed_when_marks_come_in()
    {
        await using var house = await DefaultHouse.StartAsync(PageClient.WithPage);
        await SetDaysAsync(house);
        await using var tab = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "viewer:v1");
        var histories = 0;
        tab.Page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) => histories += frame.Text?.Contains("\"daily\"", StringComparison.Ordinal) == true ? 1 : 0;
        await tab.Page.GotoAsync(new Uri(tab.Address, "/market").ToString());
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Days", Exact = true }).ClickAsync();
        var chart = tab.Page.GetByRole(AriaRole.Img, new() { Name = "Daily prices of risk factor" });
        await tab.Expect(chart).ToBeVisibleAsync();
        var all = await StillAsync(chart, "");

        var place = (await chart.BoundingBoxAsync())!;
        await tab.Page.Mouse.MoveAsync(place.X + (place.Width / 2), place.Y + (place.Height / 2));
        for (var turn = 0; turn < 4; turn++)
        {
            await tab.Page.Mouse.WheelAsync(0, -120);
        }

        // No tooltip, which would be part of the picture.
        await tab.Page.Mouse.MoveAsync(1, 1);
        var zoomed = await StillAsync(chart, all);

        // When an answer comes, the one before it has been drawn.
        for (var i = 1; i <= 3; i++)
        {
            var known = histories;
            await PublishAsync(house, i);
            await Patience.UntilAsync(() => Task.FromResult(histories > known), "the page has got another history");
        }

        (await DrawnAsync(chart) == zoomed).ShouldBeTrue("the chart shows other days than those it was zoomed to");
    }

    private static Task<string> DrawnAsync(ILocator chart) => chart.Locator("canvas").EvaluateAsync<string>("canvas => canvas.toDataURL()");

    /// <summary>The picture when it changes no more, and is another than one of before.</summary>
    private static async Task<string> StillAsync(ILocator chart, string before)
    {
        var (last, drawn) = ("", await DrawnAsync(chart));
        await Patience.UntilAsync(
            async () =>
            {
                await chart.Page.WaitForTimeoutAsync(500);
                (last, drawn) = (drawn, await DrawnAsync(chart));
                return drawn == last && drawn != before;
            },
            "the chart is drawn");
        return drawn;
    }

    private static async Task SetDaysAsync(DefaultHouse house)
    {
        var prices = new SetFactorPricesRequest { Factor = "SPX", Replaces = true, Reason = "test" };
        var first = new DateOnly(2026, 11, 19).AddDays(1 - Days);
        prices.Prices.Add(Enumerable.Range(0, Days).Select(i => new FactorPrice { Date = int.Parse($"{first.AddDays(i):yyyyMMdd}", System.Globalization.CultureInfo.InvariantCulture), Price = 5000 + (90 * Math.Sin(i * 0.1)) }));
        await house.Node.As(House.Operator).UnaryAsync(GrpcMethod.Of<SetFactorPricesRequest, SetFactorPricesResponse>(MarginReflection.Descriptor.Services[0], "SetFactorPrices"), prices).Within();
    }

    private static async Task PublishAsync(DefaultHouse house, int number)
    {
        var feed = house.Node.As(House.Feed1).ClientStreaming(Methods.PublishMarks);
        await feed.Requests.WriteAsync(new PublishMarksRequest { Marks = { new Mark { Instrument = "ES", Price = House.Number(5000 + number), Source = "SRC1", Time = House.Noon + number } } });
        await feed.CompleteRequestsAsync();
        await feed.ResponseAsync.Within();
    }
}
