using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

/// <summary>A tab in which somebody works. What the browser complains of, such as something that the page's policy refuses, fails the test when the tab is closed.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private const int PatienceMilliseconds = 30_000;
    private readonly List<string> _complaints = [];

    private OpenPage(IBrowserContext context, IPage page, Uri address)
    {
        Context = context;
        Page = page;
        Address = address;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Add(error);
    }

    internal IBrowserContext Context { get; }

    internal IPage Page { get; }

    internal Uri Address { get; }

    /// <summary>What may be complained of: a connection that a test itself cuts.</summary>
    internal Func<string, bool> Expected { get; set; } = _ => false;

    internal static async Task<OpenPage> OpenAsync(Browser browser, Uri address, (string Name, int Width, int Height)? size = null, ColorScheme scheme = ColorScheme.Light)
    {
        var (_, width, height) = size ?? Browser.Sizes[0];
        var context = await browser.Chromium.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme });
        context.SetDefaultTimeout(PatienceMilliseconds);
        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
        var page = await context.NewPageAsync();
        var open = new OpenPage(context, page, address);
        await page.GotoAsync(address.ToString());
        return open;
    }

    /// <summary>Opens the page and signs in.</summary>
    internal static async Task<OpenPage> SignedInAsync(Browser browser, Uri address, string name, (string Name, int Width, int Height)? size = null, ColorScheme scheme = ColorScheme.Light)
    {
        var open = await OpenAsync(browser, address, size, scheme);
        await open.Page.GetByLabel("Name").FillAsync(name);
        await open.Page.GetByLabel("Password").FillAsync(PageClient.Password);
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await open.Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
        return open;
    }

    internal ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    /// <summary>Opens a page of the navigation.</summary>
    internal async Task GoAsync(string title)
    {
        await Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).GetByRole(AriaRole.Link, new() { Name = title }).ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = title, Level = 1 })).ToBeVisibleAsync();
    }

    /// <summary>Fills in the reason that an action asks for, hands it in, and closes the dialog when the page has said what became of it.</summary>
    internal async Task GiveReasonAsync(string reason, string says)
    {
        var dialog = Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync(reason);
        await dialog.Locator("button[type=submit]").ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync(says);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).Last.ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Context.CloseAsync();
        _complaints.Where(c => !Expected(c)).ShouldBeEmpty();
    }
}
