using Microsoft.AspNetCore.Http;

namespace ClearingActors.Node.Dashboard;

/// <summary>
/// Refuses what a browser sends on behalf of another page. Cookies of one host are sent to all its ports, so another program's page on this machine could open a WebSocket in the user's
/// name; its <c>Origin</c> tells.
/// </summary>
internal static class OwnOrigin
{
    internal static Task CheckAsync(HttpContext http, RequestDelegate next)
    {
        string? origin = http.Request.Headers.Origin;
        if (string.IsNullOrEmpty(origin) || origin == $"{http.Request.Scheme}://{http.Request.Host}")
        {
            return next(http);
        }

        return SessionEndpoints.RefuseAsync(http, StatusCodes.Status403Forbidden, "the request comes from another page than this node's; a proxy before it must pass the browser's Host on, and web.behindProxy be set");
    }
}
