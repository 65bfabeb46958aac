using System.Numerics;
using System.Security.Cryptography;
using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Defaults;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Margin;
using Google.Protobuf;
using CashEntry = ClearingActors.Domain.Ledger.CashEntry;
using Lot = ClearingActors.Contracts.Defaults.V1.Lot;
using SealedBid = ClearingActors.Contracts.Defaults.V1.SealedBid;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// Auctions of what a default account holds (rulebook 11.3): a lot per product group, sealed bids, the close. A bid stands in the journal as a commitment and under a key, so that
/// nobody reads it before; the close opens all of them on the record.
/// </summary>
internal sealed partial class DefaultActor
{
    private const long MaxBid = CashRequests.MaxAmount;

    /// <summary>Offers what is held, or leaves it to a decision when it was offered often enough.</summary>
    private void Offer(Default d, SeizedAccount account, Turn turn)
    {
        if (account.Rounds < Terms.Rounds)
        {
            OpenAuction(d, account, turn);
        }
        else if (account.Stage != AccountStage.Unsold)
        {
            WaitUnsold(d, account, turn);
        }
    }

    /// <summary>What auctions have left waits for a decision, but not for ever: after a while it is offered again.</summary>
    private void WaitUnsold(Default d, SeizedAccount account, Turn turn)
    {
        var until = checked(turn.BusinessTime + Terms.UnsoldNs);
        Change(turn, d, account, AccountStage.Unsold, portUntil: until, blocked: "no auction has sold it; two operators may tear it up, one may offer it again or hedge it; else it is offered again by itself");
        turn.SetTimer(TimerOf("unsold", d.Number, d.Accounts.IndexOf(account)), until);
    }

    private void OfferAgain(Default d, SeizedAccount account, Turn turn)
    {
        if (account.Asked != account.Told || HasOpenLegs(d, account))
        {
            // Something is under way that leads on; if it leads back here, this comes again.
            WaitUnsold(d, account, turn);
            return;
        }

        OpenAuction(d, account, turn);
    }

    private void Reoffer(Default d, SeizedAccount account, Turn turn) => OpenAuction(d, account, turn);

