using System.Globalization;
using System.Numerics;
using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Default;
using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.Default.Recovery;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using AccountLoss = ClearingActors.Contracts.Defaults.V1.AccountLoss;
using AssetEntry = ClearingActors.Domain.Ledger.AssetEntry;
using CashEntry = ClearingActors.Domain.Ledger.CashEntry;
using LayerUse = ClearingActors.Contracts.Defaults.V1.LayerUse;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// What a default costs, and who bears it (rulebook 11.4, 11.6). Everything that came of an account is booked into that account; what its own collateral does not cover is filled from
/// the layers through <c>CCP.DEFAULT</c>, so the books show each layer's money from where it came to where it went.
/// </summary>
internal sealed partial class DefaultActor
{
    private static bool IsDone(SeizedAccount account) => account.Stage == AccountStage.Ported || (account.Stage == AccountStage.Settled && account.Asked == account.Told);

    /// <summary>When every account is ported or settled, the fund tells what there is to draw on, and the loss is allocated.</summary>
    private void TryAllocate(Default d, Turn turn)
    {
        if (d.Stage == Stage.ClosingOut && d.Accounts.All(IsDone))
        {
            Send(turn, _scope.Book.Of(ActorKinds.Stress, ActorKinds.House), MessageTypes.AskFund, new FundAsked { Number = d.Number });
        }
    }

    private void Told(FundTold told, Turn turn)
    {
        var d = Of(told.Number).Default;
        if (d.Stage is not (Stage.Declared or Stage.ClosingOut))
        {
            return;
        }

        Emit(turn, EventTypes.FundTold, WithoutOpenDraws(told));
        if (d.Stage == Stage.ClosingOut && d.Accounts.All(IsDone))
        {
            Allocate(Of(told.Number), turn);
        }
    }

    /// <summary>
    /// What a default that is allocated and not closed has drawn is there for no other one (rulebook 11.6). The fund may not have heard of those draws yet: they are on their way to its
    /// accounts, and from there to it.
    /// </summary>
    private FundTold WithoutOpenDraws(FundTold told)
    {
        var left = told.Clone();
        foreach (var other in _defaults.Where(o => o.Default.Number != told.Number && o.Default.Stage == Stage.Allocated))
        {
            var drawn = other.Default.Allocation.Layers.Where(l => l.Layer == LayerKind.DefaultFund.Id() || l.Layer == LayerKind.Assessments.Id()).SelectMany(l => l.ByMember)
                .GroupBy(m => m.Member).ToDictionary(m => m.Key, m => m.Sum(s => s.Amount), StringComparer.Ordinal);
            foreach (var member in left.Members)
            {
                if (drawn.TryGetValue(member.Member, out var amount))
                {
                    member.Cash = Math.Min(member.Cash, checked(other.Fund.Members.First(m => m.Member == member.Member).Cash - amount));
                }
            }
        }

        return left;
    }

    /// <summary>Everything is computed before anything is booked: what cannot be computed leaves no entry behind, and is tried again.</summary>
    private void Allocate(DefaultSnapshot s, Turn turn)
    {
        var d = s.Default;
        var done = d.Accounts.Where(a => a.Stage == AccountStage.Settled).ToList();
        IReadOnlyList<CloseOutResult> results;
        LossAllocated e;
        try
        {
            results = ResultsOf(s, done);
            e = AllocationOf(s, done, results, turn.BusinessTime);
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or OverflowException)
        {
            Block(turn, d, $"the loss cannot be allocated: {failure.Message}");
            turn.SetTimer(TimerOf("allocate", d.Number), checked(turn.BusinessTime + RetryNs));
            return;
        }

        Emit(turn, EventTypes.LossAllocated, e);
        for (var i = 0; i < done.Count; i++)
        {
            BookResult(d, done[i], results[i], turn);
        }

        foreach (var layer in d.Allocation.Layers)
        {
            BookLayer(d, layer, "", turn);
        }

        Fill(d, 0, Uncovered(d) - d.Allocation.Unallocated, turn);
        var until = checked(turn.BusinessTime + Terms.CloseNs);
        Enter(turn, d, Stage.Allocated, until, "the default is closed", BlockOf(d));
        turn.SetTimer(TimerOf("close", d.Number), until);
    }

