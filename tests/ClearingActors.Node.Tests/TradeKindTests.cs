using ClearingActors.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Kind = ClearingActors.Contracts.Members.V1.TradeReport.Types.Kind;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Node.Tests;

/// <summary>Transfers, give-ups and adjustments over gRPC: trades of their own kind on the same path, each with its own rule of price.</summary>
public sealed class TradeKindTests : IAsyncLifetime
{
    private const decimal LastSettlement = 5010.25m;

    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;
    private ClearingConnection _connection = null!;
    private TradeStream _venue = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _operator = _node.As(House.Operator);
        _connection = new ClearingConnection(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = House.Venue });
        _venue = _connection.Members.OpenTradeStream();

        // ALPHA has sold 10 lots to BRAVO at 5000, and one cycle is settled.
        await _operator.OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(new() { Accounts = { House.Account("B-OTHER", "BRAVO", AccountDefinition.Types.Segregation.ClientIndividual) } });
        await _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "cash-1", Account = "B-OTHER", Currency = "USD", Amount = House.Number(1_000_000) });
        (await AskAsync(House.Trade("first", 10))).Status.ShouldBe(Status.Novated);
        await SettleAsync(LastSettlement);
    }

    public async ValueTask DisposeAsync()
    {
        await _venue.DisposeAsync();
        _connection.Dispose();
        await _node.DisposeAsync();
    }

    [Theory]
    [InlineData(Kind.Transfer)]
    [InlineData(Kind.GiveUp)]
    [InlineData(Kind.Adjustment)]
    public async Task each_kind_is_novated_moves_both_accounts_and_is_cancelled(Kind kind)
    {
        var report = Report(kind, "k1", 4);
        var answer = await AskAsync(report);
        answer.ShouldBe(new TradeAnswer { Source = "XEUR", TradeId = "k1", Status = Status.Novated, Cycle = 2, ClearingDate = House.Monday, Action = TradeAnswer.Types.Action.Report });
        await UntilLotsAsync(("A-HOUSE", -10), ("B-HOUSE", 6), ("B-OTHER", 4));
        var other = await AccountAsync("B-OTHER");
        other.Positions.Single().SettledQuantity.ShouldBe(0);
        House.Value(other.Cash.Single().Requirement).ShouldBe(400, "100 a lot");
        House.Value(other.Cash.Single().Headroom).ShouldBe(999_600);
        House.Value((await AccountAsync("B-HOUSE")).Cash.Single().Requirement).ShouldBe(600);
        (await AskAsync(report)).ShouldBe(answer);

        // Under the same id as another kind of trade it is another report, and so is its cancel.
        (await AskAsync(Report(Kind.Trade, "k1", 4, report.Price))).Reason.ShouldBe(RejectReason.Conflict);
        (await AskAsync(Cancel(Report(Kind.Trade, "k1", 4, report.Price)))).Reason.ShouldBe(RejectReason.Conflict);

        var cancelled = await AskAsync(Cancel(report));
        (cancelled.Status, cancelled.Cycle, cancelled.Action).ShouldBe((Status.Cancelled, 2L, TradeAnswer.Types.Action.Cancel));
        await UntilLotsAsync(("A-HOUSE", -10), ("B-HOUSE", 10), ("B-OTHER", 0));
        House.Value((await AccountAsync("B-OTHER")).Cash.Single().Requirement).ShouldBe(0);
        (await AskAsync(Cancel(report))).ShouldBe(cancelled);
        await ShouldMatchAsync(openInterest: 10);

        // Cancelled trades settle nothing: ten lots have risen by 10.50.
        await SettleAsync(5010.50m);
        (await AccountAsync("B-OTHER")).Positions.ShouldAllBe(p => p.Quantity == 0);
        await ShouldHaveCashAsync("B-OTHER", 1_000_000);
        await ShouldHaveCashAsync("B-HOUSE", 100_000_000 + (10 * 50 * 10.50m));
    }

    [Theory]
    [InlineData(Kind.Transfer, 0)]
    [InlineData(Kind.GiveUp, 40.25)]
    [InlineData(Kind.Adjustment, 40.25)]
    public async Task what_a_kind_moved_settles_from_its_own_price(Kind kind, double belowSettlement)
    {
        (await AskAsync(Report(kind, "k1", 4))).Status.ShouldBe(Status.Novated);
        await UntilLotsAsync(("B-HOUSE", 6), ("B-OTHER", 4));
        await SettleAsync(5020.25m);

        // The buyer gains what the price is above that of the report, the seller loses it and keeps what all ten lots rose: a transfer, at the last settlement price, moves no cash.
        var moved = 4 * 50 * (decimal)belowSettlement;
        await ShouldHaveCashAsync("B-OTHER", 1_000_000 + (4 * 50 * 10m) + moved);
        await ShouldHaveCashAsync("B-HOUSE", 100_000_000 + (10 * 50 * 10.25m) + (6 * 50 * 10m) - moved);
        await ShouldMatchAsync(openInterest: 10);
        (await AskAsync(Cancel(Report(kind, "k1", 4)))).Reason.ShouldBe(RejectReason.NotCancellable);
        (await AccountAsync("B-OTHER")).Positions.Single().SettledQuantity.ShouldBe(4);
    }

    [Theory]
    [InlineData(Kind.Transfer)]
    [InlineData(Kind.GiveUp)]
    [InlineData(Kind.Adjustment)]
    public async Task each_kind_is_rejected_as_a_trade_would_be(Kind kind)
    {
        (await RejectedAsync(Report(kind, "r1", 4), r => r.Buyer.Account = "A-POOR")).ShouldBe(RejectReason.InsufficientHeadroom);
        (await RejectedAsync(Report(kind, "r2", 4), r => r.Buyer.Account = "B-HOUSE")).ShouldBe(RejectReason.SameAccount);
        (await RejectedAsync(Report(kind, "r3", 4), r => r.Buyer.Account = "NOBODY")).ShouldBe(RejectReason.UnknownAccount);
        (await RejectedAsync(Report(kind, "r4", 4), r => r.Seller.Account = "A-GROSS")).ShouldBe(RejectReason.ClientMissing);
        (await RejectedAsync(Report(kind, "r5", 4), r => r.Quantity = 100_001)).ShouldBe(RejectReason.QuantityLimit);
        (await RejectedAsync(Report(kind, "r6", 4), r => r.Price = House.Number(9000.25m))).ShouldBe(RejectReason.PriceOutsideBands);
        (await RejectedAsync(Report(kind, "r7", 4), r => r.Price = House.Number(5010.101m))).ShouldBe(RejectReason.OffTick);
        (await AskAsync(Cancel(Report(kind, "never", 4)))).Reason.ShouldBe(RejectReason.NotCancellable);
        await _operator.OperateAsync<HaltInstrumentRequest, HaltInstrumentResponse>(new() { Instrument = "ES", Reason = "test" });
        (await RejectedAsync(Report(kind, "r8", 4))).ShouldBe(RejectReason.InstrumentHalted);
        await _operator.OperateAsync<ResumeInstrumentRequest, ResumeInstrumentResponse>(new() { Instrument = "ES", Reason = "test" });
        await _operator.OperateAsync<SuspendMemberRequest, SuspendMemberResponse>(new() { Member = "BRAVO", Reason = "test" });
        (await RejectedAsync(Report(kind, "r9", 4))).ShouldBe(RejectReason.MemberSuspended);
        await UntilLotsAsync(("A-HOUSE", -10), ("B-HOUSE", 10), ("B-OTHER", 0));
        await ShouldMatchAsync(openInterest: 10);
    }

    [Fact]
    public async Task a_transfer_is_at_the_last_settlement_price_and_no_other()
    {
        (await RejectedAsync(Report(Kind.Transfer, "p1", 4, House.Number(5010)))).ShouldBe(RejectReason.PriceOutsideBands);
        (await RejectedAsync(Report(Kind.Transfer, "p2", 4, House.Number(5000)))).ShouldBe(RejectReason.PriceOutsideBands);
        (await AskAsync(Report(Kind.Transfer, "p4", 4))).Status.ShouldBe(Status.Novated);
        await SettleAsync(5011);
        (await RejectedAsync(Report(Kind.Transfer, "p5", 4))).ShouldBe(RejectReason.PriceOutsideBands);
        (await AskAsync(Report(Kind.Transfer, "p6", 4, House.Number(5011)))).Status.ShouldBe(Status.Novated);
        await _operator.OperateAsync<DefineInstrumentRequest, DefineInstrumentResponse>(House.Instrument("NEW"));
        (await RejectedAsync(Report(Kind.Transfer, "p7", 4, House.Number(5011)), r => r.Instrument = "NEW")).ShouldBe(RejectReason.PriceOutsideBands, "it has never been settled");
    }

    [Theory]
    [InlineData(Kind.GiveUp)]
    [InlineData(Kind.Adjustment)]
    public async Task a_give_up_and_an_adjustment_keep_their_price_however_far_the_mark_is_but_stay_in_the_absolute_bands(Kind kind)
    {
        using (var marks = _node.As(House.Feed1).ClientStreaming(Methods.PublishMarks))
        {
            await marks.Requests.WriteAsync(new PublishMarksRequest { Marks = { new Mark { Instrument = "ES", Price = House.Number(5000), Source = "SRC1", Time = House.Noon } } });
            await marks.CompleteRequestsAsync();
            (await marks.ResponseAsync.Within()).Accepted.ShouldBe(1);
        }

        // A tenth from the mark is allowed.
        var far = House.Number(6000);
        (await RejectedAsync(Report(Kind.Trade, "k0", 1, far))).ShouldBe(RejectReason.PriceOutsideBands);
        (await AskAsync(Report(kind, "k1", 1, far))).Status.ShouldBe(Status.Novated);
        (await RejectedAsync(Report(kind, "k2", 1, House.Number(6000.10m)))).ShouldBe(RejectReason.OffTick);
        (await RejectedAsync(Report(kind, "k3", 1, House.Number(9000.25m)))).ShouldBe(RejectReason.PriceOutsideBands);
    }

    /// <summary>BRAVO's house account hands lots to another account of BRAVO.</summary>
    private static TradeReport Report(Kind kind, string id, long quantity, Contracts.Common.V1.Decimal? price = null)
    {
        var report = House.Trade(id, quantity, seller: "B-HOUSE", buyer: "B-OTHER");
        report.Kind = kind;
        report.Price = price ?? House.Number(kind == Kind.Transfer ? LastSettlement : 4970);
        return report;
    }

    private static TradeReport Cancel(TradeReport report)
    {
        var cancel = report.Clone();
        cancel.Action = TradeReport.Types.Action.Cancel;
        return cancel;
    }

    private Task<TradeAnswer> AskAsync(TradeReport report) => _venue.SubmitAsync(report, TestContext.Current.CancellationToken).Within();

    private async Task<RejectReason> RejectedAsync(TradeReport report, Action<TradeReport>? spoil = null)
    {
        spoil?.Invoke(report);
        var answer = await AskAsync(report);
        answer.Status.ShouldBe(Status.Rejected);
        return answer.Reason;
    }

    private async Task SettleAsync(decimal price)
    {
        await _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(
            new() { NextBusinessDate = House.Monday, Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(price) } } });
        House.Value((await AccountAsync("A-HOUSE")).Positions.Single().ReferencePrice).ShouldBe(price);
    }

    private Task<GetAccountResponse> AccountAsync(string account) => _node.As(House.Auditor).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = account }).Within();

    private async Task ShouldHaveCashAsync(string account, decimal amount) => House.Value((await AccountAsync(account)).Cash.Single().Amount).ShouldBe(amount, account);

    /// <summary>The seller's side follows the answer a moment later.</summary>
    private Task UntilLotsAsync(params (string Account, long Lots)[] expected) => Patience.UntilAsync(
        async () =>
        {
            foreach (var (account, lots) in expected)
            {
                var stands = await AccountAsync(account);
                if (stands.Positions.Sum(p => p.Quantity) != lots || stands.OpenReservations != 0)
                {
                    return false;
                }
            }

            return true;
        },
        $"the accounts hold {string.Join(", ", expected)}");

    private async Task ShouldMatchAsync(long openInterest)
    {
        CheckInvariantsResponse check = null!;
        await Patience.UntilAsync(async () => (check = await _operator.OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new())).Quiet, "the house is quiet");
        (check.MatchedBook, check.CashConserved).ShouldBe((true, true));
        check.Instruments.Single().OpenInterest.ShouldBe(openInterest);
    }
}
