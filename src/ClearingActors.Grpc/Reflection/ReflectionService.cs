using ClearingActors.Grpc.Reflection.V1;
using Google.Protobuf.Reflection;

namespace ClearingActors.Grpc;

/// <summary>Tells clients such as grpcurl which services the server has and what their messages look like.</summary>
internal sealed class ReflectionService
{
    // Services may be mapped after this one, so the index waits for the first question.
    private readonly Lazy<(DescriptorIndex Index, string[] Services)> _known;

    internal ReflectionService(GrpcServiceBuilder builder) => _known = new(() => (
        new DescriptorIndex(builder.Services.Select(s => s.File)),
        builder.Services.Select(s => s.FullName).Order(StringComparer.Ordinal).ToArray()));

    /// <summary>The version in use today.</summary>
    internal static GrpcMethod<ServerReflectionRequest, ServerReflectionResponse> Method { get; } =
        GrpcMethod.Of<ServerReflectionRequest, ServerReflectionResponse>(ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");

    /// <summary>The version older clients speak. Its messages differ in nothing but the package, so those of the newer one serve.</summary>
    internal static GrpcMethod<ServerReflectionRequest, ServerReflectionResponse> AlphaMethod { get; } =
        GrpcMethod.Of(V1AlphaService, "ServerReflectionInfo", Method.RequestMarshaller, Method.ResponseMarshaller);

    private static ServiceDescriptor V1AlphaService => Reflection.V1Alpha.ReflectionReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder builder) => builder.Duplex(Method, AnswerAsync).Duplex(AlphaMethod, AnswerAsync);

    private async ValueTask AnswerAsync(
        GrpcStreamReader<ServerReflectionRequest> requests, GrpcStreamWriter<ServerReflectionResponse> responses, ServerCallContext context)
    {
        while (await requests.MoveNextAsync())
        {
            await responses.WriteAsync(Answer(requests.Current));
        }
    }

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var (index, services) = _known.Value;
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse { Service = { services.Select(name => new ServiceResponse { Name = name }) } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                SetFile(response, index.FindFile(request.FileByFilename), request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                SetFile(response, index.FindSymbol(request.FileContainingSymbol), request.FileContainingSymbol);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                ExtensionRequest extension = request.FileContainingExtension;
                SetFile(response, index.FindExtension(extension.ContainingType, extension.ExtensionNumber), $"{extension.ContainingType} {extension.ExtensionNumber}");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                SetNumbers(response, index.ExtensionNumbers(request.AllExtensionNumbersOfType), request.AllExtensionNumbersOfType);
                break;
            default:
                response.ErrorResponse = new ErrorResponse { ErrorCode = (int)StatusCode.InvalidArgument, ErrorMessage = "The request asks nothing" };
                break;
        }

        return response;
    }

    private static void SetFile(ServerReflectionResponse response, FileDescriptor? file, string asked)
    {
        if (file is null)
        {
            SetNotFound(response, asked);
            return;
        }

        response.FileDescriptorResponse = new FileDescriptorResponse
        {
            FileDescriptorProto = { DescriptorIndex.WithDependencies(file).Select(f => f.SerializedData) },
        };
    }

    private static void SetNumbers(ServerReflectionResponse response, IEnumerable<int>? numbers, string asked)
    {
        if (numbers is null)
        {
            SetNotFound(response, asked);
            return;
        }

        response.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = asked, ExtensionNumber = { numbers } };
    }

    private static void SetNotFound(ServerReflectionResponse response, string asked) =>
        response.ErrorResponse = new ErrorResponse { ErrorCode = (int)StatusCode.NotFound, ErrorMessage = $"Not known: {asked}" };
}
