using ClearingActors.Client;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Node.Tests;

/// <summary>A payer that does not pay, as operators tell and see it (rulebook 6.6).</summary>
public sealed class PaymentTests
{
    [Fact]
    public async Task a_payer_that_does_not_pay_is_declared_and_its_claim_stands_in_the_status()
    {
        await using var node = await RunningNode.StartAsync();
        var op = node.As(House.Operator);
        await op.OperateAsync<SetPaymentTermsRequest, SetPaymentTermsResponse>(new() { Sources = { new LiquiditySource { Name = "CASH", Currency = "USD", Limit = House.Number(400) } } });
        using var connection = new ClearingConnection(node.Node.GrpcAddress, new ClearingConnectionOptions { Token = House.Venue });
        await using (var venue = connection.Members.OpenTradeStream())
        {
            var trade = House.Trade("T1", buyer: "A-POOR", seller: "B-HOUSE");
            trade.Guaranteed = true;
            (await venue.SubmitAsync(trade).Within()).Status.ShouldBe(Status.Novated);
        }

        var cycle = new RunSettlementCycleRequest { NextBusinessDate = House.Today };
        cycle.Prices.Add(new SettlementPrice { Instrument = "ES", Price = House.Number(4990) });
        await op.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(cycle);
        var due = (await op.UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = "A-POOR" }).Within()).PaymentsDue.ShouldHaveSingleItem();
        (due.Cycle, House.Value(due.Amount), due.Deadline).ShouldBe((1L, 500m, 0L));

        var declare = new DeclareUnpaidRequest { Account = "A-POOR", Cycle = 1 };
        (await Should.ThrowAsync<RpcException>(() => op.OperateAsync<DeclareUnpaidRequest, DeclareUnpaidResponse>(declare))).StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        declare.Reason = "no wire by noon";
        (await Should.ThrowAsync<RpcException>(() => node.As(House.Alpha).OperateAsync<DeclareUnpaidRequest, DeclareUnpaidResponse>(declare))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        await op.OperateAsync<DeclareUnpaidRequest, DeclareUnpaidResponse>(declare);
        await node.Node.Engine.QuiesceAsync(TestContext.Current.CancellationToken);
        var claim = (await op.OperateAsync<GetStatusRequest, GetStatusResponse>(new())).Claims.ShouldHaveSingleItem();
        (claim.Account, claim.Member, claim.DecidedBy, claim.Reason).ShouldBe(("A-POOR", "ALPHA", "operator:ops1", "no wire by noon"));
        (House.Value(claim.Amount), House.Value(claim.Uncovered), House.Value(claim.Draws.Single().Amount)).ShouldBe((500m, 100m, 400m));
        House.Value((await op.UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = "A-POOR" }).Within()).Cash.Single().Amount).ShouldBe(0);
    }
}