    /// <summary>What each settled account comes to.</summary>
    /// <exception cref="ArgumentException">It cannot be said yet; the message says what to do.</exception>
    private IReadOnlyList<CloseOutResult> ResultsOf(DefaultSnapshot s, List<SeizedAccount> done)
    {
        var d = s.Default;
        if (s.Fund.Currency.Length > 0 && s.Fund.Currency != d.Currency)
        {
            throw new ArgumentException($"the default fund is in {s.Fund.Currency} and the default is managed in {d.Currency}; set terms that agree");
        }

        var fund = new Currency(d.Currency, d.Digits);
        var results = CloseOutLedger.Of([.. done.Select(a => FiguresOf(d, a))], fund, _scope.CollateralPrices(_scope.NewestMarks()));
        for (var i = 0; i < done.Count; i++)
        {
            if (results[i].Shortfall > 0 && done[i].Own.Assets.Count > 0)
            {
                throw new ArgumentException($"account {done[i].Account} is short of {new Money(results[i].Shortfall, fund)} and still holds {string.Join(", ", done[i].Own.Assets.Select(a => a.Asset))}; sell that first");
            }
        }

        return results;
    }

    private LossAllocated AllocationOf(DefaultSnapshot s, List<SeizedAccount> done, IReadOnlyList<CloseOutResult> results, long now)
    {
        var d = s.Default;
        var segments = SegmentsOf(d);
        var layers = LayersOf(s, results, segments);
        var loss = results.Sum(r => r.Loss);
        var waterfall = Waterfall.Allocate(loss, layers);
        var e = new LossAllocated { Number = d.Number, Allocation = new Allocation { Loss = loss, Unallocated = waterfall.Unallocated, At = now } };
        e.Allocation.Segments.Add(segments.Select(g => g.Segment));
        foreach (var (use, layer) in waterfall.Layers.Zip(layers))
        {
            var told = new LayerUse { Layer = use.Layer, Available = (long)Int128.Min(layer.Available, long.MaxValue), Used = use.Used };
            told.ByMember.Add(use.ByMember().Where(m => m.Value > 0).Select(m => new MemberShare { Member = m.Key, Amount = m.Value }));
            told.ByTier.Add(use.Shares.Where(m => m.Minor > 0).Select(m => new MemberTier { Member = m.Member, Tier = (uint)m.Tier, Amount = m.Minor }));
            e.Allocation.Layers.Add(told);
        }

        e.Accounts.Add(d.Accounts.Select(account => done.IndexOf(account) is var i and >= 0 ? LossOf(results[i]) : new AccountLoss()));
        return e;
    }

    private static AccountLoss LossOf(CloseOutResult result)
    {
        var loss = new AccountLoss { Loss = result.Loss, OwnUsed = result.OwnUsed, Shortfall = result.Shortfall, FromHouse = result.FromHouse };
        loss.Conversions.Add(result.Conversions.Select(c => new Conversion { From = CashOf(c.From), To = CashOf(c.To), Rate = c.Rate.RoundHalfEven(12).ToDecimal().ToString(CultureInfo.InvariantCulture) }));
        return loss;
    }

    private static string BlockOf(Default d) => d.Allocation.Unallocated == 0 ? "" : $"{d.Allocation.Unallocated} minor units of the loss are borne by no layer; two operators decide on a haircut of gains, a tear-up or a write-off";

    private static CloseOutFigures FiguresOf(Default d, SeizedAccount account)
    {
        List<Money> result = [.. account.Held.Cash.Select(MoneyOf)];
        result.AddRange(d.Claims.Where(c => c.Account == account.Account).Select(c => -MoneyOf(c.Amount)));
        return new CloseOutFigures(account.Account, account.Segregation is (uint)Segregation.House or (uint)Segregation.DefaultFund, [.. account.Own.Cash.Select(MoneyOf)], result);
    }

