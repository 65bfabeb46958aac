using System.Numerics;
using ClearingActors.Actors.Simulation;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Simulation;

/// <summary>
/// Exercise and assignment as the accountant computes them: from his own books at the cut, by rules written a second time. What accounts then do must be that, once.
/// </summary>
internal sealed class ExerciseLedger(
    HouseDirectory directory,
    IReadOnlyDictionary<AccountId, LedgerAccount> accounts,
    IReadOnlyDictionary<InstrumentId, long> finalPrices,
    IReadOnlyDictionary<InstrumentId, SortedDictionary<long, long>> marks,
    SimulationTrace trace)
{
    private readonly HashSet<(AccountId, ExerciseNotice)> _given = [];
    private readonly Dictionary<(AccountId, PositionKey), long> _expected = [];
    private readonly Dictionary<(AccountId, PositionKey), List<(long Lots, long Price)>> _deliveries = [];
    private readonly Dictionary<InstrumentId, long> _moved = [];
    private readonly Dictionary<InstrumentId, SeriesTerms> _series = [];
    private List<AssignedLots> _assigned = [];
    private long _cycle;

    /// <summary>Lots that some accounts have exercised or been assigned and others have yet to, per instrument; zero when all have.</summary>
    internal long MovedOf(InstrumentId instrument) => _moved.GetValueOrDefault(instrument);

    internal bool WasGiven(AccountId account, ExerciseNotice notice) => _given.Contains((account, notice));

    internal void Notice(LedgerAccount account, ExerciseNotice notice, bool priced)
    {
        if (priced)
        {
            throw Broken("no notice after the final price", $"account {account.Id} gave {notice}");
        }

        _given.Add((account.Id, notice));
        if (notice.Lots == 0)
        {
            if (!account.Notices.Remove((notice.Position, notice.Kind)))
            {
                throw Broken("one notice of a kind", $"account {account.Id} took back {notice}, which was not pending");
            }

            trace.Count("notices taken back");
            return;
        }

        var held = account.Lots.TryGetValue(notice.Position, out var lots) ? lots.Quantity : 0;
        var other = account.Notices.GetValueOrDefault((notice.Position, notice.Kind == ExerciseNoticeKind.Exercise ? ExerciseNoticeKind.Contrary : ExerciseNoticeKind.Exercise)).Lots;
        if (!account.Notices.TryAdd((notice.Position, notice.Kind), notice) || notice.Lots + other > held)
        {
            throw Broken("one notice of a kind", $"account {account.Id} gave {notice} with {held} lots held, or twice");
        }

        trace.Count($"notices given: {notice.Kind}");
    }

    /// <summary>Every shard is cut: what each account must exercise and be assigned follows from the books.</summary>
    internal void Started(ReadOnlySpan<byte> body, IReadOnlyList<InstrumentId> expiring)
    {
        (_cycle, var series) = ExerciseWire.ReadStarted(body);
        _series.Clear();
        _assigned = [];
        foreach (var one in series)
        {
            _series.Add(one.Option, one);
            Expect(one, expiring.Contains(one.Option));
        }

        foreach (var instrument in expiring)
        {
            if (directory.TryGetInstrument(instrument, out var listed) && listed.Instrument.Option is not null && !_series.ContainsKey(instrument))
            {
                throw Broken("options are exercised at expiry", $"cycle {_cycle} ends {instrument} and does not exercise it");
            }
        }
    }

    internal void Assigned(ReadOnlySpan<byte> body)
    {
        if (!ExerciseWire.ReadAssignedList(body).ToHashSet().SetEquals(_assigned))
        {
            throw Broken("assignment", $"cycle {_cycle} assigned {string.Join("; ", ExerciseWire.ReadAssignedList(body))}, due are {string.Join("; ", _assigned)}");
        }

        trace.Count("lots assigned", _assigned.Sum(a => a.Lots));
    }

    internal void Exercised(LedgerAccount account, in OptionExercised e)
    {
        _expected.Remove((account.Id, e.Position), out var due);
        if (due != e.Lots || e.Cycle != _cycle || e.Cycle != account.LastSettled + 1)
        {
            throw Broken("nobody is exercised twice or not at all", $"account {account.Id}: {e}, due are {due} lots in cycle {_cycle}");
        }

        if (!account.Notices.Remove((e.Position, ExerciseNoticeKind.Exercise)) && e.Lots == 0)
        {
            throw Broken("nobody is exercised twice or not at all", $"account {account.Id}: {e} of no lots, without a notice");
        }

        if (e.Lots == 0)
        {
            trace.Count("notices void");
            return;
        }

        account.Lots[e.Position].Exercise(e.Lots);
        Move(e.Position.Instrument, -e.Lots);
        trace.Count(e.Lots > 0 ? "lots exercised" : "positions assigned", Math.Max(1, e.Lots));
        var (series, option, reference) = Of(e.Position.Instrument);
        if (series.Delivers)
        {
            var key = (account.Id, e.Position with { Instrument = reference.Id });
            var strike = (long)(option.Option!.Strike * (decimal)BigInteger.Pow(10, reference.PriceScale));
            (_deliveries.TryGetValue(key, out var all) ? all : _deliveries[key] = []).Add((option.Option.Type == OptionType.Call ? e.Lots : -e.Lots, strike));
            return;
        }

        var perLot = ExactFraction.From(PayoffOf(series, option, reference)) * ExactFraction.From(option.Definition.Multiplier);
        var amount = (ExactFraction.From(e.Lots) * perLot).ToExactAmount();
        account.Exercised[option.Currency] = account.Exercised.GetValueOrDefault(option.Currency) + amount;
    }

    internal void Delivered(LedgerAccount account, in FutureDelivered e)
    {
        if (!_deliveries.TryGetValue((account.Id, e.Position), out var due) || !due.Remove((e.Lots, e.PriceUnits)) || e.Cycle != _cycle)
        {
            throw Broken("an option yields the future at the strike", $"account {account.Id}: {e} is not due");
        }

        if (due.Count == 0)
        {
            _deliveries.Remove((account.Id, e.Position));
        }

        (account.Lots.TryGetValue(e.Position, out var lots) ? lots : account.Lots[e.Position] = new LedgerLots()).Add(e.Cycle, e.Lots, e.PriceUnits);
        account.DeliveredIn.Add(e.Currency);
        Move(e.Position.Instrument, e.Lots);
        trace.Count("futures delivered");
    }

    /// <summary>The account is settled: what was due before that must be done.</summary>
    internal void Settled(AccountId account)
    {
        if (_expected.Keys.Any(k => k.Item1 == account) || _deliveries.Keys.Any(k => k.Item1 == account))
        {
            throw Broken("nobody is exercised twice or not at all", $"account {account} was settled and has not exercised what is due");
        }
    }

    internal void Balanced()
    {
        if (_expected.Count > 0 || _deliveries.Count > 0 || _moved.Values.Any(static m => m != 0))
        {
            throw Broken("nobody is exercised twice or not at all", $"cycle {_cycle} is balanced with {_expected.Count} positions to exercise and lots moved of {string.Join(", ", _moved.Where(m => m.Value != 0))}");
        }
    }

    private static InvariantBrokenException Broken(string name, string what) => new(name, what);

    private static decimal PayoffOf(in SeriesTerms series, Instrument option, Instrument reference)
    {
        var over = reference.ToPrice(series.ReferenceUnits) - option.Option!.Strike;
        return option.Option.Type == OptionType.Call ? over : -over;
    }

    private void Expect(SeriesTerms series, bool expiring)
    {
        var (_, option, reference) = Of(series.Option);
        var terms = option.Option!;
        var delivers = reference.Kind == InstrumentKind.Future && !(expiring && reference.Expiry == option.Expiry);
        var priced = expiring ? finalPrices.GetValueOrDefault(option.Id) == series.ReferenceUnits : delivers || marks[reference.Id].ContainsValue(series.ReferenceUnits);
        if (series.AtExpiry != expiring || series.Delivers != delivers || !priced || (!expiring && terms.Style != ExerciseStyle.American))
        {
            throw Broken("options are exercised at expiry", $"cycle {_cycle}: {series} of {terms}");
        }

        var payoff = PayoffOf(series, option, reference);
        var automatic = expiring && payoff > 0 && payoff >= terms.AutomaticThreshold;
        long exercised = 0;
        List<(AccountId Account, PositionKey Key, long Lots)> shorts = [];
        foreach (var account in accounts.Values.Where(static a => !a.Closed))
        {
            foreach (var (key, lots) in account.Lots.Where(l => l.Key.Instrument == option.Id))
            {
                var held = lots.QuantityAt(_cycle);
                if (held < 0)
                {
                    shorts.Add((account.Id, key, -held));
                    continue;
                }

                var notice = account.Notices.GetValueOrDefault((key, automatic ? ExerciseNoticeKind.Contrary : ExerciseNoticeKind.Exercise));
                var named = expiring || notice.Cycle <= _cycle ? Math.Min(notice.Lots, held) : 0;
                var due = automatic ? held - named : named;
                exercised += due;
                if (due > 0)
                {
                    _expected.Add((account.Id, key), due);
                }
            }
        }

        Assign(option.Id, exercised, shorts);
        trace.Count(expiring ? automatic ? "options expired in the money" : "options expired out of the money" : "American options exercised before expiry");
    }

    /// <summary>Quotas rounded down, then one lot each by remainder, account and client until all are assigned.</summary>
    private void Assign(InstrumentId option, long exercised, List<(AccountId Account, PositionKey Key, long Lots)> shorts)
    {
        BigInteger open = shorts.Sum(s => s.Lots);
        if (exercised > open)
        {
            throw Broken("matched book", $"{exercised} lots of {option} are exercised, {open} are short");
        }

        var shares = shorts.Select(s => (s.Account, s.Key, Lots: open == 0 ? 0 : (long)(exercised * (BigInteger)s.Lots / open), Remainder: open == 0 ? 0 : exercised * (BigInteger)s.Lots % open))
            .OrderByDescending(s => s.Remainder).ThenBy(s => s.Account).ThenBy(s => s.Key.Client).ToList();
        var left = exercised - shares.Sum(s => s.Lots);
        foreach (var (account, key, lots, _) in shares)
        {
            var due = lots + (left-- > 0 ? 1 : 0);
            if (due > 0)
            {
                _expected.Add((account, key), -due);
                _assigned.Add(new AssignedLots(option, account, key.Client, due));
            }
        }
    }

    private (SeriesTerms Series, Instrument Option, Instrument Reference) Of(InstrumentId option)
    {
        directory.TryGetInstrument(option, out var listed);
        directory.TryGetInstrument(InstrumentId.Parse(listed.Instrument.Option!.Reference), out var reference);
        return (_series[option], listed.Instrument, reference.Instrument);
    }

    private void Move(InstrumentId instrument, long lots) => _moved[instrument] = _moved.GetValueOrDefault(instrument) + lots;
}
