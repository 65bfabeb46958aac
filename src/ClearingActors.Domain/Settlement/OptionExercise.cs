using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>What exercise and assignment do to an account in a cycle, beside its variation margin.</summary>
/// <param name="Exercised">In the order of the series, then clients.</param>
/// <param name="Delivered">In the same order.</param>
/// <param name="Cash">What it receives of each cash-settled position.</param>
public sealed record AccountExercise(
    IReadOnlyList<OptionExercised> Exercised, IReadOnlyList<FutureDelivered> Delivered, IReadOnlyList<(Currency Currency, ExactAmount Amount)> Cash)
{
    /// <summary>An account that neither exercises nor is assigned.</summary>
    public static AccountExercise None { get; } = new([], [], []);
}

/// <summary>
/// Exercise in a cycle (rulebook 6.3). At expiry every long lot in the money by the threshold is exercised but those of a contrary notice; otherwise those of a
/// notice to exercise. Before expiry the lots of American notices up to the cycle. Never more than is held at the cut. Pure.
/// </summary>
public static class OptionExercise
{
    /// <summary>The lots that a position exercises: 0 or more; 0 for a short one.</summary>
    /// <param name="account">The account, cut at the cycle.</param>
    /// <param name="position">One of its positions in the series.</param>
    /// <param name="series">The series.</param>
    /// <param name="cycle">The cycle.</param>
    public static long LotsOf(AccountState account, Position position, ExerciseSeries series, long cycle)
    {
        var held = Math.Max(0, position.QuantityAt(cycle));
        if (series.IsAutomatic)
        {
            return held - Math.Min(held, account.TryGetNotice(position.Key, ExerciseNoticeKind.Contrary, out var contrary) ? contrary.Lots : 0);
        }

        return account.TryGetNotice(position.Key, ExerciseNoticeKind.Exercise, out var notice) && (series.Terms.AtExpiry || notice.Cycle <= cycle)
            ? Math.Min(held, notice.Lots)
            : 0;
    }

    /// <summary>The lots that a position is short at the cycle's cut: 0 or more.</summary>
    public static long ShortLotsOf(Position position, long cycle) => Math.Max(0, -position.QuantityAt(cycle));

    /// <summary>True if the account has a notice that the cycle carries out if the option is American and still lives.</summary>
    public static bool IsDue(in ExerciseNotice notice, long cycle) => notice.Kind == ExerciseNoticeKind.Exercise && notice.Cycle <= cycle;

    /// <summary>What the account exercises and is assigned; changes nothing.</summary>
    /// <param name="account">The account, cut at the cycle.</param>
    /// <param name="series">What the cycle exercises.</param>
    /// <param name="assigned">The lots assigned to this account.</param>
    /// <param name="cycle">The cycle.</param>
    /// <exception cref="InvalidOperationException">More is assigned to a position than it is short.</exception>
    public static AccountExercise Decide(AccountState account, IReadOnlyList<ExerciseSeries> series, IReadOnlyList<AssignedLots> assigned, long cycle)
    {
        if (account.Status != AccountStatus.Active || (account.PositionCount == 0 && account.Notices.Count == 0))
        {
            return AccountExercise.None;
        }

        List<OptionExercised>? exercised = null;
        List<FutureDelivered>? delivered = null;
        List<(Currency, ExactAmount)>? cash = null;
        var added = new Dictionary<PositionKey, long>();
        foreach (var one in series)
        {
            foreach (var key in KeysOf(account, one.Option.Id))
            {
                var position = account.PositionOf(key);
                var lots = position is null ? 0 : LotsOf(account, position, one, cycle) - AssignedTo(account, key, position, assigned, cycle);
                if (lots != 0 || (!one.Terms.AtExpiry && account.TryGetNotice(key, ExerciseNoticeKind.Exercise, out var notice) && IsDue(notice, cycle)))
                {
                    (exercised ??= []).Add(new OptionExercised(account.Id, key, lots, cycle, TradeChecks.RequirementOf(position, one.Option, -lots, 0, 0)));
                }

                if (lots != 0 && one.Terms.Delivers)
                {
                    var future = key with { Instrument = one.Reference.Id };
                    var yielded = one.FutureLots(lots);
                    added[future] = checked(added.GetValueOrDefault(future) + yielded);
                    var requirement = TradeChecks.RequirementOf(account.PositionOf(future), one.Reference, added[future], 0, 0);
                    (delivered ??= []).Add(new FutureDelivered(account.Id, future, one.Reference.Currency, yielded, one.StrikeUnits, cycle, requirement));
                }
                else if (lots != 0)
                {
                    (cash ??= []).Add((one.Option.Currency, one.CashOf(lots)));
                }
            }
        }

        return exercised is null ? AccountExercise.None : new AccountExercise(exercised, delivered ?? [], cash ?? []);
    }

    private static long AssignedTo(AccountState account, PositionKey key, Position position, IReadOnlyList<AssignedLots> assigned, long cycle)
    {
        foreach (var one in assigned)
        {
            if (one.Account == account.Id && one.Option == key.Instrument && one.Client == key.Client)
            {
                return one.Lots <= ShortLotsOf(position, cycle)
                    ? one.Lots
                    : throw new InvalidOperationException($"account {account.Id} is assigned {one.Lots} lots of {key.Instrument} and is short {ShortLotsOf(position, cycle)} in cycle {cycle}");
            }
        }

        return 0;
    }

    /// <summary>The positions and notices of an option, by client.</summary>
    private static IEnumerable<PositionKey> KeysOf(AccountState account, InstrumentId option) => account.Positions.Select(static p => p.Key)
        .Concat(account.Notices.Select(static n => n.Position))
        .Where(k => k.Instrument == option)
        .Distinct()
        .Order();
}
