using System.Globalization;
using ClearingActors.Actors.Simulation;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;
using Google.Protobuf;
using CashEntry = ClearingActors.Domain.Ledger.CashEntry;
using Lot = ClearingActors.Contracts.Defaults.V1.Lot;
using SealedBid = ClearingActors.Contracts.Defaults.V1.SealedBid;

namespace ClearingActors.Engine.Simulation;

/// <summary>What must hold of defaults, by durable events alone: who decides, what moves, who pays, and that nothing is left.</summary>
internal sealed class DefaultLedger(int shards, SimulationTrace trace, IReadOnlyDictionary<AccountId, LedgerAccount> accounts, AssetLedger assets)
{
    private const string Prefix = "DEFAULT.";
    private readonly List<DefaultCase> _cases = [];

    /// <summary>Entries that an event has decided and that are not booked yet, by account and cause.</summary>
    private readonly Dictionary<(string Account, string Cause), Money> _expected = [];

    /// <summary>What the clearing house's default account has booked of defaults, by default and currency; what their claims have brought apart.</summary>
    private readonly Dictionary<(long Number, Currency Currency), long> _layers = [];
    private readonly Dictionary<Currency, long> _claimed = [];

    /// <summary>What bids, haircuts and tear-ups have taken, by account; where it is more than the account has, it is owed and the next margin run calls it.</summary>
    private readonly Dictionary<AccountId, long> _taken = [];

    internal IEnumerable<DefaultCase> Open => _cases.Where(static c => c.IsOpen);

    internal DefaultCase? Find(long number) => number >= 1 && number <= _cases.Count ? _cases[(int)number - 1] : null;

    internal bool HasBid(long number, long sequence, string member, ByteString commitment) => Find(number)!.Bids.Exists(b => b.Sequence == sequence && b.Member == member && b.Commitment.Equals(commitment));

    /// <summary>True from the declaration on for accounts that were seized and went over to nobody.</summary>
    internal bool IsSeized(AccountId account) => _cases.Exists(c => c.Furthest >= Stage.Declared && c.Stage != Stage.Lifted && c.Find(account.Value) is { Stage: not AccountStage.Ported });

    /// <summary>True from the declaration on, and for good.</summary>
    internal bool IsDefaulter(MemberId member) => _cases.Exists(c => c.Member == member.Value && c.Furthest is not (Stage.Triggered or Stage.Lifted));

    /// <summary>What bids, haircuts and tear-ups have taken from an account, minor units of the fund's currency.</summary>
    internal long TakenFrom(AccountId account) => Math.Max(0, _taken.GetValueOrDefault(account));

    /// <summary>What defaults have brought to the clearing house's default account, which its uncovered claims are short of.</summary>
    internal long NetOf(Currency currency) => _claimed.GetValueOrDefault(currency) + _layers.Where(l => l.Key.Currency == currency).Sum(static l => l.Value);

    internal static bool Is(in CashEntry entry) => entry.Cause.Request.Value.StartsWith(Prefix, StringComparison.Ordinal);

    internal static bool IsBid(in CashEntry entry) => Is(entry) && entry.Cause.Request.Value.Split('.')[2] == "BID";

