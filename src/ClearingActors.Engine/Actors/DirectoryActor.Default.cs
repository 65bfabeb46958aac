using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using MemberDefaulted = ClearingActors.Domain.House.MemberDefaulted;

namespace ClearingActors.Engine.Actors;

/// <summary>What a shard does in a default (rulebook 11): it seizes the member's accounts, and tells who gained or holds the opposite when a recovery needs it.</summary>
internal sealed partial class DirectoryActor
{
    private ActorAddress DefaultManager => _scope.Book.Of(ActorKinds.Default, ActorKinds.House);

    /// <summary>From this turn on none of the member's accounts here takes a trade or pays out, so what they tell is the whole of it.</summary>
    private void Seize(SeizeAccounts seize, Turn turn)
    {
        var member = MemberId.Parse(seize.Member);
        if (Directory.MemberStatusOf(member).Standing != MemberStanding.Defaulted)
        {
            var e = DirectoryEvents.Of(new MemberDefaulted(seize.Number, member, turn.BusinessTime));
            turn.BeginEvent(e.Type).Raw(e.Body.Span);
            turn.EndEvent();
            Apply(e.Type, e.Body.Span);
        }

        var seized = new AccountsSeized { Number = seize.Number, Shard = (uint)_scope.Shard };
        foreach (var account in _scope.Accounts.Select(a => a.State).Where(a => a.Member == member && a.Status == AccountStatus.Active && IsSeized(a)).OrderBy(a => a.Id))
        {
            seized.Accounts.Add(new SeizedAccount { Account = account.Id.Value, Segregation = (uint)account.Segregation, Currency = account.MarginCurrency.Code, Digits = account.MarginCurrency.Digits });
        }

        turn.Send(new DefaultMessage(DefaultManager, MessageTypes.ReportSeized, seized));
    }

    /// <summary>Of the account in the fund only a debt is seized, an assessment that was not paid: it is part of the loss. What it holds is a layer of its own.</summary>
    private static bool IsSeized(AccountState account) => account.Segregation != Segregation.DefaultFund || account.BalanceOf(account.MarginCurrency).Cash < 0;

    private void Gather(GatherStarted gather, Turn turn)
    {
        if (gather.Action == Contracts.Defaults.V1.Action.TearUp && gather.Instruments.Count > 0)
        {
            TellHolders(gather, turn);
        }
        else
        {
            TellGains(gather, turn);
        }
    }

    private void TellGains(GatherStarted gather, Turn turn)
    {
        var told = new GainsTold { Number = gather.Number, Shard = (uint)_scope.Shard, Ask = gather.Ask };
        var currency = new Currency(gather.Currency, gather.Digits);
        foreach (var account in Survivors())
        {
            if (account.Gains is { } gains && gains.Epoch == Directory.DefaultEpoch && gains.Of(currency) is var gain and > 0)
            {
                told.Gains.Add(new AccountGain { Account = account.Id.Value, Member = account.Member.Value, Minor = gain });
            }
        }

        turn.Send(new DefaultMessage(DefaultManager, MessageTypes.TellGains, told));
    }

    private void TellHolders(GatherStarted gather, Turn turn)
    {
        var told = new HoldersTold { Number = gather.Number, Shard = (uint)_scope.Shard, Ask = gather.Ask };
        var instruments = gather.Instruments.ToHashSet(StringComparer.Ordinal);
        foreach (var account in Survivors())
        {
            foreach (var position in account.SortedPositions().Where(p => p.Quantity != 0 && instruments.Contains(p.Key.Instrument.Value)))
            {
                told.Holders.Add(new Holder { Account = account.Id.Value, Client = position.Key.Client.Value, Instrument = position.Key.Instrument.Value, Lots = position.Quantity });
            }
        }

        turn.Send(new DefaultMessage(DefaultManager, MessageTypes.TellHolders, told));
    }

    private IEnumerable<AccountState> Survivors() => _scope.Accounts.Select(a => a.State)
        .Where(a => a.Status == AccountStatus.Active && !a.IsCcp && a.Segregation != Segregation.DefaultFund && Directory.MemberStatusOf(a.Member).Standing != MemberStanding.Defaulted)
        .OrderBy(a => a.Id);
}
