using System.Net;

namespace ClearingActors.Grpc;

/// <summary>The status that a failure of HTTP stands for, by the tables of the gRPC protocol.</summary>
internal static class TransportFailure
{
    internal static Status StatusOf(HttpStatusCode code) => new(
        (int)code switch
        {
            400 => StatusCode.Internal,
            401 => StatusCode.Unauthenticated,
            403 => StatusCode.PermissionDenied,
            404 => StatusCode.Unimplemented,
            429 or 502 or 503 or 504 => StatusCode.Unavailable,
            _ => StatusCode.Unknown,
        },
        $"The server answered with HTTP status {(int)code}");

    internal static Status StatusOf(Exception failure)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is HttpProtocolException protocol)
            {
                return new Status(OfReset(protocol.ErrorCode), $"The server reset the stream or connection with code {protocol.ErrorCode}");
            }
        }

        return new Status(StatusCode.Unavailable, $"The connection failed: {failure.Message}");
    }

    private static StatusCode OfReset(long code) => code switch
    {
        0x7 => StatusCode.Unavailable,
        0x8 => StatusCode.Cancelled,
        0xb => StatusCode.ResourceExhausted,
        0xc => StatusCode.PermissionDenied,
        >= 0x0 and <= 0xa and not 0x5 => StatusCode.Internal,
        _ => StatusCode.Unknown,
    };
}
