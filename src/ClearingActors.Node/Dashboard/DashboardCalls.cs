using System.Diagnostics.CodeAnalysis;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Services;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace ClearingActors.Node.Dashboard;

/// <summary>
/// The calls that the page makes: those of gRPC, with messages as JSON. It may read; what changes something goes through <c>ActionService</c>, where it is recorded with its reason. Thread-safe.
/// </summary>
internal sealed class DashboardCalls(IReadOnlyDictionary<string, LocalMethod> methods)
{
    /// <summary>Services that may be called although they change something: they record who asked for what, or change nothing that is durable.</summary>
    private static readonly string[] Recorded = ["clearing.actions.v1.ActionService", "clearing.audit.v1.AuditRunService", "clearing.audit.v1.TimeTravelService"];

    private readonly JsonFormatter _formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));
    private readonly JsonParser _parser = new(JsonParser.Settings.Default);

    /// <summary>A method that the page may call.</summary>
    internal bool TryFind(string name, [NotNullWhen(true)] out LocalMethod? method) =>
        methods.TryGetValue(name, out method) && (IsRead(method) || Recorded.Contains(method.Descriptor.Service.FullName));

    /// <summary>True if the method changes nothing, by its declaration in the .proto file.</summary>
    internal static bool IsRead(LocalMethod method) => method.Descriptor.GetOptions()?.IdempotencyLevel == MethodOptions.Types.IdempotencyLevel.NoSideEffects;

    /// <summary>True for a read that may be repeated for those who look: one that tells what is there. What computes something, such as a reverse stress, is called once.</summary>
    internal static bool IsFollowable(LocalMethod method) =>
        IsRead(method) && (method.Descriptor.Name.StartsWith("Get", StringComparison.Ordinal) || method.Descriptor.Name.StartsWith("List", StringComparison.Ordinal));

    /// <exception cref="RpcException">INVALID_ARGUMENT: it is no JSON of the method's request.</exception>
    internal IMessage Parse(LocalMethod method, string json)
    {
        try
        {
            return _parser.Parse(json, method.Descriptor.InputType);
        }
        catch (Exception e) when (e is InvalidJsonException or InvalidProtocolBufferException or FormatException or OverflowException)
        {
            throw new RpcException(StatusCode.InvalidArgument, $"the request is no {method.Descriptor.InputType.Name} in JSON: {e.Message}", e);
        }
    }

    internal string Format(IMessage message) => _formatter.Format(message);

    internal static ValueTask<IMessage> InvokeAsync(LocalMethod method, IMessage request, HttpContext http, Principal principal, CancellationToken cancellation) =>
        Callers.InvokeAsync(method, request, http, principal, cancellation);
}