    private void OpenAuction(Default d, SeizedAccount account, Turn turn)
    {
        var number = d.Auctions.Count + 1;
        var auction = new Auction { Number = number, Account = account.Account, OpenedAt = turn.BusinessTime, ClosesAt = checked(turn.BusinessTime + Terms.AuctionNs) };
        var waiting = new List<string>();
        try
        {
            var calculator = _scope.Calculator(_scope.NewestMarks(), turn.BusinessTime);
            var groups = new SortedDictionary<string, List<(Instrument Instrument, HeldLots Lots)>>(StringComparer.Ordinal);
            foreach (var held in account.Held.Positions)
            {
                if (!TryPrice(held.Instrument, out _, out var why))
                {
                    waiting.Add(why);
                    continue;
                }

                _scope.Directory.TryGetInstrument(InstrumentId.Parse(held.Instrument), out var listed);
                var group = listed.Instrument.Definition.ProductGroup;
                (groups.TryGetValue(group, out var lots) ? lots : groups[group] = []).Add((listed.Instrument, held));
            }

            foreach (var (group, lots) in groups)
            {
                auction.Lots.Add(LotOf(d, account, auction, group, lots, calculator));
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            waiting = [$"no auction, because the margin of the lots cannot be computed: {e.Message}"];
            auction.Lots.Clear();
            turn.SetTimer(TimerOf("retry", d.Number, d.Accounts.IndexOf(account)), checked(turn.BusinessTime + RetryNs));
        }

        var blocked = string.Join("; ", waiting.Take(3));
        if (account.Stage != AccountStage.Held || account.Blocked != blocked)
        {
            Change(turn, d, account, AccountStage.Held, blocked: blocked);
        }

        if (auction.Lots.Count > 0)
        {
            Emit(turn, EventTypes.AuctionOpened, new AuctionOpened { Number = d.Number, Auction = auction });
            turn.SetTimer(TimerOf("auction", d.Number, number), auction.ClosesAt);
        }
    }

    private Lot LotOf(Default d, SeizedAccount account, Auction auction, string group, List<(Instrument Instrument, HeldLots Lots)> held, MarginCalculator calculator)
    {
        var fund = new Currency(d.Currency, d.Digits);
        var margin = calculator.RequirementOf(fund, CcpAccounts.Member, [.. held.Select(h => new MarginHolding(h.Instrument, ClientId.None, h.Lots.Lots))], _scope.Liquidity).TotalMinor;
        var divisible = Terms.Format != LotFormat.SingleUnit && held.All(h => h.Lots.Lots % Terms.Units == 0);
        var lot = new Lot
        {
            Id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"D{d.Number}.{auction.Number}.{auction.Lots.Count + 1}"),
            Account = account.Account,
            DefaultAccount = account.DefaultAccount,
            ProductGroup = group,
            Format = divisible ? Terms.Format : LotFormat.SingleUnit,
            Units = divisible ? Terms.Units : 1,
            Margin = margin,
            Reserve = -(long)BigInteger.Min(FundTerms.Multiple(margin, Terms.ReserveMultiple), MaxBid),
        };
        var value = 0L;
        foreach (var (instrument, lots) in held)
        {
            lot.Positions.Add(lots);
            var greeks = LotGreeks.Of(calculator.Vectors.RiskOf(instrument));
            lot.Greeks.Add(new Greeks { Instrument = instrument.Id.Value, Delta = greeks.Delta * lots.Lots, Gamma = greeks.Gamma * lots.Lots, Vega = greeks.Vega * lots.Lots, Theta = greeks.Theta * lots.Lots });
            if (instrument.Valuation.Style == ValuationStyle.Premium && instrument.Currency == fund && _scope.Directory.TryGetInstrument(instrument.Id, out var listed))
            {
                value = checked(value + instrument.AmountOf((Int128)lots.Lots * listed.LastSettlementUnits).RoundHalfEven(fund).MinorUnits);
            }
        }

        lot.OptionValue = value;
        return lot;
    }

    private (Auction Auction, Lot Lot)? FindLot(Default d, string lot) =>
        d.Auctions.SelectMany(a => a.Lots.Select(l => ((Auction Auction, Lot Lot)?)(a, l))).FirstOrDefault(f => f!.Value.Lot.Id == lot);

    private void PlaceBid(PlaceBidRequest request, DefaultCommand command, Turn turn)
    {
        // What it bids is not told, not even where it is refused.
        var what = $"bid of member {request.Member} for lot {request.Lot}";
        var refused = RefuseNumber(request.Number) ?? RefuseBidder(Of(request.Number).Default, request.Member, request.Lot, turn) ?? RefuseBid(Of(request.Number).Default, request);
        if (refused is not null)
        {
            Refuse(turn, command, request.Number, what, refused);
            return;
        }

        var s = Of(request.Number);
        var sequence = NextSequence(s);
        var place = BidSealer.PlaceOf(request.Number, request.Lot, request.Member, sequence);
        var nonce = _scope.Sealer!.NonceOf(place);
        var commitment = CommitmentOf(s.Default, request.Lot, request.Member, sequence, request.Amount, request.Units, nonce);
        var content = new BidContent { Account = request.Account, Amount = request.Amount, Units = request.Units, Nonce = ByteString.CopyFrom(nonce) };
        Emit(turn, EventTypes.BidSealed, new BidSealed
        {
            Number = request.Number,
            Bid = new SealedBid { Sequence = sequence, Lot = request.Lot, Member = request.Member, At = turn.BusinessTime, Commitment = ByteString.CopyFrom(commitment), Sealed = _scope.Sealer.Seal(place, content) },
        });
        turn.Reply(command.ReplyTo, new PlaceBidResponse { Sequence = sequence, Commitment = ByteString.CopyFrom(commitment) });
    }

