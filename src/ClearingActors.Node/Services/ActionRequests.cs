using System.Text;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Grpc;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Services;

/// <summary>Requests of actions between JSON and messages. The same content gives the same text, however it was written.</summary>
internal static class ActionRequests
{
    /// <summary>Of a method's request, bytes of UTF-8.</summary>
    private const int MaxBytes = 16 * 1024;

    private static readonly JsonFormatter Whole = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(false));

    /// <summary>The request that is called, with the action's reason and id where it has room for them and none of its own.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: it is too long, no JSON, or has a field that the method does not know.</exception>
    internal static IMessage Read(MethodDescriptor method, SubmitActionRequest action)
    {
        var bytes = Encoding.UTF8.GetByteCount(action.Request);
        if (bytes > MaxBytes)
        {
            throw Refusals.BadInput("request", action.Request, $"an action's request has at most {MaxBytes} bytes and this has {bytes}: call {method.FullName} itself");
        }

        IMessage request;
        try
        {
            request = Parser.Parse(action.Request, method.InputType);
        }
        catch (Exception e) when (e is InvalidJsonException or InvalidProtocolBufferException or FormatException or OverflowException)
        {
            throw new RpcException(StatusCode.InvalidArgument, $"request is no {method.InputType.FullName} in JSON: {e.Message}", e);
        }

        Fill(request, "reason", action.Reason);
        Fill(request, "request_id", action.RequestId);
        return request;
    }

    /// <summary>A request as it is recorded and shown to who must approve it: a field that is false or zero says so.</summary>
    internal static string Write(IMessage request) => Whole.Format(request);

    /// <summary>A response as the outcome that is recorded.</summary>
    internal static string WriteOutcome(IMessage response) => JsonFormatter.Default.Format(response);

    /// <exception cref="InvalidDataException">The record does not hold a request of the method.</exception>
    internal static IMessage Again(MethodDescriptor method, string recorded)
    {
        try
        {
            return Parser.Parse(recorded, method.InputType);
        }
        catch (Exception e) when (e is InvalidJsonException or InvalidProtocolBufferException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"the recorded request is no {method.InputType.FullName}: {e.Message}; another version of the program may have taken it", e);
        }
    }

    private static void Fill(IMessage request, string name, string value)
    {
        if (request.Descriptor.FindFieldByName(name) is { FieldType: FieldType.String, IsRepeated: false } field && ((string)field.Accessor.GetValue(request)).Length == 0)
        {
            field.Accessor.SetValue(request, value);
        }
    }
}
