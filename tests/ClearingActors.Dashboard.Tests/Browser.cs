using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

/// <summary>Debian's Chromium, started once for all tests. Where it is not installed, tests are skipped; or fail, if <c>CLEARING_TESTS_REQUIRE</c> lists <c>chromium</c>.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";
    private const string Missing = "needs Chromium: apt-get install chromium";
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The sizes at which every page must be readable.</summary>
    internal static IReadOnlyList<(string Name, int Width, int Height)> Sizes { get; } = [("1280", 1280, 800), ("1920", 1920, 1080), ("phone", 390, 844)];

    internal IBrowser Chromium
    {
        get
        {
            if (_browser is null)
            {
                (Environment.GetEnvironmentVariable("CLEARING_TESTS_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries).ShouldNotContain("chromium", Missing);
                Assert.Skip(Missing);
            }

            return _browser;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Executable))
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();

        // Its sandbox cannot be set up as root in a container, and it loads nothing but the node's own page.
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Executable, Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }
}

/// <summary>One browser for all, and one test at a time: the machine has few cores.</summary>
[CollectionDefinition(Name)]
public sealed class InBrowser : ICollectionFixture<Browser>
{
    internal const string Name = "in the browser";
}
