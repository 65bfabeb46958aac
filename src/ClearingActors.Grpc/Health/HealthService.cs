using ClearingActors.Grpc.Health.V1;

namespace ClearingActors.Grpc;

/// <summary>
/// What a server says of its own health, by service: <c>grpc.health.v1.Health</c> with Check and Watch. The empty name stands
/// for the server as a whole and serves from the start. Thread-safe.
/// </summary>
public sealed class HealthService
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HealthCheckResponse.Types.ServingStatus> _statuses = new(StringComparer.Ordinal)
    {
        [""] = HealthCheckResponse.Types.ServingStatus.Serving,
    };

    private TaskCompletionSource _changed = NewChange();

    /// <summary>Check, for clients: throws NOT_FOUND for a service that was never set.</summary>
    public static GrpcMethod<HealthCheckRequest, HealthCheckResponse> CheckMethod { get; } =
        GrpcMethod.Of<HealthCheckRequest, HealthCheckResponse>(Descriptor, "Check");

    /// <summary>Watch, for clients: the status at once and at each change.</summary>
    public static GrpcMethod<HealthCheckRequest, HealthCheckResponse> WatchMethod { get; } =
        GrpcMethod.Of<HealthCheckRequest, HealthCheckResponse>(Descriptor, "Watch");

    private static Google.Protobuf.Reflection.ServiceDescriptor Descriptor => HealthReflection.Descriptor.Services[0];

    /// <summary>Sets the status of a service, as in <c>package.Service</c>, and tells those who watch it.</summary>
    public void Set(string service, HealthCheckResponse.Types.ServingStatus status)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _statuses[service] = status;
            changed = _changed;
            _changed = NewChange();
        }

        changed.SetResult();
    }

    internal void MapTo(GrpcServiceBuilder builder) => builder.Unary(CheckMethod, CheckAsync).ServerStreaming(WatchMethod, WatchAsync);

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ValueTask<HealthCheckResponse> CheckAsync(HealthCheckRequest request, ServerCallContext context)
    {
        var (status, _) = Get(request.Service);
        return status is { } known
            ? ValueTask.FromResult(new HealthCheckResponse { Status = known })
            : throw new RpcException(StatusCode.NotFound, $"No service '{request.Service}'");
    }

    private async ValueTask WatchAsync(HealthCheckRequest request, GrpcStreamWriter<HealthCheckResponse> responses, ServerCallContext context)
    {
        HealthCheckResponse.Types.ServingStatus? told = null;
        while (true)
        {
            var (known, changed) = Get(request.Service);
            var status = known ?? HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
            if (status != told)
            {
                await responses.WriteAsync(new HealthCheckResponse { Status = status });
                told = status;
            }

            await changed.WaitAsync(context.CancellationToken);
        }
    }

    private (HealthCheckResponse.Types.ServingStatus? Status, Task Changed) Get(string service)
    {
        lock (_lock)
        {
            return (_statuses.TryGetValue(service, out var status) ? status : null, _changed.Task);
        }
    }
}
