using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace ClearingActors.Node.Tests.Dashboard;

/// <summary>A page's live connection, by SignalR's JSON protocol over a WebSocket: records end with the character 0x1E.</summary>
internal sealed class LiveClient : IDisposable
{
    private const char RecordEnd = '\u001e';
    private readonly ClientWebSocket _socket = new();
    private readonly StringBuilder _pending = new();
    private int _next;

    internal static async Task<LiveClient> ConnectAsync(PageClient client, Uri address)
    {
        var live = new LiveClient();
        live._socket.Options.Cookies = new CookieContainer();
        foreach (Cookie cookie in client.Cookies.GetAllCookies())
        {
            live._socket.Options.Cookies.Add(new Cookie(cookie.Name, cookie.Value, "/", address.Host));
        }

        await live._socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = "/live" }.Uri, TestContext.Current.CancellationToken);
        await live.SendAsync("{\"protocol\":\"json\",\"version\":1}");
        (await live.ReceiveAsync()).EnumerateObject().ShouldBeEmpty();
        return live;
    }

    /// <summary>Follows a read; the number that its updates carry.</summary>
    internal async Task<string> FollowAsync(string method, string request = "{}", int milliseconds = 200)
    {
        var id = $"{_next++}";
        await SendAsync(JsonSerializer.Serialize(new { type = 4, invocationId = id, target = "Follow", arguments = new object[] { method, request, milliseconds } }));
        return id;
    }

    internal Task LeaveAsync(string id) => SendAsync(JsonSerializer.Serialize(new { type = 5, invocationId = id }));

    /// <summary>The next item of a stream (type 2) or its end (type 3); pings are passed over.</summary>
    internal async Task<JsonElement> NextAsync()
    {
        while (true)
        {
            var message = await ReceiveAsync();
            if (message.GetProperty("type").GetInt32() is 2 or 3)
            {
                return message;
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private Task SendAsync(string record) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(record + RecordEnd), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    private async Task<JsonElement> ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var text = _pending.ToString();
            if (text.IndexOf(RecordEnd, StringComparison.Ordinal) is var end and >= 0)
            {
                _pending.Remove(0, end + 1);
                return JsonSerializer.Deserialize<JsonElement>(text[..end]);
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(30));
            var received = await _socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                throw new InvalidOperationException($"the node closed the connection: {_socket.CloseStatusDescription}");
            }

            _pending.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }
    }
}
