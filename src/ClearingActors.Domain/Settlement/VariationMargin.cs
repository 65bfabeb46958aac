using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>What an account has to do in a cycle.</summary>
public enum VariationMarginDecisionKind
{
    None = 0,

    /// <summary>Journal and apply the event.</summary>
    Settled = 1,

    /// <summary>The cycle was settled here before: a repeat, nothing to do.</summary>
    AlreadySettled = 2,

    /// <summary>The account has something to settle in an instrument without a price: the cycle cannot be computed.</summary>
    MissingPrice = 3,

    /// <summary>Nobody has defined the account, or it is closed: nothing to do.</summary>
    NoAccount = 4,
}

/// <summary>What an account has to do in a cycle.</summary>
/// <param name="Kind">See <see cref="VariationMarginDecisionKind"/>.</param>
/// <param name="Event">Meaningful if settled.</param>
/// <param name="MissingPriceOf">The first such instrument by id, if a price is missing.</param>
public readonly record struct VariationMarginDecision(VariationMarginDecisionKind Kind, VariationMarginSettled Event, InstrumentId MissingPriceOf);

/// <summary>
/// Variation margin, settled to market (rulebook 6.1): for each instrument, the sum of lots x (settlement price - reference) x multiplier, where the reference is the
/// last settlement price, or the trade price for a trade of the cycle. Equity-style options pay the premium of the cycle's trades instead (6.2); inverse perpetuals are
/// valued in the base currency (6.4). Summed exactly per account, currency and type, rounded half-even once.
/// </summary>
public static class VariationMargin
{
    /// <summary>Computes an account's variation margin; changes nothing.</summary>
    /// <param name="account">The account, with no trade of the cycle in flight.</param>
    /// <param name="prices">The cycle's prices.</param>
    /// <param name="exercise">What the account exercises and is assigned in the cycle, to be applied before the event; none if null.</param>
    /// <exception cref="InvalidOperationException">
    /// The cycle is not the next one of the account, its last amounts are not booked, or a trade of the cycle is still in flight.
    /// </exception>
    public static VariationMarginDecision Decide(AccountState account, SettlementPrices prices, AccountExercise? exercise = null)
    {
        var cycle = prices.Cycle;
        if (account.Status != AccountStatus.Active)
        {
            return new VariationMarginDecision(VariationMarginDecisionKind.NoAccount, default, default);
        }

        if (cycle <= account.LastSettledCycle)
        {
            return new VariationMarginDecision(VariationMarginDecisionKind.AlreadySettled, default, default);
        }

        if (cycle != account.LastSettledCycle + 1 || account.UnbookedVariationMargin.Count != 0 || account.HasOpenReservations(cycle))
        {
            throw new InvalidOperationException(
                $"account {account.Id} cannot be settled in cycle {cycle}: the last was {account.LastSettledCycle}, {account.UnbookedVariationMargin.Count} amounts are unbooked, {account.OpenReservationCount} reservations are open");
        }

        List<VariationMarginAmount>? sums = null;
        InstrumentId missing = default;
        foreach (var position in account.Positions)
        {
            if (!position.IsSettledBy(cycle))
            {
                continue;
            }

            if (!prices.TryGet(position.Key.Instrument, out var price))
            {
                missing = missing.IsNone || position.Key.Instrument < missing ? position.Key.Instrument : missing;
                continue;
            }

            if (position.Valuation.Style != ValuationStyle.Premium)
            {
                Add(sums ??= [], CashEntryType.VariationMargin, price.Instrument.Currency, price.Instrument.AmountOf(position.SettlementOf(cycle, price.PriceUnits)));
            }
            else if (position.HasTradesOf(cycle))
            {
                Add(sums ??= [], CashEntryType.Premium, price.Instrument.Currency, price.Instrument.AmountOf(position.SettlementOf(cycle, price.PriceUnits)));
            }

            foreach (var funding in prices.Fundings)
            {
                if (funding.Instrument.Id == position.Key.Instrument && position.QuantityAt(cycle) is var lots and not 0)
                {
                    Add(sums ??= [], CashEntryType.Funding, funding.Instrument.Currency, funding.AmountOf(lots));
                }
            }
        }

        if (exercise is not null)
        {
            AddExercise(account, prices, exercise, sums ??= [], ref missing);
        }

        if (!missing.IsNone)
        {
            return new VariationMarginDecision(VariationMarginDecisionKind.MissingPrice, default, missing);
        }

        VariationMarginAmount[] amounts =
        [
            .. (sums ?? []).OrderBy(s => s.Currency).ThenBy(s => s.Type).Select(s => s with { AmountMinor = s.Exact.RoundHalfEven(s.Currency).MinorUnits }),
        ];
        return new VariationMarginDecision(VariationMarginDecisionKind.Settled, new VariationMarginSettled(account.Id, prices, amounts), default);
    }

