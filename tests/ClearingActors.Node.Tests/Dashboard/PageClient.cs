using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ClearingActors.Node.Dashboard;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node.Tests.Dashboard;

/// <summary>A browser as the node sees it: cookies, and the token that the page sends along.</summary>
internal sealed class PageClient : IDisposable
{
    internal const string Password = "correct horse battery";
    private static readonly string Hash = Passwords.Hash(Password);
    private readonly HttpClient _http;

    internal PageClient(Uri address)
    {
        Cookies = new CookieContainer();
        _http = new HttpClient(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false }) { BaseAddress = address };
    }

    internal CookieContainer Cookies { get; }

    internal string ForgeryToken { get; set; } = "";

    internal static NodeSettings WithPage(NodeSettings settings) => settings with
    {
        Web = new WebSettings
        {
            Port = 0,
            Users =
            [
                new() { Name = "operator:ops1", PasswordHash = Hash, Roles = Roles.Operator },
                new() { Name = "operator:ops2", PasswordHash = Hash, Roles = Roles.Operator },
                new() { Name = "risk:rm1", PasswordHash = Hash, Roles = Roles.RiskManager },
                new() { Name = "viewer:v1", PasswordHash = Hash, Roles = Roles.Viewer },
                new() { Name = "all:one", PasswordHash = Hash, Roles = Roles.Readers },
                new() { Name = "auditor:aud1", PasswordHash = Hash, Roles = Roles.Auditor },
            ],
        },
    };

    internal static async Task<PageClient> SignedInAsync(Uri address, string name)
    {
        var client = new PageClient(address);
        (await client.SignInAsync(name, Password)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await client.LoadSessionAsync();
        return client;
    }

    internal async Task<HttpResponseMessage> SignInAsync(string name, string password)
    {
        await LoadSessionAsync();
        return await PostAsync("api/sign-in", JsonSerializer.Serialize(new { name, password }));
    }

    internal async Task<JsonElement> LoadSessionAsync()
    {
        var session = await _http.GetFromJsonAsync<JsonElement>("api/session", TestContext.Current.CancellationToken);
        ForgeryToken = session.GetProperty("forgeryToken").GetString()!;
        return session;
    }

    internal Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, TestContext.Current.CancellationToken);

    internal async Task<HttpResponseMessage> PostAsync(string path, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (ForgeryToken.Length > 0)
        {
            request.Headers.Add("X-Forgery-Token", ForgeryToken);
        }

        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    internal Task<HttpResponseMessage> CallAsync(string method, string json = "{}") => PostAsync($"api/rpc/{method}", json);

    internal static async Task<string> ErrorOf(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("error").GetString()!;

    internal static async Task<JsonElement> JsonOf(HttpResponseMessage response)
    {
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
