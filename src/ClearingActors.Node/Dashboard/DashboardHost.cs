using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClearingActors.Grpc;
using ClearingActors.Node.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Dashboard;

/// <summary>Serves the operators' page, on a port of its own: what is wrong there cannot reach members' streams.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    /// <summary>People who watch, with a few tabs each; far beyond it something is wrong.</summary>
    private const int MostConnections = 500;

    /// <summary>Of a request's body; the largest is a margin model's parameters.</summary>
    private const int MostBytes = 256 * 1024;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly LiveReads _reads;
    private readonly SessionEndpoints _sessions;

    private DashboardHost(WebApplication app, LiveReads reads, SessionEndpoints sessions)
    {
        _sessions = sessions;
        _app = app;
        _reads = reads;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <summary>Where the page is.</summary>
    internal Uri Address { get; }

    /// <summary>Serves when this completes.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="NodeSettingsException">The certificate cannot be used.</exception>
    internal static async Task<DashboardHost> StartAsync(NodeSettings settings, IReadOnlyDictionary<string, LocalMethod> methods, ILoggerFactory loggers, TimeProvider time)
    {
        var logger = loggers.CreateLogger("ClearingActors.Node.Dashboard");
        var calls = new DashboardCalls(methods);
        var reads = new LiveReads(calls, time, logger);
        var keys = KeysOf(settings);
        var users = new WebUsers(settings.Web, EndedSessions.Open(keys.FullName, time, logger));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "ClearingActors.Node" });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddSingleton<IHostLifetime, HostLifetime>();
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(calls);
        builder.Services.AddSingleton(reads);
        builder.Services.AddSingleton(users);
        builder.Services.AddRouting();
        AddSessions(builder.Services, settings, users, keys);
        builder.Services.AddSignalR(signalr =>
        {
            signalr.MaximumReceiveMessageSize = MostBytes;

            // The page takes six seconds without a word for a lost connection.
            signalr.KeepAliveInterval = TimeSpan.FromSeconds(2);
        }).AddJsonProtocol();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostBytes;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 32;
            kestrel.Limits.MaxConcurrentUpgradedConnections = MostConnections;
            kestrel.Listen(IPAddress.Parse(settings.Web.Address), settings.Web.Port, listen => Secure(listen, settings));
        });
        var app = builder.Build();
        var sessions = new SessionEndpoints(settings, users, new SignInLimits(settings.Web.Users.Select(u => u.Name), time), logger);
        try
        {
            if (settings.Web.BehindProxy)
            {
                // From this machine alone: what others say of themselves is not believed.
                app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = 1 });
            }

            app.Use(SecurityHeaders.AddAsync);
            if (settings.Web.IsSecure)
            {
                app.Use(RequireTlsAsync);
            }

            app.Use(OwnOrigin.CheckAsync);
            app.UseRouting();
            app.UseAuthentication();
            app.UseAuthorization();
            sessions.MapTo(app);
            new RpcEndpoint(calls, users, logger).MapTo(app);
            app.MapHub<LiveHub>("/live", options =>
            {
                // The page is served to browsers that have WebSockets; long polling would only hide a proxy that lacks them.
                options.Transports = HttpTransportType.WebSockets;
                options.CloseOnAuthenticationExpiration = true;
            });
            new PageFiles().MapTo(app);
            await app.StartAsync().ConfigureAwait(false);
            return new DashboardHost(app, reads, sessions);
        }
        catch
        {
            reads.Dispose();
            sessions.Dispose();
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal async Task StopAsync()
    {
        // Ends what pages follow, or their connections would hold the stop up.
        _reads.Dispose();
        using var limit = new CancellationTokenSource(StopLimit);
        await _app.StopAsync(limit.Token).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _reads.Dispose();
        _sessions.Dispose();
    }

    /// <summary>Cookies go over TLS only; where none is seen, a proxy does not say that it has it.</summary>
    private static Task RequireTlsAsync(HttpContext http, RequestDelegate next) => http.Request.IsHttps
        ? next(http)
        : SessionEndpoints.RefuseAsync(http, StatusCodes.Status403Forbidden, "the request came without TLS; the proxy before the node must set X-Forwarded-Proto, as web.behindProxy asks for");

    /// <summary>Where the keys of cookies are, and the sessions that were ended. Kept, so that nobody need sign in again because the node was started again.</summary>
    private static DirectoryInfo KeysOf(NodeSettings settings)
    {
        var folder = Path.Combine(Path.GetFullPath(settings.DataDirectory), "web-keys");
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(folder)
            : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void AddSessions(IServiceCollection services, NodeSettings settings, WebUsers users, DirectoryInfo keys)
    {
        services.AddDataProtection().SetApplicationName("ClearingActors").PersistKeysToFileSystem(keys);
        var secure = settings.Web.IsSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        services.AddAuthentication(WebUsers.Scheme).AddCookie(WebUsers.Scheme, cookie =>
        {
            cookie.Cookie.Name = "clearing-session";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.Cookie.SecurePolicy = secure;
            cookie.SlidingExpiration = false;

            // The page itself asks people to sign in; a call is told that it must.
            cookie.Events.OnRedirectToLogin = context => Answer(context.Response, StatusCodes.Status401Unauthorized);
            cookie.Events.OnRedirectToAccessDenied = context => Answer(context.Response, StatusCodes.Status403Forbidden);
            cookie.Events.OnValidatePrincipal = context =>
            {
                if (context.Principal is not { } session || !users.TryGet(session, out _))
                {
                    context.RejectPrincipal();
                }

                return Task.CompletedTask;
            };
        });
        services.AddAuthorization();
        services.AddAntiforgery(forgery =>
        {
            forgery.HeaderName = SessionEndpoints.ForgeryHeader;
            forgery.Cookie.Name = "clearing-forgery";
            forgery.Cookie.HttpOnly = true;
            forgery.Cookie.SameSite = SameSiteMode.Strict;
            forgery.Cookie.SecurePolicy = secure;
        });
    }

    private static Task Answer(HttpResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static void Secure(ListenOptions listen, NodeSettings settings)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        if (settings.Web.Certificate.Length == 0)
        {
            listen.Protocols = HttpProtocols.Http1;
            return;
        }

        var folder = Path.GetFullPath(settings.DataDirectory);
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(Path.GetFullPath(settings.Web.Certificate, folder));
            listen.UseHttps(
                X509Certificate2.CreateFromPemFile(Path.GetFullPath(settings.Web.Certificate, folder), Path.GetFullPath(settings.Web.CertificateKey, folder)), https => https.ServerCertificateChain = chain);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // The last is what a key of another certificate is told with.
            throw new NodeSettingsException($"The certificate of the operators' page cannot be used: {e.Message} Set web.certificate and web.certificateKey to PEM files", e);
        }
    }

    /// <summary>The process's signals are its host's.</summary>
    private sealed class HostLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
