using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using Google.Protobuf;
using AccountPorted = ClearingActors.Domain.Parties.AccountPorted;
using AssetEntry = ClearingActors.Domain.Ledger.AssetEntry;
using CashEntry = ClearingActors.Domain.Ledger.CashEntry;

namespace ClearingActors.Engine.Actors;

/// <summary>An account in a default (rulebook 11): it tells what it holds when nothing is in flight, books what the default manager decides, and goes over to another member.</summary>
internal sealed partial class AccountActor
{
    private HoldingsAsked? _awaited;

    private ActorAddress DefaultManager => _scope.Book.Of(ActorKinds.Default, ActorKinds.House);

    private bool IsInDefault => _scope.Directory.MemberStatusOf(_state.Member).Standing == MemberStanding.Defaulted;

    /// <summary>What is seized stays as it was told: nothing is taken out of it, and what the defaulter still pays is a recovery.</summary>
    private string? RefuseInDefault() => IsInDefault ? $"member {_state.Member} of account {_state.Id} is in default; what is left is returned when the default is closed, and what still comes in is recorded as a recovery" : null;

    /// <summary>Why the account cannot be closed while defaults are managed: it is seized, or a haircut may still take from what it gained.</summary>
    private string? RefuseClosing() => IsInDefault ? $"account {_state.Id} is of member {_state.Member}, which is in default; it is not closed"
        : _scope.Directory.DefaultEpoch is var epoch and > 0 && _state.Gains?.Epoch == epoch ? $"account {_state.Id} has gained since a default that is still open; close it when that is closed"
        : null;

    /// <summary>Tells now, or as soon as no trade is in flight; one of the clearing house's default accounts defines itself with the first question.</summary>
    private void Ask(HoldingsAsked asked, Turn turn)
    {
        if (asked.Held)
        {
            DefineOwn(turn, new Currency(asked.Currency, asked.Digits));
        }

        if (_state.OpenReservationCount == 0)
        {
            Tell(asked, turn);
            return;
        }

        turn.BeginEvent(EventTypes.HoldingsAwaited).Raw(asked.ToByteArray());
        turn.EndEvent();
        _awaited = asked;
    }

    private void TellIfQuiet(Turn turn)
    {
        if (_awaited is { } asked && _state.OpenReservationCount == 0)
        {
            turn.BeginEvent(EventTypes.HoldingsTold);
            turn.EndEvent();
            _awaited = null;
            Tell(asked, turn);
        }
    }

    private void Tell(HoldingsAsked asked, Turn turn)
    {
        var booked = _state.UnbookedVariationMargin.Count == 0;
        var holdings = new Holdings { Cycle = booked ? _state.LastSettledCycle : _state.LastSettledCycle - 1, LastPaid = booked ? _state.LastTradeCycle : Math.Max(_state.LastTradeCycle, _state.LastSettledCycle) };
        foreach (var position in _state.SortedPositions())
        {
            if (position.Quantity != 0)
            {
                holdings.Positions.Add(new HeldLots { Instrument = position.Key.Instrument.Value, Client = position.Key.Client.Value, Lots = position.Quantity });
            }
        }

        foreach (var balance in _state.ToSnapshot().Balances)
        {
            if (balance.Cash != 0)
            {
                holdings.Cash.Add(new Cash { Currency = balance.Currency.Code, Digits = balance.Currency.Digits, Minor = balance.Cash });
            }
        }

        foreach (var held in _state.Assets?.Held ?? [])
        {
            holdings.Assets.Add(new AssetUnits { Asset = held.Asset.Value, Units = held.Units });
        }

        turn.Send(new DefaultMessage(DefaultManager, MessageTypes.TellHoldings, new HoldingsTold { Number = asked.Number, Account = asked.Account, Held = asked.Held, Ask = asked.Ask, Holdings = holdings }));
    }

    private void Port(ClearingActors.Contracts.Journal.Defaults.V1.AccountPorted message, Turn turn)
    {
        var e = new AccountPorted(_state.Id, MemberId.Parse(message.Member));
        var refused = AccountOperations.Refuse(_state, e, _scope.Directory);
        if (refused is null)
        {
            turn.BeginEvent(EventTypes.AccountPorted).Raw(message.ToByteArray());
            turn.EndEvent();
            _state.Apply(e);
        }

        turn.Send(new DefaultMessage(DefaultManager, MessageTypes.TellPorted, new PortingEnded { Number = message.Number, Account = _state.Id.Value, Member = message.Member, Refused = refused ?? "" }));
    }

    private void BookDefault(in CashEntry entry, Turn turn)
    {
        Emit(turn, new CashBooked(entry));
        TellFund(turn);
        turn.Send(new BookCash(AccountAddress(entry.CounterAccount), entry.Mirrored()));
    }

    private void BookDefault(in AssetEntry entry, Turn turn)
    {
        Emit(turn, new AssetBooked(entry));
        turn.Send(new BookAsset(AccountAddress(entry.CounterAccount), entry.Mirrored()));
    }

    /// <summary>In a time of defaults what cycles pay is counted, since a haircut may take from it.</summary>
    private void Apply(in CashBooked e)
    {
        _state.Apply(e);
        if (e.Entry.Type == CashEntryType.VariationMargin && !_state.IsCcp && _scope.Directory.DefaultEpoch is var epoch and > 0)
        {
            _state.CountGain(epoch, e.Entry.Amount);
        }
    }
}
