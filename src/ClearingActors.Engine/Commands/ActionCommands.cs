using ClearingActors.Actors;
using ClearingActors.Contracts.Actions.V1;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Engine.Commands;

/// <summary>Somebody hands an action in. Answered by <see cref="ActionReply"/> or <see cref="Refused"/>.</summary>
/// <param name="to">The log of actions.</param>
/// <param name="principal">Who hands it in; whoever calls has checked that it may.</param>
/// <param name="request">The action, its request in one and the same form for the same content.</param>
/// <param name="needsSecond">True if somebody else must approve.</param>
public sealed class SubmitAction(ActorAddress to, string principal, SubmitActionRequest request, bool needsSecond) : Command(to, principal)
{
    /// <summary>The action.</summary>
    public SubmitActionRequest Request { get; } = request;

    /// <summary>True if somebody else must approve.</summary>
    public bool NeedsSecond { get; } = needsSecond;
}

/// <summary>Somebody approves or declines an action that waits. Answered by <see cref="ActionReply"/> or <see cref="Refused"/>, which is on the record.</summary>
public sealed class DecideAction(ActorAddress to, string principal, DecideActionRequest request, bool approve) : Command(to, principal)
{
    /// <summary>Which one, and why.</summary>
    public DecideActionRequest Request { get; } = request;

    /// <summary>False to decline.</summary>
    public bool Approve { get; } = approve;
}

/// <summary>The node has carried an action out, or could not. Answered by <see cref="ActionReply"/> or <see cref="Refused"/>, which is on the record.</summary>
public sealed class EndAction(ActorAddress to, string principal, long number, ActionStage stage, string outcome) : Command(to, principal)
{
    /// <summary>The action's.</summary>
    public long Number { get; } = number;

    /// <summary>Done, failed, or interrupted where nobody knows.</summary>
    public ActionStage Stage { get; } = stage;

    /// <summary>The response, or why there is none.</summary>
    public string Outcome { get; } = outcome;
}

/// <summary>Actions that run and that the node does not carry out have been interrupted. Answered by <see cref="ActionsInterrupted"/>.</summary>
public sealed class InterruptActions(ActorAddress to, string principal, IReadOnlyCollection<long> running) : Command(to, principal)
{
    /// <summary>Those that the node does carry out.</summary>
    public IReadOnlyCollection<long> Running { get; } = running;
}

/// <summary>Reads what waits or runs, and what was decided. Answered by <see cref="GetActionsResponse"/> without its kinds.</summary>
public sealed class ReadActions(ActorAddress to, string principal, long before, int limit) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;

    /// <summary>Of the decided ones, lower numbers only; 0 for the newest.</summary>
    public long Before { get; } = before;

    /// <summary>Decided ones at most.</summary>
    public int Limit { get; } = limit;
}

/// <summary>Reads one action. Answered by <see cref="ActionReply"/> or <see cref="Refused"/>.</summary>
public sealed class FindAction(ActorAddress to, string principal, long number) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;

    /// <summary>The action's.</summary>
    public long Number { get; } = number;
}

/// <summary>An action as it is now.</summary>
/// <param name="Action">The action.</param>
/// <param name="Begun">True if it runs from now on: whoever gets this carries it out, and nobody else.</param>
public sealed record ActionReply(Action Action, bool Begun);

/// <summary>The actions that are interrupted from now on.</summary>
public sealed record ActionsInterrupted(IReadOnlyList<Action> Actions);
