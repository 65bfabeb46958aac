using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace ClearingActors.Node.Services;

/// <summary>Finds out who calls before a handler runs, and tells the handler.</summary>
internal static class Callers
{
    private static readonly object Key = new();

    /// <summary>Refuses callers who are nobody; health and reflection are for everybody.</summary>
    /// <exception cref="RpcException">UNAUTHENTICATED.</exception>
    internal static ValueTask IdentifyAsync(ServerCallContext context, IPrincipals principals)
    {
        if (context.Method.StartsWith("grpc.", StringComparison.Ordinal))
        {
            return ValueTask.CompletedTask;
        }

        string? authorization = context.HttpContext.Request.Headers.Authorization;
        if (!principals.TryIdentify(authorization, out var principal))
        {
            throw new RpcException(
                StatusCode.Unauthenticated,
                authorization is null ? "the call has no authorization: send Bearer and the token of a configured principal" : "the token is not that of a configured principal");
        }

        context.UserState[Key] = principal;
        return ValueTask.CompletedTask;
    }

    /// <summary>Calls a method of this node for somebody who has been identified otherwise, as by the session of a web page.</summary>
    /// <exception cref="RpcException">What the method answers with in place of a response.</exception>
    internal static ValueTask<IMessage> InvokeAsync(LocalMethod method, IMessage request, HttpContext http, Principal principal, CancellationToken cancellation) =>
        method.InvokeAsync(request, http, context => context.UserState[Key] = principal, cancellation);

    internal static Principal PrincipalOf(ServerCallContext context) => (Principal)context.UserState[Key]!;

    /// <summary>The caller, who must have one of the roles.</summary>
    /// <exception cref="RpcException">PERMISSION_DENIED.</exception>
    internal static Principal Require(ServerCallContext context, Roles any)
    {
        var principal = PrincipalOf(context);
        return principal.Is(any) ? principal : throw new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not call {context.Method}: role {string.Join(" or ", RoleNames.Of(any))} is required");
    }
}