    /// <summary>The last auction of each account ranks the members, and every earlier one that sold something.</summary>
    private List<(LotRanking Ranking, FundSegment Segment)> SegmentsOf(Default d)
    {
        var segments = new List<(LotRanking, FundSegment)>();
        foreach (var auction in d.Auctions.Where(a => a.Closed && a.Failure.Length == 0))
        {
            var last = d.Auctions.All(a => a.Account != auction.Account || a.Number <= auction.Number);
            foreach (var lot in auction.Lots.Where(l => last || l.UnsoldUnits < l.Units))
            {
                List<OpenedBid> bids = [.. auction.Bids.Where(b => b.Lot == lot.Id && !b.Dead)];
                var duties = Duties(d, PureLot(lot));
                var tiers = duties.ToDictionary(m => m.Member, m => (BidTier)(bids.FirstOrDefault(b => b.Member == m.Member.Value)?.Tier ?? (uint)BidTier.NoBid));
                var segment = new FundSegment { Lot = lot.Id };
                segment.Tiers.Add(tiers.OrderBy(t => t.Key).Select(t => new MemberTier { Member = t.Key.Value, Tier = (uint)t.Value }));
                segments.Add((new LotRanking(lot.Id, lot.Margin, tiers), segment));
            }
        }

        return segments;
    }

    private List<WaterfallLayer> LayersOf(DefaultSnapshot s, IReadOnlyList<CloseOutResult> results, List<(LotRanking Ranking, FundSegment Segment)> segments)
    {
        var d = s.Default;
        var survivors = Survivors(d).Select(m => MemberId.Parse(m.Member)).ToHashSet();
        var held = s.Fund.Members.ToDictionary(m => MemberId.Parse(m.Member));
        var layers = new List<WaterfallLayer>();
        foreach (var kind in Terms.Order.Layers)
        {
            layers.Add(kind switch
            {
                LayerKind.DefaulterMargin => WaterfallLayer.Of(kind.Id(), results.Sum(r => checked(r.OwnUsed + r.FromHouse))),
                LayerKind.DefaulterDefaultFund => WaterfallLayer.Of(kind.Id(), held.TryGetValue(MemberId.Parse(d.Member), out var own) ? Math.Max(0, own.Cash) : 0),
                LayerKind.CcpJuniorCapital => WaterfallLayer.Of(kind.Id(), Math.Max(0, s.Fund.JuniorCapital - UsedElsewhere(d, kind))),
                LayerKind.CcpSeniorCapital => WaterfallLayer.Of(kind.Id(), Math.Max(0, s.Fund.SeniorCapital - UsedElsewhere(d, kind))),
                LayerKind.DefaultFund => FundSegments.Layer(
                    [.. held.Where(h => survivors.Contains(h.Key)).Select(h => new MemberAmount(h.Key, Math.Max(0, Math.Min(h.Value.Cash, h.Value.Required))))], [.. segments.Select(g => g.Ranking)]),
                _ => WaterfallLayer.OfMembers(kind.Id(), Survivors(d).Where(m => m.Amount > 0).Select(m => new LayerMember(m.Member, CapOf(s, m), m.Amount))),
            });
        }

        return layers;
    }

    /// <summary>What defaults that are not closed have used of the clearing house's own capital; a closed one's is counted as made good.</summary>
    private long UsedElsewhere(Default d, LayerKind kind) =>
        _defaults.Select(o => o.Default).Where(o => o.Number != d.Number && o.Stage == Stage.Allocated).SelectMany(o => o.Allocation.Layers).Where(l => l.Layer == kind.Id()).Sum(l => l.Used);

    /// <summary>What a survivor can still be asked for, by default and by year back from now.</summary>
    private long CapOf(DefaultSnapshot s, MemberShare member)
    {
        var multiple = decimal.Parse(s.Fund.AssessmentMultiple, CultureInfo.InvariantCulture);
        var year = _scope.Directory.BusinessTime - (365 * UtcTime.NanosecondsPerDay);
        var assessed = _defaults.Select(o => o.Default).Where(o => o.Allocation is { } a && a.At >= year).SelectMany(o => o.Allocation.Layers)
            .Where(l => l.Layer == LayerKind.Assessments.Id()).SelectMany(l => l.ByMember).Where(m => m.Member == member.Member).Sum(m => m.Amount);
        return Assessments.RemainingCap(Multiple(member.Amount, multiple), 0, Multiple(member.Amount, Terms.YearlyMultiple), assessed);
    }

    private static long Multiple(long contribution, decimal multiple) => (long)BigInteger.Min(FundTerms.Multiple(contribution, multiple), long.MaxValue);

