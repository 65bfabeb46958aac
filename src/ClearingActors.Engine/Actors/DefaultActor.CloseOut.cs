using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using Google.Protobuf.Collections;
using AssetEntry = ClearingActors.Domain.Ledger.AssetEntry;
using CashEntry = ClearingActors.Domain.Ledger.CashEntry;
using TradeReport = ClearingActors.Domain.Novation.TradeReport;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The close-out of a defaulter's accounts, each by itself (rulebook 11.3): what an account tells decides the next step, and it is asked again after every step, so a lot that comes
/// late, by an assignment or a cancel, is found and moved too. Positions move as the clearing house's own trades at the last settlement price: the book is matched as with any trade.
/// </summary>
internal sealed partial class DefaultActor
{
    private const long RetryNs = 60_000_000_000;

    private void StartMoving(Default d, SeizedAccount account, Turn turn)
    {
        // Trades of the open cycle are settled with it, so no account is done before.
        Change(turn, d, account, AccountStage.Moving, settleAfter: _scope.Directory.CurrentCycle);

        // The default account defines itself with the question, before a trade can reach it.
        Ask(turn, d, account, held: true);
    }

    private void Ask(Turn turn, Default d, SeizedAccount account, bool held)
    {
        var ask = new HoldingsAsked { Number = d.Number, Account = account.Account, Held = held, Ask = account.Asked + 1, Currency = account.Currency, Digits = account.Digits };
        Emit(turn, EventTypes.HoldingsAsked, ask);
        Send(turn, AccountAddress(held ? account.DefaultAccount : account.Account), MessageTypes.AskHoldings, ask);
    }

    /// <summary>Asks the account whose positions are in question, unless an answer, a trade or an auction is awaited that leads on by itself.</summary>
    private void AskAgain(Default d, SeizedAccount account, Turn turn)
    {
        RepeatAwards(d, account, turn);
        if (account.Asked == account.Told && !HasOpenLegs(d, account) && d.Auctions.All(a => a.Closed || a.Account != account.Account))
        {
            switch (account.Stage)
            {
                case AccountStage.Moving:
                    Ask(turn, d, account, held: false);
                    break;
                case AccountStage.Held or AccountStage.Unsold:
                    Ask(turn, d, account, held: true);
                    break;
                case AccountStage.Settling when account.SettleAfter <= _closedCycle:
                    Ask(turn, d, account, held: false);
                    break;
                default:
                    break;
            }
        }
    }

    private static bool HasOpenLegs(Default d, SeizedAccount account) => d.Legs.Any(l => l.Account == account.Account && IsOpen(l));

    /// <summary>On its way, or the trade of an award that met a cycle and is to be made again at the price that it brings.</summary>
    private static bool IsOpen(Leg leg) => leg.Outcome == 0 || IsToRepeat(leg);

    private static bool IsToRepeat(Leg leg) => leg is { Purpose: Leg.Types.Purpose.Award, Outcome: (uint)TradeOutcomeKind.Rejected, Reason: (uint)RejectReason.PriceOutsideBands, ReplacedBy: 0 };

    /// <summary>What was won moves to its winner, whatever cycle came between: trades that met one are made again. What has expired meanwhile ends.</summary>
    private void RepeatAwards(Default d, SeizedAccount account, Turn turn)
    {
        var legs = new LegsOrdered { Number = d.Number };
        foreach (var leg in d.Legs.Where(l => l.Account == account.Account && IsToRepeat(l)).ToList())
        {
            if (!TryPrice(leg.Instrument, out var price, out _))
            {
                Emit(turn, EventTypes.LegEnded, new LegEnded { Number = d.Number, Leg = leg.Number, Outcome = leg.Outcome, Reason = (uint)RejectReason.InstrumentExpired });
                PayAward(d, account, leg, turn);
                continue;
            }

            var again = leg.Clone();
            (again.Number, again.Price, again.Outcome, again.Reason, again.InPlaceOf) = (d.Legs.Count + legs.Legs.Count + 1, price.ToString(CultureInfo.InvariantCulture), 0, 0, leg.Number);
            legs.Legs.Add(again);
        }

        if (legs.Legs.Count > 0)
        {
            Order(d, account, legs, [], turn);
        }
    }

