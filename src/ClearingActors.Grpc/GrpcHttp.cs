using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ClearingActors.Grpc;

/// <summary>The gRPC protocol's words in HTTP.</summary>
internal static class GrpcHttp
{
    internal const string ContentType = "application/grpc";
    internal const string AcceptEncoding = "identity,gzip";

    /// <summary>Whether a content type is gRPC's: <c>application/grpc</c>, alone or with <c>+format</c> or parameters.</summary>
    internal static bool IsGrpc(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';' or ' ');

    internal static void SetStatus(IHeaderDictionary target, Status status)
    {
        target["grpc-status"] = ((int)status.Code).ToString(CultureInfo.InvariantCulture);
        if (status.Detail.Length > 0)
        {
            target["grpc-message"] = StatusMessage.Encode(status.Detail);
        }
    }

    /// <summary>The status in headers or trailers, or null when there is none.</summary>
    internal static Status? ReadStatus(string? code, string? message)
    {
        if (code is null)
        {
            return null;
        }

        string detail = StatusMessage.Decode(message ?? "");
        return int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new Status(Enum.IsDefined((StatusCode)number) ? (StatusCode)number : StatusCode.Unknown, detail)
            : new Status(StatusCode.Unknown, $"The server sent the status '{code}', which is no number");
    }
}