    internal void Event(int type, ReadOnlySpan<byte> body)
    {
        var bytes = body.ToArray();
        switch (type)
        {
            case EventTypes.DefaultTriggered: Triggered(DefaultTriggered.Parser.ParseFrom(bytes)); break;
            case EventTypes.DefaultDecided: Decided(DefaultDecided.Parser.ParseFrom(bytes)); break;
            case EventTypes.DefaultRefused: trace.Count("default requests refused on the record"); break;
            case EventTypes.DefaultStageEntered: Entered(DefaultStageEntered.Parser.ParseFrom(bytes)); break;
            case EventTypes.ClaimReported: trace.Count("claims reported to the default manager"); break;
            case EventTypes.AccountsSeized: Seized(AccountsSeized.Parser.ParseFrom(bytes)); break;
            case EventTypes.SeizedAccountChanged: Changed(SeizedAccountChanged.Parser.ParseFrom(bytes)); break;
            case EventTypes.HoldingsAsked: Asked(HoldingsAsked.Parser.ParseFrom(bytes)); break;
            case EventTypes.HoldingsTold: Told(HoldingsTold.Parser.ParseFrom(bytes)); break;
            case EventTypes.LegsOrdered: Ordered(LegsOrdered.Parser.ParseFrom(bytes)); break;
            case EventTypes.LegEnded: Ended(LegEnded.Parser.ParseFrom(bytes)); break;
            case EventTypes.PortingOffered: Offered(PortingOffered.Parser.ParseFrom(bytes)); break;
            case EventTypes.AuctionOpened: Opened(AuctionOpened.Parser.ParseFrom(bytes)); break;
            case EventTypes.BidSealed: Sealed(BidSealed.Parser.ParseFrom(bytes)); break;
            case EventTypes.AuctionClosed: Closed(AuctionClosed.Parser.ParseFrom(bytes)); break;
            case EventTypes.FundTold: Told(FundTold.Parser.ParseFrom(bytes)); break;
            case EventTypes.LossAllocated: Allocated(LossAllocated.Parser.ParseFrom(bytes)); break;
            case EventTypes.RecoveryTaken: Taken(RecoveryTaken.Parser.ParseFrom(bytes)); break;
            case EventTypes.RecoveryRecorded: Recorded(RecoveryRecorded.Parser.ParseFrom(bytes)); break;
            default: break;
        }
    }

    /// <summary>Cash was booked in the name of a default.</summary>
    internal void Booked(LedgerAccount account, in CashEntry entry)
    {
        var cause = entry.Cause.Request.Value;
        var parts = cause.Split('.');
        var number = long.Parse(parts[1], CultureInfo.InvariantCulture);
        var (what, amount) = (parts[2], entry.Amount.MinorUnits);
        var chosen = Find(number) ?? throw Broken("defaults book what they decided", $"account {account.Id} booked {entry} of no default");
        if (_expected.Remove((account.Id.Value, cause), out var expected))
        {
            Require(expected == entry.Amount, "defaults book what they decided", $"account {account.Id} booked {entry}, decided was {expected}");
            trace.Count($"booked: {what}");
            if (what is "GAINS_HAIRCUT" or "TEAR_UP" or "BID")
            {
                _taken[account.Id] = _taken.GetValueOrDefault(account.Id) + Math.Max(0, -amount);
            }
        }
        else if (account.Id == CcpAccounts.Default)
        {
            if (what == "CLAIM")
            {
                _claimed[entry.Amount.Currency] = _claimed.GetValueOrDefault(entry.Amount.Currency) + amount;
            }
            else
            {
                _layers[(number, entry.Amount.Currency)] = _layers.GetValueOrDefault((number, entry.Amount.Currency)) + amount;
            }
        }
        else if (!account.Id.Value.StartsWith("CCP.", StringComparison.Ordinal))
        {
            var seized = chosen.Find(account.Id.Value);
            var right = what switch
            {
                "RETURN" when parts[3] == "FUND" => account.Id == FundAccounts.Of(MemberId.Parse(chosen.Member)) && amount < 0,
                "RETURN" => seized is { Stage: AccountStage.Settled } && chosen.Stage == Stage.Closed && amount < 0,
                "CLAIM" => seized is not null && amount < 0,
                "SALE" => seized is not null && amount > 0,

                // What a house gives to clients, and what clients get: never the other way round.
                "HOUSE" => seized is not null && (seized.Segregation == (uint)Segregation.House || amount > 0),
                "COVER" => seized is not null && amount > 0,
                _ => false,
            };
            Require(right, "nobody pays for a default but by what was decided", $"account {account.Id} booked {entry}, which default {chosen} did not decide");
            trace.Count($"booked: {what}");
        }
    }

