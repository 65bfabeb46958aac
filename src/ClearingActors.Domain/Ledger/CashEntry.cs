using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Ledger;

/// <summary>What brought a cash entry about: a settlement cycle or a request, exactly one of the two.</summary>
/// <param name="Cycle">From 1; 0 if it was a request.</param>
/// <param name="Request">The request; the default value if it was a cycle.</param>
public readonly record struct CashCause(long Cycle, RequestId Request)
{
    public static CashCause OfCycle(long cycle) => new(cycle, default);

    public static CashCause OfRequest(RequestId request) => new(0, request);

    /// <inheritdoc/>
    public override string ToString() => Request.IsNone ? $"cycle {Cycle}" : $"request {Request}";
}

/// <summary>One half of a double entry, seen from <see cref="Account"/> (rulebook 3).</summary>
/// <param name="Type">Why.</param>
/// <param name="ValueDate">The business date it counts from.</param>
/// <param name="Account">Whose balance changes by <paramref name="Amount"/>.</param>
/// <param name="CounterAccount">
/// Whose balance changes by the opposite. The default value stands for "the accounts of the cycle, in total", only in the one entry per cycle and currency with
/// which <see cref="CcpAccounts.Settlement"/> follows what all accounts booked against it.
/// </param>
/// <param name="Amount">Signed: positive is received by <paramref name="Account"/>.</param>
/// <param name="Cause">The cycle or the request.</param>
public readonly record struct CashEntry(
    CashEntryType Type, DateOnly ValueDate, AccountId Account, AccountId CounterAccount, Money Amount, CashCause Cause)
{
    /// <summary>The other half.</summary>
    public CashEntry Mirrored() => this with { Account = CounterAccount, CounterAccount = Account, Amount = -Amount };
}

/// <summary>An entry was booked on its account.</summary>
public readonly record struct CashBooked(CashEntry Entry);
