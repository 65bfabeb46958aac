using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Principals;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Services;

/// <summary>Has the node verify its own journal. Who trusts the node as little as the journal verifies a copy with <c>clearing audit verify</c>.</summary>
internal sealed class AuditRunService(VerificationRuns runs)
{
    private static ServiceDescriptor Descriptor => AuditRunsReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<StartVerificationRequest, StartVerificationResponse>(Descriptor, "StartVerification"), Start)
        .Unary(GrpcMethod.Of<StopVerificationRequest, StopVerificationResponse>(Descriptor, "StopVerification"), Stop)
        .Unary(GrpcMethod.Of<GetVerificationRequest, GetVerificationResponse>(Descriptor, "GetVerification"), Get);

    private ValueTask<StartVerificationResponse> Start(StartVerificationRequest request, ServerCallContext context) =>
        ValueTask.FromResult(new StartVerificationResponse { Number = runs.Start(Callers.Require(context, Roles.Auditor).Name, request.HashesOnly) });

    private ValueTask<StopVerificationResponse> Stop(StopVerificationRequest request, ServerCallContext context)
    {
        runs.Stop(Callers.Require(context, Roles.Auditor).Name, request.Number);
        return ValueTask.FromResult(new StopVerificationResponse());
    }

    private ValueTask<GetVerificationResponse> Get(GetVerificationRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Readers);
        return ValueTask.FromResult(runs.View());
    }
}