    internal void CheckQuiet()
    {
        Require(_expected.Count == 0, "defaults book what they decided", $"not booked: {string.Join(", ", _expected.Take(5))}");
        foreach (var chosen in _cases)
        {
            trace.Count($"defaults {chosen.Stage}");
            Require(!chosen.IsOpen, "liveness", $"{chosen}");
            Require(chosen.Stage == Stage.Lifted || chosen.Unallocated == 0, "nothing is unallocated once closed", $"{chosen}");
            foreach (var (key, sum) in _layers.Where(l => l.Key.Number == chosen.Number))
            {
                Require(sum == 0, "layers pay what is covered", $"{chosen}: {sum} {key.Currency} of its layers stand on the default account");
            }

            foreach (var account in chosen.Accounts)
            {
                RequireEmpty(chosen, AccountId.Parse(account.DefaultAccount));
                if (account.Stage != AccountStage.Ported)
                {
                    RequireEmpty(chosen, AccountId.Parse(account.Account));
                }
            }
        }
    }

    private void RequireEmpty(DefaultCase chosen, AccountId id)
    {
        if (accounts.TryGetValue(id, out var account))
        {
            Require(account.Cash.Values.All(static c => c == 0), "nothing is left of a default", $"{chosen}: account {id} has {string.Join(", ", account.Cash.Where(c => c.Value != 0).Select(c => $"{c.Value} {c.Key}"))}");
            Require(account.Lots.Values.All(static l => l.Quantity == 0), "nothing is left of a default", $"{chosen}: account {id} has positions");
            Require(assets.HeldBy(id).Count == 0, "nothing is left of a default", $"{chosen}: account {id} holds {string.Join(", ", assets.HeldBy(id))}");
        }
    }

    private DefaultCase Of(long number) => Find(number) ?? throw Broken("nothing from nowhere", $"default {number} is not on the record");

    private void Triggered(DefaultTriggered e)
    {
        Require(e.Number == _cases.Count + 1 && Open.All(c => c.Member != e.Member), "one default of a member at a time", $"default {e.Number} of {e.Member} was triggered");
        _cases.Add(new DefaultCase(e));
        trace.Count($"defaults triggered: {e.Cause}");
        if (Open.Count() > 1)
        {
            trace.Count("defaults triggered while another is open");
        }
    }

    private void Decided(DefaultDecided e)
    {
        var chosen = Of(e.Number);
        var decision = e.Decision;
        if (!e.Carried)
        {
            chosen.Proposals.Add(decision);
            return;
        }

        Require(
            decision.By != decision.ProposedBy && chosen.Proposals.Exists(p => p.Action == decision.Action && p.By == decision.ProposedBy),
            "two different operators decide", $"{chosen}: {decision}");
        chosen.Proposals.RemoveAll(p => p.Action == decision.Action);
        chosen.Decisions.Add(decision);
        trace.Count($"decided by two: {decision.Action}");
    }

    private void Entered(DefaultStageEntered e)
    {
        var chosen = Of(e.Number);
        var right = (chosen.Stage, e.Stage) switch
        {
            (Stage.Triggered, Stage.Triggered or Stage.Lifted) => true,
            (Stage.Triggered, Stage.Declared) => chosen.Decisions.Exists(static d => d.Action == Contracts.Defaults.V1.Action.Declare),
            (Stage.Declared, Stage.ClosingOut) => chosen.Shards.Count == shards,
            (Stage.ClosingOut, Stage.ClosingOut) => true,
            (Stage.ClosingOut, Stage.Allocated) => chosen.Allocation is not null,
            (Stage.Allocated, Stage.Allocated) => true,
            (Stage.Allocated, Stage.Closed) => chosen.Unallocated == 0,
            _ => false,
        };
        Require(right, "the stages of a default", $"{chosen} enters {e.Stage}");
        if (chosen.Stage != e.Stage)
        {
            trace.Count($"defaults entered: {e.Stage}");
        }

        chosen.Stage = e.Stage;
        chosen.Furthest = chosen.Furthest < e.Stage ? e.Stage : chosen.Furthest;
        (chosen.Deadline, chosen.Blocked) = (e.Deadline, e.Blocked);
    }

