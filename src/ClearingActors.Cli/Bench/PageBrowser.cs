using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace ClearingActors.Cli.Bench;

/// <summary>A real browser with the page open: Chromium without a window, driven by its DevTools protocol.</summary>
internal sealed class PageBrowser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private int _next;

    private PageBrowser(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>Opens the page and signs in.</summary>
    /// <exception cref="CommandException">Chromium does not start, or the page does not come.</exception>
    internal static async Task<PageBrowser> StartAsync(string executable, Uri page, string user, string password, CancellationToken cancellation)
    {
        var profile = Directory.CreateTempSubdirectory("clearing-browser-").FullName;
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(
                executable, ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", $"--user-data-dir={profile}", "--window-size=1280,800", "about:blank"])
            { RedirectStandardError = true, RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CommandException($"{executable} cannot be started: {e.Message}; install Chromium, or leave --browser out");
        }

        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var browser = new PageBrowser(process, profile);
        try
        {
            await browser.OpenAsync(page, user, password, cancellation).ConfigureAwait(false);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Bytes of JavaScript's heap after a collection.</summary>
    internal async Task<long> HeapAsync(CancellationToken cancellation)
    {
        await SendAsync("HeapProfiler.collectGarbage", new { }, cancellation).ConfigureAwait(false);
        return (await SendAsync("Runtime.getHeapUsage", new { }, cancellation).ConfigureAwait(false)).GetProperty("usedSize").GetInt64();
    }

    /// <summary>What an expression of the page comes to, as text.</summary>
    internal async Task<string> EvaluateAsync(string expression, CancellationToken cancellation) =>
        (await SendAsync("Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true }, cancellation).ConfigureAwait(false)).GetProperty("result").TryGetProperty("value", out var value) ? value.ToString() : "";

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task OpenAsync(Uri page, string user, string password, CancellationToken cancellation)
    {
        var portFile = Path.Combine(_profile, "DevToolsActivePort");
        await UntilAsync(() => Task.FromResult(File.Exists(portFile) && File.ReadAllLines(portFile).Length >= 2), "Chromium has not started", cancellation).ConfigureAwait(false);
        var port = File.ReadAllLines(portFile)[0];
        using var http = new HttpClient();
        var targets = await http.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{port}/json/list", cancellation).ConfigureAwait(false);
        var target = targets.EnumerateArray().First(t => t.GetProperty("type").GetString() == "page").GetProperty("webSocketDebuggerUrl").GetString()!;
        await _socket.ConnectAsync(new Uri(target), cancellation).ConfigureAwait(false);
        await SendAsync("Page.navigate", new { url = page.ToString() }, cancellation).ConfigureAwait(false);
        await UntilAsync(async () => await EvaluateAsync("document.querySelector('#password') !== null", cancellation).ConfigureAwait(false) == "True", "the page does not ask for a password", cancellation).ConfigureAwait(false);
        var body = JsonSerializer.Serialize(new { name = user, password });
        var status = await EvaluateAsync(string.Create(CultureInfo.InvariantCulture, $$"""
            fetch('/api/session').then(r => r.json()).then(s =>
              fetch('/api/sign-in', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Forgery-Token': s.forgeryToken }, body: {{JsonSerializer.Serialize(body)}} })).then(r => r.status)
            """), cancellation).ConfigureAwait(false);
        if (status != "204")
        {
            throw new CommandException($"the page refused the browser's sign-in with {status}");
        }

        await SendAsync("Page.navigate", new { url = page.ToString() }, cancellation).ConfigureAwait(false);
        await UntilAsync(async () => (await EvaluateAsync("document.querySelector('.connection')?.textContent ?? ''", cancellation).ConfigureAwait(false)).Contains("Live", StringComparison.Ordinal), "the page is not live", cancellation).ConfigureAwait(false);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string otherwise, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition().ConfigureAwait(false))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new CommandException($"{otherwise} after {Patience.TotalSeconds} s");
            }

            await Task.Delay(50, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<JsonElement> SendAsync(string method, object parameters, CancellationToken cancellation)
    {
        var id = ++_next;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters }), WebSocketMessageType.Text, true, cancellation).ConfigureAwait(false);
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var text = new StringBuilder();
            ValueWebSocketReceiveResult received;
            do
            {
                received = await _socket.ReceiveAsync(buffer.AsMemory(), cancellation).ConfigureAwait(false);
                text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
            }
            while (!received.EndOfMessage);

            var message = JsonSerializer.Deserialize<JsonElement>(text.ToString());
            if (message.TryGetProperty("id", out var answered) && answered.GetInt32() == id)
            {
                return message.TryGetProperty("result", out var result) ? result : throw new CommandException($"Chromium refused {method}: {message.GetProperty("error").GetProperty("message").GetString()}");
            }
        }
    }
}