    /// <summary>
    /// The entries that book what the last settlement computed, one per currency and type, against the settlement account. Empty if the cycle is booked already, so a repeat
    /// is harmless.
    /// </summary>
    /// <exception cref="InvalidOperationException">The account has not settled the cycle.</exception>
    public static IReadOnlyList<CashBooked> DecideBooking(AccountState account, long cycle, DateOnly valueDate)
    {
        if (account.Status != AccountStatus.Active || cycle < account.LastSettledCycle)
        {
            return [];
        }

        if (cycle > account.LastSettledCycle)
        {
            throw new InvalidOperationException($"account {account.Id} cannot book cycle {cycle}: the last settled is {account.LastSettledCycle}");
        }

        var booked = new CashBooked[account.UnbookedVariationMargin.Count];
        for (var i = 0; i < booked.Length; i++)
        {
            var amount = account.UnbookedVariationMargin[i];
            booked[i] = new CashBooked(new CashEntry(
                amount.Type,
                valueDate,
                account.Id,
                CcpAccounts.Settlement,
                new Money(amount.AmountMinor, amount.Currency),
                CashCause.OfCycle(cycle)));
        }

        return booked;
    }

    /// <summary>Exercised lots leave at zero, so they give back what the others are marked to; delivered lots come at the strike.</summary>
    private static void AddExercise(AccountState account, SettlementPrices prices, AccountExercise exercise, List<VariationMarginAmount> sums, ref InstrumentId missing)
    {
        foreach (var exercised in exercise.Exercised)
        {
            var position = account.PositionOf(exercised.Position);
            if (exercised.Lots != 0 && position!.Valuation.Style != ValuationStyle.Premium && prices.TryGet(exercised.Position.Instrument, out var price))
            {
                Add(sums, CashEntryType.VariationMargin, price.Instrument.Currency, price.Instrument.AmountOf(checked(-exercised.Lots * (Int128)price.PriceUnits)));
            }
        }

        foreach (var delivered in exercise.Delivered)
        {
            if (prices.TryGet(delivered.Position.Instrument, out var price))
            {
                Add(sums, CashEntryType.VariationMargin, price.Instrument.Currency, price.Instrument.AmountOf(checked(delivered.Lots * ((Int128)price.PriceUnits - delivered.PriceUnits))));
            }
            else
            {
                missing = delivered.Position.Instrument;
            }
        }

        foreach (var (currency, amount) in exercise.Cash)
        {
            Add(sums, CashEntryType.Exercise, currency, amount);
        }
    }

    private static void Add(List<VariationMarginAmount> sums, CashEntryType type, Currency currency, ExactAmount amount)
    {
        for (var i = 0; i < sums.Count; i++)
        {
            if (sums[i].Type == type && sums[i].Currency == currency)
            {
                sums[i] = sums[i] with { Exact = sums[i].Exact + amount };
                return;
            }
        }

        sums.Add(new VariationMarginAmount(currency, amount, 0, type));
    }
}
