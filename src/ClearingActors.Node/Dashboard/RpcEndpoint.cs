using System.Text;
using ClearingActors.Grpc;
using ClearingActors.Node.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Dashboard;

/// <summary><c>POST /api/rpc/package.Service/Method</c>: a call of the node's, with request and response as JSON.</summary>
internal sealed class RpcEndpoint(DashboardCalls calls, WebUsers users, ILogger logger)
{
    /// <summary>Calls of one person that wait for an answer; a page has some ten.</summary>
    internal const int MostOfOne = 32;

    private readonly AuditStreams _open = new(MostOfOne, "calls of the page");

    internal void MapTo(IEndpointRouteBuilder app) => app.MapPost("/api/rpc/{service}/{method}", (RequestDelegate)CallAsync);

    private async Task CallAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!users.TryGet(http.User, out var principal))
        {
            await SessionEndpoints.RefuseAsync(http, StatusCodes.Status401Unauthorized, "nobody is signed in").ConfigureAwait(false);
            return;
        }

        if (!await SessionEndpoints.IsOfPageAsync(http).ConfigureAwait(false))
        {
            return;
        }

        var name = $"{http.Request.RouteValues["service"]}/{http.Request.RouteValues["method"]}";
        if (!calls.TryFind(name, out var method))
        {
            await SessionEndpoints.RefuseAsync(http, StatusCodes.Status404NotFound, $"{name} cannot be called from the page: hand it in with ActionService/SubmitAction").ConfigureAwait(false);
            return;
        }

        try
        {
            using var call = _open.Enter(principal);
            using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
            var request = calls.Parse(method, await reader.ReadToEndAsync(http.RequestAborted).ConfigureAwait(false));
            var response = await DashboardCalls.InvokeAsync(method, request, http, principal, http.RequestAborted).ConfigureAwait(false);
            http.Response.ContentType = "application/json; charset=utf-8";
            await http.Response.WriteAsync(calls.Format(response), http.RequestAborted).ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            await SessionEndpoints.RefuseAsync(http, HttpStatusOf(e.StatusCode), e.Status.Detail).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await SessionEndpoints.RefuseAsync(http, e.StatusCode, e.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            logger.LogDebug("{Method} was given up by {Name}", name, principal.Name);
        }
    }

    private static int HttpStatusOf(StatusCode status) => status switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