    /// <summary>All that came of an account's positions goes into the account; what it is short of is then in the fund's currency.</summary>
    private void BookResult(Default d, SeizedAccount account, CloseOutResult result, Turn turn)
    {
        var date = _scope.Directory.BusinessDate;
        var id = AccountId.Parse(account.Account);
        var index = d.Accounts.IndexOf(account) + 1;
        foreach (var cash in account.Held.Cash)
        {
            Book(turn, new CashEntry(CashEntryType.Default, date, id, AccountId.Parse(account.DefaultAccount), MoneyOf(cash), CauseOf(d, $"RESULT.{index}.{cash.Currency}")));
        }

        var claims = d.Claims.Where(c => c.Account == account.Account).ToList();
        for (var i = 0; i < claims.Count; i++)
        {
            Book(turn, new CashEntry(CashEntryType.Default, date, id, CcpAccounts.Default, -MoneyOf(claims[i].Amount), CauseOf(d, $"CLAIM.{index}.{i + 1}")));
        }

        for (var i = 0; i < result.Conversions.Count; i++)
        {
            var conversion = result.Conversions[i];
            Book(turn, new CashEntry(CashEntryType.Default, date, id, CcpAccounts.Bank, -conversion.From, CauseOf(d, $"EXCHANGE.{index}.{i + 1}.OUT")));
            Book(turn, new CashEntry(CashEntryType.Default, date, id, CcpAccounts.Bank, conversion.To, CauseOf(d, $"EXCHANGE.{index}.{i + 1}.IN")));
        }

        var house = checked(result.FromHouse - result.Given);
        if (house != 0)
        {
            Book(turn, new CashEntry(CashEntryType.Default, date, id, CcpAccounts.Default, new Money(house, new Currency(d.Currency, d.Digits)), CauseOf(d, $"HOUSE.{index}")));
        }
    }

    /// <summary>Brings a layer's money to <c>CCP.DEFAULT</c>, or with a sign of -1 back from there.</summary>
    private void BookLayer(Default d, LayerUse layer, string suffix, Turn turn, int sign = 1)
    {
        var date = _scope.Directory.BusinessDate;
        var fund = new Currency(d.Currency, d.Digits);
        void From(AccountId account, long amount, string who)
        {
            if (amount > 0)
            {
                Book(turn, new CashEntry(CashEntryType.Default, date, account, CcpAccounts.Default, new Money(-sign * amount, fund), CauseOf(d, $"{layer.Layer.ToUpperInvariant()}{suffix}{who}")));
            }
        }

        switch (layer.Layer)
        {
            case "defaulter_margin":
                // It stayed in the accounts, or went from house to client when their results were booked.
                break;
            case "defaulter_default_fund":
                From(FundAccounts.Of(MemberId.Parse(d.Member)), layer.Used, "");
                break;
            case "ccp_junior_capital":
                From(CcpAccounts.JuniorCapital, layer.Used, "");
                break;
            case "ccp_senior_capital":
                From(CcpAccounts.SeniorCapital, layer.Used, "");
                break;
            case "ccp_remaining_equity":
                From(CcpAccounts.RemainingEquity, layer.Used, "");
                break;
            case "gains_haircut" or "tear_up":
                foreach (var share in layer.ByMember)
                {
                    From(AccountId.Parse(share.Member), share.Amount, "");
                }

                break;
            default:
                // An assessment is drawn from the member's account in the fund, which it may take below zero: that is owed until the fund is filled again.
                foreach (var share in layer.ByMember)
                {
                    From(FundAccounts.Of(MemberId.Parse(share.Member)), share.Amount, "");
                }

                break;
        }
    }

    private static long Uncovered(Default d) => d.Accounts.Where(a => a.Loss is not null).Sum(a => a.Loss.Shortfall - a.Loss.FromHouse);