    private void Told(HoldingsTold told, Turn turn)
    {
        var d = Of(told.Number).Default;
        var account = Of(told.Number, told.Account);
        if (told.Ask != account.Asked || account.Told == account.Asked)
        {
            return;
        }

        Emit(turn, EventTypes.HoldingsTold, told);
        if (d.Stage == Stage.Closed)
        {
            Return(d, account, turn);
            return;
        }

        var positions = told.Holdings.Positions;
        switch (account.Stage)
        {
            case AccountStage.Moving when told.Held:
                Ask(turn, d, account, held: false);
                break;
            case AccountStage.Moving when positions.Count > 0:
                Move(d, account, turn);
                break;
            case AccountStage.Moving:
                Change(turn, d, account, AccountStage.Held);
                Ask(turn, d, account, held: true);
                break;
            case AccountStage.Settling when !told.Held && positions.Count > 0:
                Change(turn, d, account, AccountStage.Moving);
                Move(d, account, turn);
                break;
            case AccountStage.Settling when positions.Count == 0 && told.Holdings.LastPaid > told.Holdings.Cycle:
                // Flat, but a trade or what has expired is not paid: what it comes to is known when its cycle has closed.
                Change(turn, d, account, AccountStage.Settling, settleAfter: told.Holdings.LastPaid);
                AskAgain(d, account, turn);
                break;
            case AccountStage.Settling when !told.Held:
                Ask(turn, d, account, held: true);
                break;
            case AccountStage.Settling when positions.Count == 0:
                Change(turn, d, account, AccountStage.Settled);
                TryAllocate(d, turn);
                break;
            case AccountStage.Held or AccountStage.Unsold when d.Auctions.Any(a => !a.Closed && a.Account == account.Account):
                // Its close leads on.
                break;
            case AccountStage.Held or AccountStage.Unsold or AccountStage.Settling when positions.Count > 0:
                Offer(d, account, turn);
                break;
            case AccountStage.Held or AccountStage.Unsold:
                Settle(d, account, turn);
                break;
            default:
                break;
        }
    }

    /// <summary>Nothing is held any more. When the cycles of all its trades are closed, its cash tells what it has cost.</summary>
    private void Settle(Default d, SeizedAccount account, Turn turn)
    {
        var after = d.Legs.Where(l => l.Account == account.Account).Select(l => l.Cycle).DefaultIfEmpty().Max();
        Change(turn, d, account, AccountStage.Settling, settleAfter: after);
        AskAgain(d, account, turn);
    }

    private void Seen(CycleSeen seen, Turn turn)
    {
        if (seen.Cycle <= _closedCycle)
        {
            return;
        }

        Emit(turn, EventTypes.CycleSeen, seen);
        foreach (var d in _defaults.Select(d => d.Default).Where(d => d.Stage == Stage.ClosingOut).ToList())
        {
            foreach (var account in d.Accounts.ToList())
            {
                AskAgain(d, account, turn);
            }
        }
    }

    /// <summary>Moves what can be moved into the default account; the rest waits for a settlement price or for its expiry, which the next cycle brings.</summary>
    private void Move(Default d, SeizedAccount account, Turn turn)
    {
        var legs = new LegsOrdered { Number = d.Number };
        var waiting = new List<string>();
        foreach (var held in account.Own.Positions)
        {
            if (TryPrice(held.Instrument, out var price, out var why))
            {
                legs.Legs.Add(LegOf(d, legs.Legs, account, Leg.Types.Purpose.Move, held.Lots > 0 ? account.Account : account.DefaultAccount, held.Lots > 0 ? account.DefaultAccount : account.Account, held, price));
            }
            else
            {
                waiting.Add(why);
            }
        }

        Order(d, account, legs, waiting, turn);
    }