    private void Seized(AccountsSeized e)
    {
        var chosen = Of(e.Number);
        Require(chosen.Stage == Stage.Declared && chosen.Shards.Add(e.Shard), "a shard seizes once", $"{chosen}: shard {e.Shard}");
        chosen.Accounts.AddRange(e.Accounts);
        chosen.Accounts.Sort(static (a, b) => AccountId.Parse(a.Account).CompareTo(AccountId.Parse(b.Account)));
        for (var i = 0; i < chosen.Accounts.Count; i++)
        {
            chosen.Accounts[i].DefaultAccount = CcpAccounts.OfDefault(e.Number, i + 1).Value;
        }
    }

    private void Changed(SeizedAccountChanged e)
    {
        var account = AccountOf(Of(e.Number), e.Account);
        if (account.Stage != e.Stage)
        {
            trace.Count($"seized accounts: {e.Stage}");
        }

        (account.Stage, account.Blocked, account.PortedTo, account.PortUntil) = (e.Stage, e.Blocked, e.PortedTo, e.PortUntil);
    }

    private static SeizedAccount AccountOf(DefaultCase chosen, string account) => chosen.Find(account) ?? throw Broken("nothing from nowhere", $"{chosen}: account {account} was not seized");

    private void Asked(HoldingsAsked e) => AccountOf(Of(e.Number), e.Account).Asked = e.Ask;

    private void Told(HoldingsTold e)
    {
        var account = AccountOf(Of(e.Number), e.Account);
        account.Told = e.Ask;
        (account.Own, account.Held) = e.Held ? (account.Own, e.Holdings) : (e.Holdings, account.Held);
    }

    private void Told(FundTold e) => Of(e.Number).Fund = e;

    private void Offered(PortingOffered e)
    {
        var account = AccountOf(Of(e.Number), e.Account);
        Require(e.Member != Of(e.Number).Member, "who takes clients over is another", $"{e}");
        account.Offers.Remove(e.Member);
        if (!e.Withdrawn)
        {
            account.Offers.Add(e.Member);
        }

        trace.Count(e.Withdrawn ? "porting offers taken back" : "porting offered");
    }

    private void Ordered(LegsOrdered e)
    {
        var chosen = Of(e.Number);
        foreach (var leg in e.Legs)
        {
            var account = AccountOf(chosen, leg.Account);
            var other = leg.Buyer == account.DefaultAccount ? leg.Seller : leg.Seller == account.DefaultAccount ? leg.Buyer : "";
            var right = leg.Purpose switch
            {
                Leg.Types.Purpose.Move => other == leg.Account,
                Leg.Types.Purpose.Award => chosen.LotOf(leg.Lot).Awards.Any(a => a.Account == other),
                Leg.Types.Purpose.Hedge => other.Length > 0 && !IsSeized(AccountId.Parse(other)),
                Leg.Types.Purpose.TearUp => chosen.Decisions.Exists(static d => d.Action == Contracts.Defaults.V1.Action.TearUp) && !IsSeized(AccountId.Parse(other)),
                _ => false,
            };
            Require(right && leg.Number == chosen.Legs.Count + 1 && leg.Lots > 0, "a default moves only its own", $"{chosen}: {leg}");
            chosen.Legs.Add(leg);
            if (leg.InPlaceOf > 0)
            {
                var before = chosen.Legs[(int)leg.InPlaceOf - 1];
                Require(IsToRepeat(before) && (before.Lot, before.Seller, before.Buyer, before.Instrument, before.Lots) == (leg.Lot, leg.Seller, leg.Buyer, leg.Instrument, leg.Lots), "a trade of an award is made again as it was", $"{chosen}: {leg}");
                before.ReplacedBy = leg.Number;
                trace.Count("legs of awards made again after a cycle");
            }

            trace.Count($"legs ordered: {leg.Purpose}");
        }

        foreach (var lot in e.Legs.Where(static l => l.Purpose == Leg.Types.Purpose.Award).Select(static l => l.Lot).Distinct())
        {
            RequireConserved(chosen, chosen.LotOf(lot));
        }
    }

