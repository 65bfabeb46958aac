using ClearingActors.Actors;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Actors;

/// <summary>What a shard tells a stress run (rulebook 10): its accounts as the last settled cycle left them.</summary>
internal sealed partial class DirectoryActor
{
    private void Gather(GatherPositions gather, Turn turn)
    {
        List<FrozenAccount> accounts = [];
        var failure = _computedCycle != gather.Cycle ? $"it has settled cycle {_computedCycle} and the run is of cycle {gather.Cycle}; run stress again when the cycle is closed"
            : _bookedCycle != gather.Cycle ? $"it has not booked cycle {gather.Cycle} yet; run stress again when the cycle is closed"
            : "";
        foreach (var account in _scope.Accounts.OrderBy(a => a.State.Id))
        {
            if (turn.IsQuarantined(account.Address))
            {
                failure = $"account {account.State.Id} is quarantined; release it";
            }

            if (Freeze(account.State) is { } frozen)
            {
                accounts.Add(frozen);
            }
        }

        turn.Send(new ReportPositions(_scope.Book.Of(ActorKinds.Stress, ActorKinds.House), gather.Run, _scope.Shard, failure, failure.Length == 0 ? accounts : []));
    }

    /// <summary>
    /// Null for an account that neither owes nor could lose anything, and for those of the fund. The clearing house's own tell the lots of an open default, so that the book is seen to
    /// match; no loss of theirs is a member's.
    /// </summary>
    private static FrozenAccount? Freeze(AccountState account)
    {
        if (account.Status != AccountStatus.Active || account.Segregation == Segregation.DefaultFund)
        {
            return null;
        }

        var lots = new SortedDictionary<InstrumentId, long>();
        foreach (var position in account.Positions)
        {
            if (position.SettledQuantity != 0)
            {
                lots[position.Key.Instrument] = checked(lots.GetValueOrDefault(position.Key.Instrument) + position.SettledQuantity);
            }
        }

        PricePoint[] held = [.. lots.Where(l => l.Value != 0).Select(l => new PricePoint(l.Key, l.Value))];
        var requirement = account.Margin?.Last?.Coverage.Requirement ?? 0;
        if (held.Length == 0 && requirement == 0)
        {
            return null;
        }

        if (account.IsCcp)
        {
            return new FrozenAccount(account.Id, account.Member, account.Segregation, account.MarginCurrency, 0, [], held);
        }

        List<Money> cash = [];
        foreach (ref readonly var balance in account.Balances)
        {
            if (balance.Cash != 0)
            {
                cash.Add(new Money(balance.Cash, balance.Currency));
            }
        }

        return new FrozenAccount(account.Id, account.Member, account.Segregation, account.MarginCurrency, requirement, [.. cash.OrderBy(c => c.Currency)], held)
        {
            Assets = [.. account.Assets?.Held ?? []],
        };
    }
}