    private void WithdrawBid(WithdrawBidRequest request, DefaultCommand command, Turn turn)
    {
        var refused = RefuseNumber(request.Number)
            ?? RefuseBidder(Of(request.Number).Default, request.Member, request.Lot, turn)
            ?? (Live(request.Lot).Any(b => b.Member == request.Member) ? null : $"member {request.Member} has no bid for lot {request.Lot}");
        if (refused is not null)
        {
            Refuse(turn, command, request.Number, $"withdraw the bid of member {request.Member} for lot {request.Lot}", refused);
            return;
        }

        var sequence = NextSequence(Of(request.Number));
        Emit(turn, EventTypes.BidSealed, new BidSealed { Number = request.Number, Bid = new SealedBid { Sequence = sequence, Lot = request.Lot, Member = request.Member, At = turn.BusinessTime, Withdrawn = true } });
        turn.Reply(command.ReplyTo, new PlaceBidResponse { Sequence = sequence });
    }

    private string? RefuseBidder(Default d, string member, string lot, Turn turn) =>
        FindLot(d, lot) is not { } found ? $"lot {lot} is none of default {d.Number}"
        : found.Auction.Closed || turn.BusinessTime >= found.Auction.ClosesAt ? $"the auction of lot {lot} has closed; the bid is late"
        : member == d.Member ? $"member {member} is the defaulter and does not bid"
        : !MemberId.TryParse(member, out var id) || id == CcpAccounts.Member || HasDefaulted(member) || _scope.Directory.MemberStatusOf(id).Standing != MemberStanding.Active ? $"member {member} is not an active member"
        : null;

    private string? RefuseBid(Default d, PlaceBidRequest request)
    {
        var lot = FindLot(d, request.Lot)!.Value.Lot;
        return _scope.Sealer is null ? "the node has no auction key and cannot seal bids; its auctionKeyFile must be set"
            : request.Currency != d.Currency ? $"the bid is in {request.Currency}; bids are in {d.Currency}"
            : request.Units < 1 || request.Units > lot.Units ? $"the bid is for {request.Units} units; lot {lot.Id} has {lot.Units}"
            : request.Amount is < -MaxBid or > MaxBid || request.Amount > MaxBid / lot.Units || request.Amount < -MaxBid / lot.Units ? $"the amount is beyond {MaxBid / lot.Units} minor units"
            : !AccountId.TryParse(request.Account, out var account) || account.Value.StartsWith("CCP.", StringComparison.Ordinal) || FundAccounts.Is(account) ? $"\"{request.Account}\" is no account that takes positions"
            : null;
    }

    private static long NextSequence(DefaultSnapshot s) => s.BidCount + 1;