    private void Order(Default d, SeizedAccount account, LegsOrdered legs, IReadOnlyList<string> waiting, Turn turn)
    {
        var blocked = waiting.Count == 0 ? "" : string.Join("; ", waiting.Take(3));
        if (account.Blocked != blocked)
        {
            Change(turn, d, account, account.Stage, portUntil: account.PortUntil, blocked: blocked);
        }

        if (legs.Legs.Count > 0)
        {
            Emit(turn, EventTypes.LegsOrdered, legs);
            foreach (var leg in legs.Legs)
            {
                turn.Send(new ReserveTrade(AccountAddress(leg.Seller), ReportOf(d, leg, turn.BusinessTime), 0));
            }
        }
    }

    /// <summary>The last settlement price, at which positions move. Without one, or with a final price, there is nothing to move at.</summary>
    private bool TryPrice(string instrument, out decimal price, out string why)
    {
        price = 0;
        why = "";
        if (!_scope.Directory.TryGetInstrument(InstrumentId.Parse(instrument), out var listed) || listed.LastSettlementCycle == 0)
        {
            why = $"{instrument} has no settlement price yet; the next cycle brings one";
        }
        else if (listed.Expiry != ExpiryStage.None || listed.Instrument.IsExpiredAt(_scope.Directory.BusinessTime))
        {
            why = $"{instrument} has expired; the next cycle settles it";
        }
        else
        {
            price = listed.Instrument.ToPrice(listed.LastSettlementUnits);
        }

        return why.Length == 0;
    }

    private static Leg LegOf(Default d, RepeatedField<Leg> before, SeizedAccount account, Leg.Types.Purpose purpose, string seller, string buyer, HeldLots lots, decimal price, string lot = "", string client = "")
    {
        // The client of a gross omnibus account is the seized account's, or the other side's where that one is one.
        var own = lots.Client;
        return new Leg
        {
            Number = d.Legs.Count + before.Count + 1,
            Account = account.Account,
            Purpose = purpose,
            Seller = seller,
            SellerClient = seller == account.Account ? own : seller == account.DefaultAccount ? "" : client,
            Buyer = buyer,
            BuyerClient = buyer == account.Account ? own : buyer == account.DefaultAccount ? "" : client,
            Instrument = lots.Instrument,
            Lots = Math.Abs(lots.Lots),
            Price = price.ToString(CultureInfo.InvariantCulture),
            Lot = lot,
        };
    }

    private static TradeReport ReportOf(Default d, Leg leg, long now) => new()
    {
        Source = CcpAccounts.DefaultSource,
        TradeId = TradeId.Parse(string.Create(CultureInfo.InvariantCulture, $"D{d.Number}.{leg.Number}")),
        Kind = leg.Purpose == Leg.Types.Purpose.Hedge ? TradeKind.Trade : TradeKind.Transfer,
        Instrument = InstrumentId.Parse(leg.Instrument),
        Buyer = new TradeSide(AccountId.Parse(leg.Buyer), ClientOf(leg.BuyerClient), PositionEffect.Unspecified),
        Seller = new TradeSide(AccountId.Parse(leg.Seller), ClientOf(leg.SellerClient), PositionEffect.Unspecified),
        Quantity = leg.Lots,
        Price = decimal.Parse(leg.Price, CultureInfo.InvariantCulture),
        ExecutionTime = Math.Max(1, now),
        Guaranteed = leg.Purpose != Leg.Types.Purpose.Hedge,
    };

    private static ClientId ClientOf(string client) => client.Length == 0 ? ClientId.None : ClientId.Parse(client);

