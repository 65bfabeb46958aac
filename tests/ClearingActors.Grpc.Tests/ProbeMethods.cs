using ClearingActors.Grpc.Tests.Probes;

namespace ClearingActors.Grpc.Tests;

/// <summary>The methods of probe.proto.</summary>
internal static class ProbeMethods
{
    internal static readonly GrpcMethod<Note, Note> Echo = Of<Note, Note>("Echo");
    internal static readonly GrpcMethod<CountRequest, Note> Count = Of<CountRequest, Note>("Count");
    internal static readonly GrpcMethod<Note, Total> Sum = Of<Note, Total>("Sum");
    internal static readonly GrpcMethod<Note, Note> Chat = Of<Note, Note>("Chat");
    internal static readonly GrpcMethod<FailRequest, Note> Fail = Of<FailRequest, Note>("Fail");
    internal static readonly GrpcMethod<Note, Note> Wait = Of<Note, Note>("Wait");
    internal static readonly GrpcMethod<Note, Note> Unserved = Of<Note, Note>("Unserved");
    internal static readonly GrpcMethod<Note, Note> Nowhere = GrpcMethod.Of<Note, Note>(ProbeReflection.Descriptor.Services[1], "Echo");

    private static GrpcMethod<TRequest, TResponse> Of<TRequest, TResponse>(string name)
        where TRequest : Google.Protobuf.IMessage<TRequest>
        where TResponse : Google.Protobuf.IMessage<TResponse> =>
        GrpcMethod.Of<TRequest, TResponse>(ProbeReflection.Descriptor.Services[0], name);
}
