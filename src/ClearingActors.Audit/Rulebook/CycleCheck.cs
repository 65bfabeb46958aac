using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// Settlement cycles (rulebook 6.5): what a shard reports is the sum of what its accounts were settled at, a cycle's totals are the sums of its shards' and exactly zero, and every
/// account books what it was settled at, once. One cycle is open at a time, so nothing is kept of older ones.
/// </summary>
internal sealed class CycleCheck
{
    private readonly Dictionary<string, Unbooked> _unbooked = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(Currency Currency, CashEntryType Type), Sum>[] _computed;
    private readonly bool[] _reported;
    private readonly SortedDictionary<(Currency Currency, CashEntryType Type), long> _due = [];
    private readonly SortedDictionary<(Currency Currency, CashEntryType Type), long> _instructed = [];
    private readonly SortedDictionary<Currency, Int128> _unbookedSum = [];
    private readonly SortedDictionary<InstrumentId, Int128> _moved = [];
    private readonly HashSet<InstrumentId> _expiring = [];
    private long _cycle;

    internal CycleCheck(int shards)
    {
        _computed = [.. Enumerable.Range(0, shards).Select(_ => new SortedDictionary<(Currency, CashEntryType), Sum>())];
        _reported = new bool[shards];
    }

    /// <summary>Cycles closed.</summary>
    internal long Closed { get; private set; }

    /// <summary>Amounts that accounts were settled at.</summary>
    internal long Settlements { get; private set; }

    /// <summary>Per currency what a balanced cycle's accounts have still to book.</summary>
    internal IReadOnlyDictionary<Currency, Int128> UnbookedSum => _unbookedSum;

    /// <summary>Per instrument the lots that exercise has moved in accounts of shards that have computed while others have not.</summary>
    internal IReadOnlyDictionary<InstrumentId, Int128> Moved => _moved;

    /// <summary>True for an instrument in its last cycle while not all shards have computed it.</summary>
    internal bool IsExpiring(InstrumentId instrument) => _expiring.Contains(instrument);

