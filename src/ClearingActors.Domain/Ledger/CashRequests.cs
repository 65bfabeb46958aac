using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Ledger;

/// <summary>What became of a cash request.</summary>
public enum CashDecisionKind
{
    None = 0,

    /// <summary>Journal and apply the event; its mirror goes to the bank account.</summary>
    Booked = 1,

    /// <summary>The same request was booked before: nothing to do, the answer is the same.</summary>
    AlreadyBooked = 2,

    /// <summary>The same request id with another amount.</summary>
    Conflict = 3,

    /// <summary>Nobody has defined the account, or it is closed.</summary>
    AccountNotActive = 4,

    /// <summary>The amount is not above zero, or has no currency, or is above <see cref="CashRequests.MaxAmount"/>.</summary>
    AmountNotAllowed = 5,

    /// <summary>The withdrawal would take cash below what the account requires and owes.</summary>
    InsufficientHeadroom = 6,
}

/// <summary>What became of a cash request.</summary>
/// <param name="Kind">See <see cref="CashDecisionKind"/>.</param>
/// <param name="Event">Meaningful if booked.</param>
public readonly record struct CashDecision(CashDecisionKind Kind, CashBooked Event);

/// <summary>
/// Deposits and withdrawals of cash collateral (rulebook 3, 8.8). An account remembers its last <see cref="AccountState.RememberedRequests"/> booked requests, so a
/// repeat books nothing. A refusal changes nothing and is not remembered.
/// </summary>
public static class CashRequests
{
    /// <summary>The most minor units one request may move; an account holds at most nine times as much, so that a thousand such accounts fit the house's own in 64 bits.</summary>
    public const long MaxAmount = 900_000_000_000_000;

    /// <summary>Cash that arrived at the CCP's bank.</summary>
    /// <param name="account">The account.</param>
    /// <param name="request">The request's id, unique in the account.</param>
    /// <param name="amount">Above zero.</param>
    /// <param name="valueDate">The business date.</param>
    public static CashDecision DecideDeposit(AccountState account, RequestId request, Money amount, DateOnly valueDate)
    {
        var kind = Check(account, request, amount, amount);
        if (kind == CashDecisionKind.Booked && account.BalanceOf(amount.Currency).Cash > MaxAmount * 9 - amount.MinorUnits)
        {
            kind = CashDecisionKind.AmountNotAllowed;
        }

        return Decide(kind, account, request, amount, valueDate);
    }

    /// <summary>
    /// Cash that leaves to the member. What stays must cover the requirement and any variation margin computed but not yet paid; the intraday limit is for trading
    /// and cannot be drawn out in cash.
    /// </summary>
    /// <param name="account">The account.</param>
    /// <param name="request">The request's id, unique in the account.</param>
    /// <param name="amount">Above zero: what is paid out.</param>
    /// <param name="valueDate">The business date.</param>
    public static CashDecision DecideWithdraw(AccountState account, RequestId request, Money amount, DateOnly valueDate)
    {
        if (amount.MinorUnits == long.MinValue)
        {
            return new CashDecision(CashDecisionKind.AmountNotAllowed, default);
        }

        var kind = Check(account, request, amount, -amount);
        if (kind == CashDecisionKind.Booked)
        {
            var balance = account.BalanceOf(amount.Currency);
            Int128 free = (Int128)balance.Cash - balance.Requirement;
            foreach (var unbooked in account.UnbookedVariationMargin)
            {
                if (unbooked.Currency == amount.Currency)
                {
                    free += Math.Min(0, unbooked.AmountMinor);
                }
            }

            if (free < amount.MinorUnits)
            {
                kind = CashDecisionKind.InsufficientHeadroom;
            }
        }

        return Decide(kind, account, request, -amount, valueDate);
    }

    private static CashDecisionKind Check(AccountState account, RequestId request, Money amount, Money signed) =>
        account.Status != AccountStatus.Active || account.IsCcp ? CashDecisionKind.AccountNotActive
        : account.TryGetRequest(request, out var booked) ? (booked == signed ? CashDecisionKind.AlreadyBooked : CashDecisionKind.Conflict)
        : account.Assets is { } assets && assets.TryGetRequest(request, out _) ? CashDecisionKind.Conflict
        : request.IsNone || amount.Currency.IsNone || amount.MinorUnits is <= 0 or > MaxAmount ? CashDecisionKind.AmountNotAllowed
        : CashDecisionKind.Booked;

    private static CashDecision Decide(CashDecisionKind kind, AccountState account, RequestId request, Money amount, DateOnly valueDate) =>
        kind != CashDecisionKind.Booked
            ? new CashDecision(kind, default)
            : new CashDecision(kind, new CashBooked(new CashEntry(
                CashEntryType.Collateral, valueDate, account.Id, CcpAccounts.Bank, amount, CashCause.OfRequest(request))));
}