    /// <summary>Pays what the layers have brought to the accounts that are short, in the order of the accounts.</summary>
    private void Fill(Default d, long before, long after, Turn turn)
    {
        var filled = 0L;
        for (var i = 0; i < d.Accounts.Count; i++)
        {
            var short_ = d.Accounts[i].Loss is { } loss ? loss.Shortfall - loss.FromHouse : 0;
            var amount = Math.Max(0, Math.Min(filled + short_, after) - Math.Max(filled, before));
            filled += short_;
            if (amount > 0)
            {
                Book(turn, new CashEntry(
                    CashEntryType.Default, _scope.Directory.BusinessDate, AccountId.Parse(d.Accounts[i].Account), CcpAccounts.Default, new Money(amount, new Currency(d.Currency, d.Digits)),
                    CauseOf(d, string.Create(CultureInfo.InvariantCulture, $"COVER.{i + 1}.{before}"))));
            }
        }
    }

    private static string? RefuseClose(Default d) =>
        d.Stage != Stage.Allocated ? $"default {d.Number} is {d.Stage}; only one whose loss is allocated can be closed"
        : d.Allocation.Unallocated > 0 ? $"default {d.Number} is not closed: {BlockOf(d)}"
        : null;

    private void CloseByTime(Default d, Turn turn)
    {
        if (RefuseClose(d) is null)
        {
            Emit(turn, EventTypes.DefaultNoted, new DefaultNoted { Number = d.Number, Note = new Note { What = "closed by time", At = turn.BusinessTime } });
            Close(d, turn);
            return;
        }

        var until = checked(turn.BusinessTime + Terms.CloseNs);
        Enter(turn, d, Stage.Allocated, until, "the default is closed", BlockOf(d));
        turn.SetTimer(TimerOf("close", d.Number), until);
    }

    /// <summary>What is left goes back: each account tells once more what it has, because money may have come meanwhile. The fund is filled again by call.</summary>
    private void Close(Default d, Turn turn)
    {
        turn.CancelTimer(TimerOf("close", d.Number));
        Enter(turn, d, Stage.Closed, 0, "", "");
        foreach (var account in d.Accounts.Where(a => a.Stage == AccountStage.Settled))
        {
            Ask(turn, d, account, held: false);
        }

        var s = Of(d.Number);
        var left = (s.Fund?.Members.FirstOrDefault(m => m.Member == d.Member)?.Cash ?? 0) - d.Allocation.Layers.Where(l => l.Layer == LayerKind.DefaulterDefaultFund.Id()).Sum(l => l.Used);
        if (left > 0)
        {
            Book(turn, new CashEntry(
                CashEntryType.Default, _scope.Directory.BusinessDate, FundAccounts.Of(MemberId.Parse(d.Member)), CcpAccounts.Bank, new Money(-left, new Currency(d.Currency, d.Digits)), CauseOf(d, "RETURN.FUND")));
        }

        Stand(turn, d, 4);
        Send(turn, _scope.Book.Of(ActorKinds.Stress, ActorKinds.House), MessageTypes.ReplenishFund, new FundReplenished { Number = d.Number, Defaulter = d.Member });
    }

    private void Return(Default d, SeizedAccount account, Turn turn)
    {
        var date = _scope.Directory.BusinessDate;
        var id = AccountId.Parse(account.Account);
        var index = d.Accounts.IndexOf(account) + 1;
        foreach (var cash in account.Own.Cash.Where(c => c.Minor > 0))
        {
            Book(turn, new CashEntry(CashEntryType.Default, date, id, CcpAccounts.Bank, -MoneyOf(cash), CauseOf(d, $"RETURN.{index}.{cash.Currency}")));
        }

        foreach (var held in account.Own.Assets)
        {
            if (_scope.Directory.Collateral.Find(AssetId.Parse(held.Asset)) is { } asset)
            {
                var cause = CauseOf(d, $"RETURN.{index}.UNITS.{d.Accounts[index - 1].Own.Assets.IndexOf(held) + 1}");
                turn.Send(new BookDefaultAsset(AccountAddress(account.Account), new AssetEntry(date, id, CcpAccounts.Custody, asset.Id, asset.UnitDigits, asset.Currency, -held.Units, cause.Request)));
            }
        }
    }

    /// <summary>In the default's currency, for people; of a default that is not there no currency is known.</summary>
    private string AmountOf(RecordRecoveryRequest request) => RefuseNumber(request.Number) is not null
        ? $"{request.Amount} minor units"
        : MoneyOf(new Cash { Currency = Of(request.Number).Default.Currency, Digits = Of(request.Number).Default.Digits, Minor = request.Amount }).ToString();

