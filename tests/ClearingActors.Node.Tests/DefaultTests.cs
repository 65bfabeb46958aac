using System.Buffers.Binary;
using System.Globalization;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.Parties;
using ClearingActors.Grpc;
using Google.Protobuf;
using static ClearingActors.Node.Tests.DefaultHouse;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Node.Tests;

/// <summary>Rulebook 11 through the doors of the node: who may decide, who may bid, and that nobody reads a bid before the close.</summary>
public sealed class DefaultTests : IAsyncLifetime
{
    // Minor units, negative: the bidder is paid. The last one is too much and loses.
    private const long OfAlpha = -123_456_789;
    private const long OfCharlie = -98_765_432_123;
    private const long OfDelta = -135_792_468;

    private DefaultHouse _house = null!;

    public async ValueTask InitializeAsync() => _house = await DefaultHouse.StartAsync();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task a_default_goes_from_its_trigger_to_closed_and_no_bid_is_read_before_the_close()
    {
        (await _house.ManageAsync(House.Operator, new TriggerDefaultRequest { Member = "BRAVO", Reason = "it cannot pay" })).Stage.ShouldBe(Stage.Triggered);
        (await _house.DecideAsync(House.Operator, Action.Declare)).Stage.ShouldBe(Stage.Triggered);
        (await _house.DecideAsync(Operator2, Action.Declare)).Decisions.Single().ProposedBy.ShouldBe("operator:ops1");
        await _house.UntilAsync(d => d.Auctions.Count == 1, "the auction is open");

        // The client's account goes to CHARLIE with its collateral.
        (await _house.AuctionsAsync(Charlie, "CHARLIE")).Portable.Select(p => (p.Account, p.Offered)).ShouldBe([("B-NET", false)]);
        await _house.AskAsync<OfferPortingRequest, OfferPortingResponse>(Charlie, new() { Member = "CHARLIE", Number = 1, Account = "B-NET" });
        (await _house.AuctionsAsync(Charlie, "CHARLIE")).Portable.ShouldHaveSingleItem().Offered.ShouldBeTrue();
        await _house.ManageAsync(House.Operator, new PortAccountRequest { Number = 1, Account = "B-NET", Member = "CHARLIE", Reason = "the client's wish" });
        await _house.UntilAsync(d => d.Accounts.Single(a => a.Account == "B-NET").Stage == AccountStage.Ported, "B-NET is ported");
        (await _house.PositionAsync("B-NET")).ShouldBe(10);

        using var watch = _house.Node.As(House.Alpha).ServerStreaming(
            GrpcMethod.Of<GetAuctionsRequest, GetAuctionsResponse>(DefaultsReflection.Descriptor.Services[0], "WatchAuctions"), new GetAuctionsRequest { Member = "ALPHA" });
        var told = await NextAsync(watch, a => a.Auctions.Count == 1);
        var lot = told.Auctions[0].Auction.Lots.ShouldHaveSingleItem();
        (lot.Id, lot.Positions.Single().Lots, lot.Units, told.Currency).ShouldBe((FirstLot, 1_000, 1, "USD"));
        lot.Greeks.Single().Delta.ShouldBe(50_000, 1);

        // DELTA bids, withdraws and bids again; CHARLIE replaces its bid.
        var placed = await _house.BidAsync(House.Alpha, Bid("ALPHA", OfAlpha));
        await _house.BidAsync(Charlie, Bid("CHARLIE", -1_000_000));
        await _house.BidAsync(Charlie, Bid("CHARLIE", OfCharlie));
        await _house.BidAsync(Delta, Bid("DELTA", -1_000_001));
        await _house.AskAsync<WithdrawBidRequest, PlaceBidResponse>(Delta, new() { Member = "DELTA", Number = 1, Lot = FirstLot });
        (await _house.AuctionsAsync(Delta, "DELTA")).Auctions.Single().Bids.ShouldBeEmpty();
        await _house.BidAsync(Delta, Bid("DELTA", OfDelta));
        (await _house.AuctionsAsync(Charlie, "CHARLIE")).Auctions.Single().Bids.Select(b => (b.Amount, b.Account)).ShouldBe([(OfCharlie, "C-HOUSE")]);
        (await NextAsync(watch, a => a.Auctions[0].Bids.Count == 1)).Auctions[0].Bids.Single().Amount.ShouldBe(OfAlpha);

        // The commitment is in the journal, so the bytes are looked for in the right place.
        var journal = await _house.JournalBytesAsync();
        journal.AsSpan().IndexOf(placed.Commitment.Span).ShouldBePositive();
        var operators = await _house.AskAsync<GetDefaultsRequest, GetDefaultsResponse>(House.Operator, new());
        var auditors = await _house.AskAsync<GetDefaultsRequest, GetDefaultsResponse>(House.Auditor, new());
        foreach (var (member, token, others) in ((string, string, long[])[])[("ALPHA", House.Alpha, [OfCharlie, OfDelta]), ("CHARLIE", Charlie, [OfAlpha, OfDelta]), ("BRAVO", House.Bravo, [OfAlpha, OfCharlie, OfDelta])])
        {
            var seen = await _house.AuctionsAsync(token, member);
            foreach (var amount in others)
            {
                ShouldNotHold(seen.ToByteArray(), amount, member);
            }
        }

        foreach (var amount in (long[])[OfAlpha, OfCharlie, OfDelta])
        {
            ShouldNotHold(journal, amount, "the journal");
            ShouldNotHold(operators.ToByteArray(), amount, "operators");
            ShouldNotHold(auditors.ToByteArray(), amount, "auditors");
        }

        await _house.AdvanceAsync(21);
        var d = await _house.UntilAsync(x => x.Accounts.Single(a => a.Account == "B-HOUSE").Stage == AccountStage.Settling, "the lot has moved");
        d.Auctions.Single().Lots.Single().Awards.Select(a => (a.Member, a.Amount, a.Units)).ShouldBe([("ALPHA", OfAlpha, 1)]);
        d.Auctions.Single().Bids.Select(b => (b.Member, b.Dead)).ShouldBe([("ALPHA", false), ("CHARLIE", true), ("CHARLIE", false), ("DELTA", true), ("DELTA", true), ("DELTA", false)]);
        (await NextAsync(watch, a => a.Auctions[0].Auction.Closed)).Auctions[0].Auction.Lots.Single().Awards.Single().Member.ShouldBe("ALPHA");
        IndexOf(await _house.JournalBytesAsync(), OfAlpha).ShouldBePositive("after the close every bid is on the record");
        var mine = d.Auctions.Single().Bids[0];
        BidCommitment.Verify(placed.Commitment.Span, "1", FirstLot, MemberId.Parse("ALPHA"), placed.Sequence, mine.Content.Amount, 1, mine.Content.Nonce.Span).ShouldBeTrue();
        (await _house.PositionAsync("A-HOUSE")).ShouldBe(-10);

        await _house.SettleAsync();
        d = await _house.UntilAsync(x => x.Stage == Stage.Allocated, "the loss is allocated");
        (d.Allocation.Loss, d.Allocation.Unallocated).ShouldBe((-OfAlpha, 0));
        d.Allocation.Layers.Where(l => l.Used > 0).Select(l => (l.Layer, l.Used)).ShouldBe([("defaulter_margin", -OfAlpha)]);
        await _house.ManageAsync(House.Operator, new CloseDefaultRequest { Number = 1, Reason = "done" });
        await _house.UntilAsync(x => x.Stage == Stage.Closed, "the default is closed");
        await Patience.UntilAsync(async () => await _house.CashAsync("B-HOUSE") == 0, "what is left has gone back");
        var check = await _house.Node.As(House.Operator).OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new());
        (check.MatchedBook, check.CashConserved).ShouldBe((true, true));
    }

    [Fact]
    public async Task what_may_not_be_is_refused_with_a_reason_changes_nothing_and_is_on_the_record()
    {
        await _house.ShouldRefuseAsync(House.Operator, new TriggerDefaultRequest { Member = "NOBODY", Reason = "x" }, "member NOBODY is not defined");
        await _house.ManageAsync(House.Operator, new TriggerDefaultRequest { Member = "BRAVO", Reason = "it cannot pay" });
        await _house.ShouldRefuseAsync(Operator2, new TriggerDefaultRequest { Member = "BRAVO", Reason = "again" }, "member BRAVO is in default 1 already");
        await _house.DecideAsync(House.Operator, Action.Declare);
        await _house.ShouldRefuseAsync(House.Operator, new DecideDefaultRequest { Number = 1, Action = Action.Declare, Reason = "me again" }, "another operator must approve");
        await _house.ShouldRefuseAsync(Operator2, new DecideDefaultRequest { Number = 1, Action = Action.Declare }, "a reason of 1 to 500 characters is needed");
        (await _house.GetAsync()).Stage.ShouldBe(Stage.Triggered);
        await _house.DecideAsync(Operator2, Action.Declare);
        await _house.UntilAsync(d => d.Auctions.Count == 1, "the auction is open");
        await _house.ShouldRefuseAsync(Operator2, new DecideDefaultRequest { Number = 1, Action = Action.Declare, Reason = "once more" }, "only what is triggered can be declared");

        // Porting to who has not offered, who is the defaulter, and who was suspended after its offer.
        await _house.ShouldRefuseAsync(House.Operator, new PortAccountRequest { Number = 1, Account = "B-NET", Member = "DELTA", Reason = "x" }, "member DELTA has not offered");
        await ShouldNotPort(House.Bravo, "BRAVO", "member BRAVO cannot take an account over");
        await _house.AskAsync<OfferPortingRequest, OfferPortingResponse>(Delta, new() { Member = "DELTA", Number = 1, Account = "B-NET" });
        var op = _house.Node.As(House.Operator);
        await op.OperateAsync<SuspendMemberRequest, SuspendMemberResponse>(new() { Member = "DELTA" });
        await _house.ShouldRefuseAsync(House.Operator, new PortAccountRequest { Number = 1, Account = "B-NET", Member = "DELTA", Reason = "x" }, "member DELTA cannot take an account over");
        await ShouldNotBid(Delta, Bid("DELTA", -1), "member DELTA is not an active member");
        await op.OperateAsync<ReinstateMemberRequest, ReinstateMemberResponse>(new() { Member = "DELTA" });

        var good = Bid("ALPHA", -1_000_000);
        await ShouldNotBid(House.Alpha, With(good, b => b.Lot = "D1.9.9"), "lot D1.9.9 is none of default 1");
        await ShouldNotBid(House.Alpha, With(good, b => b.Currency = "EUR"), "the bid is in EUR; bids are in USD");
        await ShouldNotBid(House.Alpha, With(good, b => b.Units = 0), "the bid is for 0 units");
        await ShouldNotBid(House.Alpha, With(good, b => b.Units = -1), "the bid is for -1 units");
        await ShouldNotBid(House.Alpha, With(good, b => b.Amount = long.MinValue), "the amount is beyond");
        await ShouldNotBid(House.Alpha, With(good, b => b.Account = "C-HOUSE"), "account C-HOUSE is none of member ALPHA's");
        await ShouldNotBid(House.Alpha, With(good, b => b.Account = "NOWHERE"), "account NOWHERE is none of member ALPHA's");
        await ShouldNotBid(House.Alpha, With(good, b => b.Account = "A-GROSS"), "a gross omnibus account");
        await ShouldNotBid(Charlie, With(Bid("CHARLIE", -1), b => b.Account = "C-OLD"), "account C-OLD is closed");
        await ShouldNotBid(House.Bravo, Bid("BRAVO", -1), "member BRAVO is the defaulter");
        await ShouldNotBid(Charlie, good, "member:CHARLIE may not act for member ALPHA", StatusCode.PermissionDenied);
        await _house.ShouldRefuseAsync<WithdrawBidRequest, PlaceBidResponse>(
            House.Alpha, new() { Member = "ALPHA", Number = 1, Lot = FirstLot }, StatusCode.FailedPrecondition, "member ALPHA has no bid for lot");
        await _house.ShouldRefuseAsync<WithdrawBidRequest, PlaceBidResponse>(
            Charlie, new() { Member = "ALPHA", Number = 1, Lot = FirstLot }, StatusCode.PermissionDenied, "may not act for member ALPHA");
        var d = await _house.GetAsync();
        d.Accounts.Single(a => a.Account == "B-NET").Stage.ShouldBe(AccountStage.Porting);
        (await _house.AuctionsAsync(House.Alpha, "ALPHA")).Auctions.Single().Bids.ShouldBeEmpty();

        // Too late: neither a bid nor a withdrawal.
        await _house.BidAsync(House.Alpha, good);
        await _house.AdvanceAsync(21);
        await ShouldNotBid(Charlie, Bid("CHARLIE", 5), "the auction of lot D1.1.1 has closed; the bid is late");
        d = await _house.UntilAsync(x => x.Auctions[0].Closed, "the auction has closed");
        d.Auctions[0].Bids.Select(b => b.Member).ShouldBe(["ALPHA"]);
        d.Refusals.Select(r => r.By).ShouldBe(
        [
            "operator:ops2", "operator:ops1", "operator:ops2", "operator:ops2", "operator:ops1", "member:BRAVO", "operator:ops1", "member:DELTA",
            "member:ALPHA", "member:ALPHA", "member:ALPHA", "member:ALPHA", "member:ALPHA", "member:ALPHA", "member:ALPHA", "member:ALPHA",
            "member:CHARLIE", "member:BRAVO", "member:CHARLIE", "member:ALPHA", "member:CHARLIE", "member:CHARLIE",
        ]);
        d.Refusals.ShouldAllBe(r => r.Why.Length > 0 && r.What.Length > 0 && r.At >= House.Noon);
        d.Refusals.ShouldAllBe(r => !r.What.Contains("1000000", StringComparison.Ordinal), "what a bid offers is not told, not even where it is refused");
    }

    [Fact]
    public async Task operators_and_auditors_neither_bid_nor_read_bids_and_members_decide_nothing()
    {
        await _house.DeclareAsync();
        foreach (var token in (string[])[House.Operator, House.Auditor, House.Venue, OperatorAndMember])
        {
            await _house.ShouldRefuseAsync<GetAuctionsRequest, GetAuctionsResponse>(token, new() { Member = "DELTA" }, StatusCode.PermissionDenied, "");
            await _house.ShouldRefuseAsync<PlaceBidRequest, PlaceBidResponse>(token, Bid("DELTA", -1), StatusCode.PermissionDenied, "");
            await _house.ShouldRefuseAsync<OfferPortingRequest, OfferPortingResponse>(token, new() { Member = "DELTA", Number = 1, Account = "B-NET" }, StatusCode.PermissionDenied, "");
        }

        await _house.ShouldRefuseAsync<GetAuctionsRequest, GetAuctionsResponse>(Charlie, new() { Member = "DELTA" }, StatusCode.PermissionDenied, "may not act for member DELTA");
        foreach (var token in (string[])[House.Auditor, Delta])
        {
            await _house.ShouldRefuseAsync<SetDefaultTermsRequest, SetDefaultTermsResponse>(token, new() { Terms = Terms }, StatusCode.PermissionDenied, "role operator");
            await _house.ShouldRefuseAsync<TriggerDefaultRequest, DefaultResponse>(token, new() { Member = "ALPHA", Reason = "x" }, StatusCode.PermissionDenied, "role operator");
            await _house.ShouldRefuseAsync<DecideDefaultRequest, DefaultResponse>(token, new() { Number = 1, Action = Action.TearUp, Reason = "x" }, StatusCode.PermissionDenied, "role operator");
            await _house.ShouldRefuseAsync<CloseDefaultRequest, DefaultResponse>(token, new() { Number = 1, Reason = "x" }, StatusCode.PermissionDenied, "role operator");
        }

        await _house.ShouldRefuseAsync<GetDefaultsRequest, GetDefaultsResponse>(Delta, new(), StatusCode.PermissionDenied, "operator");
        (await _house.GetAsync()).Stage.ShouldBe(Stage.ClosingOut);
    }

    [Fact]
    public async Task a_field_that_cannot_be_is_refused_before_it_reaches_the_journal()
    {
        await _house.DeclareAsync();
        await ShouldBeBad(new HedgeRequest { Number = 1, Account = "B-HOUSE", Instrument = "E S", Lots = 1, Price = "1", Counterparty = "A-HOUSE", Reason = "x" }, "instrument is \"E S\"");
        await ShouldBeBad(new HedgeRequest { Number = 1, Account = "B-HOUSE", Instrument = "ES", Lots = 1, Price = new string('1', 65), Counterparty = "A-HOUSE", Reason = "x" }, "price is");
        await ShouldBeBad(new CloseOutAccountRequest { Number = 1, Account = new string('A', 65), Reason = "x" }, "account is");
        await ShouldBeBad(new ChargeCostRequest { Number = 1, Account = "B-HOUSE", Amount = new Cash { Currency = "USD", Digits = 3, Minor = 1 }, Reason = "x" }, "amount.digits is \"3\": USD has 2");
        await ShouldBeBad(new ChargeCostRequest { Number = 1, Account = "B-HOUSE", Amount = new Cash { Currency = "usd", Digits = 2, Minor = 1 }, Reason = "x" }, "amount.currency is \"usd\"");
        await ShouldBeBad(new SellAssetRequest { Number = 1, Account = "B-HOUSE", Asset = "BOND", Units = 1, Reason = "x" }, "proceeds is \"missing\"");
        (await _house.GetAsync()).Refusals.ShouldBeEmpty();
    }

    [Fact]
    public async Task a_default_is_not_closed_while_a_loss_is_borne_by_nobody_and_a_write_off_needs_two()
    {
        var d = await BearLossAsync();
        (d.Allocation.Loss, d.Allocation.Unallocated).ShouldBe((150_000_000_01, 50_000_000_01));

        await _house.ShouldRefuseAsync(House.Operator, new CloseDefaultRequest { Number = 1, Reason = "done" }, "default 1 is not closed: 5000000001 minor units");
        await _house.DecideAsync(Operator2, Action.WriteOff);
        await _house.ShouldRefuseAsync(Operator2, new DecideDefaultRequest { Number = 1, Action = Action.WriteOff, Reason = "x" }, "another operator must approve");
        (await _house.GetAsync()).Allocation.Unallocated.ShouldBe(50_000_000_01);
        d = await _house.DecideAsync(House.Operator, Action.WriteOff);
        (d.Allocation.Unallocated, d.WindDown).ShouldBe((0, true));
        (await _house.ManageAsync(House.Operator, new CloseDefaultRequest { Number = 1, Reason = "done" })).Stage.ShouldBe(Stage.Closed);
        var recovered = await _house.ManageAsync(House.Operator, new RecordRecoveryRequest { Number = 1, Amount = 60_000_000_00, Reason = "the estate" });
        recovered.Recoveries.Single().ShouldSatisfyAllConditions(r => r.Repaid.Select(l => (l.Layer, l.Used)).ShouldBe([("ccp_remaining_equity", 50_000_000_01)]), r => r.Surplus.ShouldBe(9_999_999_99));
    }

    [Fact]
    public async Task nobody_approves_what_was_proposed_behind_their_back()
    {
        await BearLossAsync();
        var first = (await _house.ManageAsync(House.Operator, Propose("a first reason"))).Proposals.ShouldHaveSingleItem();

        // Both looked at an empty list and pressed Propose: the second has not seen the first's reason.
        await _house.ShouldRefuseAsync(Operator2, Propose("mine"), "operator:ops1 has proposed it meanwhile: a first reason; look at that and approve it");
        (await _house.GetAsync()).Allocation.Unallocated.ShouldBe(50_000_000_01);

        await _house.AdvanceAsync(21 + 61);
        (await _house.GetAsync()).Proposals.ShouldBeEmpty();
        await _house.ShouldRefuseAsync(Operator2, Approve(first.At), "there is no such proposal any more; propose it anew");
        (await _house.GetAsync()).Proposals.ShouldBeEmpty();
        var second = (await _house.ManageAsync(House.Operator, Propose("a second reason"))).Proposals.ShouldHaveSingleItem();
        second.At.ShouldBeGreaterThan(first.At);
        await _house.ShouldRefuseAsync(Operator2, Approve(first.At), "another proposal stands in its place, of operator:ops1: a second reason; look at that first");
        (await _house.GetAsync()).Allocation.Unallocated.ShouldBe(50_000_000_01);
        var approved = await _house.ManageAsync(Operator2, Approve(second.At));
        approved.Allocation.Unallocated.ShouldBe(0);
        (approved.Decisions[^1].By, approved.Decisions[^1].ProposedBy).ShouldBe(("operator:ops2", "operator:ops1"));

        static DecideDefaultRequest Propose(string reason) => new() { Number = 1, Action = Action.WriteOff, Reason = reason, Step = DecisionStep.Propose };
        static DecideDefaultRequest Approve(long at) => new() { Number = 1, Action = Action.WriteOff, Reason = "seen", Step = DecisionStep.Approve, ProposedAt = at };
    }

    [Fact]
    public async Task bids_survive_a_crash_in_the_middle_of_their_auction_and_open_at_its_close()
    {
        await _house.DeclareAsync();
        await _house.BidAsync(House.Alpha, Bid("ALPHA", OfAlpha));
        await _house.BidAsync(Charlie, Bid("CHARLIE", OfDelta));
        var key = await File.ReadAllBytesAsync(_house.KeyFile, TestContext.Current.CancellationToken);

        await _house.RestartAsync();

        (await _house.AuctionsAsync(House.Alpha, "ALPHA")).Auctions.Single().Bids.Single().Amount.ShouldBe(OfAlpha);
        (await File.ReadAllBytesAsync(_house.KeyFile, TestContext.Current.CancellationToken)).ShouldBe(key);
        await _house.AdvanceAsync(21);
        var d = await _house.UntilAsync(x => x.Auctions[0].Closed, "the auction has closed");
        d.Auctions[0].Failure.ShouldBeEmpty();
        d.Auctions[0].Bids.Select(b => (b.Member, b.Content.Amount)).ShouldBe([("ALPHA", OfAlpha), ("CHARLIE", OfDelta)]);
        d.Auctions[0].Lots.Single().Awards.Single().Member.ShouldBe("ALPHA");
    }

    [Fact]
    public async Task with_another_key_the_bids_stay_shut_the_member_is_told_and_the_lot_is_offered_again()
    {
        await _house.DeclareAsync();
        await _house.BidAsync(House.Alpha, Bid("ALPHA", OfAlpha));

        await _house.RestartAsync(() => File.Delete(_house.KeyFile));

        await _house.ShouldRefuseAsync<GetAuctionsRequest, GetAuctionsResponse>(House.Alpha, new() { Member = "ALPHA" }, StatusCode.FailedPrecondition, "restore that key before the auction closes");
        (await _house.AuctionsAsync(Charlie, "CHARLIE")).Auctions.Single().Auction.Closed.ShouldBeFalse();
        await _house.AdvanceAsync(21);
        var d = await _house.UntilAsync(x => x.Auctions.Count == 2, "the lot is offered again");
        d.Auctions[0].Failure.ShouldContain("the bids cannot be opened");
        d.Auctions[0].Lots.Single().UnsoldUnits.ShouldBe(1);
    }

    /// <summary>A default whose loss is beyond all that bears it, by 500,000,000.01.</summary>
    private async Task<Default> BearLossAsync()
    {
        await _house.DeclareAsync();
        await _house.ManageAsync(House.Operator, new CloseOutAccountRequest { Number = 1, Account = "B-NET", Reason = "nobody takes it" });
        await _house.UntilAsync(x => x.Auctions.Count == 2, "the client's positions are on offer");
        await _house.ManageAsync(House.Operator, new ChargeCostRequest { Number = 1, Account = "B-HOUSE", Amount = new Cash { Currency = "USD", Digits = 2, Minor = 150_000_000_00 }, Reason = "lawyers" });
        await _house.BidAsync(House.Alpha, Bid("ALPHA", -1));
        await _house.BidAsync(House.Alpha, With(Bid("ALPHA", 0), b => b.Lot = "D1.2.1"));
        await _house.AdvanceAsync(21);
        await _house.UntilAsync(x => x.Accounts.All(a => a.Stage == AccountStage.Settling), "the lots have moved");
        await _house.SettleAsync();
        return await _house.UntilAsync(x => x.Stage == Stage.Allocated, "the loss is allocated");
    }

    private static PlaceBidRequest With(PlaceBidRequest bid, Action<PlaceBidRequest> change)
    {
        var changed = bid.Clone();
        change(changed);
        return changed;
    }

    private static async Task<GetAuctionsResponse> NextAsync(GrpcServerStreamingCall<GetAuctionsResponse> watch, Func<GetAuctionsResponse, bool> condition)
    {
        while (await watch.Responses.MoveNextAsync(TestContext.Current.CancellationToken).Within())
        {
            if (condition(watch.Responses.Current))
            {
                return watch.Responses.Current;
            }
        }

        throw new InvalidOperationException("the watch has ended");
    }

    /// <summary>In none of the forms that an amount could have: as a varint, as fixed bytes of either order, as digits.</summary>
    private static void ShouldNotHold(byte[] bytes, long amount, string who)
    {
        IndexOf(bytes, amount).ShouldBe(-1, $"{who} must not have {amount} before the close");
        var fixedBytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(fixedBytes, amount);
        bytes.AsSpan().IndexOf(fixedBytes).ShouldBe(-1, who);
        BinaryPrimitives.WriteInt64LittleEndian(fixedBytes, amount);
        bytes.AsSpan().IndexOf(fixedBytes).ShouldBe(-1, who);
        bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(Math.Abs(amount).ToString(CultureInfo.InvariantCulture))).ShouldBe(-1, who);
        bytes.AsSpan().IndexOf(new BidContent { Amount = amount }.ToByteArray()).ShouldBe(-1, who);
        using var varint = new MemoryStream();
        using (var output = new CodedOutputStream(varint))
        {
            output.WriteInt64(amount);
            output.Flush();
            bytes.AsSpan().IndexOf(varint.ToArray()).ShouldBe(-1, who);
        }
    }

    /// <summary>Where the amount stands as protobuf's zigzag varint, as in an opened bid.</summary>
    private static int IndexOf(byte[] bytes, long amount)
    {
        using var varint = new MemoryStream();
        using var output = new CodedOutputStream(varint);
        output.WriteSInt64(amount);
        output.Flush();
        return bytes.AsSpan().IndexOf(varint.ToArray());
    }

    private Task ShouldNotBid(string token, PlaceBidRequest bid, string says, StatusCode status = StatusCode.FailedPrecondition) => _house.ShouldRefuseAsync<PlaceBidRequest, PlaceBidResponse>(token, bid, status, says);

    private Task ShouldNotPort(string token, string member, string says) =>
        _house.ShouldRefuseAsync<OfferPortingRequest, OfferPortingResponse>(token, new() { Member = member, Number = 1, Account = "B-NET" }, StatusCode.FailedPrecondition, says);

    private Task ShouldBeBad<TRequest>(TRequest request, string says)
        where TRequest : IMessage<TRequest> => _house.ShouldRefuseAsync<TRequest, DefaultResponse>(House.Operator, request, StatusCode.InvalidArgument, says);
}
