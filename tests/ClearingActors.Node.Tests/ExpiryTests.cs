using ClearingActors.Client;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Kind = ClearingActors.Contracts.Members.V1.ExerciseNotice.Types.Kind;
using Reason = ClearingActors.Contracts.Members.V1.SubmitExerciseNoticeResponse.Types.Reason;
using Status = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Node.Tests;

/// <summary>Funding, final prices and notices over gRPC (rulebook 6.3, 6.4).</summary>
public sealed class ExpiryTests : IAsyncLifetime
{
    private const long Hour = 3_600_000_000_000;
    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;
    private ClearingConnection _alpha = null!;
    private ClearingConnection _bravo = null!;
    private ClearingConnection _venueConnection = null!;
    private TradeStream _venue = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _operator = _node.As(House.Operator);
        _alpha = Connect(House.Alpha);
        _bravo = Connect(House.Bravo);
        _venueConnection = Connect(House.Venue);
        _venue = _venueConnection.Members.OpenTradeStream();
        var index = House.Instrument("SPX.INDEX");
        (index.Kind, index.Multiplier, index.HeadroomPerLot) = (DefineInstrumentRequest.Types.Kind.Index, House.Number(1), House.Number(0));
        await _operator.OperateAsync<DefineInstrumentRequest, DefineInstrumentResponse>(index);
    }

    public async ValueTask DisposeAsync()
    {
        await _venue.DisposeAsync();
        _venueConnection.Dispose();
        _alpha.Dispose();
        _bravo.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task a_member_s_notice_is_shown_and_the_rest_of_the_call_is_exercised()
    {
        await DefineCallAsync();
        (await _venue.SubmitAsync(House.Trade("T1", 10, 20, instrument: "SPX.CALL")).Within()).Status.ShouldBe(Status.Novated);
        var contrary = new SubmitExerciseNoticeRequest { Account = "B-HOUSE", Instrument = "SPX.CALL", Kind = Kind.Contrary, Lots = 3 };
        (await _bravo.Members.SubmitExerciseNoticeAsync(contrary).Within()).ShouldBe(new SubmitExerciseNoticeResponse { Cycle = 1 });
        (await _bravo.Members.SubmitExerciseNoticeAsync(contrary).Within()).Reason.ShouldBe(Reason.Duplicate);
        (await AccountAsync("B-HOUSE")).Notices.ShouldHaveSingleItem().ShouldBe(new ExerciseNotice { Instrument = "SPX.CALL", Kind = Kind.Contrary, Lots = 3, Cycle = 1 });
        await SettleAsync(("ES", 5000), ("SPX.CALL", 20));

        await AdvanceAsync(House.Noon + (2 * Hour));
        contrary.Lots = 0;
        (await _bravo.Members.SubmitExerciseNoticeAsync(contrary).Within()).Reason.ShouldBe(Reason.AfterCutOff);
        var price = new SetExpiryPriceRequest { Instrument = "SPX.CALL" };
        (await Should.ThrowAsync<RpcException>(() => ExpireAsync(price))).StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        (price.Price, price.Reason) = (House.Number(5010.75m), "too few marks");
        House.Value((await ExpireAsync(price)).Price).ShouldBe(5010.75m);
        House.Value((await ExpireAsync(new SetExpiryPriceRequest { Instrument = "SPX.CALL" })).Price).ShouldBe(5010.75m);
        var exercise = (await SettleAsync(("ES", 5000))).Currencies.Single(c => c.Type == "Exercise");
        House.Value(exercise.Received).ShouldBe(7 * 10.75m * 50);
        House.Value(exercise.Sum).ShouldBe(0);
        var account = await AccountAsync("B-HOUSE");
        account.Positions.ShouldBeEmpty();
        account.Notices.ShouldBeEmpty();
        House.Value(account.Cash.Single().Amount).ShouldBe(100_000_000 - (10 * 20 * 50) + (7 * 10.75m * 50));
        var invariants = await _operator.OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new());
        (invariants.MatchedBook, invariants.CashConserved).ShouldBe((true, true));
    }

    [Fact]
    public async Task a_notice_on_an_account_of_another_member_is_not_taken()
    {
        await DefineCallAsync();
        var notice = new SubmitExerciseNoticeRequest { Account = "B-HOUSE", Instrument = "SPX.CALL", Kind = Kind.Exercise, Lots = 1 };
        (await Should.ThrowAsync<RpcException>(() => _alpha.Members.SubmitExerciseNoticeAsync(notice).Within())).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await Should.ThrowAsync<RpcException>(() => _venueConnection.Members.SubmitExerciseNoticeAsync(notice).Within())).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        notice.Account = "A-HOUSE";
        (await _alpha.Members.SubmitExerciseNoticeAsync(notice).Within()).Reason.ShouldBe(Reason.LargerThanPosition);
        notice.Instrument = "ES";
        (await _alpha.Members.SubmitExerciseNoticeAsync(notice).Within()).Reason.ShouldBe(Reason.UnknownInstrument);
        notice.Kind = Kind.Unspecified;
        (await _alpha.Members.SubmitExerciseNoticeAsync(notice).Within()).Reason.ShouldBe(Reason.Malformed);
        notice.Instrument = "?";
        (await Should.ThrowAsync<RpcException>(() => _alpha.Members.SubmitExerciseNoticeAsync(notice).Within())).StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task funding_is_fixed_from_marks_once_and_paid_by_the_next_cycle()
    {
        var perpetual = House.Instrument("SPX.PERP");
        perpetual.Kind = DefineInstrumentRequest.Types.Kind.Perpetual;
        perpetual.Perpetual = new PerpetualTerms { Index = "SPX.INDEX", FundingIntervalHours = 1, Interest = House.Number(0.0001m), Cap = House.Number(0.0075m) };
        await _operator.OperateAsync<DefineInstrumentRequest, DefineInstrumentResponse>(perpetual);
        (await _venue.SubmitAsync(House.Trade("T1", 2, instrument: "SPX.PERP")).Within()).Status.ShouldBe(Status.Novated);
        var request = new RunFundingRequest { Instrument = "SPX.PERP", IntervalEnd = House.Noon + Hour };
        (await Should.ThrowAsync<RpcException>(() => FundAsync(request))).StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        await AdvanceAsync(House.Noon + Hour);
        using (var feed = Connect(House.Feed1))
        using (var marks = feed.Markets.PublishMarks())
        {
            await marks.PublishAsync(new Mark { Instrument = "SPX.INDEX", Source = "SRC1", Price = House.Number(5000), Time = House.Noon });
            await marks.PublishAsync(new Mark { Instrument = "SPX.PERP", Source = "SRC1", Price = House.Number(5005), Time = House.Noon });
            (await marks.CompleteAsync().Within()).Accepted.ShouldBe(2);
        }

        // The mark is 0.001 over the index; less the band of 0.0005 towards the interest, for one hour of eight.
        var funding = await FundAsync(request);
        (House.Value(funding.Premium), House.Value(funding.Rate), House.Value(funding.Mark)).ShouldBe((0.001m, 0.0005m / 8, 5005m));
        funding.IntervalStart.ShouldBe(House.Noon);
        (await FundAsync(request)).ShouldBe(funding);
        var paid = (await SettleAsync(("ES", 5000), ("SPX.PERP", 5000))).Currencies.Single(c => c.Type == "Funding");
        House.Value(paid.Paid).ShouldBe(decimal.Round(2 * 50 * 5005 * 0.0005m / 8, 2));
        (await SettleAsync(("ES", 5000), ("SPX.PERP", 5000))).Currencies.ShouldNotContain(c => c.Type == "Funding");
    }

    private ClearingConnection Connect(string token) => new(_node.Node.GrpcAddress, new ClearingConnectionOptions { Token = token });

    private async Task DefineCallAsync()
    {
        var call = House.Instrument("SPX.CALL");
        (call.Kind, call.PriceBandLow, call.TradeBandBasisPoints, call.Expiry) = (DefineInstrumentRequest.Types.Kind.Option, House.Number(0), 0, House.Noon + Hour);
        call.Option = new OptionTerms
        {
            Type = OptionTerms.Types.Type.Call,
            Strike = House.Number(5000),
            Style = OptionTerms.Types.Style.European,
            PremiumStyle = OptionTerms.Types.PremiumStyle.Equity,
            Reference = "SPX.INDEX",
            ExerciseCutOff = House.Noon + (2 * Hour),
        };
        await _operator.OperateAsync<DefineInstrumentRequest, DefineInstrumentResponse>(call);
    }

    private Task<GetAccountResponse> AccountAsync(string account) => _operator.UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = account }).Within();

    private Task<RunFundingResponse> FundAsync(RunFundingRequest request) => _operator.OperateAsync<RunFundingRequest, RunFundingResponse>(request);

    private Task<SetExpiryPriceResponse> ExpireAsync(SetExpiryPriceRequest request) => _operator.OperateAsync<SetExpiryPriceRequest, SetExpiryPriceResponse>(request);

    private Task AdvanceAsync(long instant) => _operator.OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = instant });

    private Task<RunSettlementCycleResponse> SettleAsync(params (string Instrument, decimal Price)[] prices)
    {
        var request = new RunSettlementCycleRequest { NextBusinessDate = House.Today };
        request.Prices.Add(prices.Select(p => new SettlementPrice { Instrument = p.Instrument, Price = House.Number(p.Price) }));
        return _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(request);
    }
}
