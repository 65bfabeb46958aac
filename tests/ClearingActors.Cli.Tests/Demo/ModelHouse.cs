using ClearingActors.Cli.Demo;
using ClearingActors.Cli.Tests.Client;
using ClearingActors.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using AnswerStatus = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Cli.Tests.Demo;

/// <summary>What the model may do wrong, so that a check that does not see it fails a test.</summary>
public enum ModelFault
{
    None,
    SellerLegMissing,
    BuyerLegTwice,
    LegNobodyWasToldOf,
    LegOfAnotherQuantity,
    BookNotMatched,
    CentLost,
    SettlementSumNotZero,
    RepeatAnsweredOtherwise,
    NovatedWithoutAnyLeg,
    ReplayDiffers,
    NeverQuiet,
    EventsStop,
    DepositsDoNotMeetCalls,
    RequirementOfAnAccountLost,
}

/// <summary>
/// A clearing house in a few lines, behind a real gRPC server: enough of the rulebook to hold the demo against. One lock, no journal, no risk but cash per lot and a
/// tenth of the notional as margin.
/// </summary>
internal sealed partial class ModelHouse : IDemoNode
{
    private readonly Lock _lock = new();
    private readonly ModelFault _fault;
    private readonly Dictionary<string, Account> _accounts = [];
    private readonly Dictionary<(string, string), (TradeReport Report, TradeAnswer Answer)> _trades = [];
    private readonly Dictionary<RejectReason, long> _rejected = [];
    private readonly HashSet<string> _sources = [];
    private DefineInstrumentRequest? _instrument;
    private decimal _settled;
    private long _cycle = 1;
    private int _businessDate;
    private long _businessTime;
    private long _novated;
    private long _lastMark;
    private decimal _mark;
    private ScriptedServer? _server;

    private ModelHouse(ModelFault fault, DateOnly first)
    {
        _fault = fault;
        _businessDate = (first.Year * 10_000) + (first.Month * 100) + first.Day;
    }

    public Uri GrpcAddress => _server!.Address;

    public Uri? WebAddress => null;

    public string OperatorToken => "operator";

    internal long NovatedBefore { get; init; }

    internal bool Stopped { get; private set; }

    internal HashSet<string> TokensSeen { get; } = [];

    /// <summary>What the model itself objects to, such as a trade from the future.</summary>
    internal System.Collections.Concurrent.ConcurrentQueue<Exception> Objections { get; } = [];

    public string TokenOfMember(string member) => $"member-{member}";

    public string TokenOfMarkSource(string source) => $"marks-{source}";

    public Task<bool> ReplayEqualsLiveAsync(CancellationToken cancellationToken) => Task.FromResult(_fault != ModelFault.ReplayDiffers);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Stopped = true;
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    internal static async Task<ModelHouse> StartAsync(DateOnly first, ModelFault fault = ModelFault.None, long novatedBefore = 0)
    {
        var house = new ModelHouse(fault, first) { NovatedBefore = novatedBefore };
        house._server = await ScriptedServer.StartAsync(house.Map);
        return house;
    }

