using ClearingActors.Actors.Simulation;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Simulation;

/// <summary>Payments due, payers that have not paid and the claims on them, by rules written a second time.</summary>
internal sealed class PaymentLedger(int shards, SimulationTrace trace)
{
    private readonly PaymentTerms[] _terms = [.. Enumerable.Repeat(PaymentTerms.None, shards)];
    private readonly Dictionary<(AccountId, Currency), SortedDictionary<long, long>> _due = [];
    private readonly Dictionary<(AccountId, Currency, long), long> _unbooked = [];
    private readonly HashSet<(AccountId, Currency, long, long)> _unclaimed = [];
    private readonly Dictionary<(string, Currency), long> _drawn = [];
    private readonly Dictionary<Currency, long> _uncovered = [];
    private long _claims;

    internal void Terms(int shard, PaymentTerms terms) => _terms[shard] = terms;

    internal bool WasEnded(AccountId account, long cycle) => _due.All(d => d.Key.Item1 != account || !d.Value.ContainsKey(cycle));

    internal void FellDue(LedgerAccount account, in PaymentDue due)
    {
        var currency = due.Amount.Currency;
        var after = account.Cash.GetValueOrDefault(currency);
        var before = after - account.BookedInCycle.GetValueOrDefault(currency);
        var all = _due.TryGetValue((account.Id, currency), out var known) ? known : _due[(account.Id, currency)] = [];
        if (due.Cycle != account.LastSettled || due.Amount.MinorUnits <= 0 || due.Amount.MinorUnits != Math.Min(-after, before - after) || !all.TryAdd(due.Cycle, due.Amount.MinorUnits))
        {
            throw Broken($"account {account.Id}: {due} with {after} after the cycle and {before} before");
        }

        trace.Count("payments due");
    }

    internal void Ended(LedgerAccount account, in PaymentEnded e)
    {
        var currency = e.Missing.Currency;
        if (!_due.TryGetValue((account.Id, currency), out var all) || !all.Remove(e.Cycle, out var due))
        {
            throw Broken($"account {account.Id}: {e} was not due");
        }

        var owed = Math.Max(0, -account.Cash.GetValueOrDefault(currency));
        var cycle = e.Cycle;
        var missing = Math.Min(due, Math.Max(0, owed - all.Where(d => d.Key > cycle).Sum(d => d.Value)));
        if (missing != e.Missing.MinorUnits)
        {
            throw Broken($"account {account.Id}: {e}, of {due} due {missing} are missing");
        }

        if (missing > 0)
        {
            _unbooked.Add((account.Id, currency, e.Cycle), missing);
        }

        trace.Count(missing == 0 ? "payments made" : e.DecidedBy.Length > 0 ? "payments not made, an operator told" : "payments not made at the deadline");
    }

    internal void Booked(LedgerAccount account, in CashEntry entry)
    {
        var (currency, cycle) = (entry.Amount.Currency, entry.Cause.Cycle);
        if (!_unbooked.Remove((account.Id, currency, cycle), out var missing) || missing != entry.Amount.MinorUnits)
        {
            throw Broken($"account {account.Id} booked {entry}, due are {missing}");
        }

        _unclaimed.Add((account.Id, currency, cycle, missing));
    }

    internal void Claimed(int shard, ClaimOpened claim)
    {
        var missed = claim.Missed;
        var (currency, left) = (missed.Missing.Currency, missed.Missing.MinorUnits);
        if (claim.Number != ++_claims || !_unclaimed.Remove((missed.Account, currency, missed.Cycle, left)))
        {
            throw Broken($"{claim} is of nothing that was not paid, or comes twice");
        }

        List<LiquidityDraw> draws = [];
        foreach (var source in _terms[shard].Sources.Where(s => s.Limit.Currency == currency))
        {
            var amount = Math.Min(left, source.Limit.MinorUnits - _drawn.GetValueOrDefault((source.Name, currency)));
            if (amount > 0)
            {
                draws.Add(new LiquidityDraw(source.Name, new Money(amount, currency)));
                _drawn[(source.Name, currency)] = _drawn.GetValueOrDefault((source.Name, currency)) + amount;
                left -= amount;
            }
        }

        if (!draws.SequenceEqual(claim.Draws) || claim.Uncovered.MinorUnits != left)
        {
            throw Broken($"{claim} draws {string.Join(", ", claim.Draws)} and leaves {claim.Uncovered}; due are {string.Join(", ", draws)} and {left}");
        }

        _uncovered[currency] = _uncovered.GetValueOrDefault(currency) + left;
        trace.Count(left > 0 ? "claims beyond the liquidity sources" : "claims funded");
    }

    internal void CheckQuiet(IReadOnlyDictionary<AccountId, LedgerAccount> accounts, DefaultLedger defaults)
    {
        if (_unbooked.Count > 0 || _unclaimed.Count > 0)
        {
            throw Broken($"{_unbooked.Count} payments in a payer's place are not booked, {_unclaimed.Count} have no claim");
        }

        foreach (var account in accounts.Values.Where(static a => !a.Id.Value.StartsWith("CCP.", StringComparison.Ordinal)))
        {
            foreach (var (currency, cash) in account.Cash)
            {
                if (-cash > (_due.GetValueOrDefault((account.Id, currency))?.Values.Sum() ?? 0) + defaults.TakenFrom(account.Id))
                {
                    throw Broken($"account {account.Id} has {cash} {currency} with nothing due");
                }
            }
        }

        var claims = accounts.GetValueOrDefault(CcpAccounts.Default)?.Cash ?? [];
        foreach (var currency in claims.Keys.Union(_uncovered.Keys))
        {
            if (claims.GetValueOrDefault(currency) != defaults.NetOf(currency) - _uncovered.GetValueOrDefault(currency))
            {
                throw Broken($"the default account holds {claims.GetValueOrDefault(currency)} {currency}, its claims are uncovered by {_uncovered.GetValueOrDefault(currency)}, defaults have brought {defaults.NetOf(currency)}");
            }
        }
    }

    private static InvariantBrokenException Broken(string what) => new("receivers are paid, and who has not paid owes it once", what);
}