    private static string? RefuseRecovery(Default d, RecordRecoveryRequest request) =>
        d.Stage is not (Stage.Allocated or Stage.Closed) ? $"default {d.Number} is {d.Stage}; a recovery follows the allocation of its loss"
        : request.Amount is <= 0 or > CashRequests.MaxAmount ? $"a recovery of {request.Amount} minor units is refused; above 0 and at most {CashRequests.MaxAmount} is allowed"
        : d.Allocation.Unallocated > 0 ? $"default {d.Number} has a loss that no layer bears yet; decide on that first"
        : null;

    /// <summary>Repays the layers in reverse order; within one, who has borne it, in proportion. What is beyond all of them is the defaulter's and is not kept.</summary>
    private void Recover(Default d, RecordRecoveryRequest request, Turn turn)
    {
        var recovery = new Recovery { Amount = request.Amount, By = turn.Principal, Reason = request.Reason, At = turn.BusinessTime };
        IReadOnlyList<Domain.Default.LayerUse> used = [.. d.Allocation.Layers.Where(l => l.Layer is not ("defaulter_margin" or "defaulter_default_fund"))
            .Select(l => new Domain.Default.LayerUse(l.Layer, l.Used, [.. l.ByTier.Select(t => new MemberUse(t.Member, (int)t.Tier, t.Amount))]))];
        foreach (var earlier in d.Recoveries)
        {
            used = Recoveries.Repay(earlier.Amount - earlier.Surplus, used).StillUsed;
        }

        var result = Recoveries.Repay(request.Amount, used);
        foreach (var (repaid, open) in result.Repaid.Zip(used).Reverse().Where(r => r.First.Used > 0))
        {
            var told = new LayerUse { Layer = repaid.Layer, Available = open.Used, Used = repaid.Used };
            told.ByMember.Add(repaid.ByMember().Where(m => m.Value > 0).Select(m => new MemberShare { Member = m.Key, Amount = m.Value }));
            recovery.Repaid.Add(told);
        }

        var left = result.Excess;
        recovery.Surplus = left;
        Emit(turn, EventTypes.RecoveryRecorded, new RecoveryRecorded { Number = d.Number, Recovery = recovery });
        if (request.Amount > left)
        {
            Book(turn, new CashEntry(
                CashEntryType.Default, _scope.Directory.BusinessDate, CcpAccounts.Default, CcpAccounts.Bank, new Money(request.Amount - left, new Currency(d.Currency, d.Digits)),
                CauseOf(d, string.Create(CultureInfo.InvariantCulture, $"RECOVERY.{d.Recoveries.Count}"))));
        }

        foreach (var layer in recovery.Repaid)
        {
            BookLayer(d, layer, string.Create(CultureInfo.InvariantCulture, $".REPAID.{d.Recoveries.Count}"), turn, sign: -1);
        }
    }

    private static Cash CashOf(Money money) => new() { Currency = money.Currency.Code, Digits = money.Currency.Digits, Minor = money.MinorUnits };

    private void Apply(FundTold e)
    {
        var s = Of(e.Number);
        if (s.Fund is null)
        {
            s.Default.Contributions.Add(e.Members.Select(m => new MemberShare { Member = m.Member, Amount = Math.Max(0, Math.Min(m.Cash, m.Required)) }));
        }

        s.Fund = e;
    }

    private void Apply(LossAllocated e)
    {
        var d = Of(e.Number).Default;
        for (var i = 0; i < e.Accounts.Count; i++)
        {
            d.Accounts[i].Loss = e.Accounts[i];
        }

        d.Allocation = e.Allocation;
        RequireWhole(d);
    }

    /// <summary>Loss = the sum of the layers and what is unallocated, always; a default that breaks it goes no further.</summary>
    private static void RequireWhole(Default d)
    {
        var allocation = d.Allocation;
        if (allocation.Layers.Aggregate((Int128)allocation.Unallocated, (sum, l) => sum + l.Used) != allocation.Loss || allocation.Unallocated < 0 || allocation.Layers.Any(l => l.Used < 0 || l.Used > l.Available))
        {
            throw new InvalidOperationException($"default {d.Number}: the layers and {allocation.Unallocated} unallocated do not sum to its loss of {allocation.Loss}");
        }
    }
}
