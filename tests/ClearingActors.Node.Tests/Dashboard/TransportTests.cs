using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClearingActors.Node.Tests.Dashboard;

/// <summary>How the page is reached: certificates, proxies, and pages of others.</summary>
public sealed class TransportTests : IDisposable
{
    private readonly string _folder = RunningNode.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task With_a_certificate_the_page_comes_by_TLS_and_its_cookies_only_so()
    {
        var certificate = WriteCertificate("page");
        await using var node = await RunningNode.StartAsync(s => WithCertificate(s, "page.pem", "page.key"), define: false);
        node.Node.WebAddress!.Scheme.ShouldBe("https");
        var seen = "";
        using var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer() };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) => (seen = presented!.GetCertHashString(HashAlgorithmName.SHA256)).Length > 0;
        using var http = new HttpClient(handler) { BaseAddress = node.Node.WebAddress };

        using var session = await http.GetAsync("api/session", TestContext.Current.CancellationToken);

        seen.ShouldBe(certificate);
        session.Headers.GetValues("Strict-Transport-Security").Single().ShouldStartWith("max-age=");
        session.Headers.GetValues("Set-Cookie").ShouldAllBe(cookie => cookie.Contains("secure", StringComparison.OrdinalIgnoreCase) && cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase) && cookie.Contains("samesite=strict", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Who_does_not_trust_the_certificate_gets_nothing_and_the_node_goes_on()
    {
        var certificate = WriteCertificate("page");
        await using var node = await RunningNode.StartAsync(s => WithCertificate(s, "page.pem", "page.key"), define: false);
        using var careful = new HttpClient { BaseAddress = node.Node.WebAddress };

        await Should.ThrowAsync<HttpRequestException>(() => careful.GetAsync("api/session", TestContext.Current.CancellationToken));

        using var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetCertHashString(HashAlgorithmName.SHA256) == certificate } };
        using var http = new HttpClient(handler) { BaseAddress = node.Node.WebAddress };
        (await http.GetAsync("", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("nowhere.pem", "page.key")]
    [InlineData("page.pem", "other.key")]
    [InlineData("page.key", "page.pem")]
    public async Task A_certificate_that_cannot_be_used_keeps_the_node_from_starting(string certificate, string key)
    {
        WriteCertificate("page");
        WriteCertificate("other");

        var refused = await Should.ThrowAsync<NodeSettingsException>(() => ClearingNode.StartAsync(WithCertificate(RunningNode.SettingsIn(_folder), certificate, key), NullLoggerFactory.Instance));

        refused.Message.ShouldStartWith("The certificate of the operators' page cannot be used");
        refused.Message.ShouldContain("web.certificate and web.certificateKey");

        // What had been opened is closed again: the same folder serves another start.
        await using var node = await ClearingNode.StartAsync(RunningNode.SettingsIn(_folder), NullLoggerFactory.Instance);
    }

    [Fact]
    public async Task Behind_a_proxy_a_lockout_is_the_browsers_and_not_everybodys()
    {
        await using var node = await RunningNode.StartAsync(s => PageClient.WithPage(s) with { Web = PageClient.WithPage(s).Web with { BehindProxy = true } }, define: false);
        for (var i = 0; i < 5; i++)
        {
            (await SignInAsync(node, "203.0.113.7", "a wrong password")).ShouldBe(HttpStatusCode.Unauthorized);
        }

        (await SignInAsync(node, "203.0.113.7", PageClient.Password)).ShouldBe(HttpStatusCode.TooManyRequests);
        (await SignInAsync(node, "203.0.113.8", PageClient.Password)).ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_proxy_that_does_not_tell_of_its_TLS_is_told_what_is_missing()
    {
        await using var node = await RunningNode.StartAsync(s => PageClient.WithPage(s) with { Web = PageClient.WithPage(s).Web with { BehindProxy = true } }, define: false);
        using var http = new HttpClient { BaseAddress = node.Node.WebAddress };
        using var answer = await http.GetAsync("api/session", TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("must set X-Forwarded-Proto");
    }

    [Fact]
    public async Task Without_a_proxy_nobody_is_believed_about_his_address()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        for (var i = 0; i < 5; i++)
        {
            (await SignInAsync(node, $"203.0.113.{i}", "a wrong password")).ShouldBe(HttpStatusCode.Unauthorized);
        }

        (await SignInAsync(node, "203.0.113.99", PageClient.Password)).ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Another_page_on_the_same_host_opens_no_live_connection_in_the_users_name()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");
        (await OpenAsync(page, node.Node.WebAddress!, node.Node.WebAddress!.GetLeftPart(UriPartial.Authority))).ShouldBeTrue();
        (await OpenAsync(page, node.Node.WebAddress!, "http://127.0.0.1:1")).ShouldBeFalse();
        (await OpenAsync(page, node.Node.WebAddress!, "null")).ShouldBeFalse();
    }

    private static async Task<bool> OpenAsync(PageClient page, Uri address, string origin)
    {
        using var socket = new ClientWebSocket();
        socket.Options.Cookies = page.Cookies;
        socket.Options.SetRequestHeader("Origin", origin);
        try
        {
            await socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = "/live" }.Uri, TestContext.Current.CancellationToken);
            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    private static async Task<HttpStatusCode> SignInAsync(RunningNode node, string from, string password)
    {
        using var handler = new SocketsHttpHandler { UseCookies = false };
        using var http = new HttpClient(handler) { BaseAddress = node.Node.WebAddress };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", from);
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var session = await http.GetAsync("api/session", TestContext.Current.CancellationToken);
        var token = JsonDocument.Parse(await session.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("forgeryToken").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/sign-in")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { name = "operator:ops1", password }), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Forgery-Token", token);
        request.Headers.Add("Cookie", session.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private NodeSettings WithCertificate(NodeSettings settings, string certificate, string key) => PageClient.WithPage(settings) with
    {
        Web = PageClient.WithPage(settings).Web with { Certificate = Path.Combine(_folder, certificate), CertificateKey = Path.Combine(_folder, key) },
    };

    /// <summary>A certificate of its own making; its SHA-256.</summary>
    private string WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(_folder, $"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, $"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }
}
