using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Node.Services;

/// <summary>What people hand in and approve. What is refused at this door is in the node's log; what the log of actions refuses is in the journal.</summary>
internal sealed class ActionService(ClearingEngine engine, ActionCatalogue catalogue, ActionRunner runner, ILoggerFactory loggers)
{
    private const int MaxLimit = 200;
    private const int UsualLimit = 50;
    private const Roles Deciders = Roles.Operator | Roles.RiskManager;

    private readonly ILogger _logger = loggers.CreateLogger("ClearingActors.Node.Actions");

    private static ServiceDescriptor Descriptor => ActionsReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc)
    {
        runner.Use(grpc.Local);
        grpc.Unary(GrpcMethod.Of<SubmitActionRequest, ActionResponse>(Descriptor, "SubmitAction"), (r, c) => AnswerAsync(() => SubmitAsync(r, c), r, c))
            .Unary(GrpcMethod.Of<DecideActionRequest, ActionResponse>(Descriptor, "ApproveAction"), (r, c) => AnswerAsync(() => DecideAsync(r, true, c), r, c))
            .Unary(GrpcMethod.Of<DecideActionRequest, ActionResponse>(Descriptor, "DeclineAction"), (r, c) => AnswerAsync(() => DecideAsync(r, false, c), r, c))
            .Unary(GrpcMethod.Of<GetActionsRequest, GetActionsResponse>(Descriptor, "GetActions"), GetActionsAsync);
    }

    private async ValueTask<ActionResponse> AnswerAsync(Func<ValueTask<Action>> run, IMessage request, ServerCallContext context)
    {
        try
        {
            return new ActionResponse { Action = await run().ConfigureAwait(false) };
        }
        catch (RpcException e)
        {
            _logger.LogWarning("{Request} of {Principal} was refused, {Status}: {Why}", request.Descriptor.Name, Callers.PrincipalOf(context), e.StatusCode, e.Status.Detail);
            throw;
        }
    }

    private ValueTask<Action> SubmitAsync(SubmitActionRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Deciders);
        var kind = catalogue.Find(request.Method) ?? throw Refusals.BadInput("method", request.Method, "it is none that can be handed in; GetActions names them");
        RequireRole(principal, kind);
        var call = ActionRequests.Read(runner.MethodOf(kind).Descriptor, request);
        var action = new SubmitActionRequest { RequestId = request.RequestId, Method = request.Method, Request = ActionRequests.Write(call), Reason = request.Reason };
        _logger.LogInformation("{Principal} hands in {Method} {Request}: {Reason}", principal.Name, action.Method, action.Request, action.Reason);
        return runner.RunAsync(c => engine.SubmitActionAsync(principal.Name, action, kind.NeedsSecondFor(call), c), context.CancellationToken);
    }

    private async ValueTask<Action> DecideAsync(DecideActionRequest request, bool approve, ServerCallContext context)
    {
        var principal = Callers.Require(context, Deciders);
        var action = await Refusals.RunAsync(() => engine.FindActionAsync(principal.Name, request.Number, context.CancellationToken)).ConfigureAwait(false);
        var kind = catalogue.Find(action.Method);
        if (kind is null && approve)
        {
            throw new RpcException(StatusCode.FailedPrecondition, $"action {action.Number} calls {action.Method}, which cannot be handed in on this node any more: decline it");
        }

        if (kind is not null)
        {
            RequireRole(principal, kind);
        }

        _logger.LogInformation("{Principal} {Decides} action {Number}, {Method} of {By}: {Reason}", principal.Name, approve ? "approves" : "declines", action.Number, action.Method, action.By, request.Reason);
        return await runner.RunAsync(c => engine.DecideActionAsync(principal.Name, request, approve, c), context.CancellationToken).ConfigureAwait(false);
    }

    private static void RequireRole(Principal principal, CataloguedAction kind)
    {
        if (!principal.Is(kind.Roles))
        {
            throw new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not call {kind.Method}: role {string.Join(" or ", RoleNames.Of(kind.Roles))} is required");
        }
    }

    private async ValueTask<GetActionsResponse> GetActionsAsync(GetActionsRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);
        if (request.Before < 0)
        {
            throw Refusals.BadInput("before", request.Before, "the number of an action is required, or 0 for the newest");
        }

        if (request.Limit is < 0 or > MaxLimit)
        {
            throw Refusals.BadInput("limit", request.Limit, $"1 to {MaxLimit} are allowed, or 0 for {UsualLimit}");
        }

        var limit = request.Limit == 0 ? UsualLimit : request.Limit;
        var response = await Refusals.RunAsync(() => engine.GetActionsAsync(principal.Name, request.Before, limit, context.CancellationToken)).ConfigureAwait(false);
        response.Kinds.Add(catalogue.All.Select(static a => a.ToKind()));
        return response;
    }
}
