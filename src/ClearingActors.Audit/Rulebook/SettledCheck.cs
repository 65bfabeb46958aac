using ClearingActors.Actors.Wire;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Backtests;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// What every account is settled at in a cycle, decided again (rulebook 6.1 to 6.4): when the replay of a shard has taken the cycle's prices, from the positions that it has then,
/// those prices, which must be the ones that were fixed for the whole house, and what was exercised and assigned.
/// </summary>
internal sealed class SettledCheck(StepAt at, ExpectedEvents expected, int shards) : ICycleObserver
{
    private const string Rule = "settled-amount";
    private SettlementPrices? _fixed;
    private IReadOnlyList<SeriesTerms> _series = [];
    private IReadOnlyList<AssignedLots> _assigned = [];
    private ExerciseStage _stage = new(shards);
    private string _failure = "";

    public void Changing(EngineScope scope, int type)
    {
    }

    public void Priced(EngineScope scope)
    {
        var prices = scope.Prices!;
        _failure = WrongPrices(prices);
        try
        {
            var series = _series.Select(terms => ExerciseSeries.Of(terms, scope.Directory)).OfType<ExerciseSeries>().ToList();
            var assigned = _assigned.ToLookup(static a => a.Account);
            foreach (var account in scope.Accounts)
            {
                var exercise = series.Count == 0 ? AccountExercise.None : OptionExercise.Decide(account.State, series, [.. assigned[account.State.Id]], prices.Cycle);
                var decision = account.DecideVariationMargin(prices, exercise);
                if (decision.Kind == VariationMarginDecisionKind.Settled)
                {
                    Expect(account, exercise, decision.Event);
                }
                else if (decision.Kind == VariationMarginDecisionKind.MissingPrice)
                {
                    _failure = $"account {account.State.Id} holds {decision.MissingPriceOf}, of which cycle {prices.Cycle} has no price";
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or OverflowException)
        {
            _failure = $"cycle {prices.Cycle} cannot be computed again: {e.Message}";
        }
    }

    public void Settled(EngineScope scope, AccountActor account)
    {
    }

    /// <summary>A cycle is frozen: nothing is exercised yet.</summary>
    internal void Frozen()
    {
        _fixed = null;
        _stage = new ExerciseStage(shards);
        _series = [];
        _assigned = [];
    }

    /// <summary>The prices of the cycle are fixed.</summary>
    internal void Fixed(ReadOnlySpan<byte> body, HouseDirectory directory) => _fixed = MoneyWire.ReadPrices(HouseWire.OnlyBytes(body), directory);

    /// <summary>The series that the cycle exercises.</summary>
    internal void ExerciseStarted(ReadOnlySpan<byte> body)
    {
        _series = ExerciseWire.ReadStarted(body).Series;
        _stage.Start(_series);
    }

    /// <summary>A shard has told what its accounts exercise and who is short. Positions and notices of the cycle stand still until it is computed, so they are still there.</summary>
    internal void Reported(ReadOnlySpan<byte> body, HouseReplay house)
    {
        var (cycle, shard, told) = ReportExercise.ReadBody(body);
        if (shard < 0 || shard >= shards)
        {
            at.Find("exercise", $"shard {shard} tells what it exercises; there are {shards}");
            return;
        }

        var scope = house.Scopes[shard];
        foreach (var series in _series.Select(terms => ExerciseSeries.Of(terms, scope.Directory)).OfType<ExerciseSeries>())
        {
            var lots = told.FirstOrDefault(t => t.Option == series.Option.Id);
            var exercised = 0L;
            List<AssignedLots> shorts = [];
            foreach (var account in scope.Accounts)
            {
                foreach (var position in account.State.Positions.Where(p => p.Key.Instrument == series.Option.Id))
                {
                    exercised = checked(exercised + OptionExercise.LotsOf(account.State, position, series, cycle));
                    if (OptionExercise.ShortLotsOf(position, cycle) is var held and > 0)
                    {
                        shorts.Add(new AssignedLots(series.Option.Id, account.State.Id, position.Key.Client, held));
                    }
                }
            }

            if (lots.Exercised != exercised || !(lots.Shorts ?? []).SequenceEqual(shorts.OrderBy(static s => s.Account).ThenBy(static s => s.Client)))
            {
                at.Find("exercise", $"shard {shard} tells {lots.Exercised} lots of {series.Option.Id} exercised and {string.Join(", ", lots.Shorts ?? [])} short; its accounts exercise {exercised}, and short are {string.Join(", ", shorts)}");
            }
        }

        _stage.Report(shard, told);
    }

    /// <summary>What was assigned to short positions, decided again from what the shards told.</summary>
    internal void Assigned(ReadOnlySpan<byte> body)
    {
        _assigned = ExerciseWire.ReadAssignedList(body);
        try
        {
            var expected = _stage.DecideAssignment();
            if (!_stage.IsComplete || !_assigned.SequenceEqual(expected))
            {
                at.Find("exercise", $"assigned are {string.Join(", ", _assigned)}; by the rule it is {string.Join(", ", expected)}");
            }
        }
        catch (ArgumentException e)
        {
            at.Find("exercise", $"more is exercised than is short: {e.Message}");
        }
    }

    /// <summary>The turn has an event of an account that the cycle brings.</summary>
    internal void Seen(int type, ReadOnlySpan<byte> body) => expected.Seen(type, body, Rule);

    /// <summary>The row ends.</summary>
    internal void End()
    {
        if (_failure.Length > 0)
        {
            at.Find(Rule, _failure);
            _failure = "";
        }
    }

    private string WrongPrices(SettlementPrices prices)
    {
        if (_fixed is null || _fixed.Cycle != prices.Cycle)
        {
            return $"the shard settles cycle {prices.Cycle}, whose prices are not fixed";
        }

        foreach (var price in prices.Sorted())
        {
            if (!_fixed.TryGet(price.Instrument.Id, out var known) || known.PriceUnits != price.PriceUnits || _fixed.IsExpiring(price.Instrument.Id) != prices.IsExpiring(price.Instrument.Id))
            {
                return $"the shard settles {price.Instrument.Id} at {price.PriceUnits} price units, fixed are {known.PriceUnits}";
            }
        }

        return prices.Fundings.Any(f => !_fixed.Fundings.Any(k => k.Fixed == f.Fixed)) ? $"the shard pays fundings in cycle {prices.Cycle} that were not fixed" : "";
    }

    private void Expect(AccountActor account, AccountExercise exercise, in VariationMarginSettled settled)
    {
        var id = account.State.Id.Value;
        foreach (var exercised in exercise.Exercised)
        {
            var one = new WireWriter();
            ExerciseWire.Write(one, exercised);
            expected.Expect(id, EventTypes.OptionExercised, one.ToArray(), Rule);
        }

        foreach (var delivered in exercise.Delivered)
        {
            var one = new WireWriter();
            ExerciseWire.Write(one, delivered);
            expected.Expect(id, EventTypes.FutureDelivered, one.ToArray(), Rule);
        }

        var writer = new WireWriter();
        writer.Field(1, settled.Prices.Cycle);
        foreach (var amount in settled.Amounts)
        {
            MoneyWire.WriteAmount(writer, 2, amount.Currency, amount.Type, amount.Exact, amount.AmountMinor);
        }

        expected.Expect(id, EventTypes.VariationMarginSettled, writer.ToArray(), Rule);
    }
}