    /// <summary>A trade of the clearing house's has ended; when all of the account's have, the account is asked what it holds now.</summary>
    private void LegDecided(TradeDecided decided, Turn turn)
    {
        var parts = decided.TradeId.Value[1..].Split('.');
        var number = long.Parse(parts[0], CultureInfo.InvariantCulture);
        var d = Of(number).Default;
        var leg = d.Legs[int.Parse(parts[1], CultureInfo.InvariantCulture) - 1];
        if (leg.Outcome != 0)
        {
            return;
        }

        var outcome = decided.Outcome;
        Emit(turn, EventTypes.LegEnded, new LegEnded { Number = number, Leg = leg.Number, Outcome = (uint)outcome.Kind, Reason = (uint)outcome.Reason, Cycle = outcome.Cycle });
        var account = Of(number, leg.Account);
        if (IsToRepeat(leg))
        {
            turn.SetTimer(TimerOf("retry", number, d.Accounts.IndexOf(account)), checked(turn.BusinessTime + RetryNs));
            return;
        }

        if (leg.Purpose == Leg.Types.Purpose.Award)
        {
            PayAward(d, account, leg, turn);
        }

        if (HasOpenLegs(d, account) || d.Stage != Stage.ClosingOut)
        {
            return;
        }

        if (outcome.Kind == TradeOutcomeKind.Rejected)
        {
            // What was refused is tried again with what is held then: after a while, or when a cycle has closed.
            Change(turn, d, account, account.Stage, portUntil: account.PortUntil, blocked: $"trade {leg.Number} of {leg.Lots} lots of {leg.Instrument} from {leg.Seller} to {leg.Buyer} was rejected: {outcome.Reason}");
            turn.SetTimer(TimerOf("retry", number, d.Accounts.IndexOf(account)), checked(turn.BusinessTime + RetryNs));
            return;
        }

        AskAgain(d, account, turn);
    }

    private string? RefuseHedge(Default d, HedgeRequest request) =>
        Find(d, request.Account) is not { Stage: AccountStage.Held or AccountStage.Unsold } account ? $"account {request.Account} is not held in default {d.Number}; a hedge is against what the default account holds"
        : !InstrumentId.TryParse(request.Instrument, out _) || !AccountId.TryParse(request.Counterparty, out _) ? $"instrument \"{request.Instrument}\" or counterparty \"{request.Counterparty}\" is no id"
        : request.CounterpartyClient.Length > 0 && !ClientId.TryParse(request.CounterpartyClient, out _) ? $"client \"{request.CounterpartyClient}\" is no id"
        : request.Counterparty.StartsWith("CCP.", StringComparison.Ordinal) || request.Counterparty == account.Account ? $"{request.Counterparty} cannot be the other side of a hedge; a member's account is needed"
        : _defaults.Exists(o => Find(o.Default, request.Counterparty) is { Stage: not AccountStage.Ported }) ? $"account {request.Counterparty} is seized and takes no hedge; an account of a member that is not in default is needed"
        : !_scope.Directory.TryGetInstrument(InstrumentId.Parse(request.Instrument), out var listed) || !listed.Instrument.IsContract ? $"instrument {request.Instrument} is not defined, or is no contract"
        : request.Lots == 0 || request.Lots > listed.Instrument.MaxTradeQuantity || request.Lots < -listed.Instrument.MaxTradeQuantity ? $"a hedge of {request.Lots} lots is refused; 1 to {listed.Instrument.MaxTradeQuantity} lots of {request.Instrument} either way are allowed"
        : !TryPrice(request.Price, out _) ? $"price \"{request.Price}\" is no decimal number that can be booked; up to 18 digits with a point, such as 4990.25, and no commas or blanks are needed"
        : null;

