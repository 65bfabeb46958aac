using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Settings;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Node.Tests;

/// <summary>What operators do over gRPC.</summary>
public sealed class OperationsTests : IAsyncLifetime
{
    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _operator = _node.As(House.Operator);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task a_settlement_cycle_pays_the_buyer_what_the_seller_loses_and_closes()
    {
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 2));
        var result = await _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(new()
        {
            NextBusinessDate = House.Monday,
            Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(5010) } },
        });
        result.Cycle.ShouldBe(1);
        result.BusinessDate.ShouldBe(House.Today);
        var usd = result.Currencies.ShouldHaveSingleItem();

        // 2 lots x 10 points x 50.
        House.Value(usd.Received).ShouldBe(1000);
        House.Value(usd.Paid).ShouldBe(1000);
        House.Value(usd.Sum).ShouldBe(0);
        var buyer = await _node.As(House.Bravo).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = "B-HOUSE" }).Within();
        House.Value(buyer.Cash.Single().Amount).ShouldBe(100_001_000);
        buyer.Positions.Single().SettledQuantity.ShouldBe(2);
        House.Value(buyer.Positions.Single().ReferencePrice).ShouldBe(5010);
        (await venue.AskOneAsync(House.Trade("t2"))).ClearingDate.ShouldBe(House.Monday);

        var check = await _operator.OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new());
        check.ShouldSatisfyAllConditions(
            () => check.Quiet.ShouldBeTrue(),
            () => check.MatchedBook.ShouldBeTrue(),
            () => check.CashConserved.ShouldBeTrue(),
            () => check.Instruments.Single().OpenInterest.ShouldBe(3),
            () => check.Cash.Single().Sum.Mantissa.ShouldBe(0));
        var status = await _operator.OperateAsync<GetStatusRequest, GetStatusResponse>(new());
        (status.Cycle, status.BusinessDate, status.CycleStage).ShouldBe((2, House.Monday, "Closed"));
    }

    [Fact]
    public async Task a_refusal_is_FAILED_PRECONDITION_with_the_reason()
    {
        var end = await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(new() { NextBusinessDate = House.Monday }));
        end.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        end.Status.Detail.ShouldContain("instrument ES has no mark and no earlier settlement price");
        var lanes = await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<DefineTradeSourceRequest, DefineTradeSourceResponse>(new() { Source = "XEUR", Lanes = 8 }));
        lanes.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        var back = await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = House.Noon - 1 }));
        back.Status.Detail.ShouldContain("never goes back");
        var withdraw = await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(
            new() { RequestId = "w1", Account = "A-POOR", Currency = "USD", Amount = House.Number(-1) }));
        withdraw.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
    }

    [Fact]
    public async Task bad_input_is_INVALID_ARGUMENT_with_field_value_and_what_is_allowed()
    {
        var instrument = House.Instrument("NQ");
        instrument.Tick = House.Number(0.001m);
        instrument.MaxTradeQuantity = 0;
        await RefusedAsync<DefineInstrumentRequest, DefineInstrumentResponse>(instrument, "tick is \"0.001\"", "max_trade_quantity is \"0\"");
        var digits = House.Instrument("NQ");
        digits.CurrencyDigits = 3;
        await RefusedAsync<DefineInstrumentRequest, DefineInstrumentResponse>(digits, "currency_digits is \"3\"", "USD is configured with 2");
        await RefusedAsync<DefineMemberRequest, DefineMemberResponse>(new() { Member = "A B" }, "member is \"A B\"");
        await RefusedAsync<BookCollateralRequest, BookCollateralResponse>(
            new() { RequestId = "x", Account = "A-HOUSE", Currency = "USD", Amount = House.Number(0.001m) }, "amount is \"0.001\"", "at most 2 decimal places");
        await RefusedAsync<BookCollateralRequest, BookCollateralResponse>(
            new() { RequestId = "x", Account = "A-HOUSE", Currency = "XXX", Amount = House.Number(1) }, "currency is \"XXX\"", "USD");
        await RefusedAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(new() { NextBusinessDate = 20261131 }, "next_business_date is \"20261131\"");
        await RefusedAsync<DefineAccountsRequest, DefineAccountsResponse>(new() { Accounts = { new AccountDefinition { Account = "Z", Member = "ALPHA", Currency = "USD" } } }, "accounts[0].segregation");
        await RefusedAsync<ReleaseQuarantinedRequest, ReleaseQuarantinedResponse>(new() { ActorKind = "actor", ActorId = "x" }, "actor_kind is \"actor\"");
    }

    [Fact]
    public async Task a_definition_again_changes_nothing_and_a_cash_request_again_books_nothing()
    {
        await House.DefineAsync(_operator);
        var again = await _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "cash-1", Account = "A-HOUSE", Currency = "USD", Amount = House.Number(100_000_000) });
        House.Value(again.Balance).ShouldBe(100_000_000);
    }

    [Fact]
    public async Task an_account_is_closed_only_flat_and_then_takes_nothing_more()
    {
        await _operator.OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(new() { Accounts = { House.Account("B-NEW", "BRAVO", AccountDefinition.Types.Segregation.House) } });
        using var venue = new TradeConversation(_node.As(House.Venue));
        await CannotCloseAsync("B-NOBODY", "account B-NOBODY is not defined");
        await CannotCloseAsync("A-HOUSE", "100000000.00 USD");
        await DepositAsync("in", 1_000);
        await CannotCloseAsync("B-NEW", "1000.00 USD");

        // Bought and sold again at one price: flat, but the trades of the open cycle can still be cancelled.
        (await venue.AskOneAsync(House.Trade("t1", buyer: "B-NEW"))).Status.ShouldBe(Status.Novated);
        await CannotCloseAsync("B-NEW", "1 lots of ES");
        (await venue.AskOneAsync(House.Trade("t2", seller: "B-NEW", buyer: "A-HOUSE"))).Status.ShouldBe(Status.Novated);
        await DepositAsync("out", -1_000);
        await _node.Node.Engine.QuiesceAsync();
        await CannotCloseAsync("B-NEW", "may still be cancelled");
        await _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(new()
        {
            NextBusinessDate = House.Monday,
            Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(5010) } },
        });
        await CannotCloseAsync("CCP.BANK", "never closed");
        await CloseAsync("B-NEW");
        await CloseAsync("B-NEW");
        (await StatusOfAsync(_node, "B-NEW")).ShouldBe("Closed");
        (await venue.RejectedAsync(House.Trade("t3", buyer: "B-NEW"))).ShouldBe(RejectReason.AccountNotActive);
        (await venue.RejectedAsync(House.Trade("t4", seller: "B-NEW"))).ShouldBe(RejectReason.AccountNotActive);
        (await Should.ThrowAsync<RpcException>(() => DepositAsync("late", 1))).Status.Detail.ShouldContain("Closed");
        var again = await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(
            new() { Accounts = { House.Account("B-NEW", "BRAVO", AccountDefinition.Types.Segregation.House) } }));
        again.Status.Detail.ShouldContain("already Closed");

        // A cycle passes the closed account by, and a restart remembers it.
        await _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(new() { NextBusinessDate = House.Monday });
        await _node.Node.StopAsync();
        await using var successor = await RunningNode.StartAsync(folder: _node.Folder, define: false);
        (await StatusOfAsync(successor, "B-NEW")).ShouldBe("Closed");
        using var watch = successor.As(House.Bravo).ServerStreaming(Methods.WatchAccount, new WatchAccountRequest { Account = "B-NEW" });
        List<string> told = [];
        while (told.LastOrDefault() != "AccountClosed")
        {
            (await watch.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            told.AddRange(watch.Responses.Current.Events.Select(e => e.Type));
        }

        async Task DepositAsync(string request, decimal amount) => await _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(
            new() { RequestId = request, Account = "B-NEW", Currency = "USD", Amount = House.Number(amount) });
    }

    [Fact]
    public async Task only_operators_operate_and_accounts_are_read_by_their_member_alone()
    {
        foreach (var token in (string[])[House.Auditor, House.Alpha, House.Venue, House.Feed1])
        {
            var end = await Should.ThrowAsync<RpcException>(() => _node.As(token).OperateAsync<HaltHouseRequest, HaltHouseResponse>(new()));
            end.StatusCode.ShouldBe(StatusCode.PermissionDenied);
            (await Should.ThrowAsync<RpcException>(() => _node.As(token).OperateAsync<CloseAccountRequest, CloseAccountResponse>(new() { Account = "A-POOR" }))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        }

        (await ReadAsync(House.Alpha, "A-HOUSE")).ShouldBe(StatusCode.OK);
        (await ReadAsync(House.Auditor, "A-HOUSE")).ShouldBe(StatusCode.OK);
        (await ReadAsync(House.Bravo, "A-HOUSE")).ShouldBe(StatusCode.PermissionDenied);
        (await ReadAsync(House.Bravo, "NOBODY")).ShouldBe(StatusCode.PermissionDenied);
        (await ReadAsync(House.Venue, "A-HOUSE")).ShouldBe(StatusCode.PermissionDenied);
        (await ReadAsync(House.Operator, "NOBODY")).ShouldBe(StatusCode.NotFound);
        (await ReadAsync("token-that-nobody-has", "A-HOUSE")).ShouldBe(StatusCode.Unauthenticated);
        (await ReadAsync(null, "A-HOUSE")).ShouldBe(StatusCode.Unauthenticated);
    }

    [Fact]
    public async Task the_wall_clock_opens_the_house_and_leaves_operators_no_hand_on_it()
    {
        await using var node = await RunningNode.StartAsync(s => s with { BusinessClock = BusinessClockMode.Wall }, define: false);
        var op = node.As(House.Operator);
        await Patience.UntilAsync(async () => (await op.OperateAsync<GetStatusRequest, GetStatusResponse>(new())).Cycle == 1, "the first cycle is open");
        var end = await Should.ThrowAsync<RpcException>(() => op.OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = long.MaxValue }));
        end.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
    }

    private async Task CloseAsync(string account) =>
        await _operator.OperateAsync<CloseAccountRequest, CloseAccountResponse>(new() { Account = account, Reason = "test" });

    private async Task CannotCloseAsync(string account, string reason)
    {
        var end = await Should.ThrowAsync<RpcException>(() => CloseAsync(account));
        end.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        end.Status.Detail.ShouldContain(reason);
    }

    private static async Task<string> StatusOfAsync(RunningNode node, string account) =>
        (await node.As(House.Auditor).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = account }).Within()).Status;

    private async Task<StatusCode> ReadAsync(string? token, string account)
    {
        try
        {
            await _node.As(token).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = account }).Within();
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private async Task RefusedAsync<TRequest, TResponse>(TRequest request, params string[] parts)
        where TRequest : Google.Protobuf.IMessage<TRequest>
        where TResponse : Google.Protobuf.IMessage<TResponse>
    {
        var end = await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<TRequest, TResponse>(request));
        end.StatusCode.ShouldBe(StatusCode.InvalidArgument);
        foreach (var part in parts)
        {
            end.Status.Detail.ShouldContain(part);
        }
    }
}
