namespace ClearingActors.Grpc;

/// <summary>How many messages flow each way in a call of a method.</summary>
public enum GrpcMethodType
{
    /// <summary>One request, one response.</summary>
    Unary,

    /// <summary>One request, any number of responses.</summary>
    ServerStreaming,

    /// <summary>Any number of requests, one response.</summary>
    ClientStreaming,

    /// <summary>Any number of requests and of responses, each side at its own pace.</summary>
    DuplexStreaming,
}