    private void Map(GrpcServiceBuilder services)
    {
        services.Options.UnhandledException = (e, _) => Objections.Enqueue(e);
        services.Options.Interceptor = context =>
        {
            lock (_lock)
            {
                TokensSeen.Add(context.RequestHeaders.Get("authorization") ?? "none");
            }

            return default;
        };
        services
            .Duplex(ClearingMethods.SubmitTrades, async (reader, writer, _) =>
            {
                await foreach (var request in reader.ReadAllAsync())
                {
                    // Backwards, as answers come in any order.
                    await writer.WriteAsync(Reports.Response(request.Trades.Select(Locked<TradeReport, TradeAnswer>(Submit)).Reverse()));
                }
            })
            .Unary(ClearingMethods.GetAccount, Call<GetAccountRequest, GetAccountResponse>(r => new GetAccountResponse { Account = r.Account, AsOf = _accounts[r.Account].AsOf }))
            .ServerStreaming(ClearingMethods.WatchAccount, WatchAsync)
            .ClientStreaming(ClearingMethods.PublishMarks, PublishAsync)
            .Unary(ClearingMethods.GetStatus, Call<GetStatusRequest, GetStatusResponse>(_ => new GetStatusResponse
            {
                TradesNovated = _novated + NovatedBefore,
                BusinessTime = _businessTime,
                BusinessDate = _businessDate,
            }))
            .Unary(ClearingMethods.AdvanceBusinessTime, Call<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(Advance))
            .Unary(ClearingMethods.DefineInstrument, Call<DefineInstrumentRequest, DefineInstrumentResponse>(r =>
            {
                _instrument = r;
                return new DefineInstrumentResponse();
            }))
            .Unary(ClearingMethods.DefineMember, Call<DefineMemberRequest, DefineMemberResponse>(_ => new DefineMemberResponse()))
            .Unary(ClearingMethods.DefineTradeSource, Call<DefineTradeSourceRequest, DefineTradeSourceResponse>(r =>
            {
                _sources.Add(r.Source);
                return new DefineTradeSourceResponse();
            }))
            .Unary(ClearingMethods.DefineAccounts, Call<DefineAccountsRequest, DefineAccountsResponse>(r =>
            {
                foreach (var account in r.Accounts)
                {
                    _accounts.Add(account.Account, new Account(account));
                }

                return new DefineAccountsResponse { Defined = r.Accounts.Count };
            }))
            .Unary(ClearingMethods.BookCollateral, Call<BookCollateralRequest, BookCollateralResponse>(r =>
            {
                _accounts[r.Account].Cash += ExactDecimal.FromWire(r.Amount);
                _accounts[r.Account].Deposited += ExactDecimal.FromWire(r.Amount);
                Credit(_accounts[r.Account], ExactDecimal.FromWire(r.Amount));
                return new BookCollateralResponse();
            }))
            .Unary(ClearingMethods.RunSettlementCycle, Call<RunSettlementCycleRequest, RunSettlementCycleResponse>(Settle))
            .Unary(ClearingMethods.CheckInvariants, Call<CheckInvariantsRequest, CheckInvariantsResponse>(_ => Check()));
        MapMargin(services);
    }

    private Func<TRequest, ServerCallContext, ValueTask<TResponse>> Call<TRequest, TResponse>(Func<TRequest, TResponse> handler)
    {
        var locked = Locked(handler);
        return (request, _) => new ValueTask<TResponse>(locked(request));
    }

    private Func<TRequest, TResponse> Locked<TRequest, TResponse>(Func<TRequest, TResponse> handler) => request =>
    {
        lock (_lock)
        {
            return handler(request);
        }
    };

    private AdvanceBusinessTimeResponse Advance(AdvanceBusinessTimeRequest request)
    {
        request.Instant.ShouldBeGreaterThanOrEqualTo(_businessTime);
        _businessTime = request.Instant;
        MissDue();
        return new AdvanceBusinessTimeResponse { Instant = _businessTime };
    }

    private TradeAnswer Submit(TradeReport report)
    {
        if (_trades.TryGetValue((report.Source, report.TradeId), out var first))
        {
            return !first.Report.Equals(report) ? report.Rejected(RejectReason.Conflict)
                : _fault == ModelFault.RepeatAnsweredOtherwise ? report.Rejected(RejectReason.Malformed)
                : first.Answer;
        }

        var reason = Refuse(report);
        TradeAnswer answer;
        if (reason != RejectReason.Unspecified)
        {
            _rejected[reason] = _rejected.GetValueOrDefault(reason) + 1;
            answer = report.Rejected(reason);
        }
        else
        {
            answer = report.Novated();
            answer.Cycle = _cycle;
            answer.ClearingDate = _businessDate;
            Book(report, ++_novated == 50);
        }

        _trades.Add((report.Source, report.TradeId), (report, answer));
        return answer;
    }

