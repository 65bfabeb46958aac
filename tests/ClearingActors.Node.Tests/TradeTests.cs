using ClearingActors.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Node.Tests;

/// <summary>Trades over gRPC: what is novated, what is not, and what a repeat gets.</summary>
public sealed class TradeTests : IAsyncLifetime
{
    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;
    private TradeConversation _venue = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _operator = _node.As(House.Operator);
        _venue = new TradeConversation(_node.As(House.Venue));
    }

    public async ValueTask DisposeAsync()
    {
        _venue.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task a_trade_is_novated_and_stands_on_both_sides()
    {
        var answer = await _venue.AskOneAsync(House.Trade("t1", 7));
        answer.ShouldBe(new TradeAnswer { Source = "XEUR", TradeId = "t1", Status = Status.Novated, Cycle = 1, ClearingDate = House.Today, Action = TradeAnswer.Types.Action.Report });
        (await PositionAsync("B-HOUSE")).ShouldBe(7);
        await Patience.UntilAsync(async () => await PositionAsync("A-HOUSE") == -7, "the seller is confirmed");
        var status = await _operator.OperateAsync<GetStatusRequest, GetStatusResponse>(new());
        status.TradesNovated.ShouldBe(1);
        status.Shards.Count.ShouldBe(8);
        status.JournalId.ShouldBe(_node.Node.Engine.Identity.Id.ToString());
    }

    [Fact]
    public async Task ten_thousand_trades_of_one_message_are_all_answered_once()
    {
        var answers = await _venue.AskAsync(Enumerable.Range(0, 10_000).Select(i => House.Trade($"t{i}")));
        answers.Select(a => a.TradeId).Distinct().Count().ShouldBe(10_000);
        answers.ShouldAllBe(a => a.Status == Status.Novated);
        (await PositionAsync("B-HOUSE")).ShouldBe(10_000);
    }

    [Fact]
    public async Task the_same_report_again_gets_the_same_answer_and_is_novated_once()
    {
        var first = await _venue.AskOneAsync(House.Trade("t1", 3));
        (await _venue.AskOneAsync(House.Trade("t1", 3))).ShouldBe(first);
        (await _venue.AskAsync(House.Trade("t2"), House.Trade("t2"))).ShouldAllBe(a => a.Status == Status.Novated);
        (await PositionAsync("B-HOUSE")).ShouldBe(4);
    }

    [Fact]
    public async Task a_cancel_takes_the_trade_back_once()
    {
        await _venue.AskOneAsync(House.Trade("t1", 3));
        var cancel = House.Trade("t1", 3);
        cancel.Action = TradeReport.Types.Action.Cancel;

        // The source hears of the novation a moment after the member: until then it asks to come again.
        TradeAnswer answer = null!;
        await Patience.UntilAsync(async () => (answer = await _venue.AskOneAsync(cancel)).Status != Status.Unavailable, "the trade can be cancelled");
        answer.Status.ShouldBe(Status.Cancelled);
        answer.Action.ShouldBe(TradeAnswer.Types.Action.Cancel);
        answer.Cycle.ShouldBe(1);
        (await _venue.AskOneAsync(cancel)).ShouldBe(answer);
        await Patience.UntilAsync(async () => await PositionAsync("A-HOUSE") == 0 && await PositionAsync("B-HOUSE") == 0, "both sides are back");
    }

    [Fact]
    public async Task an_answer_says_whether_it_is_to_the_report_or_to_the_cancel()
    {
        var report = House.Trade("t1", 3);
        var cancel = House.Trade("t1", 3);
        cancel.Action = TradeReport.Types.Action.Cancel;
        var badReport = House.Trade("t2", 0);
        var badCancel = House.Trade("t2", 0);
        badCancel.Action = TradeReport.Types.Action.Cancel;
        var answers = await _venue.AskAsync(cancel, report, badReport, badCancel);
        answers.Select(a => (a.TradeId, a.Action, a.Status, a.Reason)).ShouldBe(
            [
                ("t1", TradeAnswer.Types.Action.Cancel, Status.Rejected, RejectReason.NotCancellable),
                ("t1", TradeAnswer.Types.Action.Report, Status.Novated, RejectReason.Unspecified),
                ("t2", TradeAnswer.Types.Action.Report, Status.Rejected, RejectReason.Malformed),
                ("t2", TradeAnswer.Types.Action.Cancel, Status.Rejected, RejectReason.Malformed),
            ],
            ignoreOrder: true);
    }

    [Fact]
    public async Task a_report_and_its_cancel_may_leave_the_client_together()
    {
        using var connection = new ClearingConnection(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = House.Venue });
        await using var stream = connection.Members.OpenTradeStream();
        List<TradeReport> both = [];
        for (var i = 0; i < 200; i++)
        {
            both.Add(House.Trade($"t{i}"));
            var cancel = House.Trade($"t{i}");
            cancel.Action = TradeReport.Types.Action.Cancel;
            both.Add(cancel);
        }

        var answers = await stream.SubmitBatchAsync(both).Within();
        for (var i = 0; i < both.Count; i++)
        {
            answers[i].TradeId.ShouldBe(both[i].TradeId);
            (answers[i].Action, answers[i].Status).ShouldBe(i % 2 == 0 ? (TradeAnswer.Types.Action.Report, Status.Novated) : (TradeAnswer.Types.Action.Cancel, Status.Cancelled));
        }

        await Patience.UntilAsync(async () => await PositionAsync("A-HOUSE") == 0 && await PositionAsync("B-HOUSE") == 0, "both sides are back");
        stream.UnmatchedAnswers.ShouldBe(0);
    }

    [Fact]
    public async Task every_reason_to_reject_is_told_by_its_number()
    {
        (await _venue.RejectedAsync(House.Trade("r2", instrument: "NQ"))).ShouldBe(RejectReason.UnknownInstrument);
        (await _venue.RejectedAsync(House.Trade("r5", seller: "NOBODY"))).ShouldBe(RejectReason.UnknownAccount);
        (await _venue.RejectedAsync(House.Trade("r6", seller: "CCP.BANK"))).ShouldBe(RejectReason.AccountNotActive);
        (await _venue.RejectedAsync(House.Trade("r8", price: 9001))).ShouldBe(RejectReason.PriceOutsideBands);
        (await _venue.RejectedAsync(House.Trade("r9", price: 5000.10m))).ShouldBe(RejectReason.OffTick);
        (await _venue.RejectedAsync(House.Trade("r10", 100_001))).ShouldBe(RejectReason.QuantityLimit);
        (await _venue.RejectedAsync(House.Trade("r11", seller: "A-POOR"))).ShouldBe(RejectReason.InsufficientHeadroom);
        (await _venue.RejectedAsync(House.Trade("r12", seller: "B-HOUSE"))).ShouldBe(RejectReason.SameAccount);
        (await _venue.RejectedAsync(House.Trade("r13", seller: "A-GROSS"))).ShouldBe(RejectReason.ClientMissing);

        var stale = House.Trade("r14");
        stale.ExecutionTime -= 4L * 86_400_000_000_000;
        (await _venue.RejectedAsync(stale)).ShouldBe(RejectReason.StaleTradeDate);

        await _venue.AskOneAsync(House.Trade("r15"));
        (await _venue.RejectedAsync(House.Trade("r15", 2))).ShouldBe(RejectReason.Conflict);

        var ghost = House.Trade("r16");
        ghost.Source = "GHOST";
        (await _venue.RejectedAsync(ghost)).ShouldBe(RejectReason.UnknownSource);

        var cancel = House.Trade("r17");
        cancel.Action = TradeReport.Types.Action.Cancel;
        (await _venue.RejectedAsync(cancel)).ShouldBe(RejectReason.NotCancellable);

        var old = House.Instrument("OLD");
        old.Expiry = House.Noon - 1;
        await _operator.OperateAsync<DefineInstrumentRequest, DefineInstrumentResponse>(old);
        (await _venue.RejectedAsync(House.Trade("r3", instrument: "OLD"))).ShouldBe(RejectReason.InstrumentExpired);

        await _operator.OperateAsync<HaltInstrumentRequest, HaltInstrumentResponse>(new() { Instrument = "ES", Reason = "test" });
        (await _venue.RejectedAsync(House.Trade("r4"))).ShouldBe(RejectReason.InstrumentHalted);
        await _operator.OperateAsync<ResumeInstrumentRequest, ResumeInstrumentResponse>(new() { Instrument = "ES" });

        await _operator.OperateAsync<HaltHouseRequest, HaltHouseResponse>(new());
        (await _venue.RejectedAsync(House.Trade("r4b"))).ShouldBe(RejectReason.InstrumentHalted);
        await _operator.OperateAsync<ResumeHouseRequest, ResumeHouseResponse>(new());

        await _operator.OperateAsync<SuspendMemberRequest, SuspendMemberResponse>(new() { Member = "ALPHA" });
        (await _venue.RejectedAsync(House.Trade("r7"))).ShouldBe(RejectReason.MemberSuspended);
        await _operator.OperateAsync<ReinstateMemberRequest, ReinstateMemberResponse>(new() { Member = "ALPHA" });

        (await _venue.AskOneAsync(House.Trade("good"))).Status.ShouldBe(Status.Novated);
        var status = await _operator.OperateAsync<GetStatusRequest, GetStatusResponse>(new());
        status.RejectedByReason["InsufficientHeadroom"].ShouldBe(1);
        status.RefusedByReason["Conflict"].ShouldBe(1);
    }

    public static TheoryData<string, Action<TradeReport>> MalformedTrades => new()
    {
        { "instrument", t => t.Instrument = "" },
        { "instrument", t => t.Instrument = "ES ES" },
        { "buyer is missing", t => t.Buyer = null },
        { "seller is missing", t => t.Seller = null },
        { "buyer.account", t => t.Buyer.Account = "größer" },
        { "seller.client", t => t.Seller.Client = new string('c', 65) },
        { "seller.effect", t => t.Seller.Effect = (Side.Types.Effect)3 },
        { "kind", t => t.Kind = (TradeReport.Types.Kind)(-1) },
        { "action", t => t.Action = (TradeReport.Types.Action)2 },
        { "quantity", t => t.Quantity = 0 },
        { "quantity", t => t.Quantity = -1 },
        { "execution_time", t => t.ExecutionTime = 0 },
        { "price is missing", t => t.Price = null },
        { "price", t => t.Price = new() { Mantissa = 1, Exponent = 19 } },
        { "price", t => t.Price = new() { Mantissa = 1, Exponent = -19 } },
        { "price", t => t.Price = new() { Mantissa = 10, Exponent = 17 } },
        { "price", t => t.Price = new() { Mantissa = 1_000_000_000_000_000_000, Exponent = 0 } },
        { "price", t => t.Price = new() { Mantissa = long.MinValue, Exponent = 0 } },
        { "trade_id", t => t.TradeId = "t/1" },
        { "source", t => t.Source = "X EUR" },
    };

    [Theory]
    [MemberData(nameof(MalformedTrades), DisableDiscoveryEnumeration = true)]
    public async Task a_trade_that_breaks_a_rule_of_form_is_rejected_with_the_field_and_the_rest_is_cleared(string field, Action<TradeReport> spoil)
    {
        var spoilt = House.Trade("bad");
        spoil(spoilt);
        var answers = await _venue.AskAsync(House.Trade("good-1"), spoilt, House.Trade("good-2"));
        var bad = answers.Single(a => a.Status != Status.Novated);
        bad.Status.ShouldBe(Status.Rejected);
        bad.Reason.ShouldBe(RejectReason.Malformed);
        bad.Message.ShouldStartWith(field);
        bad.TradeId.ShouldBe(spoilt.TradeId);
        _node.Node.Engine.Counters.Refused.Single().ShouldSatisfyAllConditions(r => r.Key.ShouldBe(Domain.Novation.RejectReason.Malformed), r => r.Value.ShouldBe(1));
    }

    [Fact]
    public async Task every_principal_reports_for_its_own_sources_only()
    {
        using var alpha = new TradeConversation(_node.As(House.Alpha));
        await alpha.Call.Requests.WriteAsync(new SubmitTradesRequest { Trades = { House.Trade("t1") } });
        var end = await alpha.EndAsync();
        end.StatusCode.ShouldBe(StatusCode.PermissionDenied);
        end.Status.Detail.ShouldContain("XEUR");
        _node.Node.Engine.Counters.Novated.ShouldBe(0);
    }

    [Fact]
    public async Task a_trade_whose_outcome_cannot_be_made_durable_is_answered_UNAVAILABLE_and_its_repeat_gets_the_outcome()
    {
        await using var node = await RunningNode.StartAsync(s => s with { Limits = s.Limits with { AnswerSeconds = 1 } });
        using var venue = new TradeConversation(node.As(House.Venue));
        using (var foreign = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(node.Folder, "clearing.journal")};Pooling=False"))
        {
            // A foreign program holds the file: nothing can be written.
            foreign.Open();
            using var begin = foreign.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();
            (await venue.AskOneAsync(House.Trade("t1"))).Status.ShouldBe(Status.Unavailable);
        }

        TradeAnswer answer = null!;
        await Patience.UntilAsync(async () => (answer = await venue.AskOneAsync(House.Trade("t1"))).Status != Status.Unavailable, "the journal can be written again");
        answer.Status.ShouldBe(Status.Novated);
        await Patience.UntilAsync(async () => await PositionAsync(node, "B-HOUSE") == 1 && await PositionAsync(node, "A-HOUSE") == -1, "both sides have it once");
    }

    private Task<long> PositionAsync(string account) => PositionAsync(_node, account);

    private static async Task<long> PositionAsync(RunningNode node, string account) =>
        (await node.As(House.Auditor).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = account }).Within()).Positions.Sum(p => p.Quantity);
}
