namespace ClearingActors.Grpc;

/// <summary>Why a server's call came to its end before its handler did.</summary>
internal enum CallEnd
{
    None,
    Client,
    Deadline,
    ServerStop,
    HandlerDone,
}