    private RejectReason Refuse(TradeReport report)
    {
        var price = ExactDecimal.FromWire(report.Price);
        if (!_sources.Contains(report.Source))
        {
            return RejectReason.UnknownSource;
        }

        if (report.Buyer.Account == report.Seller.Account)
        {
            return RejectReason.SameAccount;
        }

        if (_businessTime - report.ExecutionTime > (long)TimeSpan.FromDays(6).TotalNanoseconds)
        {
            return RejectReason.StaleTradeDate;
        }

        report.ExecutionTime.ShouldBeLessThanOrEqualTo(_businessTime, "a trade from the future");
        foreach (var side in new[] { report.Seller, report.Buyer })
        {
            if (!_accounts.TryGetValue(side.Account, out var account))
            {
                return RejectReason.UnknownAccount;
            }

            if (account.Definition.Segregation == AccountDefinition.Types.Segregation.ClientOmnibusGross && side.Client.Length == 0)
            {
                return RejectReason.ClientMissing;
            }
        }

        if (report.Instrument != _instrument!.Instrument)
        {
            return RejectReason.UnknownInstrument;
        }

        if (price % ExactDecimal.FromWire(_instrument.Tick) != 0)
        {
            return RejectReason.OffTick;
        }

        if (report.Quantity > _instrument.MaxTradeQuantity)
        {
            return RejectReason.QuantityLimit;
        }

        if (price < ExactDecimal.FromWire(_instrument.PriceBandLow) || price > ExactDecimal.FromWire(_instrument.PriceBandHigh))
        {
            return RejectReason.PriceOutsideBands;
        }

        var perLot = ExactDecimal.FromWire(_instrument.HeadroomPerLot);
        return _accounts[report.Seller.Account].LacksRoomFor(report.Seller.Client, -report.Quantity, perLot) || _accounts[report.Buyer.Account].LacksRoomFor(report.Buyer.Client, report.Quantity, perLot)
            ? RejectReason.InsufficientHeadroom
            : RejectReason.Unspecified;
    }

    private void Book(TradeReport report, bool faulty)
    {
        var price = ExactDecimal.FromWire(report.Price);
        var fault = faulty ? _fault : ModelFault.None;
        _accounts[report.Buyer.Account].Trade(report.Buyer.Client, report.Quantity + (fault == ModelFault.BookNotMatched ? 1 : 0), price);
        _accounts[report.Seller.Account].Trade(report.Seller.Client, -report.Quantity, price);
        if (fault == ModelFault.NovatedWithoutAnyLeg)
        {
            return;
        }

        _accounts[report.Seller.Account].Tell("TradeReserved", report, 0);
        _accounts[report.Buyer.Account].Tell("TradeNovated", report, report.Quantity);
        if (fault == ModelFault.BuyerLegTwice)
        {
            _accounts[report.Buyer.Account].Tell("TradeNovated", report, report.Quantity);
        }

        if (fault == ModelFault.LegNobodyWasToldOf)
        {
            var other = report.Clone();
            other.TradeId += "x";
            _accounts[report.Buyer.Account].Tell("TradeNovated", other, report.Quantity);
        }

        if (fault != ModelFault.SellerLegMissing)
        {
            _accounts[report.Seller.Account].Tell("TradeConfirmed", report, fault == ModelFault.LegOfAnotherQuantity ? -report.Quantity - 1 : -report.Quantity);
        }
    }

    private RunSettlementCycleResponse Settle(RunSettlementCycleRequest request)
    {
        var price = ExactDecimal.FromWire(request.Prices.ShouldHaveSingleItem().Price);
        decimal paid = 0, received = 0;
        foreach (var account in _accounts.Values)
        {
            var margin = account.Settle(price, _settled, ExactDecimal.FromWire(_instrument!.Multiplier));
            paid += Math.Max(0, -margin);
            received += Math.Max(0, margin);
        }

        if (_fault == ModelFault.CentLost && _cycle == 2)
        {
            _accounts["M01-HOUSE"].Cash -= 0.01m;
        }

        _settled = price;
        _cycle++;
        request.NextBusinessDate.ShouldBeGreaterThan(_businessDate);
        var response = new RunSettlementCycleResponse { Cycle = _cycle - 1, BusinessDate = _businessDate };
        response.Currencies.Add(new SettledCurrency
        {
            Currency = "USD",
            Paid = ExactDecimal.ToWire(paid),
            Received = ExactDecimal.ToWire(received),
            Sum = ExactDecimal.ToWire(received - paid + (_fault == ModelFault.SettlementSumNotZero ? 0.01m : 0)),
        });
        _businessDate = request.NextBusinessDate;
        return response;
    }