    /// <summary>The settlement freezes a cycle.</summary>
    internal void Frozen(StepAt at, ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        _expiring.Clear();
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: cycle = reader.Int64; break;
                case 6: _expiring.Add(Ids.Instrument(reader.Bytes)); break;
                default: break;
            }
        }

        if (cycle != _cycle + 1)
        {
            at.Find("cycle-order", $"cycle {cycle} is frozen after cycle {_cycle}");
        }

        _cycle = cycle;
        Array.Clear(_reported);
        foreach (var sums in _computed)
        {
            sums.Clear();
        }
    }

    /// <summary>An account was settled.</summary>
    internal void Settled(StepAt at, ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        List<VariationMarginAmount>? amounts = null;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: cycle = reader.Int64; break;
                case 2: (amounts ??= []).Add(MoneyWire.ReadAmount(reader.Bytes)); break;
                default: break;
            }
        }

        Settlements++;
        if (cycle != _cycle || _reported[at.Shard])
        {
            at.Find("cycle-totals", $"account {at.Key} was settled in cycle {cycle}; cycle {_cycle} is open{(_reported[at.Shard] ? ", and the shard has reported it" : "")}");
        }

        if (_unbooked.ContainsKey(at.Key))
        {
            at.Find("cycle-booked", $"account {at.Key} was settled in cycle {cycle} and has not booked the one before");
        }

        if (amounts is null)
        {
            return;
        }

        _unbooked[at.Key] = new Unbooked(at.Shard, cycle, amounts);
        foreach (var amount in amounts)
        {
            if (amount.Exact.RoundHalfEven(amount.Currency).MinorUnits != amount.AmountMinor)
            {
                at.Find("cycle-rounding", $"account {at.Key} was settled at {amount.Exact} {amount.Currency}, and {amount.AmountMinor} minor units are not that");
            }

            var key = (amount.Currency, amount.Type);
            _computed[at.Shard][key] = _computed[at.Shard].GetValueOrDefault(key).Plus(amount.Exact, amount.AmountMinor);
        }
    }

    /// <summary>A shard has reported what it computed.</summary>
    internal void Computed(StepAt at, ReadOnlySpan<byte> body)
    {
        ShardReport.ReadBody(body, out var cycle, out var shard, out var flows, out _);
        if (cycle != _cycle || shard < 0 || shard >= _reported.Length || _reported[shard])
        {
            at.Find("cycle-totals", $"shard {shard} reports cycle {cycle}; cycle {_cycle} is open");
            return;
        }

        _reported[shard] = true;
        var told = flows.Select(flow => ((flow.Total.Currency, flow.Total.Type), new Sum(flow.Total.Exact, flow.Total.RoundedMinor, flow.Received, flow.Paid)));
        if (!told.OrderBy(t => t.Item1).SequenceEqual(_computed[shard].Select(c => (c.Key, c.Value))))
        {
            at.Find("cycle-totals", $"shard {shard} reports {Text(told)} in cycle {cycle}, its accounts were settled at {Text(_computed[shard].Select(c => (c.Key, c.Value)))}");
        }
    }

    /// <summary>All shards have computed and the sums are told.</summary>
    internal void Balanced(StepAt at, ReadOnlySpan<byte> body)
    {
        var (cycle, totals) = ReadTotals(body);
        var sums = new SortedDictionary<(Currency, CashEntryType), Sum>();
        foreach (var (key, sum) in _computed.SelectMany(static c => c))
        {
            sums[key] = sums.GetValueOrDefault(key).Plus(sum);
        }

        if (cycle != _cycle || Array.IndexOf(_reported, false) >= 0)
        {
            at.Find("cycle-totals", $"cycle {cycle} is balanced, with {_reported.Count(static r => !r)} shards that have not reported cycle {_cycle}");
        }

        if (!totals.Select(static t => ((t.Currency, t.Type), t.Exact, t.AmountMinor)).SequenceEqual(sums.Select(static s => (s.Key, s.Value.Exact, s.Value.Rounded))))
        {
            at.Find("cycle-totals", $"cycle {cycle} totals {string.Join(", ", totals.Select(static t => $"{t.Type} {t.Exact} ({t.AmountMinor}) {t.Currency}"))}, its accounts were settled at {Text(sums.Select(static s => (s.Key, s.Value)))}");
        }

        _due.Clear();
        _instructed.Clear();
        foreach (var (key, sum) in sums)
        {
            if (!sum.Exact.IsZero)
            {
                at.Find("cycle-zero", $"cycle {cycle}: {key.Item2} sums to {sum.Exact} {key.Item1}, and not to zero");
            }

            if (sum.Rounded != 0)
            {
                _instructed.Add(key, -sum.Rounded);
            }

            _due.Add(key, sum.Rounded);
            _unbookedSum[key.Item1] = _unbookedSum.GetValueOrDefault(key.Item1) + sum.Rounded;
        }

        foreach (var (instrument, lots) in _moved)
        {
            if (lots != 0)
            {
                at.Find("matched-book", $"cycle {cycle}: exercise moved {lots} lots of {instrument} from nowhere");
            }
        }

        _moved.Clear();
        _expiring.Clear();
    }

    /// <summary>The settlement account is told what the accounts of the cycle book against it.</summary>
    internal void Instructed(StepAt at, in CashEntry entry)
    {
        if (entry.Account != Domain.Parties.CcpAccounts.Settlement || !_instructed.Remove((entry.Amount.Currency, entry.Type), out var due) || due != entry.Amount.MinorUnits)
        {
            at.Find("cycle-totals", $"{at.Key} has {entry.Account} book {entry.Amount} of {entry.Type} for {entry.Cause}, which is not minus what the accounts of cycle {_cycle} book");
        }
    }

    /// <summary>The settlement has told all accounts to book.</summary>
    internal void InstructionsEnd(StepAt at)
    {
        foreach (var (key, due) in _instructed)
        {
            at.Find("cycle-totals", $"cycle {_cycle}: nobody was told to book {due} minor units of {key.Type} in {key.Currency} on the settlement account");
        }

        _instructed.Clear();
    }

    /// <summary>An account books what it was settled at.</summary>
    internal void Booked(StepAt at, in CashEntry entry)
    {
        var (currency, type) = (entry.Amount.Currency, entry.Type);
        var index = _unbooked.TryGetValue(at.Key, out var unbooked) ? unbooked.Amounts.FindIndex(a => a.Currency == currency && a.Type == type) : -1;
        if (index < 0 || unbooked!.Cycle != entry.Cause.Cycle || unbooked.Amounts[index].AmountMinor != entry.Amount.MinorUnits || entry.CounterAccount != Domain.Parties.CcpAccounts.Settlement)
        {
            at.Find("cycle-booked", $"account {at.Key} books {type} of {entry.Amount} for {entry.Cause}, which is not what it was settled at and has not booked");
        }
        else
        {
            unbooked.Amounts.RemoveAt(index);
            if (unbooked.Amounts.Count == 0)
            {
                _unbooked.Remove(at.Key);
            }
        }

        _due[(currency, type)] = _due.GetValueOrDefault((currency, type)) - entry.Amount.MinorUnits;
        _unbookedSum[currency] = _unbookedSum.GetValueOrDefault(currency) - entry.Amount.MinorUnits;
    }

    /// <summary>A shard's turn that books a cycle has ended.</summary>
    internal void ShardBooked(StepAt at)
    {
        foreach (var (account, unbooked) in _unbooked.Where(u => u.Value.Shard == at.Shard).ToList())
        {
            at.Find("cycle-booked", $"the shard books cycle {unbooked.Cycle}, and account {account} has not booked {string.Join(", ", unbooked.Amounts.Select(static a => $"{a.Type} {a.AmountMinor} {a.Currency}"))}");
            _unbooked.Remove(account);
        }
    }

    /// <summary>Lots left or entered a position by exercise.</summary>
    internal void Move(InstrumentId instrument, long lots) => _moved[instrument] = _moved.GetValueOrDefault(instrument) + lots;

    /// <summary>The cycle is closed: nothing of it is left to book.</summary>
    internal void CycleClosed(StepAt at, ReadOnlySpan<byte> body)
    {
        Closed++;
        var cycle = HouseWire.OnlyNumber(body);
        if (cycle != _cycle)
        {
            at.Find("cycle-order", $"cycle {cycle} is closed while cycle {_cycle} is open");
        }

        foreach (var (account, unbooked) in _unbooked)
        {
            at.Find("cycle-booked", $"cycle {cycle} is closed and account {account} has not booked {string.Join(", ", unbooked.Amounts.Select(static a => $"{a.Type} {a.AmountMinor} {a.Currency}"))}");
        }

        foreach (var (key, rest) in _due)
        {
            if (rest != 0)
            {
                at.Find("cycle-booked", $"cycle {cycle} is closed: {rest} minor units of {key.Type} in {key.Currency} were computed and not booked");
            }
        }

        _unbooked.Clear();
        _due.Clear();
    }

    private static (long Cycle, List<VariationMarginAmount> Totals) ReadTotals(ReadOnlySpan<byte> body)
    {
        long cycle = 0;
        List<VariationMarginAmount> totals = [];
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: cycle = reader.Int64; break;
                case 2: totals.Add(MoneyWire.ReadAmount(reader.Bytes)); break;
                default: break;
            }
        }

        return (cycle, totals);
    }

    private static string Text(IEnumerable<((Currency Currency, CashEntryType Type) Key, Sum Sum)> sums) =>
        string.Join(", ", sums.Select(static s => $"{s.Key.Type} {s.Sum.Exact} ({s.Sum.Rounded}, {s.Sum.Received} received, {s.Sum.Paid} paid) {s.Key.Currency}")) is { Length: > 0 } text ? text : "nothing";

    /// <summary>Exact, rounded, and what of the rounded was received and paid, both positive.</summary>
    private readonly record struct Sum(ExactAmount Exact, long Rounded, long Received, long Paid)
    {
        internal Sum Plus(in ExactAmount exact, long rounded) => new(Exact + exact, checked(Rounded + rounded), checked(Received + Math.Max(0, rounded)), checked(Paid + Math.Max(0, -rounded)));

        internal Sum Plus(in Sum other) => new(Exact + other.Exact, checked(Rounded + other.Rounded), checked(Received + other.Received), checked(Paid + other.Paid));
    }

    private sealed record Unbooked(int Shard, long Cycle, List<VariationMarginAmount> Amounts);
}