    /// <summary>What goes to the winners of a lot is, for each instrument, no more than the units that were sold.</summary>
    private static void RequireConserved(DefaultCase chosen, Lot lot)
    {
        foreach (var position in lot.Positions)
        {
            var moved = chosen.Legs.Where(l => l.Lot == lot.Id && l.Instrument == position.Instrument && l.InPlaceOf == 0).Sum(static l => l.Lots);
            var sold = Math.Abs(position.Lots) / lot.Units * (lot.Units - lot.UnsoldUnits);
            Require(moved == sold || moved == 0, "awards conserve units", $"{chosen}: lot {lot.Id} moves {moved} lots of {position.Instrument}, {sold} were sold");
        }
    }

    private void Ended(LegEnded e)
    {
        var chosen = Of(e.Number);
        var leg = chosen.Legs[(int)e.Leg - 1];
        Require(leg.Outcome == 0 || (IsToRepeat(leg) && e.Outcome == 2), "one answer", $"{chosen}: leg {e.Leg} ended twice");
        (leg.Outcome, leg.Reason, leg.Cycle) = (e.Outcome, e.Reason, e.Cycle);
        if (leg.Purpose == Leg.Types.Purpose.Award)
        {
            ExpectBid(chosen, leg);
        }

        trace.Count(e.Outcome == 1 ? $"legs novated: {leg.Purpose}" : $"legs rejected: {leg.Purpose}, {(Domain.Novation.RejectReason)e.Reason}");
    }

    /// <summary>An award's trade that met a cycle is made again at the price that it brings.</summary>
    private static bool IsToRepeat(Leg leg) =>
        leg is { Purpose: Leg.Types.Purpose.Award, Outcome: 2, ReplacedBy: 0 } && leg.Reason == (uint)Domain.Novation.RejectReason.PriceOutsideBands;

    /// <summary>A bid is paid when the last of its trades has ended, for the part that was novated.</summary>
    private void ExpectBid(DefaultCase chosen, Leg ended)
    {
        var holder = AccountOf(chosen, ended.Account).DefaultAccount;
        var winner = ended.Buyer == holder ? ended.Seller : ended.Buyer;
        var legs = chosen.Legs.Where(l => l.Lot == ended.Lot && (l.Buyer == winner || l.Seller == winner)).ToList();
        if (legs.TrueForAll(static l => l.Outcome != 0 && !IsToRepeat(l)))
        {
            var lot = chosen.LotOf(ended.Lot);
            var index = lot.Awards.ToList().FindIndex(a => a.Account == winner);
            var won = lot.Positions.Sum(static p => Math.Abs(p.Lots)) / lot.Units * lot.Awards[index].Units;

            // By largest remainder of what has moved and what has not: to the nearest unit, a half up.
            var (amount, moved) = ((Int128)Math.Abs(lot.Awards[index].Amount), legs.Where(static l => l.Outcome == 1).Sum(static l => l.Lots));
            var paid = Math.Sign(lot.Awards[index].Amount) * (((2 * amount * moved) + won) / (2 * won));
            Expect(winner, $"{Prefix}{chosen.Number}.BID.{lot.Id}.{index}", new Money(-(long)paid, UsdOf(chosen)));
        }
    }

