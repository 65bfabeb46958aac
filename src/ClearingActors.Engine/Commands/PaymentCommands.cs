using ClearingActors.Actors;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Commands;

/// <summary>Sets when payers must have paid and what stands in for one who has not. Answered by <see cref="Done"/> or <see cref="Refused"/>.</summary>
public sealed class SetPaymentTerms(ActorAddress to, string principal, PaymentTerms terms) : RegistryCommand(to, principal)
{
    /// <summary>From here on.</summary>
    public PaymentTerms Terms { get; } = terms;
}

/// <summary>An operator tells that an account will not pay what it owes for a cycle. Answered by <see cref="Done"/> or <see cref="Refused"/>.</summary>
public sealed class DeclareUnpaid(ActorAddress to, string principal, long cycle, string reason) : Command(to, principal)
{
    /// <summary>The cycle.</summary>
    public long Cycle { get; } = cycle;

    /// <summary>Recorded with the operator.</summary>
    public string Reason { get; } = reason;
}
