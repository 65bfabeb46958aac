using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>Which ends of a call another attempt cannot change.</summary>
internal static class CallFailure
{
    /// <summary>True where the client itself is at fault: who it is, what it may do or what it asked for. Everything else may be the server's or the network's state.</summary>
    internal static bool IsFinal(StatusCode code) => code is StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.InvalidArgument
        or StatusCode.NotFound or StatusCode.Unimplemented or StatusCode.FailedPrecondition or StatusCode.OutOfRange or StatusCode.DataLoss;
}
