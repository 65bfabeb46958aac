using System.Globalization;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Default;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;
using Action = ClearingActors.Contracts.Defaults.V1.Action;
using CashEntry = ClearingActors.Domain.Ledger.CashEntry;
using LayerUse = ClearingActors.Contracts.Defaults.V1.LayerUse;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// Defaults (rulebook 11): two operators decide, the layers bear the loss in order, none more than it has, and what each bears is what the step that says so has booked, to the last
/// minor unit. Rare, so it keeps what it needs of every default.
/// </summary>
internal sealed class DefaultCheck(StepAt at, HouseReplay house)
{
    private readonly List<AuditedDefault> _defaults = [];
    private readonly List<Claim> _claims = [];

    /// <summary>What the step must book for the default manager, by account and cause, in minor units.</summary>
    private readonly Dictionary<(string Account, string Cause), Money> _due = [];

    private readonly List<CashEntry> _sent = [];
    private readonly HashSet<string> _inactive = new(StringComparer.Ordinal);
    private readonly int _shard = house.Book.Of(ActorKinds.Default, ActorKinds.House).Shard;
    private (AuditedDefault Default, long Amount)? _cover;
    private bool _decided;

    /// <summary>Losses that were allocated over the layers.</summary>
    internal long Waterfalls { get; private set; }

    /// <summary>Auctions closed.</summary>
    internal long Auctions { get; private set; }