    private static byte[] CommitmentOf(Default d, string lot, string member, long sequence, long amount, long units, ReadOnlySpan<byte> nonce) =>
        BidCommitment.Of(d.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), lot, MemberId.Parse(member), sequence, amount, (int)units, nonce);

    /// <summary>The newest of each member, unless it is a withdrawal.</summary>
    private IEnumerable<SealedBid> Live(string lot) => BidsOf(lot).GroupBy(b => b.Member).Select(b => b.Last()).Where(b => !b.Withdrawn);

    private IReadOnlyList<SealedBid> BidsOf(string lot) => _bids.TryGetValue(lot, out var bids) ? bids : [];

    /// <summary>Opens every bid on the record, clears each lot, and hands the winners what they have won.</summary>
    private void CloseAuction(Default d, int number, Turn turn)
    {
        var auction = d.Auctions[number - 1];
        if (auction.Closed)
        {
            return;
        }

        var closed = new AuctionClosed { Number = d.Number, Auction = number };
        var cleared = new List<(Lot Lot, AuctionResult Result)>();
        try
        {
            foreach (var lot in auction.Lots)
            {
                var live = Live(lot.Id).Select(b => b.Sequence).ToHashSet();
                OpenedBid[] opened = [.. BidsOf(lot.Id).Select(b => Open(d, b, live.Contains(b.Sequence)))];
                closed.Bids.Add(opened);
                cleared.Add((lot, Clear(d, lot, [.. opened.Where(b => !b.Dead)])));
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or InvalidProtocolBufferException or OverflowException)
        {
            closed.Failure = $"the bids cannot be opened: {e.Message}";
            closed.Bids.Clear();
            cleared.Clear();
        }

        foreach (var lot in auction.Lots)
        {
            var result = cleared.FirstOrDefault(c => c.Lot == lot).Result;
            var told = new Lot { Id = lot.Id, UnsoldUnits = result?.UnsoldUnits ?? lot.Units };
            foreach (var winner in result?.Winners ?? [])
            {
                told.Awards.Add(new Award { Member = winner.Member.Value, Account = closed.Bids.First(b => b.Lot == lot.Id && !b.Dead && b.Member == winner.Member.Value).Content.Account, Units = winner.Units, Amount = winner.Amount });
            }

            closed.Lots.Add(told);
        }

        Emit(turn, EventTypes.AuctionClosed, closed);
        Award(d, auction, cleared, turn);
    }

    /// <exception cref="CryptographicException">It was sealed with another key, or what it opens to is not what it committed to.</exception>
    private OpenedBid Open(Default d, SealedBid bid, bool live)
    {
        var opened = new OpenedBid { Sequence = bid.Sequence, Lot = bid.Lot, Member = bid.Member, At = bid.At, Dead = !live };
        if (bid.Withdrawn)
        {
            return opened;
        }

        var sealer = _scope.Sealer ?? throw new CryptographicException("the node has no auction key");
        var content = sealer.Open(BidSealer.PlaceOf(d.Number, bid.Lot, bid.Member, bid.Sequence), bid.Sealed);
        if (!bid.Commitment.Span.SequenceEqual(CommitmentOf(d, bid.Lot, bid.Member, bid.Sequence, content.Amount, content.Units, content.Nonce.Span)))
        {
            throw new CryptographicException($"bid {bid.Sequence} for lot {bid.Lot} opens to something else than it committed to");
        }

        opened.Content = content;
        opened.Dead |= HasDefaulted(bid.Member) || _scope.Directory.MemberStatusOf(MemberId.Parse(bid.Member)).Standing != MemberStanding.Active;
        return opened;
    }

    private AuctionResult Clear(Default d, Lot lot, IReadOnlyList<OpenedBid> bids)
    {
        var pure = PureLot(lot);
        var reserve = -(-lot.Reserve / lot.Units);
        Domain.Default.Auctions.SealedBid[] pureBids = [.. bids.Select(b => new Domain.Default.Auctions.SealedBid(MemberId.Parse(b.Member), lot.Id, b.Content.Amount, (int)b.Content.Units, b.Sequence))];
        var result = AuctionClearing.Clear(pure, pureBids, reserve);
        JuniorisationTerms.TryCreate((int)(Terms.Near * 10_000m), (int)Math.Min(JuniorisationTerms.MaxBps, Terms.Fair * 10_000m), out var cutOffs, out _);
        var tiers = Juniorisation.Tiers(pure, result, reserve, pureBids, Duties(d, pure), cutOffs!);
        foreach (var bid in bids)
        {
            bid.Tier = (uint)tiers.GetValueOrDefault(MemberId.Parse(bid.Member), BidTier.WinnerOrNear);
        }

        return result;
    }

    /// <summary>Who must bid: the survivors that are named, or all, for their part of the units by what they contribute to the fund.</summary>
    private IReadOnlyList<BidDuty> Duties(Default d, Domain.Default.Auctions.Lot lot) =>
        BidDuties.Of(lot, [.. Survivors(d).Where(m => Terms.BidDuty is null || Terms.BidDuty.Contains(m.Member)).Select(m => new MemberAmount(MemberId.Parse(m.Member), m.Amount))]);

    /// <summary>Who had contributed to the fund when the default was declared, and is in no default itself.</summary>
    private IEnumerable<MemberShare> Survivors(Default d) =>
        d.Contributions.Where(m => m.Member != d.Member && !HasDefaulted(m.Member) && _scope.Directory.MemberStatusOf(MemberId.Parse(m.Member)).Standing is MemberStanding.Active or MemberStanding.Suspended);

    /// <summary>From the decision on, before the registry's word of it has come.</summary>
    private bool HasDefaulted(string member) => _defaults.Exists(o => o.Default.Member == member && o.Default.DeclaredAt > 0);

    private static Domain.Default.Auctions.Lot PureLot(Lot lot) =>
        Domain.Default.Auctions.Lot.TryCreate(
            lot.Id, lot.ProductGroup, (AuctionFormat)(int)lot.Format, (int)lot.Units, lot.Margin, [.. lot.Positions.Select(p => new LotPosition(InstrumentId.Parse(p.Instrument), p.Lots))], out var pure, out var error)
            ? pure!
            : throw new ArgumentException(error!.ToString(), nameof(lot));

    /// <summary>The lots move at the last settlement price; the bid is a cash amount between the winner and the default account, due when they have.</summary>
    private void Award(Default d, Auction auction, List<(Lot Lot, AuctionResult Result)> cleared, Turn turn)
    {
        var account = Find(d, auction.Account)!;
        var legs = new LegsOrdered { Number = d.Number };
        var waiting = new List<string>();
        foreach (var (lot, result) in cleared)
        {
            foreach (var (winner, award) in result.Winners.Zip(lot.Awards))
            {
                foreach (var position in winner.Positions)
                {
                    if (TryPrice(position.Instrument.Value, out var price, out var why))
                    {
                        var held = new HeldLots { Instrument = position.Instrument.Value, Lots = position.Quantity };
                        var (seller, buyer) = position.Quantity > 0 ? (account.DefaultAccount, award.Account) : (award.Account, account.DefaultAccount);
                        legs.Legs.Add(LegOf(d, legs.Legs, account, Leg.Types.Purpose.Award, seller, buyer, held, price, lot.Id));
                    }
                    else
                    {
                        waiting.Add(why);
                    }
                }
            }
        }

        Order(d, account, legs, waiting, turn);
        if (legs.Legs.Count == 0 && d.Stage == Stage.ClosingOut)
        {
            AskAgain(d, account, turn);
        }
    }

    /// <summary>
    /// When all trades of an award have ended, its bid is paid, for the lots that have moved: a trade may still be rejected, because the winner's account was closed or its member
    /// suspended meanwhile, or a cycle brought another price. The default account books first, so that what it is asked afterwards has the bid in it.
    /// </summary>
    private void PayAward(Default d, SeizedAccount account, Leg ended, Turn turn)
    {
        var winner = ended.Seller == account.DefaultAccount ? ended.Buyer : ended.Seller;
        var legs = d.Legs.Where(l => l.Purpose == Leg.Types.Purpose.Award && l.Lot == ended.Lot && (l.Seller == winner || l.Buyer == winner)).ToList();
        if (legs.Any(IsOpen))
        {
            return;
        }

        var lot = FindLot(d, ended.Lot)!.Value.Lot;
        var award = lot.Awards.First(a => a.Account == winner);
        var won = lot.Positions.Aggregate(BigInteger.Zero, (sum, p) => sum + Math.Abs(p.Lots)) / lot.Units * award.Units;
        var moved = legs.Where(l => l.Outcome == 1).Aggregate(BigInteger.Zero, (sum, l) => sum + l.Lots);
        var amount = Math.Sign(award.Amount) * (long)LargestRemainder.Share(Math.Abs(award.Amount), [moved, won - moved])[0];
        if (moved != won)
        {
            var what = $"of {won} lots of {lot.Id} that member {award.Member} has won, {moved} have moved to account {winner}; it is paid for these, and the rest is offered again";
            Emit(turn, EventTypes.DefaultNoted, new DefaultNoted { Number = d.Number, Note = new Note { What = what, At = turn.BusinessTime } });
        }

        if (amount != 0)
        {
            turn.Send(new BookDefaultEntry(AccountAddress(account.DefaultAccount), new CashEntry(
                CashEntryType.Default, _scope.Directory.BusinessDate, AccountId.Parse(account.DefaultAccount), AccountId.Parse(winner), new Money(amount, new Currency(d.Currency, d.Digits)),
                CauseOf(d, $"BID.{lot.Id}.{lot.Awards.IndexOf(award)}"))));
        }
    }

    private void TellAuctions(string member, DefaultQuery query, Turn turn)
    {
        try
        {
            turn.Reply(query.ReplyTo, Auctions(member));
        }
        catch (CryptographicException e)
        {
            turn.Reply(query.ReplyTo, new Refused($"the bids of member {member} cannot be opened, because the node's auction key is not the one that sealed them; restore that key before the auction closes: {e.Message}"));
        }
    }

    private GetAuctionsResponse Auctions(string member)
    {
        var response = new GetAuctionsResponse();
        if (_terms.Length > 0)
        {
            (response.Currency, response.Digits) = (Terms.Currency.Code, Terms.Currency.Digits);
        }

        foreach (var s in _defaults.Where(d => d.Default.Stage is Stage.ClosingOut or Stage.Allocated))
        {
            foreach (var auction in s.Default.Auctions)
            {
                var view = new AuctionView { Number = s.Default.Number, Auction = auction.Clone() };
                view.Auction.Bids.Clear();
                view.Bids.Add(auction.Closed
                    ? auction.Bids.Where(b => b.Member == member && !b.Dead).Select(b => OwnBidOf(b.Lot, b.Sequence, b.Content))
                    : auction.Lots.SelectMany(l => Live(l.Id)).Where(b => b.Member == member && _scope.Sealer is not null)
                        .Select(b => OwnBidOf(b.Lot, b.Sequence, _scope.Sealer!.Open(BidSealer.PlaceOf(s.Default.Number, b.Lot, b.Member, b.Sequence), b.Sealed))));
                response.Auctions.Add(view);
            }

            foreach (var account in s.Default.Accounts.Where(a => a.Stage == AccountStage.Porting && s.Default.Member != member))
            {
                response.Portable.Add(new PortableAccount
                {
                    Number = s.Default.Number,
                    Account = account.Account,
                    Segregation = account.Segregation,
                    PortUntil = account.PortUntil,
                    Holdings = account.Own?.Clone(),
                    Offered = account.Offers.Contains(member),
                });
            }
        }

        return response;
    }

    private static OwnBid OwnBidOf(string lot, long sequence, BidContent content) => new() { Lot = lot, Sequence = sequence, Amount = content.Amount, Units = content.Units, Account = content.Account };

    private void Apply(AuctionOpened e)
    {
        Of(e.Number).Default.Auctions.Add(e.Auction);
        Of(e.Number, e.Auction.Account).Rounds++;
    }

    private void Apply(AuctionClosed e)
    {
        var s = Of(e.Number);
        var auction = s.Default.Auctions[(int)e.Auction - 1];
        auction.Closed = true;
        auction.Failure = e.Failure;
        auction.Bids.Add(e.Bids);
        foreach (var told in e.Lots)
        {
            var lot = auction.Lots.First(l => l.Id == told.Id);
            lot.Awards.Add(told.Awards);
            lot.UnsoldUnits = told.UnsoldUnits;
            _bids.Remove(told.Id);
        }
    }

    private void Apply(BidSealed e)
    {
        Of(e.Number).BidCount = e.Bid.Sequence;
        Keep(e.Bid);
    }

    private void Keep(SealedBid bid) => (_bids.TryGetValue(bid.Lot, out var bids) ? bids : _bids[bid.Lot] = []).Add(bid);
}
