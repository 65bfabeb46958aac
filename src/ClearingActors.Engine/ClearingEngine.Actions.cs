using ClearingActors.Actors;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Engine.Commands;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Engine;

/// <summary>Actions on the record. The engine keeps them; whoever is told that one has begun carries it out and says what came of it.</summary>
public sealed partial class ClearingEngine
{
    private ActorAddress ActionsAddress => _book.Of(ActorKinds.Actions, ActorKinds.House);

    /// <summary>Hands an action in; again with the same content, it changes nothing.</summary>
    /// <param name="principal">Who; the caller has checked that it may.</param>
    /// <param name="request">The action, its request in one and the same form for the same content.</param>
    /// <param name="needsSecond">True if somebody else must approve, within 30 minutes of business time.</param>
    /// <param name="cancellation">Ends the wait, not the command.</param>
    /// <exception cref="RefusedException">Nothing changed; the refusal is in the journal.</exception>
    public Task<ActionReply> SubmitActionAsync(string principal, SubmitActionRequest request, bool needsSecond, CancellationToken cancellation = default) =>
        AskAsync<ActionReply>(new SubmitAction(ActionsAddress, principal, request, needsSecond), cancellation);

    /// <summary>Approves or declines what waits; the caller has checked that the principal may call the method.</summary>
    /// <exception cref="RefusedException">Nothing changed; the refusal is in the journal.</exception>
    public Task<ActionReply> DecideActionAsync(string principal, DecideActionRequest request, bool approve, CancellationToken cancellation = default) =>
        AskAsync<ActionReply>(new DecideAction(ActionsAddress, principal, request, approve), cancellation);

    /// <summary>Records what came of an action that runs; the outcome is cut to 4,096 characters.</summary>
    /// <exception cref="RefusedException">It does not run; the refusal is in the journal.</exception>
    public async Task<Action> EndActionAsync(string principal, long number, ActionStage stage, string outcome, CancellationToken cancellation = default) =>
        (await AskAsync<ActionReply>(new EndAction(ActionsAddress, principal, number, stage, outcome), cancellation).ConfigureAwait(false)).Action;

    /// <summary>Marks as interrupted what runs by the record and is not among those that the caller carries out.</summary>
    /// <returns>The actions that are interrupted from now on.</returns>
    public async Task<IReadOnlyList<Action>> InterruptActionsAsync(string principal, IReadOnlyCollection<long> running, CancellationToken cancellation = default) =>
        (await AskAsync<ActionsInterrupted>(new InterruptActions(ActionsAddress, principal, running), cancellation).ConfigureAwait(false)).Actions;

    /// <summary>What waits or runs, and of the last 200 that were decided those before a number, the newest first; without kinds.</summary>
    public Task<GetActionsResponse> GetActionsAsync(string principal, long before, int limit, CancellationToken cancellation = default) =>
        AskAsync<GetActionsResponse>(new ReadActions(ActionsAddress, principal, before, limit), cancellation);

    /// <summary>One action.</summary>
    /// <exception cref="RefusedException">It is not known, or was decided long ago.</exception>
    public async Task<Action> FindActionAsync(string principal, long number, CancellationToken cancellation = default) =>
        (await AskAsync<ActionReply>(new FindAction(ActionsAddress, principal, number), cancellation).ConfigureAwait(false)).Action;
}
