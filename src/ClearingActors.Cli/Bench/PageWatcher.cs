using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace ClearingActors.Cli.Bench;

/// <summary>Somebody who watches the operators' page, without a browser: signs in, connects as SignalR's JavaScript client does, follows what the pages follow, and counts what comes.</summary>
internal sealed class PageWatcher : IAsyncDisposable
{
    private const char RecordEnd = '\u001e';

    /// <summary>What each page follows, with its interval in milliseconds; besides the overview, which every page has in its bar.</summary>
    private static readonly (string Method, string Request, int Milliseconds)[][] Pages =
    [
        [("clearing.house.v1.HouseService/GetLoad", "{}", 1000), ("clearing.accounts.v1.AccountsService/GetHouse", "{}", 1000), ("clearing.markets.v1.MarketsService/GetMarkets", "{}", 1000)],
        [("clearing.accounts.v1.AccountsService/ListAccounts", "{}", 2000), ("clearing.accounts.v1.AccountsService/GetHouse", "{}", 1000)],
        [("clearing.markets.v1.MarketsService/GetMarkets", "{}", 1000)],
        [("clearing.margin.v1.MarginService/GetMarginRuns", "{}", 1000), ("clearing.accounts.v1.AccountsService/GetHouse", "{}", 1000)],
        [("clearing.defaults.v1.DefaultService/GetDefaults", "{}", 500)],
        [("clearing.house.v1.ClusterService/GetCluster", "{}", 1000)],
        [("clearing.actions.v1.ActionService/GetActions", "{}", 1000)],
    ];

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;
    private long _updates;
    private long _bytes;

    /// <summary>Updates that came.</summary>
    internal long Updates => Volatile.Read(ref _updates);

    /// <summary>Bytes that came.</summary>
    internal long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The most updates of one read within any second so far; shows whether they are conflated.</summary>
    internal int MostOfOneReadInASecond { get; private set; }

    /// <summary>Signs in and follows a page's reads; pages are given out in turns.</summary>
    internal static async Task<PageWatcher> StartAsync(Uri page, string user, string password, int number, CancellationToken cancellation)
    {
        var watcher = new PageWatcher();
        var cookies = new CookieContainer();
        using var handler = new SocketsHttpHandler { CookieContainer = cookies };
        using var http = new HttpClient(handler) { BaseAddress = page };
        await SignInAsync(http, user, password, cancellation).ConfigureAwait(false);
        watcher._socket.Options.Cookies = cookies;
        await watcher._socket.ConnectAsync(new UriBuilder(page) { Scheme = "ws", Path = "/live" }.Uri, cancellation).ConfigureAwait(false);
        await watcher.SendAsync("{\"protocol\":\"json\",\"version\":1}", cancellation).ConfigureAwait(false);
        var reads = Pages[number % Pages.Length].Prepend(("clearing.house.v1.HouseService/GetOverview", "{}", 500)).ToArray();
        for (var i = 0; i < reads.Length; i++)
        {
            var (method, request, milliseconds) = reads[i];
            await watcher.SendAsync(
                JsonSerializer.Serialize(new { type = 4, invocationId = i.ToString(CultureInfo.InvariantCulture), target = "Follow", arguments = new object[] { method, request, milliseconds } }), cancellation).ConfigureAwait(false);
        }

        watcher._reading = Task.Run(() => watcher.ReadAsync(reads.Length), CancellationToken.None);
        return watcher;
    }

    /// <summary>Signs in over an HTTP client that keeps cookies.</summary>
    internal static async Task SignInAsync(HttpClient http, string user, string password, CancellationToken cancellation)
    {
        var session = await http.GetFromJsonAsync<JsonElement>("api/session", cancellation).ConfigureAwait(false);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/sign-in") { Content = JsonContent.Create(new { name = user, password }) };
        request.Headers.Add("X-Forgery-Token", session.GetProperty("forgeryToken").GetString());
        using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw new CommandException($"the page refused the sign-in: {await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false)}");
        }
    }

    /// <exception cref="CommandException">The node ended the connection before: then fewer watched than were counted.</exception>
    internal void MustStillWatch()
    {
        if (_reading.IsCompleted)
        {
            throw new CommandException($"a measurement of a wrong result is none: a watcher was cut off, {_reading.Exception?.InnerException?.Message ?? _socket.CloseStatusDescription}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _stop.Dispose();
    }

    private Task SendAsync(string record, CancellationToken cancellation) => _socket.SendAsync(Encoding.UTF8.GetBytes(record + RecordEnd), WebSocketMessageType.Text, true, cancellation);

    private async Task ReadAsync(int reads)
    {
        var buffer = new byte[256 * 1024];
        var head = new List<byte>(64);
        var second = Stopwatch.GetTimestamp();
        var counts = new int[reads];
        while (true)
        {
            var received = await _socket.ReceiveAsync(buffer.AsMemory(), _stop.Token).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            _bytes += received.Count;
            if (Stopwatch.GetElapsedTime(second).TotalSeconds >= 1)
            {
                MostOfOneReadInASecond = Math.Max(MostOfOneReadInASecond, counts.Max());
                Array.Clear(counts);
                second = Stopwatch.GetTimestamp();
            }

            // The beginning of a record says which read it is of; the rest is only counted.
            foreach (var b in buffer.AsSpan(0, received.Count))
            {
                if (b == RecordEnd)
                {
                    if (Encoding.ASCII.GetString([.. head]) is var text && text.StartsWith("{\"type\":2,\"invocationId\":\"", StringComparison.Ordinal))
                    {
                        _updates++;
                        counts[text[26] - '0']++;
                    }

                    head.Clear();
                }
                else if (head.Count < 32)
                {
                    head.Add(b);
                }
            }
        }
    }
}
