namespace ClearingActors.Domain.Settlement;

/// <summary>Everything in a <see cref="SettlementCycleState"/>; shards ascending, totals by currency.</summary>
public sealed record SettlementCycleSnapshot(
    int Shards,
    SettlementStage Stage,
    long Cycle,
    DateOnly BusinessDate,
    DateOnly NextDate,
    SettlementPrices? Prices,
    IReadOnlyList<int> Reported,
    IReadOnlyList<ShardTotal> Totals);

/// <summary>
/// The house's settlement process (rulebook 6.5): one cycle at a time through its stages, resumed from wherever a crash left it. One thread at a time; changes only
/// in Apply. The decisions are in <see cref="SettlementCycleDecisions"/>.
/// </summary>
public sealed class SettlementCycleState
{
    private readonly ShardSet _reported;
    private ShardTotal[] _totals = [];

    /// <param name="shards">The house's shards, 1 to 4,096.</param>
    public SettlementCycleState(int shards) => _reported = new ShardSet(shards);

    public int Shards => _reported.Shards;

    public SettlementStage Stage { get; private set; }

    /// <summary>The cycle being settled, or the last closed one; 0 before the first freeze.</summary>
    public long Cycle { get; private set; }

    /// <summary>The date of <see cref="Cycle"/>.</summary>
    public DateOnly BusinessDate { get; private set; }

    /// <summary>The date of the cycle after it, which is open for trades.</summary>
    public DateOnly NextDate { get; private set; }

    /// <summary>The cycle's prices, once fixed.</summary>
    public SettlementPrices? Prices { get; private set; }

    /// <summary>The shards that have reported in this stage.</summary>
    public ShardSet Reported => _reported;

    /// <summary>The sum of what shards have computed, by currency.</summary>
    public IReadOnlyList<ShardTotal> Totals => _totals;

    /// <summary>True if no cycle is being settled.</summary>
    public bool IsIdle => Stage is SettlementStage.Open or SettlementStage.Closed;

    public static SettlementCycleState Restore(SettlementCycleSnapshot snapshot)
    {
        var state = new SettlementCycleState(snapshot.Shards)
        {
            Stage = snapshot.Stage,
            Cycle = snapshot.Cycle,
            BusinessDate = snapshot.BusinessDate,
            NextDate = snapshot.NextDate,
            Prices = snapshot.Prices,
            _totals = [.. snapshot.Totals],
        };
        foreach (var shard in snapshot.Reported)
        {
            state._reported.Add(shard);
        }

        return state;
    }

    public SettlementCycleSnapshot ToSnapshot() =>
        new(Shards, Stage, Cycle, BusinessDate, NextDate, Prices, _reported.ToList(), _totals);

    public void Apply(in CycleFrozen e)
    {
        if (!IsIdle || e.Cycle != Cycle + 1 || e.NextDate < e.BusinessDate)
        {
            throw new InvalidOperationException(
                $"cycle {e.Cycle} ({e.BusinessDate:O}, next {e.NextDate:O}) cannot be frozen: cycle {Cycle} is {Stage}");
        }

        Stage = SettlementStage.Freezing;
        Cycle = e.Cycle;
        BusinessDate = e.BusinessDate;
        NextDate = e.NextDate;
        Prices = null;
        _totals = [];
        _reported.Clear();
    }

    public void Apply(in ShardCut e)
    {
        Expect(e.Cycle, SettlementStage.Freezing);
        Report(e.Shard);
        if (_reported.IsComplete)
        {
            Enter(SettlementStage.Computing);
        }
    }

    public void Apply(in SettlementPricesFixed e)
    {
        Expect(e.Prices.Cycle, SettlementStage.Computing);
        if (Prices is not null || e.Prices.BusinessDate != BusinessDate)
        {
            throw new InvalidOperationException(
                $"prices of {e.Prices.BusinessDate:O} cannot be fixed for cycle {Cycle} of {BusinessDate:O}: {(Prices is null ? "another date" : "fixed already")}");
        }

        Prices = e.Prices;
    }

    public void Apply(in ShardComputed e)
    {
        Expect(e.Cycle, SettlementStage.Computing);
        Report(e.Shard);
        _totals = SettlementCycleDecisions.Sum(_totals, e.Totals);
    }

    public void Apply(in CycleBalanced e)
    {
        Expect(e.Cycle, SettlementStage.Computing);
        Enter(SettlementStage.Instructing);
    }

    public void Apply(in CycleUnbalanced e)
    {
        Expect(e.Cycle, SettlementStage.Computing);
        Enter(SettlementStage.Unbalanced);
    }

    public void Apply(in CycleInstructed e)
    {
        Expect(e.Cycle, SettlementStage.Instructing);
        Enter(SettlementStage.Confirming);
    }

    public void Apply(in ShardConfirmed e)
    {
        Expect(e.Cycle, SettlementStage.Confirming);
        Report(e.Shard);
    }

    public void Apply(in CycleClosed e)
    {
        Expect(e.Cycle, SettlementStage.Confirming);
        if (!_reported.IsComplete)
        {
            throw new InvalidOperationException($"cycle {Cycle} cannot close: {_reported.Count} of {Shards} shards have confirmed");
        }

        Enter(SettlementStage.Closed);
    }

    private void Expect(long cycle, SettlementStage stage)
    {
        if (cycle != Cycle || stage != Stage)
        {
            throw new InvalidOperationException($"an event of cycle {cycle} in {stage} came while cycle {Cycle} is {Stage}");
        }
    }

    private void Report(int shard)
    {
        if (!_reported.Add(shard))
        {
            throw new InvalidOperationException($"shard {shard} has already reported in cycle {Cycle}, {Stage}");
        }
    }

    private void Enter(SettlementStage stage)
    {
        Stage = stage;
        _reported.Clear();
    }
}