    /// <summary>Without commas: who types 1,5 may mean 1.5, and must not get 15.</summary>
    private static bool TryPrice(string text, out decimal price) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out price) && Wire.TradeWire.Fits(price);

    private void Hedge(Default d, HedgeRequest request, Turn turn)
    {
        var account = Find(d, request.Account)!;
        var legs = new LegsOrdered { Number = d.Number };
        var buys = request.Lots > 0;
        _ = TryPrice(request.Price, out var price);
        legs.Legs.Add(LegOf(
            d, legs.Legs, account, Leg.Types.Purpose.Hedge, buys ? request.Counterparty : account.DefaultAccount, buys ? account.DefaultAccount : request.Counterparty,
            new HeldLots { Instrument = request.Instrument, Lots = request.Lots }, price, client: request.CounterpartyClient));
        Order(d, account, legs, [], turn);
    }

    private string? RefuseSale(Default d, SellAssetRequest request)
    {
        if (d.Stage != Stage.ClosingOut || Find(d, request.Account) is not { Stage: AccountStage.Moving or AccountStage.Held or AccountStage.Unsold or AccountStage.Settling or AccountStage.Settled } account)
        {
            return $"account {request.Account} is not being closed out in default {d.Number}";
        }

        var held = account.Own?.Assets.FirstOrDefault(a => a.Asset == request.Asset)?.Units ?? 0;
        return request.Units <= 0 || request.Units > held ? $"account {account.Account} holds {held} units of {request.Asset}; {request.Units} cannot be sold"
            : request.Proceeds is not { Minor: > 0 and <= CashRequests.MaxAmount } proceeds || RefuseCurrency(d, account, proceeds) is not null ? RefuseCurrency(d, account, request.Proceeds) ?? $"proceeds above 0 and at most {CashRequests.MaxAmount} minor units are needed"
            : _scope.Directory.Collateral.Find(AssetId.Parse(request.Asset)) is null ? $"asset {request.Asset} is not listed"
            : account.Asked != account.Told ? $"account {account.Account} is being asked what it holds; sell when it has told" : null;
    }

    /// <summary>The units leave to the custodian, the proceeds come from the bank, and the account tells anew what it holds.</summary>
    private void Sell(Default d, SellAssetRequest request, Turn turn)
    {
        var account = Find(d, request.Account)!;
        var asset = _scope.Directory.Collateral.Find(AssetId.Parse(request.Asset))!;
        var id = AccountId.Parse(account.Account);
        var cause = CauseOf(d, $"SALE.{d.Notes.Count}");
        var date = _scope.Directory.BusinessDate;
        turn.Send(new BookDefaultAsset(AccountAddress(account.Account), new AssetEntry(date, id, CcpAccounts.Custody, asset.Id, asset.UnitDigits, asset.Currency, -request.Units, RequestId.Parse(cause.Request.Value + ".UNITS"))));
        turn.Send(new BookDefaultEntry(AccountAddress(account.Account), new CashEntry(CashEntryType.Default, date, id, CcpAccounts.Bank, MoneyOf(request.Proceeds), cause)));

        // What is sold is known to be gone at once, so that nothing is sold twice before the account tells.
        var left = account.Own.Clone();
        left.Assets.First(a => a.Asset == request.Asset).Units -= request.Units;
        Replace(left.Assets, left.Assets.Where(a => a.Units > 0).ToList());
        Emit(turn, EventTypes.HoldingsTold, new HoldingsTold { Number = d.Number, Account = account.Account, Ask = account.Told, Holdings = left });
        AskAnew(d, account, turn);
    }

    private string? RefuseCost(Default d, ChargeCostRequest request) =>
        d.Stage != Stage.ClosingOut || Find(d, request.Account) is not { Stage: AccountStage.Moving or AccountStage.Held or AccountStage.Unsold or AccountStage.Settling or AccountStage.Settled }
            ? $"account {request.Account} is not being closed out in default {d.Number}"
            : Find(d, request.Account) is { } asked && asked.Asked != asked.Told ? $"account {request.Account} is being asked what it holds; charge it when it has told"
            : request.Amount is not { Minor: > 0 and <= CashRequests.MaxAmount } amount || RefuseCurrency(d, Find(d, request.Account)!, amount) is not null ? RefuseCurrency(d, Find(d, request.Account)!, request.Amount) ?? $"a cost above 0 and at most {CashRequests.MaxAmount} minor units is needed" : null;

    /// <summary>Only currencies that the default or the account knows, with their digits: else a typing error would make a currency.</summary>
    private static string? RefuseCurrency(Default d, SeizedAccount account, Cash? amount)
    {
        if (amount is null)
        {
            return null;
        }

        List<Cash> known = [new() { Currency = d.Currency, Digits = d.Digits }, new() { Currency = account.Currency, Digits = account.Digits }, .. account.Own?.Cash ?? [], .. account.Held?.Cash ?? []];
        return known.Exists(k => k.Currency == amount.Currency && k.Digits == amount.Digits)
            ? null
            : $"{amount.Currency} with {amount.Digits} digits is no currency of account {account.Account}; {string.Join(", ", known.Select(k => $"{k.Currency} with {k.Digits}").Distinct())} can be booked";
    }

    private void Charge(Default d, ChargeCostRequest request, Turn turn)
    {
        var account = Find(d, request.Account)!;
        Book(turn, new CashEntry(
            CashEntryType.Default, _scope.Directory.BusinessDate, AccountId.Parse(account.DefaultAccount), CcpAccounts.Bank, -MoneyOf(request.Amount), CauseOf(d, $"COST.{d.Notes.Count}")));
        AskAnew(d, account, turn);
    }

    /// <summary>Its cash has changed: what was told is void, and what is settled is asked once more. The question follows the entries on their channels.</summary>
    private void AskAnew(Default d, SeizedAccount account, Turn turn)
    {
        if (account.Stage == AccountStage.Settled)
        {
            Change(turn, d, account, AccountStage.Settling);
        }

        if (account.Stage is AccountStage.Moving or AccountStage.Settling && account.Asked == account.Told && !HasOpenLegs(d, account))
        {
            Ask(turn, d, account, held: false);
        }
    }

    private static CashCause CauseOf(Default d, string what) => CashCause.OfRequest(RequestId.Parse(string.Create(CultureInfo.InvariantCulture, $"DEFAULT.{d.Number}.{what}")));

    private static Money MoneyOf(Cash cash) => new(cash.Minor, new Currency(cash.Currency, cash.Digits));

    /// <summary>Books an entry and its other half. Of two accounts of which one is a member's, that one books and hands the other half on.</summary>
    private void Book(Turn turn, CashEntry entry)
    {
        if (IsOwn(entry.Account) && IsOwn(entry.CounterAccount))
        {
            turn.Send(new BookCash(AccountAddress(entry.Account.Value), entry));
            turn.Send(new BookCash(AccountAddress(entry.CounterAccount.Value), entry.Mirrored()));
            return;
        }

        var first = IsOwn(entry.Account) ? entry.Mirrored() : entry;
        turn.Send(new BookDefaultEntry(AccountAddress(first.Account.Value), first));
    }

    private static bool IsOwn(AccountId account) => account.Value.StartsWith("CCP.", StringComparison.Ordinal);

    private void Apply(HoldingsTold e)
    {
        var account = Of(e.Number, e.Account);
        account.Told = e.Ask;
        if (e.Held)
        {
            account.Held = e.Holdings;
        }
        else
        {
            account.Own = e.Holdings;
        }
    }

    private void Apply(LegsOrdered e)
    {
        var legs = Of(e.Number).Default.Legs;
        foreach (var leg in e.Legs)
        {
            legs.Add(leg);
            if (leg.InPlaceOf > 0)
            {
                legs[(int)leg.InPlaceOf - 1].ReplacedBy = leg.Number;
            }
        }
    }

    private void Apply(LegEnded e)
    {
        var leg = Of(e.Number).Default.Legs[(int)e.Leg - 1];
        (leg.Outcome, leg.Reason, leg.Cycle) = (e.Outcome, e.Reason, e.Cycle);
    }
}
