using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>
/// A payer that does not pay (rulebook 6.6). A cycle is booked in full for receivers and payers alike, so a payer's own cash collateral goes first; what a cycle takes
/// cash below zero by is due. What is paid in meets the oldest first. Pure.
/// </summary>
public static class Payments
{
    /// <summary>The longest reason of an operator.</summary>
    public const int MaxReason = 500;

    /// <summary>What has come due in a currency when a cycle was booked; null if nothing has.</summary>
    /// <param name="account">The account, booked.</param>
    /// <param name="cycle">The cycle.</param>
    /// <param name="currency">The currency.</param>
    /// <param name="cashBefore">Its cash before the cycle's entries, minor units.</param>
    /// <param name="deadline">See <see cref="PaymentDue.Deadline"/>.</param>
    public static PaymentFellDue? DecideDue(AccountState account, long cycle, Currency currency, long cashBefore, long deadline)
    {
        var owed = Math.Max(0, -account.BalanceOf(currency).Cash) - Math.Max(0, -cashBefore);
        return account.IsCcp || owed <= 0 ? null : new PaymentFellDue(account.Id, new PaymentDue(cycle, new Money(owed, currency), deadline));
    }

    /// <summary>What of a due payment is not paid: 0 or more.</summary>
    public static Money MissingOf(AccountState account, in PaymentDue due)
    {
        var currency = due.Amount.Currency;
        var missing = Math.Max(0, -account.BalanceOf(currency).Cash);
        foreach (var other in account.PaymentsDue)
        {
            if (other.Amount.Currency == currency && other.Cycle > due.Cycle)
            {
                missing = Math.Max(0, missing - other.Amount.MinorUnits);
            }
        }

        return new Money(Math.Min(missing, due.Amount.MinorUnits), currency);
    }

    /// <summary>The payments of a cycle end: at the deadline, or because an operator says so.</summary>
    /// <param name="account">The account.</param>
    /// <param name="cycle">The cycle.</param>
    /// <param name="decidedBy">The operator; empty at the deadline.</param>
    /// <param name="reason">The operator's.</param>
    public static IReadOnlyList<PaymentEnded> DecideEnd(AccountState account, long cycle, string decidedBy, string reason) =>
        [.. account.PaymentsDue.Where(d => d.Cycle == cycle).Select(d => new PaymentEnded(account.Id, cycle, MissingOf(account, d), decidedBy, reason))];

    /// <summary>Why an operator may not tell that an account will not pay for a cycle. Null if so.</summary>
    public static string? Refuse(AccountState account, long cycle, string reason) =>
        account.Status != AccountStatus.Active || account.IsCcp ? $"account {account.Id} is {account.Status} and owes no payment"
        : reason.Length is 0 or > MaxReason ? $"a payer that does not pay needs a reason of 1 to {MaxReason} characters; it has {reason.Length}"
        : account.PaymentsDue.All(d => d.Cycle != cycle || MissingOf(account, d).MinorUnits == 0)
            ? $"account {account.Id} owes nothing for cycle {cycle}: its cash collateral has paid, or it has paid since"
        : null;

    /// <summary>
    /// The entry that pays in the payer's place: its cash is as if it had paid, and the CCP's default account has the claim. Its mirror goes to that account.
    /// </summary>
    public static CashBooked EntryOf(in PaymentEnded ended, DateOnly valueDate) =>
        new(new CashEntry(CashEntryType.Default, valueDate, ended.Account, CcpAccounts.Default, ended.Missing, CashCause.OfCycle(ended.Cycle)));

    /// <summary>How a claim is funded: from each source of its currency in order, as far as it goes.</summary>
    /// <param name="number">The claim's.</param>
    /// <param name="missed">Whom it is on.</param>
    /// <param name="terms">The sources.</param>
    /// <param name="drawn">What was drawn of a source in a currency before, minor units.</param>
    public static ClaimOpened DecideClaim(long number, in MissedPayment missed, PaymentTerms terms, Func<string, Currency, long> drawn)
    {
        var currency = missed.Missing.Currency;
        var left = missed.Missing.MinorUnits;
        List<LiquidityDraw> draws = [];
        foreach (var source in terms.Sources)
        {
            var free = source.Limit.Currency == currency ? Math.Max(0, source.Limit.MinorUnits - drawn(source.Name, currency)) : 0;
            if (Math.Min(free, left) is var amount and > 0)
            {
                draws.Add(new LiquidityDraw(source.Name, new Money(amount, currency)));
                left -= amount;
            }
        }

        return new ClaimOpened(number, missed, draws, new Money(left, currency));
    }

    /// <summary>The entries of a claim's draws: each source pays the default account, both halves.</summary>
    public static IReadOnlyList<CashEntry> EntriesOf(ClaimOpened claim, DateOnly valueDate)
    {
        List<CashEntry> entries = [];
        foreach (var draw in claim.Draws)
        {
            var source = new LiquiditySource(draw.Source, draw.Amount).Account;
            var entry = new CashEntry(CashEntryType.Default, valueDate, CcpAccounts.Default, source, draw.Amount, CashCause.OfCycle(claim.Missed.Cycle));
            entries.Add(entry);
            entries.Add(entry.Mirrored());
        }

        return entries;
    }
}
