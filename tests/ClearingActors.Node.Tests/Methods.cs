using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Node.Tests;

/// <summary>The services' methods, for calls by the plain client.</summary>
internal static class Methods
{
    internal static GrpcMethod<SubmitTradesRequest, SubmitTradesResponse> SubmitTrades { get; } = Members<SubmitTradesRequest, SubmitTradesResponse>("SubmitTrades");

    internal static GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> SubmitBytes { get; } =
        GrpcMethod.Of(MembersReflection.Descriptor.Services[0], "SubmitTrades", Marshaller.Bytes, Marshaller.Bytes);

    internal static GrpcMethod<GetAccountRequest, GetAccountResponse> GetAccount { get; } = Members<GetAccountRequest, GetAccountResponse>("GetAccount");

    internal static GrpcMethod<WatchAccountRequest, WatchAccountResponse> WatchAccount { get; } = Members<WatchAccountRequest, WatchAccountResponse>("WatchAccount");

    internal static GrpcMethod<PublishMarksRequest, PublishMarksResponse> PublishMarks { get; } =
        GrpcMethod.Of<PublishMarksRequest, PublishMarksResponse>(MarketsReflection.Descriptor.Services[0], "PublishMarks");

    /// <summary>A method of the operators by its messages' name.</summary>
    internal static Task<TResponse> OperateAsync<TRequest, TResponse>(this GrpcChannel channel, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        var name = typeof(TRequest).Name[..^"Request".Length];
        return channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(OperationsReflection.Descriptor.Services[0], name), request).Within();
    }

    private static GrpcMethod<TRequest, TResponse> Members<TRequest, TResponse>(string name)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => GrpcMethod.Of<TRequest, TResponse>(MembersReflection.Descriptor.Services[0], name);
}
