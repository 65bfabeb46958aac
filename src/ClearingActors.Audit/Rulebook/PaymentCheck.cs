using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// Payers that do not pay (rulebook 6.6): what a cycle takes an account below zero by is due, what is not paid of it at the deadline is paid in its place once, and the claim on it is
/// funded from the liquidity sources in their order and within their limits.
/// </summary>
internal sealed class PaymentCheck(StepAt at, Ledger ledger, HouseReplay house)
{
    private const string Rule = "payment";
    private readonly Dictionary<(string Account, Currency Currency), SortedDictionary<long, PaymentDue>> _due = [];
    private readonly Dictionary<Currency, long> _booked = [];
    private readonly List<(long Cycle, Money Missing)> _missing = [];
    private readonly HashSet<(string Account, long Cycle, Money Missing)> _unclaimed = [];
    private readonly Dictionary<(string Source, Currency Currency), long> _drawn = [];
    private readonly int _shard = house.Book.Of(ActorKinds.Settlement, ActorKinds.House).Shard;
    private PaymentTerms _terms = PaymentTerms.None;

    /// <summary>Claims opened.</summary>
    internal long Claims { get; private set; }

    /// <summary>The account of the step has booked cash.</summary>
    internal void Booked(in CashEntry entry)
    {
        if (!entry.Cause.Request.IsNone || at.Key.StartsWith("CCP.", StringComparison.Ordinal))
        {
            return;
        }

        var amount = entry.Amount;
        if (entry.Type.IsSettled())
        {
            _booked[amount.Currency] = checked(_booked.GetValueOrDefault(amount.Currency) + amount.MinorUnits);
        }
        else if (!_missing.Remove((entry.Cause.Cycle, amount)) || entry.CounterAccount != CcpAccounts.Default)
        {
            at.Find(Rule, $"account {at.Key} books {entry}, and no payment of that is missing");
        }
    }

    internal void FellDue(ReadOnlySpan<byte> body)
    {
        var due = PaymentWire.ReadDue(body);
        var currency = due.Amount.Currency;
        var after = ledger.Cash.GetValueOrDefault(at.Key)?.GetValueOrDefault(currency) ?? 0;
        var owed = Math.Max(0, -after) - Math.Max(0, -checked(after - _booked.GetValueOrDefault(currency)));
        var all = _due.TryGetValue((at.Key, currency), out var known) ? known : _due[(at.Key, currency)] = [];
        if (owed != due.Amount.MinorUnits || !all.TryAdd(due.Cycle, due))
        {
            at.Find(Rule, $"{due.Amount} is due from account {at.Key} for cycle {due.Cycle}; the cycle took {_booked.GetValueOrDefault(currency)} minor units and left {after}, which makes {owed} due");
        }
    }

    internal void Ended(ReadOnlySpan<byte> body)
    {
        var ended = PaymentWire.ReadEnded(body, AccountId.Parse(at.Key));
        var currency = ended.Missing.Currency;
        if (!_due.TryGetValue((at.Key, currency), out var all) || !all.Remove(ended.Cycle, out var due))
        {
            at.Find(Rule, $"the payment of account {at.Key} in {currency} for cycle {ended.Cycle} ends and was not due");
            return;
        }

        var owed = Math.Max(0, -(ledger.Cash.GetValueOrDefault(at.Key)?.GetValueOrDefault(currency) ?? 0));
        var missing = Math.Min(due.Amount.MinorUnits, Math.Max(0, all.Where(d => d.Key > ended.Cycle).Aggregate(owed, static (left, d) => Math.Max(0, left - d.Value.Amount.MinorUnits))));
        if (missing != ended.Missing.MinorUnits || (ended.DecidedBy.Length == 0 && (due.Deadline == 0 || house.Turns[at.Shard].BusinessTime < due.Deadline)))
        {
            at.Find(Rule, $"{ended.Missing} of {due.Amount} due from account {at.Key} for cycle {ended.Cycle} is said to be missing, and {missing} minor units are; it is due at {due.Deadline}");
        }

        if (all.Count == 0)
        {
            _due.Remove((at.Key, currency));
        }

        if (ended.Missing.MinorUnits > 0)
        {
            _missing.Add((ended.Cycle, ended.Missing));
            _unclaimed.Add((at.Key, ended.Cycle, ended.Missing));
        }
    }

    /// <summary>A directory has taken terms; the settlement's are those that count.</summary>
    internal void Terms(ReadOnlySpan<byte> body)
    {
        if (at.Shard == _shard)
        {
            _terms = PaymentWire.ReadTerms(body);
        }
    }

    internal void Claimed(ReadOnlySpan<byte> body)
    {
        var claim = PaymentWire.ReadClaim(body);
        var missed = claim.Missed;
        var expected = Payments.DecideClaim(++Claims, missed, _terms, (source, currency) => _drawn.GetValueOrDefault((source, currency)));
        if (!_unclaimed.Remove((missed.Account.Value, missed.Cycle, missed.Missing)))
        {
            at.Find("claim", $"claim {claim.Number} is on account {missed.Account} for {missed.Missing} of cycle {missed.Cycle}, which is not missing or is claimed already");
        }

        if (claim.Number != expected.Number || claim.Uncovered != expected.Uncovered || !claim.Draws.SequenceEqual(expected.Draws))
        {
            at.Find("claim", $"claim {claim.Number} draws {string.Join(", ", claim.Draws)} and leaves {claim.Uncovered}; by the sources it is claim {expected.Number}, draws {string.Join(", ", expected.Draws)} and leaves {expected.Uncovered}");
        }

        foreach (var draw in claim.Draws)
        {
            _drawn[(draw.Source, draw.Amount.Currency)] = checked(_drawn.GetValueOrDefault((draw.Source, draw.Amount.Currency)) + draw.Amount.MinorUnits);
        }
    }

    /// <summary>The step ends: what is missing was paid in the payer's place.</summary>
    internal void EndStep()
    {
        foreach (var (cycle, missing) in _missing)
        {
            at.Find(Rule, $"{missing} of account {at.Key} for cycle {cycle} is missing, and nothing is booked in its place");
        }

        _missing.Clear();
        _booked.Clear();
    }
}
