using ClearingActors.Domain.House;

namespace ClearingActors.Domain.Parties;

/// <summary>
/// Whether an operator's wish for an account may become an event (rulebook 1). Each returns null when it may, otherwise a sentence with the values.
/// </summary>
public static class AccountOperations
{
    public static string? Refuse(AccountState account, in AccountDefined e, HouseDirectory directory) =>
        e.Account != account.Id || e.Account.IsNone ? $"account {e.Account} was sent to {account.Id}"
        : account.Status != AccountStatus.Undefined ? $"account {account.Id} is already {account.Status}"
        : e.Segregation is < Segregation.House or > Segregation.ClientIndividual ? $"account {account.Id}: segregation {e.Segregation} is not one of the four"
        : e.MarginCurrency.IsNone ? $"account {account.Id} needs a margin currency"
        : e.Cycle != directory.CurrentCycle ? $"account {account.Id}: cycle {e.Cycle} is not the open cycle {directory.CurrentCycle}"
        : e.Member != CcpAccounts.Member && directory.MemberStatusOf(e.Member).Standing == MemberStanding.Unknown
            ? $"account {account.Id}: member {e.Member} is not defined"
        : directory.MemberStatusOf(e.Member).Standing == MemberStanding.Defaulted ? $"account {account.Id}: member {e.Member} is in default and opens no accounts"
        : null;

    public static string? Refuse(AccountState account, in AccountClosed e)
    {
        if (account.Status == AccountStatus.Undefined)
        {
            return $"account {account.Id} is not defined";
        }

        if (e.Account != account.Id || account.Status != AccountStatus.Active)
        {
            return $"account {account.Id} is {account.Status} and cannot be closed as {e.Account}";
        }

        if (account.IsCcp)
        {
            return $"account {account.Id} is one of the clearing house's own, which are never closed";
        }

        if (account.Segregation == Segregation.DefaultFund)
        {
            return $"account {account.Id} holds its member's contribution to the default fund and is not closed; draw out what is beyond the contribution instead";
        }

        if (account.Margin is { OpenMinor: > 0 } margin)
        {
            return $"account {account.Id} has margin calls of {margin.OpenMinor} minor units open; they must end first";
        }

        foreach (var position in account.Positions)
        {
            if (!position.IsEmpty)
            {
                return $"account {account.Id} holds {position.Quantity} lots of {position.Key.Instrument}, or trades of it are unsettled or in flight";
            }
        }

        foreach (ref readonly var balance in account.Balances)
        {
            if (balance.Cash != 0)
            {
                return $"account {account.Id} holds {new Money(balance.Cash, balance.Currency)}";
            }
        }

        foreach (var held in account.Assets?.Held ?? [])
        {
            return $"account {account.Id} holds {held.Units} units of {held.Asset}";
        }

        return account.OpenReservationCount != 0 ? $"account {account.Id} has {account.OpenReservationCount} trades in flight"
            : account.UnbookedVariationMargin.Count != 0 ? $"account {account.Id} has variation margin of cycle {account.LastSettledCycle} to book"
            : account.LastTradeCycle > account.LastSettledCycle
                ? $"account {account.Id} traded in cycle {account.LastTradeCycle}, which is not settled: its trades may still be cancelled"
            : null;
    }

    /// <summary>Why an account cannot go over to a member. Null if it can.</summary>
    public static string? Refuse(AccountState account, in AccountPorted e, HouseDirectory directory)
    {
        if (account.Status != AccountStatus.Active || account.Segregation is not (Segregation.ClientOmnibusNet or Segregation.ClientOmnibusGross or Segregation.ClientIndividual))
        {
            return $"account {account.Id} is {account.Status} and {account.Segregation}; only a client's active account goes over";
        }

        if (e.Member == account.Member || e.Member == CcpAccounts.Member || directory.MemberStatusOf(e.Member).Standing != MemberStanding.Active)
        {
            return $"account {account.Id} cannot go from {account.Member} to {e.Member}, which is {directory.MemberStatusOf(e.Member).Standing}; another active member is needed";
        }

        foreach (ref readonly var balance in account.Balances)
        {
            if (balance.Cash < 0)
            {
                return $"account {account.Id} owes {new Money(-balance.Cash, balance.Currency)} and does not go over with a debt";
            }
        }

        return null;
    }

    public static string? Refuse(AccountState account, in IntradayLimitSet e) =>
        e.Account != account.Id || account.Status != AccountStatus.Active ? $"account {account.Id} is {account.Status} and takes no limit of {e.Account}"
        : e.Limit.Currency != account.MarginCurrency ? $"account {account.Id}: the limit {e.Limit} is not in the margin currency {account.MarginCurrency}"
        : e.Limit.MinorUnits < 0 ? $"account {account.Id}: the limit {e.Limit} is below zero"
        : null;
}
