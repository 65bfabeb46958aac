using System.Text.Json;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Dashboard;

/// <summary>Signing in and out, and what a page must know of its session.</summary>
internal sealed class SessionEndpoints(NodeSettings settings, WebUsers users, SignInLimits limits, ILogger logger) : IDisposable
{
    /// <summary>Passwords that are hashed at once; hashing takes a core for a while, and clearing needs it more.</summary>
    private const int HashesAtOnce = 1;

    /// <summary>Sign-ins that wait for it; more are told to come again.</summary>
    private const int MostWaiting = 20;

    private const int MostSignInBytes = 4 * 1024;

    private readonly SemaphoreSlim _hashing = new(HashesAtOnce);
    private int _waiting;

    private const string NotNoted =
        "You are signed out, but the node could not note it on its disk: when it is started again, a copy of this session's cookie may be valid until the session would have run out. Tell who looks after the node; its log says why.";

    internal const string ForgeryHeader = "X-Forgery-Token";

    internal void MapTo(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/session", (RequestDelegate)GetAsync);
        app.MapPost("/api/sign-in", (RequestDelegate)SignInAsync);
        app.MapPost("/api/sign-out", (RequestDelegate)SignOutAsync);
    }

    public void Dispose() => _hashing.Dispose();

    /// <summary>False, and answered, if the request was not made by the page itself.</summary>
    internal static async ValueTask<bool> IsOfPageAsync(HttpContext http)
    {
        if (await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http).ConfigureAwait(false))
        {
            return true;
        }

        await RefuseAsync(http, StatusCodes.Status400BadRequest, "the request does not carry this session's token: load the page again").ConfigureAwait(false);
        return false;
    }

    internal static Task RefuseAsync(HttpContext http, int status, string error)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(new ErrorAnswer(error), http.RequestAborted);
    }

    private Task GetAsync(HttpContext http)
    {
        // Forbids caching by itself.
        var token = http.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(http).RequestToken;
        users.TryGet(http.User, out var principal);
        return http.Response.WriteAsJsonAsync(
            new SessionAnswer(principal?.Name ?? "", principal is null ? [] : [.. RoleNames.Of(principal.Roles)], token!, settings.Name, PageFiles.Build, settings.Currencies), http.RequestAborted);
    }

    private async Task SignInAsync(HttpContext http)
    {
        // Anybody may send one: no more is read than a name and a password need.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MostSignInBytes;
        }

        if (!await IsOfPageAsync(http).ConfigureAwait(false))
        {
            return;
        }

        SignInRequest? request;
        try
        {
            request = await http.Request.ReadFromJsonAsync<SignInRequest>(http.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            request = null;
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(http, e.StatusCode, e.Message).ConfigureAwait(false);
            return;
        }

        if (request is not { Name: { Length: > 0 and <= 64 } name, Password: { Length: <= Passwords.Longest } password } || name.Any(char.IsControl))
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, $"a name of 1 to 64 characters and a password of at most {Passwords.Longest} are required").ConfigureAwait(false);
            return;
        }

        var address = http.Connection.RemoteIpAddress?.ToString() ?? "";
        if (limits.TryBegin(name, address) is { } left && left > TimeSpan.Zero)
        {
            logger.LogWarning("Sign-in as {Name} from {Address} is locked for {Minutes} min after failures", name, address, Math.Ceiling(left.TotalMinutes));
            await RefuseAsync(http, StatusCodes.Status429TooManyRequests, $"too many failures: try again in {Math.Ceiling(left.TotalMinutes)} minutes").ConfigureAwait(false);
            return;
        }

        Principal? principal;
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            limits.NotTried(name, address);
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, "many sign in just now: try again in a moment").ConfigureAwait(false);
            return;
        }

        try
        {
            await WaitAsync(name, address, http.RequestAborted).ConfigureAwait(false);
            try
            {
                principal = await Task.Run(() => users.Verify(name, password)).ConfigureAwait(false);
            }
            finally
            {
                _hashing.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        if (principal is null)
        {
            logger.LogWarning("Sign-in as {Name} from {Address} failed", name, address);
            await RefuseAsync(http, StatusCodes.Status401Unauthorized, "name or password is wrong").ConfigureAwait(false);
            return;
        }

        limits.Succeeded(name, address);
        var (cookie, times) = users.Begin(principal);
        await http.SignInAsync(WebUsers.Scheme, cookie, times).ConfigureAwait(false);
        logger.LogInformation("{Name} signed in from {Address}", name, address);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Waits until the password may be hashed.</summary>
    private async Task WaitAsync(string name, string address, CancellationToken aborted)
    {
        try
        {
            await _hashing.WaitAsync(aborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            limits.NotTried(name, address);
            throw;
        }
    }

    private async Task SignOutAsync(HttpContext http)
    {
        if (!await IsOfPageAsync(http).ConfigureAwait(false))
        {
            return;
        }

        var noted = users.End(http.User);
        await http.SignOutAsync(WebUsers.Scheme).ConfigureAwait(false);
        logger.LogInformation("{Name} signed out", http.User.Identity?.Name);
        if (noted)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await http.Response.WriteAsJsonAsync(new SignOutAnswer(NotNoted), http.RequestAborted).ConfigureAwait(false);
    }

    private sealed record SignInRequest(string? Name, string? Password);

    /// <summary>What holds only in part.</summary>
    private sealed record SignOutAnswer(string Warning);

    private sealed record ErrorAnswer(string Error);

    /// <summary>Without a name nobody is signed in.</summary>
    private sealed record SessionAnswer(string Name, string[] Roles, string ForgeryToken, string Node, string Build, IReadOnlyDictionary<string, int> Currencies);
}
