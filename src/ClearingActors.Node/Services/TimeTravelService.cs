using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Principals;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Services;

/// <summary>Shows the house as it was. Auditors only: a replay holds a whole house in memory, and there are few.</summary>
internal sealed class TimeTravelService(TimeTravels travels)
{
    private static ServiceDescriptor Descriptor => AuditRunsReflection.Descriptor.Services[1];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<GetTimelineRequest, GetTimelineResponse>(Descriptor, "GetTimeline"), GetTimelineAsync)
        .Unary(GrpcMethod.Of<GetHouseAtRequest, GetHouseAtResponse>(Descriptor, "GetHouseAt"), GetHouseAtAsync)
        .Unary(GrpcMethod.Of<GetTravelRequest, GetTravelResponse>(Descriptor, "GetTravel"), GetTravel)
        .Unary(GrpcMethod.Of<EndTravelRequest, EndTravelResponse>(Descriptor, "EndTravel"), EndTravelAsync);

    private async ValueTask<GetTimelineResponse> GetTimelineAsync(GetTimelineRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Readers);
        return await ReadAsync(() => travels.TimelineAsync(context.CancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask<GetHouseAtResponse> GetHouseAtAsync(GetHouseAtRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Auditor);
        var moment = request.MomentCase switch
        {
            GetHouseAtRequest.MomentOneofCase.Turn => new TravelMoment(request.Turn, null, null),
            GetHouseAtRequest.MomentOneofCase.RecordedTime => new TravelMoment(null, request.RecordedTime, null),
            GetHouseAtRequest.MomentOneofCase.Cycle => new TravelMoment(null, null, request.Cycle),
            GetHouseAtRequest.MomentOneofCase.Newest => default,
            _ => throw Refusals.BadInput("moment", "missing", "one of turn, recorded_time, cycle and newest is required"),
        };
        if (!request.KeptOnly)
        {
            return new GetHouseAtResponse { House = await ReadAsync(() => travels.GoAsync(principal.Name, moment, context.CancellationToken)).ConfigureAwait(false), Exact = true };
        }

        if (moment is { Turn: null, RecordedTime: null })
        {
            throw Refusals.BadInput("kept_only", true, "a turn or a recorded_time is required with it");
        }

        var kept = travels.Kept(principal.Name, moment);
        return new GetHouseAtResponse
        {
            House = kept,
            Exact = kept is not null && (moment.Turn is { } turn ? kept.Turn == turn : kept.RecordedTime <= moment.RecordedTime && kept.NextRecordedTime > moment.RecordedTime),
        };
    }

    private ValueTask<GetTravelResponse> GetTravel(GetTravelRequest request, ServerCallContext context) =>
        ValueTask.FromResult(travels.View(Callers.Require(context, Roles.Auditor).Name));

    private async ValueTask<EndTravelResponse> EndTravelAsync(EndTravelRequest request, ServerCallContext context)
    {
        await travels.EndAsync(Callers.Require(context, Roles.Auditor).Name).ConfigureAwait(false);
        return new EndTravelResponse();
    }

    private static async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new RpcException(StatusCode.OutOfRange, $"{e.ParamName} is {e.ActualValue}: {e.Message.Split(" (Parameter", 2)[0]}", e);
        }
        catch (JournalException e)
        {
            throw new RpcException(StatusCode.Unavailable, $"the journal cannot be read just now: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(StatusCode.DataLoss, $"the journal cannot be replayed: {e.Message}. Verify it", e);
        }
    }
}
