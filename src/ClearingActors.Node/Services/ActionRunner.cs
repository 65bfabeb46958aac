using System.Collections.Concurrent;
using ClearingActors.Actors;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Node.Services;

/// <summary>
/// Carries actions out: whoever is told by the log that one has begun runs it here, to its end, also when the caller goes away. What the log says is running and this does not know
/// of was interrupted, and is marked so.
/// </summary>
internal sealed class ActionRunner : IAsyncDisposable
{
    /// <summary>Who tells the log what came of an action.</summary>
    private const string Node = "node:actions";

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    private readonly ClearingEngine _engine;
    private readonly ActionCatalogue _catalogue;
    private readonly NodeDrain _drain;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>One command at a time to the log, so that what has begun is known before another asks.</summary>
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ConcurrentDictionary<long, Task<Action>> _running = new();
    private IReadOnlyDictionary<string, LocalMethod> _methods = new Dictionary<string, LocalMethod>();
    private Task _recovery = Task.CompletedTask;

    /// <summary>The log may hold actions as running that nobody runs.</summary>
    private volatile bool _doubtful = true;
    private int _ended;

    internal ActionRunner(ClearingEngine engine, ActionCatalogue catalogue, NodeDrain drain, TimeProvider time, ILoggerFactory loggers)
    {
        _engine = engine;
        _catalogue = catalogue;
        _drain = drain;
        _time = time;
        _logger = loggers.CreateLogger("ClearingActors.Node.Actions");
    }

    /// <summary>What can be called; before the first action.</summary>
    /// <exception cref="InvalidOperationException">The catalogue names a method that the node does not serve.</exception>
    internal void Use(IReadOnlyDictionary<string, LocalMethod> methods)
    {
        if (_catalogue.All.FirstOrDefault(a => !methods.ContainsKey(a.Method)) is { } missing)
        {
            throw new InvalidOperationException($"the catalogue of actions has {missing.Method}, which this node does not serve");
        }

        _methods = methods;
    }

    internal LocalMethod MethodOf(CataloguedAction kind) => _methods[kind.Method];

    /// <summary>Marks what ran when the node ended; goes on trying where the journal takes nothing just now.</summary>
    internal async Task StartAsync()
    {
        try
        {
            await InterruptAsync().ConfigureAwait(false);
        }
        catch (CommandFailedException e)
        {
            _logger.LogWarning("Actions that ran when the node ended are not marked yet: {Reason}", e.Message);
            _recovery = RecoverAsync();
        }
    }