    internal void Event(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.DefaultTriggered:
                Triggered(DefaultTriggered.Parser.ParseFrom(body));
                break;
            case EventTypes.DefaultDecided:
                Decided(DefaultDecided.Parser.ParseFrom(body));
                break;
            case EventTypes.DefaultStageEntered:
                Entered(DefaultStageEntered.Parser.ParseFrom(body));
                break;
            case EventTypes.ClaimReported:
                var claim = Claim.Parser.ParseFrom(body);
                (_defaults.Find(d => d.Member == claim.Member && d.Stage is Stage.Declared or Stage.ClosingOut)?.Claims ?? _claims).Add(claim);
                break;
            case EventTypes.AccountsSeized:
                Seized(AccountsSeized.Parser.ParseFrom(body));
                break;
            case EventTypes.SeizedAccountChanged:
                var changed = SeizedAccountChanged.Parser.ParseFrom(body);
                Of(changed.Number, changed.Account).Stage = changed.Stage;
                break;
            case EventTypes.HoldingsTold:
                var told = HoldingsTold.Parser.ParseFrom(body);
                var account = Of(told.Number, told.Account);
                (account.Own, account.Held) = told.Held ? (account.Own, told.Holdings) : (told.Holdings, account.Held);
                break;
            case EventTypes.LegsOrdered:
                Ordered(LegsOrdered.Parser.ParseFrom(body));
                break;
            case EventTypes.LegEnded:
                Ended(LegEnded.Parser.ParseFrom(body));
                break;
            case EventTypes.AuctionOpened:
                var opened = AuctionOpened.Parser.ParseFrom(body);
                Of(opened.Number).Auctions.Add(opened.Auction);
                break;
            case EventTypes.BidSealed:
                var bid = BidSealed.Parser.ParseFrom(body);
                Of(bid.Number).Bids.Add(bid.Bid);
                break;
            case EventTypes.AuctionClosed:
                Closed(AuctionClosed.Parser.ParseFrom(body));
                break;
            case EventTypes.FundTold:
                var fund = FundTold.Parser.ParseFrom(body);
                Of(fund.Number).Fund = fund;
                break;
            case EventTypes.LossAllocated:
                Allocated(LossAllocated.Parser.ParseFrom(body));
                break;
            case EventTypes.RecoveryTaken:
                Taken(RecoveryTaken.Parser.ParseFrom(body));
                break;
            case EventTypes.RecoveryRecorded:
                Recorded(RecoveryRecorded.Parser.ParseFrom(body));
                break;
            default:
                break;
        }
    }

    /// <summary>A shard's directory has taken something; of the default manager's shard it says who is active there, step by step.</summary>
    internal void DirectoryEvent(int type, ReadOnlySpan<byte> body)
    {
        if (at.Shard != _shard)
        {
            return;
        }

        switch (type)
        {
            case EventTypes.MemberSuspended:
                _inactive.Add(HouseWire.ReadSuspended(body).Member.Value);
                break;
            case EventTypes.MemberDefaulted:
                _inactive.Add(MemberDefaulted.Parser.ParseFrom(body).Member);
                break;
            case EventTypes.MemberReinstated:
                _inactive.Remove(Ids.Member(HouseWire.OnlyBytes(body)).Value);
                break;
            default:
                break;
        }
    }

    /// <summary>The default manager has an account book something.</summary>
    internal void Sent(int type, ReadOnlySpan<byte> body)
    {
        if (type is MessageTypes.BookDefaultEntry or MessageTypes.BookCash)
        {
            _sent.Add(MoneyWire.ReadEntry(body));
        }
    }

    /// <summary>The step ends: what it has decided is what it has had booked.</summary>
    internal void EndStep()
    {
        if (_decided)
        {
            var covered = 0L;
            foreach (var entry in _sent)
            {
                var cause = entry.Cause.Request.Value;
                if (_due.Remove((entry.Account.Value, cause), out var due))
                {
                    if (due != entry.Amount)
                    {
                        at.Find("waterfall-booked", $"account {entry.Account} is to book {entry.Amount} for {cause}, and {due} was decided");
                    }
                }
                else if (_cover is not null && cause.Split('.') is [_, _, "COVER", ..])
                {
                    covered = checked(covered + entry.Amount.MinorUnits);
                }
                else if (IsOfLayer(cause) && entry.Account != CcpAccounts.Default)
                {
                    at.Find("waterfall-booked", $"account {entry.Account} is to book {entry.Amount} for {cause}, which was not decided");
                }
            }

            foreach (var ((account, cause), due) in _due)
            {
                at.Find("waterfall-booked", $"account {account} is not told to book {due} for {cause}");
            }

            if (_cover is { } cover && cover.Amount != covered)
            {
                at.Find("waterfall-booked", $"{cover.Default}: the layers brought {cover.Amount} minor units for accounts that are short, and {covered} are paid to them");
            }
        }

        _due.Clear();
        _sent.Clear();
        (_cover, _decided) = (null, false);
    }

    private static bool IsOfLayer(string cause) => cause.Split('.') is [_, _, var what, ..] && LayerKinds.Ids.Contains(what.ToLowerInvariant());

    private AuditedDefault Of(long number) => number >= 1 && number <= _defaults.Count ? _defaults[(int)number - 1] : throw new InvalidDataException($"there is no default {number}");

    private SeizedAccount Of(long number, string account) => Of(number).Find(account) ?? throw new InvalidDataException($"default {number} has no account {account}");

    private void Triggered(DefaultTriggered e)
    {
        if (e.Number != _defaults.Count + 1 || _defaults.Exists(d => d.Member == e.Member && d.Stage is not (Stage.Lifted or Stage.Closed)))
        {
            at.Find("default-stages", $"default {e.Number} of {e.Member} is triggered, behind {_defaults.Count} others, of which the same member's is open or the number is wrong");
        }

        _defaults.Add(new AuditedDefault(e));
    }

    private void Decided(DefaultDecided e)
    {
        var chosen = Of(e.Number);
        var decision = e.Decision;
        if (!e.Carried)
        {
            chosen.Proposals.RemoveAll(p => p.Action == decision.Action);
            chosen.Proposals.Add(decision);
            return;
        }

        if (decision.By == decision.ProposedBy || !chosen.Proposals.Exists(p => p.Action == decision.Action && p.By == decision.ProposedBy))
        {
            at.Find("two-operators", $"{chosen}: {decision.Action} was decided by {decision.By} upon a proposal of {decision.ProposedBy}, which was not made or is the same operator's");
        }

        chosen.Proposals.RemoveAll(p => p.Action == decision.Action);
        chosen.Decisions++;
        if (decision.Action == Action.Declare)
        {
            chosen.Declared = true;
        }
    }

    private void Entered(DefaultStageEntered e)
    {
        var chosen = Of(e.Number);
        var right = (chosen.Stage, e.Stage) switch
        {
            (Stage.Triggered, Stage.Triggered or Stage.Lifted) => !chosen.Declared,
            (Stage.Triggered, Stage.Declared) => chosen.Declared,
            (Stage.Declared, Stage.ClosingOut) or (Stage.ClosingOut, Stage.ClosingOut) => true,
            (Stage.ClosingOut, Stage.Allocated) or (Stage.Allocated, Stage.Allocated) => chosen.Allocation is not null,
            (Stage.Allocated, Stage.Closed) => chosen.Allocation?.Unallocated == 0,
            _ => false,
        };
        if (!right)
        {
            at.Find("default-stages", $"{chosen} goes from {chosen.Stage} to {e.Stage}{(chosen.Allocation is { } a ? $", with {a.Unallocated} unallocated" : "")}");
        }

        chosen.Stage = e.Stage;
        if (e.Stage == Stage.Declared)
        {
            chosen.Claims.AddRange(_claims.Where(c => c.Member == chosen.Member));
            _claims.RemoveAll(c => c.Member == chosen.Member);
        }
    }

    private void Seized(AccountsSeized e)
    {
        var chosen = Of(e.Number);
        chosen.Accounts.AddRange(e.Accounts);
        chosen.Accounts.Sort(static (a, b) => AccountId.Parse(a.Account).CompareTo(AccountId.Parse(b.Account)));
        for (var i = 0; i < chosen.Accounts.Count; i++)
        {
            chosen.Accounts[i].DefaultAccount = CcpAccounts.OfDefault(e.Number, i + 1).Value;
        }
    }

    private void Ordered(LegsOrdered e)
    {
        var chosen = Of(e.Number);
        foreach (var leg in e.Legs)
        {
            chosen.Legs.Add(leg);
            if (leg.InPlaceOf > 0)
            {
                chosen.Legs[(int)leg.InPlaceOf - 1].ReplacedBy = leg.Number;
            }
        }

        foreach (var lot in e.Legs.Where(static l => l.Purpose == Leg.Types.Purpose.Award).Select(static l => l.Lot).Distinct().Select(chosen.LotOf))
        {
            foreach (var position in lot.Positions)
            {
                var moved = chosen.Legs.Where(l => l.Lot == lot.Id && l.Instrument == position.Instrument && l.InPlaceOf == 0).Sum(static l => l.Lots);
                var sold = Math.Abs(position.Lots) / lot.Units * (lot.Units - lot.UnsoldUnits);
                if (moved != sold && moved != 0)
                {
                    at.Find("auction-winners", $"{chosen}: {moved} lots of {position.Instrument} of lot {lot.Id} move to its winners, and {sold} were sold");
                }
            }
        }
    }

    private void Ended(LegEnded e)
    {
        var chosen = Of(e.Number);
        var leg = chosen.Legs[(int)e.Leg - 1];
        (leg.Outcome, leg.Reason, leg.Cycle) = (e.Outcome, e.Reason, e.Cycle);
        if (leg.Purpose == Leg.Types.Purpose.Award && AuctionRules.PaidFor(chosen, leg, out var cause, out var holder) is { } paid)
        {
            Due(holder, cause, new Money(paid, chosen.Currency));
        }
    }

    private void Closed(AuctionClosed e)
    {
        Auctions++;
        var chosen = Of(e.Number);
        var auction = chosen.Auctions[(int)e.Auction - 1];
        if (auction.Closed)
        {
            at.Find("auction-bids", $"{chosen}: auction {e.Auction} is closed once more");
        }

        AuctionRules.CheckClose(at, chosen, auction, e, IsOut);
        auction.Closed = true;
        foreach (var lot in auction.Lots)
        {
            if (e.Lots.FirstOrDefault(l => l.Id == lot.Id) is { } told)
            {
                lot.Awards.Add(told.Awards);
                lot.UnsoldUnits = told.UnsoldUnits;
            }

            chosen.Bids.RemoveAll(b => b.Lot == lot.Id);
        }
    }

    private bool IsOut(string member) => _inactive.Contains(member) || _defaults.Exists(d => d.Member == member && d.Declared);

    private void Allocated(LossAllocated e)
    {
        Waterfalls++;
        var chosen = Of(e.Number);
        var allocation = e.Allocation;
        if (chosen.Allocation is not null || chosen.Fund is not { } fund || e.Accounts.Count != chosen.Accounts.Count)
        {
            at.Find("waterfall", $"{chosen}: a loss of {allocation.Loss} is allocated over {e.Accounts.Count} of {chosen.Accounts.Count} accounts, once more or before the fund has told what it holds");
            return;
        }

        for (var i = 0; i < e.Accounts.Count; i++)
        {
            chosen.Accounts[i].Loss = e.Accounts[i];
        }

        CheckLosses(chosen, e);
        chosen.Allocation = allocation;
        CheckWhole(chosen);
        var rest = allocation.Loss;
        foreach (var layer in allocation.Layers)
        {
            var there = ThereIs(chosen, fund, e, layer);
            if (layer.Available > there || layer.Used != Math.Min(rest, layer.Available))
            {
                at.Find("waterfall", $"{chosen}: {layer.Used} of layer {layer.Layer} is used for a loss of which {rest} is left, where it has {layer.Available} and {there} was there");
            }

            rest -= layer.Used;
            CheckShares(chosen, layer, fund);
            DueOf(chosen, layer, "", 1);
        }

        for (var i = 0; i < chosen.Accounts.Count; i++)
        {
            DueOf(chosen, chosen.Accounts[i], i + 1);
        }

        _decided = true;
        _cover = (chosen, chosen.Uncovered - allocation.Unallocated);
    }

    /// <summary>What each account's loss is, from what it told and what its default account told; with the rates of the replay's newest marks.</summary>
    private void CheckLosses(AuditedDefault chosen, LossAllocated e)
    {
        if (e.Allocation.Loss != e.Accounts.Sum(static a => a.Loss) || e.Accounts.Any(static a => a.Loss != a.OwnUsed + a.Shortfall || a.FromHouse > a.Shortfall || a.OwnUsed < 0 || a.FromHouse < 0))
        {
            at.Find("waterfall-loss", $"{chosen}: the loss of {e.Allocation.Loss} is not the sum of its accounts' losses, or an account's is not what its own collateral pays and what is short: {e.Accounts}");
        }

        var done = chosen.Accounts.Where(static a => a.Stage == AccountStage.Settled).ToList();
        IReadOnlyList<CloseOutResult> results;
        try
        {
            var scope = house.Scopes[at.Shard];
            results = CloseOutLedger.Of([.. done.Select(a => FiguresOf(chosen, a))], chosen.Currency, scope.CollateralPrices(scope.NewestMarks()));
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return;
        }

        // Marks reach a node in an order of their own, so it may have exchanged at another rate; then what follows from the rate cannot be computed again.
        if (!done.Zip(results).All(static d => d.First.Loss.Conversions.Select(static c => (MoneyOf(c.From), MoneyOf(c.To))).SequenceEqual(d.Second.Conversions.Select(static c => (c.From, c.To)))))
        {
            return;
        }

        foreach (var (account, result) in done.Zip(results))
        {
            var told = account.Loss;
            if ((told.Loss, told.OwnUsed, told.Shortfall, told.FromHouse) != (result.Loss, result.OwnUsed, result.Shortfall, result.FromHouse))
            {
                at.Find("waterfall-loss", $"{chosen}: account {account.Account} is told to have lost {told.Loss}, {told.OwnUsed} of its own, {told.Shortfall} short, {told.FromHouse} from its house; what it held gives {result.Loss}, {result.OwnUsed}, {result.Shortfall}, {result.FromHouse}");
            }
        }
    }

    private static CloseOutFigures FiguresOf(AuditedDefault chosen, SeizedAccount account)
    {
        List<Money> result = [.. account.Held.Cash.Select(MoneyOf), .. chosen.Claims.Where(c => c.Account == account.Account).Select(c => -MoneyOf(c.Amount))];
        return new CloseOutFigures(account.Account, account.Segregation is (uint)Segregation.House or (uint)Segregation.DefaultFund, [.. account.Own.Cash.Select(MoneyOf)], result);
    }

    /// <summary>The most that a layer can have had.</summary>
    private long ThereIs(AuditedDefault chosen, FundTold fund, LossAllocated e, LayerUse layer) => layer.Layer switch
    {
        "defaulter_margin" => e.Accounts.Sum(static a => a.OwnUsed + a.FromHouse),
        "defaulter_default_fund" => Math.Max(0, fund.Members.FirstOrDefault(m => m.Member == chosen.Member)?.Cash ?? 0),
        "ccp_junior_capital" => Math.Max(0, fund.JuniorCapital - UsedByOthers(chosen, layer.Layer)),
        "ccp_senior_capital" => Math.Max(0, fund.SeniorCapital - UsedByOthers(chosen, layer.Layer)),
        "default_fund" => fund.Members.Where(m => m.Member != chosen.Member).Sum(static m => ContributionOf(m)),
        "assessments" => fund.Members.Where(m => m.Member != chosen.Member).Aggregate(0L, (sum, m) => SaturatedSum(sum, CapOf(fund, m))),
        _ => 0,
    };

    private static long ContributionOf(FundMember member) => Math.Max(0, Math.Min(member.Cash, member.Required));

    /// <summary>What a survivor can be asked for on top of its contribution; the contribution it had when the default was declared may have been higher, never above what was required.</summary>
    private static long CapOf(FundTold fund, FundMember member) =>
        (long)System.Numerics.BigInteger.Min(FundTerms.Multiple(Math.Max(member.Required, member.Cash), decimal.Parse(fund.AssessmentMultiple, CultureInfo.InvariantCulture)), long.MaxValue);

    private static long SaturatedSum(long a, long b) => (long)Int128.Min((Int128)a + b, long.MaxValue);

    private long UsedByOthers(AuditedDefault chosen, string layer) =>
        _defaults.Where(d => d != chosen && d.Stage == Stage.Allocated).SelectMany(static d => d.Allocation!.Layers).Where(l => l.Layer == layer).Sum(static l => l.Used);

    private void CheckShares(AuditedDefault chosen, LayerUse layer, FundTold fund)
    {
        var ofMembers = layer.Layer is "default_fund" or "assessments";
        if (ofMembers || layer.ByMember.Count > 0)
        {
            if (layer.ByMember.Sum(static m => m.Amount) != layer.Used || layer.ByTier.Sum(static m => m.Amount) != layer.Used || layer.ByMember.Any(static m => m.Amount < 0))
            {
                at.Find("waterfall", $"{chosen}: the shares of layer {layer.Layer} do not sum to the {layer.Used} that is used of it");
            }
        }

        foreach (var share in ofMembers ? layer.ByMember.ToList() : [])
        {
            var member = fund.Members.FirstOrDefault(m => m.Member == share.Member);
            var most = member is null ? 0 : layer.Layer == "default_fund" ? ContributionOf(member) : CapOf(fund, member);
            if (share.Amount > most || share.Member == chosen.Member)
            {
                at.Find("waterfall", $"{chosen}: {share.Member} bears {share.Amount} in layer {layer.Layer}, and at most {most} is there");
            }
        }
    }

    /// <summary>Every minor unit of a loss is borne by a layer, or is known to be borne by none.</summary>
    private void CheckWhole(AuditedDefault chosen)
    {
        var allocation = chosen.Allocation!;
        if (allocation.Layers.Aggregate((Int128)allocation.Unallocated, static (sum, l) => sum + l.Used) != allocation.Loss || allocation.Unallocated < 0 || allocation.Layers.Any(static l => l.Used < 0))
        {
            at.Find("waterfall", $"{chosen}: the layers bear {string.Join(" + ", allocation.Layers.Select(static l => l.Used))} and {allocation.Unallocated} is unallocated, of a loss of {allocation.Loss}");
        }
    }

    private void Taken(RecoveryTaken e)
    {
        var chosen = Of(e.Number);
        if (chosen.Allocation is not { } allocation)
        {
            at.Find("waterfall", $"{chosen}: {e.Layer.Layer} is taken before its loss is allocated");
            return;
        }

        var before = allocation.Unallocated;
        if (e.Layer.Used != Math.Min(before, e.Layer.Available) || (e.Layer.ByMember.Count > 0 && e.Layer.ByMember.Sum(static m => m.Amount) != e.Layer.Used))
        {
            at.Find("waterfall", $"{chosen}: {e.Layer.Layer} takes {e.Layer.Used} where {before} is unallocated and {e.Layer.Available} is there, or its shares do not sum to that");
        }

        allocation.Layers.Add(e.Layer);
        allocation.Unallocated = e.Unallocated;
        CheckWhole(chosen);
        DueOf(chosen, e.Layer, string.Create(CultureInfo.InvariantCulture, $".{chosen.Decisions}"), 1);
        _decided = true;
        _cover = (chosen, before - e.Unallocated);
    }

    private void Recorded(RecoveryRecorded e)
    {
        var chosen = Of(e.Number);
        chosen.Recoveries.Add(e.Recovery);
        foreach (var layer in e.Recovery.Repaid)
        {
            var used = chosen.Allocation?.Layers.Where(l => l.Layer == layer.Layer).Sum(static l => l.Used) ?? 0;
            var repaid = chosen.Recoveries.SelectMany(static r => r.Repaid).Where(l => l.Layer == layer.Layer).Sum(static l => l.Used);
            if (repaid > used || (layer.ByMember.Count > 0 && layer.ByMember.Sum(static m => m.Amount) != layer.Used))
            {
                at.Find("recovery", $"{chosen}: {repaid} in all is repaid to layer {layer.Layer}, which gave {used}, or its shares do not sum to the {layer.Used} of this time");
            }

            DueOf(chosen, layer, string.Create(CultureInfo.InvariantCulture, $".REPAID.{chosen.Recoveries.Count}"), -1);
        }

        if (e.Recovery.Amount != e.Recovery.Repaid.Sum(static l => l.Used) + e.Recovery.Surplus)
        {
            at.Find("recovery", $"{chosen}: of {e.Recovery.Amount} recovered {e.Recovery.Repaid.Sum(static l => l.Used)} is repaid and {e.Recovery.Surplus} is left over");
        }

        Due(CcpAccounts.Default.Value, string.Create(CultureInfo.InvariantCulture, $"DEFAULT.{chosen.Number}.RECOVERY.{chosen.Recoveries.Count}"), new Money(e.Recovery.Amount - e.Recovery.Surplus, chosen.Currency));
        _decided = true;
    }

    /// <summary>A layer's money comes from whom it says, or with a sign of -1 goes back.</summary>
    private void DueOf(AuditedDefault chosen, LayerUse layer, string suffix, int sign)
    {
        var cause = $"DEFAULT.{chosen.Number.ToString(CultureInfo.InvariantCulture)}.{layer.Layer.ToUpperInvariant()}{suffix}";
        void From(AccountId account, long amount) => Due(account.Value, cause, new Money(-sign * amount, chosen.Currency));
        switch (layer.Layer)
        {
            case "defaulter_margin":
                break;
            case "defaulter_default_fund":
                From(FundAccounts.Of(MemberId.Parse(chosen.Member)), layer.Used);
                break;
            case "ccp_junior_capital":
                From(CcpAccounts.JuniorCapital, layer.Used);
                break;
            case "ccp_senior_capital":
                From(CcpAccounts.SeniorCapital, layer.Used);
                break;
            case "ccp_remaining_equity":
                From(CcpAccounts.RemainingEquity, layer.Used);
                break;
            case "gains_haircut" or "tear_up":
                foreach (var share in layer.ByMember)
                {
                    From(AccountId.Parse(share.Member), share.Amount);
                }

                break;
            default:
                foreach (var share in layer.ByMember)
                {
                    From(FundAccounts.Of(MemberId.Parse(share.Member)), share.Amount);
                }

                break;
        }
    }

    /// <summary>What came of an account is booked into it, and what was exchanged.</summary>
    private void DueOf(AuditedDefault chosen, SeizedAccount account, int index)
    {
        if (account.Stage == AccountStage.Ported)
        {
            if (account.Loss.Loss != 0)
            {
                at.Find("waterfall-loss", $"{chosen}: account {account.Account} went over to {account.PortedTo} and is told to have lost {account.Loss.Loss}");
            }

            return;
        }

        var prefix = string.Create(CultureInfo.InvariantCulture, $"DEFAULT.{chosen.Number}.");
        foreach (var cash in account.Held.Cash)
        {
            Due(account.Account, string.Create(CultureInfo.InvariantCulture, $"{prefix}RESULT.{index}.{cash.Currency}"), MoneyOf(cash));
        }

        var claims = chosen.Claims.Where(c => c.Account == account.Account).ToList();
        for (var i = 0; i < claims.Count; i++)
        {
            Due(account.Account, string.Create(CultureInfo.InvariantCulture, $"{prefix}CLAIM.{index}.{i + 1}"), -MoneyOf(claims[i].Amount));
        }

        for (var i = 0; i < account.Loss.Conversions.Count; i++)
        {
            Due(account.Account, string.Create(CultureInfo.InvariantCulture, $"{prefix}EXCHANGE.{index}.{i + 1}.OUT"), -MoneyOf(account.Loss.Conversions[i].From));
            Due(account.Account, string.Create(CultureInfo.InvariantCulture, $"{prefix}EXCHANGE.{index}.{i + 1}.IN"), MoneyOf(account.Loss.Conversions[i].To));
        }
    }

    private void Due(string account, string cause, Money amount)
    {
        _decided = true;
        if (amount.MinorUnits != 0)
        {
            _due[(account, cause)] = amount;
        }
    }

    private static Money MoneyOf(Cash cash) => new(cash.Minor, new Currency(cash.Currency, cash.Digits));
}