    private void Opened(AuctionOpened e)
    {
        var chosen = Of(e.Number);
        Require(e.Auction.Lots.Count > 0 && chosen.Auctions.All(a => a.Closed || a.Account != e.Auction.Account), "one auction of an account at a time", $"{chosen}: {e.Auction}");
        foreach (var lot in e.Auction.Lots)
        {
            Require(lot.Units >= 1 && lot.Positions.All(p => p.Lots % lot.Units == 0) && lot.Account == e.Auction.Account, "lots divide", $"{chosen}: {lot}");
        }

        chosen.Auctions.Add(e.Auction);
        trace.Count($"auctions: {e.Auction.Lots[0].Format}");
    }

    private void Sealed(BidSealed e)
    {
        var chosen = Of(e.Number);
        Require(chosen.Auctions.Exists(a => !a.Closed && a.Lots.Any(l => l.Id == e.Bid.Lot)) && chosen.BidderOf(e.Bid.Sequence) is null && e.Bid.Member != chosen.Member, "bids come before the close", $"{chosen}: {e.Bid}");
        chosen.Bids.Add(e.Bid);
        trace.Count(e.Bid.Withdrawn ? "bids withdrawn" : "bids sealed");
    }

    private void Closed(AuctionClosed e)
    {
        var chosen = Of(e.Number);
        var auction = chosen.Auctions[(int)e.Auction - 1];
        Require(!auction.Closed && e.Failure.Length == 0, "an auction closes once", $"{chosen}: auction {e.Auction} closes: {e.Failure}");
        auction.Closed = true;
        foreach (var lot in auction.Lots)
        {
            var placed = chosen.Bids.Where(b => b.Lot == lot.Id).ToList();
            var opened = e.Bids.Where(b => b.Lot == lot.Id).ToList();
            Require(placed.Select(static b => (b.Sequence, b.Member)).SequenceEqual(opened.Select(static b => (b.Sequence, b.Member))), "every bid is opened", $"{chosen}: lot {lot.Id}");
            foreach (var (before, bid) in placed.Zip(opened))
            {
                Require(before.Withdrawn == bid.Content is null, "every bid is opened", $"{chosen}: {bid}");
                Require(
                    bid.Content is not { } content || BidCommitment.Verify(before.Commitment.Span, chosen.Number.ToString(CultureInfo.InvariantCulture), lot.Id, MemberId.Parse(bid.Member), bid.Sequence, content.Amount, (int)content.Units, content.Nonce.Span),
                    "opened bids are what was committed to", $"{chosen}: {bid}");
                Require(bid.Dead || (bid.Content is not null && placed.Last(p => p.Member == bid.Member) == before), "one live bid per member and lot", $"{chosen}: {bid}");
            }

            Clear(chosen, lot, e.Lots.Single(l => l.Id == lot.Id), [.. opened.Where(static b => !b.Dead)]);
        }
    }

    /// <summary>The clearing, written a second time: best first, ties to the earlier, none below the reserve.</summary>
    private void Clear(DefaultCase chosen, Lot lot, Lot told, List<OpenedBid> live)
    {
        var left = lot.Units;
        List<(OpenedBid Bid, long Units)> won = [];
        foreach (var bid in live.Where(b => (Int128)b.Content.Amount * lot.Units >= lot.Reserve).OrderByDescending(static b => b.Content.Amount).ThenBy(static b => b.Sequence))
        {
            if (left > 0)
            {
                var units = Math.Min(left, bid.Content.Units);
                won.Add((bid, units));
                left -= units;
            }
        }

        var last = won.Count > 0 ? won[^1].Bid.Content.Amount : 0;
        List<(string, string, long, long)> expected = [.. won.Select(w => (w.Bid.Member, w.Bid.Content.Account, w.Units, w.Units * (lot.Format == LotFormat.Uniform ? last : w.Bid.Content.Amount)))];
        Require(told.UnsoldUnits == left && told.Awards.Select(static a => (a.Member, a.Account, a.Units, a.Amount)).SequenceEqual(expected), "the best bids win", $"{chosen}: lot {lot.Id} was awarded {told}, the bids give {string.Join(", ", expected)}");
        lot.Awards.Add(told.Awards);
        lot.UnsoldUnits = told.UnsoldUnits;
        trace.Count(left == 0 ? "lots sold" : left == lot.Units ? "lots unsold" : "lots sold in part");
    }