    /// <summary>Gives the log a command, and carries the action out if it has begun with it.</summary>
    /// <param name="ask">The command.</param>
    /// <param name="cancellation">Ends the wait, not what has begun.</param>
    /// <returns>The action: as it ended, or waiting for its second person.</returns>
    /// <exception cref="RpcException">FAILED_PRECONDITION for a refusal; UNAVAILABLE where it is not known whether the log took it: the same again tells.</exception>
    internal async ValueTask<Action> RunAsync(Func<CancellationToken, Task<ActionReply>> ask, CancellationToken cancellation) =>
        await DecideAsync(ask).WaitAsync(cancellation).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _gate.WaitAsync().ConfigureAwait(false);
        await Task.WhenAll([_recovery, .. _running.Values]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task<Action> DecideAsync(Func<CancellationToken, Task<ActionReply>> ask)
    {
        Task<Action>? run;
        ActionReply reply;
        await EnterAsync().ConfigureAwait(false);
        try
        {
            reply = await Refusals.RunAsync(() => AskAsync(ask)).ConfigureAwait(false);
            if (reply.Begun)
            {
                var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _running[reply.Action.Number] = CarryOutAsync(reply.Action, known.Task);
                known.SetResult();
            }

            _running.TryGetValue(reply.Action.Number, out run);
        }
        finally
        {
            _gate.Release();
        }

        if (run is not null)
        {
            return await run.ConfigureAwait(false);
        }

        // It may have ended between the log's answer and here.
        return reply.Action.Stage == ActionStage.Running
            ? await Refusals.RunAsync(() => _engine.FindActionAsync(Node, reply.Action.Number, _stop.Token)).ConfigureAwait(false)
            : reply.Action;
    }

    private async Task EnterAsync()
    {
        if (_stop.IsCancellationRequested || _drain.Stopping.IsCancellationRequested)
        {
            throw Stopping();
        }

        try
        {
            await _gate.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw Stopping();
        }
    }

    private static RpcException Stopping() => new(StatusCode.Unavailable, "the node is stopping; send the same again to its successor");

    private async Task<ActionReply> AskAsync(Func<CancellationToken, Task<ActionReply>> ask)
    {
        try
        {
            await InterruptIfDoubtfulAsync().ConfigureAwait(false);
            _doubtful = true;
            var reply = await ask(_stop.Token).ConfigureAwait(false);
            _doubtful = false;
            return reply;
        }
        catch (RefusedException)
        {
            _doubtful = false;
            throw;
        }
        catch (CommandFailedException)
        {
            if (_recovery.IsCompleted)
            {
                _recovery = RecoverAsync();
            }

            throw;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw Stopping();
        }
    }

    private async Task RecoverAsync()
    {
        while (_doubtful)
        {
            await Task.Delay(Retry, _time, _stop.Token).ConfigureAwait(false);
            try
            {
                await InterruptAsync().ConfigureAwait(false);
            }
            catch (CommandFailedException e)
            {
                _logger.LogDebug("The log of actions takes nothing just now: {Reason}", e.Message);
            }
        }
    }

    private async Task InterruptAsync()
    {
        await _gate.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            await InterruptIfDoubtfulAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task InterruptIfDoubtfulAsync()
    {
        if (!_doubtful)
        {
            return;
        }

        foreach (var action in await _engine.InterruptActionsAsync(Node, [.. _running.Keys], _stop.Token).ConfigureAwait(false))
        {
            _logger.LogWarning("Action {Number} of {By}, {Method}, was interrupted: look whether it took effect", action.Number, action.By, action.Method);
        }

        _doubtful = false;
    }

    /// <param name="action">What has begun.</param>
    /// <param name="known">Ends when it is among those that run, from which it takes itself in the end.</param>
    private async Task<Action> CarryOutAsync(Action action, Task known)
    {
        await known.ConfigureAwait(false);
        using var entered = _drain.Enter();
        try
        {
            var (stage, outcome) = await CallAsync(action).ConfigureAwait(false);
            var ended = await EndAsync(action, stage, outcome).ConfigureAwait(false);
            _logger.LogInformation("Action {Number} of {By}, {Method}, is {Stage}: {Outcome}", ended.Number, ended.By, ended.Method, ended.Stage, ended.Outcome);
            return ended;
        }
        finally
        {
            _running.TryRemove(action.Number, out _);
        }
    }

    /// <summary>Calls the method in the name of who handed the action in, whose role was checked then.</summary>
    private async Task<(ActionStage Stage, string Outcome)> CallAsync(Action action)
    {
        try
        {
            var kind = _catalogue.Find(action.Method) ?? throw new InvalidDataException($"{action.Method} cannot be handed in on this node any more");
            var method = MethodOf(kind);
            var by = new Principal(action.By, kind.Roles, [], [], []);
            var response = await Callers.InvokeAsync(method, ActionRequests.Again(method.Descriptor, action.Request), new DefaultHttpContext(), by, _stop.Token).ConfigureAwait(false);
            return (ActionStage.Done, ActionRequests.WriteOutcome(response));
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.PermissionDenied or StatusCode.NotFound or StatusCode.ResourceExhausted)
        {
            return (ActionStage.Failed, $"{e.StatusCode}: {e.Status.Detail}");
        }
        catch (InvalidDataException e)
        {
            return (ActionStage.Failed, e.Message);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The next start marks it: whether it took effect is not known here.
            throw Stopping();
        }
#pragma warning disable CA1031 // It is not lost: it is on the record and in the log.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _logger.LogError(e, "Action {Number} of {By}, {Method}, ended without an answer", action.Number, action.By, action.Method);
            var why = e is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : $"{StatusCode.Internal}: {e.Message}";
            return (ActionStage.Interrupted, $"{why}: look whether it took effect");
        }
    }

    private async Task<Action> EndAsync(Action action, ActionStage stage, string outcome)
    {
        while (true)
        {
            try
            {
                return await _engine.EndActionAsync(Node, action.Number, stage, outcome, _stop.Token).ConfigureAwait(false);
            }
            catch (CommandFailedException e)
            {
                _logger.LogWarning("What came of action {Number} is not recorded yet: {Reason}", action.Number, e.Message);
                await DelayAsync().ConfigureAwait(false);
            }
            catch (RefusedException e)
            {
                _logger.LogError("What came of action {Number} could not be recorded, {Stage} ({Outcome}): {Reason}", action.Number, stage, outcome, e.Message);
                throw new RpcException(StatusCode.FailedPrecondition, $"what came of action {action.Number} could not be recorded, {stage} ({outcome}): {e.Message}", e);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                throw Stopping();
            }
        }
    }

    private async Task DelayAsync()
    {
        try
        {
            await Task.Delay(Retry, _time, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw Stopping();
        }
    }
}
