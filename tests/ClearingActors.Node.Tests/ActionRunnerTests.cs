using ClearingActors.Actors;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Engine.Commands;
using ClearingActors.Grpc;
using ClearingActors.Node.Services;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClearingActors.Node.Tests;

/// <summary>Answers that are lost on the way from the log of actions.</summary>
public sealed class ActionRunnerTests
{
    private const string HaltHouse = "clearing.operations.v1.OperationsService/HaltHouse";

    [Fact]
    public async Task an_action_of_which_the_log_gave_no_answer_is_interrupted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var node = await RunningNode.StartAsync();
        var engine = node.Node.Engine;
        using var drain = new NodeDrain();
        await using var runner = new ActionRunner(engine, new ActionCatalogue(new NodeSettings()), drain, TimeProvider.System, NullLoggerFactory.Instance);
        await runner.StartAsync();

        // The log has taken it; the answer is lost with the shard.
        async Task<ActionReply> LoseAsync(CancellationToken stop)
        {
            await engine.SubmitActionAsync("operator:ops1", new SubmitActionRequest { RequestId = "r1", Method = HaltHouse, Request = "{ }", Reason = "x" }, needsSecond: false, stop);
            throw new CommandFailedException(new CommandFailure(CommandFailureKind.Unavailable, "shard 1 is not owned here just now"));
        }

        (await Should.ThrowAsync<RpcException>(runner.RunAsync(LoseAsync, cancellation).AsTask())).StatusCode.ShouldBe(StatusCode.Unavailable);
        await Patience.UntilAsync(async () => (await engine.FindActionAsync("test", 1, cancellation)).Stage == ActionStage.Interrupted, "action 1 is interrupted");
        (await engine.GetActionsAsync("test", 0, 50, cancellation)).Open.ShouldBeEmpty();
    }

    [Fact]
    public async Task a_runner_that_has_stopped_takes_nothing()
    {
        await using var node = await RunningNode.StartAsync();
        using var drain = new NodeDrain();
        var runner = new ActionRunner(node.Node.Engine, new ActionCatalogue(new NodeSettings()), drain, TimeProvider.System, NullLoggerFactory.Instance);
        await runner.StartAsync();
        await runner.DisposeAsync();
        await runner.DisposeAsync();
        var refused = runner.RunAsync(_ => throw new InvalidOperationException("nobody is to be asked"), TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<RpcException>(refused.AsTask())).Status.Detail.ShouldBe("the node is stopping; send the same again to its successor");
    }
}