    private static Currency UsdOf(DefaultCase chosen) => new(chosen.Currency, 2);

    private void Expect(string account, string cause, Money amount)
    {
        if (amount.MinorUnits != 0)
        {
            Require(_expected.TryAdd((account, cause), amount), "defaults book what they decided", $"{cause} of {account} was decided twice");
        }
    }

    private void Allocated(LossAllocated e)
    {
        var chosen = Of(e.Number);
        var allocation = e.Allocation;
        Require(chosen.Allocation is null && chosen.Accounts.All(static a => a.Stage is AccountStage.Ported or AccountStage.Settled), "a loss is allocated once, when all is settled", $"{chosen}");
        Require(allocation.Loss == e.Accounts.Sum(static a => a.Loss) && e.Accounts.All(static a => a.Loss == a.OwnUsed + a.Shortfall && a.FromHouse <= a.Shortfall && a.OwnUsed >= 0 && a.FromHouse >= 0), "an account's own collateral pays first", $"{chosen}: {e.Accounts}");
        chosen.Allocation = allocation;
        chosen.Unallocated = allocation.Unallocated;
        RequireWhole(chosen);
        var fund = chosen.Fund!;
        foreach (var layer in allocation.Layers)
        {
            Require(layer.Used >= 0 && layer.Used <= layer.Available && (layer.ByMember.Count == 0 || layer.ByMember.Sum(static m => m.Amount) == layer.Used), "no layer above what was there", $"{chosen}: {layer}");
            var there = layer.Layer switch
            {
                "defaulter_margin" => e.Accounts.Sum(static a => a.OwnUsed + a.FromHouse),
                "defaulter_default_fund" => Math.Max(0, fund.Members.FirstOrDefault(m => m.Member == chosen.Member)?.Cash ?? 0),
                "ccp_junior_capital" => fund.JuniorCapital - UsedByOthers(chosen, layer.Layer),
                "ccp_senior_capital" => fund.SeniorCapital - UsedByOthers(chosen, layer.Layer),
                "default_fund" => fund.Members.Where(m => m.Member != chosen.Member).Sum(static m => Math.Max(0, Math.Min(m.Cash, m.Required))),
                _ => long.MaxValue,
            };
            Require(layer.Used <= there, "no layer above what was there", $"{chosen}: {layer}, {there} was there");
            ExpectLayer(chosen, layer, "", -1);
            if (layer.Used > 0)
            {
                trace.Count($"layers used: {layer.Layer}");
            }
        }

        if (chosen.Unallocated > 0)
        {
            trace.Count("losses beyond all layers");
        }

        for (var i = 0; i < chosen.Accounts.Count; i++)
        {
            Expect(chosen, i, e.Accounts[i]);
        }
    }

    private void Expect(DefaultCase chosen, int index, AccountLoss loss)
    {
        var account = chosen.Accounts[index];
        if (account.Stage == AccountStage.Ported)
        {
            Require(loss.Loss == 0, "what goes over loses nothing", $"{chosen}: {account.Account} {loss}");
            return;
        }

        foreach (var cash in account.Held.Cash)
        {
            Expect(account.Account, $"{Prefix}{chosen.Number}.RESULT.{index + 1}.{cash.Currency}", MoneyOf(cash));
        }

        for (var i = 0; i < loss.Conversions.Count; i++)
        {
            Expect(account.Account, $"{Prefix}{chosen.Number}.EXCHANGE.{index + 1}.{i + 1}.OUT", -MoneyOf(loss.Conversions[i].From));
            Expect(account.Account, $"{Prefix}{chosen.Number}.EXCHANGE.{index + 1}.{i + 1}.IN", MoneyOf(loss.Conversions[i].To));
        }
    }

