using Microsoft.AspNetCore.Http;

namespace ClearingActors.Grpc;

/// <summary>Turns away what is no gRPC request before it becomes a call.</summary>
internal static class GrpcRequest
{
    /// <summary>False when the response has been given: 415 for another content type, 426 for HTTP/1.1.</summary>
    internal static bool IsAcceptable(HttpContext http)
    {
        if (!GrpcHttp.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }

        if (HttpProtocol.IsHttp11(http.Request.Protocol) || HttpProtocol.IsHttp10(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            http.Response.Headers.Upgrade = "h2c";
            return false;
        }

        return true;
    }

    /// <summary>Answers a call of a method nobody serves: HTTP 200 with UNIMPLEMENTED. What is not gRPC is just not found.</summary>
    internal static Task AnswerUnimplemented(HttpContext http)
    {
        if (!GrpcHttp.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        http.Response.ContentType = GrpcHttp.ContentType;
        GrpcHttp.SetStatus(http.Response.Headers, new Status(StatusCode.Unimplemented, $"There is no method {http.Request.Path}"));
        return Task.CompletedTask;
    }
}