    private CheckInvariantsResponse Check()
    {
        var sum = _accounts.Values.Sum(a => a.Position);
        var cash = _accounts.Values.Sum(a => a.Cash - a.Deposited);
        return new CheckInvariantsResponse
        {
            Quiet = _fault != ModelFault.NeverQuiet,
            MatchedBook = sum == 0,
            CashConserved = cash == 0,
            Instruments = { new InstrumentBook { Instrument = DemoInstrument.Symbol, Sum = sum, OpenInterest = _accounts.Values.Sum(a => Math.Abs(a.Position)) / 2, Accounts = _accounts.Count } },
            Cash = { new CurrencySum { Currency = "USD", Sum = ExactDecimal.ToWire(cash) } },
        };
    }

    private async ValueTask WatchAsync(WatchAccountRequest request, GrpcStreamWriter<WatchAccountResponse> writer, ServerCallContext context)
    {
        WatchAccountResponse[] events;
        lock (_lock)
        {
            var all = _accounts[request.Account].Events;
            events = [.. all.Skip((int)(request.After?.Position ?? 0)).Take(_fault == ModelFault.EventsStop ? all.Count - 1 : int.MaxValue)];
        }

        foreach (var response in events)
        {
            await writer.BufferAsync(response);
        }

        await writer.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
    }

    private async ValueTask<PublishMarksResponse> PublishAsync(GrpcStreamReader<PublishMarksRequest> reader, ServerCallContext context)
    {
        var response = new PublishMarksResponse();
        await foreach (var request in reader.ReadAllAsync())
        {
            lock (_lock)
            {
                foreach (var mark in request.Marks)
                {
                    mark.Time.ShouldBeLessThanOrEqualTo(_businessTime);
                    if (mark.Time > _lastMark)
                    {
                        _lastMark = mark.Time;
                        _mark = ExactDecimal.FromWire(mark.Price);
                        response.Accepted++;
                    }
                    else
                    {
                        response.Rejected++;
                    }
                }
            }
        }

        return response;
    }

    private sealed class Account(AccountDefinition definition)
    {
        private readonly Dictionary<string, long> _positions = [];
        private long _carried;
        private decimal _costOfCycle;

        public AccountDefinition Definition { get; } = definition;

        public decimal Cash { get; set; }

        public decimal Deposited { get; set; }

        public long Position => _positions.Values.Sum();

        public long Lots => _positions.Values.Sum(Math.Abs);

        public List<MarginCall> Calls { get; } = [];

        public decimal Requirement { get; set; }

        public List<WatchAccountResponse> Events { get; } = [];

        public ResumeToken? AsOf => Events.Count == 0 ? null : Events[^1].Position;

        public bool LacksRoomFor(string client, long lots, decimal perLot)
        {
            var before = _positions.Values.Sum(Math.Abs);
            var after = before - Math.Abs(_positions.GetValueOrDefault(client)) + Math.Abs(_positions.GetValueOrDefault(client) + lots);
            return after > before && after * perLot > Cash + ExactDecimal.FromWire(Definition.IntradayLimit);
        }

        public void Trade(string client, long lots, decimal price)
        {
            _positions[client] = _positions.GetValueOrDefault(client) + lots;
            _costOfCycle += lots * price;
        }

        public decimal Accrued(decimal price, decimal last, decimal multiplier) => ((Position * price) - (_carried * last) - _costOfCycle) * multiplier;

        public decimal Settle(decimal price, decimal last, decimal multiplier)
        {
            var margin = Accrued(price, last, multiplier);
            _carried = Position;
            _costOfCycle = 0;
            Cash += margin;
            return margin;
        }

        public void Tell(string type, TradeReport report, long quantity) => Events.Add(new WatchAccountResponse
        {
            Position = new ResumeToken { JournalId = "model", Shard = 1, Position = Events.Count + 1 },
            Events = { new AccountEvent { Type = type, Source = report.Source, TradeId = report.TradeId, Instrument = report.Instrument, Quantity = quantity } },
        });
    }
}