    private static Money MoneyOf(Cash cash) => new(cash.Minor, new Currency(cash.Currency, cash.Digits));

    private long UsedByOthers(DefaultCase chosen, string layer) =>
        _cases.Where(c => c != chosen && c.Stage == Stage.Allocated).SelectMany(static c => c.Allocation!.Layers).Where(l => l.Layer == layer).Sum(static l => l.Used);

    private void ExpectLayer(DefaultCase chosen, LayerUse layer, string suffix, int sign)
    {
        var cause = $"{Prefix}{chosen.Number}.{layer.Layer.ToUpperInvariant()}{suffix}";
        var currency = UsdOf(chosen);
        switch (layer.Layer)
        {
            case "defaulter_default_fund":
                Expect(FundAccounts.Of(MemberId.Parse(chosen.Member)).Value, cause, new Money(sign * layer.Used, currency));
                break;
            case "default_fund" or "assessments":
                foreach (var share in layer.ByMember)
                {
                    Expect(FundAccounts.Of(MemberId.Parse(share.Member)).Value, cause, new Money(sign * share.Amount, currency));
                }

                break;
            case "gains_haircut" or "tear_up":
                foreach (var share in layer.ByMember)
                {
                    Expect(share.Member, cause, new Money(sign * share.Amount, currency));
                }

                break;
            default:
                break;
        }
    }

    private static void RequireWhole(DefaultCase chosen) => Require(
        chosen.Allocation!.Loss == chosen.Allocation.Layers.Sum(static l => l.Used) + chosen.Unallocated && chosen.Unallocated >= 0,
        "every cent of a loss is accounted for", $"{chosen}: {chosen.Allocation}");

    private void Taken(RecoveryTaken e)
    {
        var chosen = Of(e.Number);
        Require(e.Layer.ByMember.Count == 0 || e.Layer.ByMember.Sum(static m => m.Amount) == e.Layer.Used, "every cent of a loss is accounted for", $"{chosen}: {e.Layer}");
        chosen.Allocation!.Layers.Add(e.Layer);
        chosen.Unallocated = e.Unallocated;
        RequireWhole(chosen);
        ExpectLayer(chosen, e.Layer, $".{chosen.Decisions.Count}", -1);
        trace.Count(e.Layer.Used > 0 ? $"recovery taken: {e.Layer.Layer}" : $"recovery without effect: {e.Layer.Layer}");
    }

    private void Recorded(RecoveryRecorded e)
    {
        var chosen = Of(e.Number);
        chosen.Recoveries.Add(e.Recovery);
        foreach (var layer in e.Recovery.Repaid)
        {
            var used = chosen.Allocation!.Layers.Where(l => l.Layer == layer.Layer).Sum(static l => l.Used);
            var repaid = chosen.Recoveries.SelectMany(static r => r.Repaid).Where(l => l.Layer == layer.Layer).Sum(static l => l.Used);
            Require(repaid <= used && (layer.ByMember.Count == 0 || layer.ByMember.Sum(static m => m.Amount) == layer.Used), "no layer is repaid beyond what it gave", $"{chosen}: {layer}");
            ExpectLayer(chosen, layer, $".REPAID.{chosen.Recoveries.Count}", 1);
        }

        Require(e.Recovery.Amount == e.Recovery.Repaid.Sum(static l => l.Used) + e.Recovery.Surplus, "every cent of a loss is accounted for", $"{chosen}: {e.Recovery}");
        trace.Count("recoveries recorded");
    }

    private static void Require(bool holds, string name, string what)
    {
        if (!holds)
        {
            throw Broken(name, what);
        }
    }

    private static InvariantBrokenException Broken(string name, string what) => new(name, what);
}
